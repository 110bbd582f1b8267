package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"fovea/internal/bench"
	"fovea/model"
)

const (
	startPrompt   = 32   // tokens of the prompt whose first token is waited for
	startDocument = 8192 // tokens with which memory is measured
	starts        = 5    // that are measured, behind one that fills caches
)

// startReport is what starting the program takes.
type startReport struct {
	// FirstToken is the time from the start of the process to the first token of
	// a prompt of 32 tokens, in seconds, of each start in their order.
	FirstToken []float64 `json:"first_token_seconds"`
	// Fastest are the parts of the fastest of them.
	Fastest startParts `json:"fastest"`
	// Document is the memory of a process that has read 8,192 tokens, behind one that
	// fills caches.
	Document startMemory `json:"document"`
}

// startParts are seconds.
type startParts struct {
	Program float64 `json:"program_seconds"` // up to the command
	Open    float64 `json:"open_seconds"`    // model file, device, weights
	Prompt  float64 `json:"prompt_seconds"`  // session, prompt, first token
}

// startMemory is in bytes.
type startMemory struct {
	Tokens int   `json:"tokens"`
	Peak   int64 `json:"peak_bytes"`   // resident, with files that are mapped; 0: not known
	Device int64 `json:"device_bytes"` // that were allocated on the device
}

// start is what one process is to do.
type start struct {
	Tokens int
	Model  modelOptions
	Method methodOptions
}

// started is what one process did.
type started struct {
	startParts
	startMemory
}

// start starts the program again and again and reports what that takes.
func (c *benchCmd) start(ctx context.Context, std *streams, st *status) error {
	var r startReport
	s := start{Tokens: startPrompt, Model: c.modelOptions, Method: c.methodOptions}
	best := 0.0
	for i := range 1 + starts {
		st.set(fmt.Sprintf("start %d of %d", i+1, 1+starts))
		done, seconds, err := s.process(ctx)
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		r.FirstToken = append(r.FirstToken, seconds)
		if best == 0 || seconds < best {
			best, r.Fastest = seconds, done.startParts
			r.Fastest.Program = seconds - done.Open - done.Prompt
		}
	}
	s.Tokens = startDocument
	for i := range 2 { // the first may compile kernels, which takes memory
		st.set(fmt.Sprintf("reading %s tokens, %d of 2", humanize.Comma(startDocument), i+1))
		done, _, err := s.process(ctx)
		if err != nil {
			return err
		}
		r.Document = done.startMemory
	}
	st.clear()
	if c.JSON {
		return writeJSON(std.out, r)
	}
	r.print(std.out)
	return nil
}

func (r *startReport) print(w io.Writer) {
	sorted := slices.Sorted(slices.Values(r.FirstToken))
	fmt.Fprintf(w, "First token of a %d-token prompt after the start of the process, %d times: %.2f s to %.2f s, median %.2f s.\n",
		startPrompt, len(sorted), sorted[0], sorted[len(sorted)-1], sorted[len(sorted)/2])
	f := r.Fastest
	fmt.Fprintf(w, "Of the shortest: %.2f s until the program runs, %.2f s for model file, device and weights, %.2f s for the prompt.\n", f.Program, f.Open, f.Prompt)
	d := r.Document
	fmt.Fprintf(w, "Peak resident memory of a process that read %s tokens: %s, of which %s were allocated on the device.\n",
		humanize.Comma(int64(d.Tokens)), humanize.IBytes(uint64(d.Peak)), humanize.IBytes(uint64(d.Device)))
}

// process starts a process and returns what it did, and after how many seconds.
func (s *start) process(ctx context.Context) (*started, float64, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, 0, fmt.Errorf("start the program again: %w", err)
	}
	request, err := json.Marshal(s)
	if err != nil {
		return nil, 0, err
	}
	var errs strings.Builder
	cmd := exec.CommandContext(ctx, self, "started")
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(request)), &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, fmt.Errorf("start the program again: %w", err)
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("start the program again: %w", err)
	}
	r := &started{}
	err = json.NewDecoder(out).Decode(r)
	seconds := time.Since(begin).Seconds()
	_, _ = io.Copy(io.Discard, out) // up to its end, which Wait tells of
	if ended := cmd.Wait(); ended != nil {
		return nil, 0, fmt.Errorf("the program that was started says %q: %w", oneLine(errs.String()), ended)
	}
	return r, seconds, err
}

// startedCmd is a process that bench --start measures. It reads what it shall
// do from the standard input.
type startedCmd struct{}

func (*startedCmd) Run(ctx context.Context, std *streams) (err error) {
	begin := time.Now()
	var s start
	if err := json.NewDecoder(std.in).Decode(&s); err != nil {
		return fmt.Errorf("what bench --start writes must come on the standard input: %w", err)
	}
	settings, err := s.Method.settings()
	if err != nil {
		return err
	}
	e, err := s.Model.open(ctx, newStatus(io.Discard))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	opened := time.Now()
	// Memory and time depend on how many tokens a text has, not on which.
	ids := e.Tokenizer.IDs(strings.Repeat("The eye sees sharply in one place only, and so it moves. ", s.Tokens), false)[:s.Tokens]
	ses, err := e.Model.NewSession(model.SessionOptions{Settings: settings, KV: s.Method.kv(), Capacity: s.Tokens})
	if err != nil {
		return err
	}
	defer ses.Close()
	if err := ses.Prefill(ctx, ids[:s.Tokens-1], nil); err != nil {
		return err
	}
	if _, _, err := ses.Step(ctx, ids[s.Tokens-1]); err != nil {
		return err
	}
	stats := e.Device().Stats()
	return json.NewEncoder(std.out).Encode(started{
		startParts{Open: opened.Sub(begin).Seconds(), Prompt: time.Since(opened).Seconds()},
		startMemory{Tokens: s.Tokens, Peak: bench.PeakMemory(), Device: stats.LocalBytes + stats.HostBytes},
	})
}
