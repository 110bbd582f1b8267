package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// driver is a program that measures: it answers each line on its standard
// input with a line of JSON, after a first one when it is ready. The last line
// on its standard error says how far it is.
type driver struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	log   *os.File // its standard error
	ended bool
	state atomic.Pointer[string]
}

// start starts a program and waits until it is ready; ready takes what it says.
func start(ctx context.Context, name string, cmd *exec.Cmd, log string, ready any) (*driver, error) {
	d := &driver{name: name, cmd: cmd}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if d.log, err = os.Create(log); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	cmd.Stderr = &lastLine{w: d.log, line: &d.state}
	d.in, d.out = in, bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		d.log.Close()
		return nil, fmt.Errorf("%s: %w; make bench-peers installs what is missing", name, err)
	}
	return d, d.answer(ctx, ready)
}

// next lets the program measure at its next depth; to takes its answer.
func (d *driver) next(ctx context.Context, to any) error {
	if _, err := io.WriteString(d.in, "go\n"); err != nil {
		return d.failed(err)
	}
	return d.answer(ctx, to)
}

// told is the time between two words about a program that still measures.
const told = 20 * time.Second

// answer waits for a line and says from time to time how far the program is.
func (d *driver) answer(ctx context.Context, to any) error {
	began, done := time.Now(), make(chan bool)
	go func() {
		defer close(done)
		done <- d.out.Scan()
	}()
	for tick := time.NewTicker(told); ; {
		select {
		case ok := <-done:
			tick.Stop()
			if !ok {
				return d.failed(errors.Join(d.out.Err(), ctx.Err(), io.ErrUnexpectedEOF))
			}
			if err := json.Unmarshal(d.out.Bytes(), to); err != nil {
				return d.failed(fmt.Errorf("its answer %q: %w", d.out.Text(), err))
			}
			return nil
		case <-tick.C:
			state := ""
			if s := d.state.Load(); s != nil {
				state = *s
			}
			fmt.Fprintf(os.Stderr, "    %s, %s so far: %s\n", d.name, time.Since(began).Round(time.Second), state)
		}
	}
}

// failed ends the program and adds to err what it wrote last.
func (d *driver) failed(err error) error {
	if exit := d.end(true); exit != nil {
		err = errors.Join(err, exit)
	}
	text, _ := os.ReadFile(d.log.Name())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%s: %w; all that it wrote is in %s, last:\n%s", d.name, err, d.log.Name(), strings.Join(lines[max(0, len(lines)-5):], "\n"))
}

// close lets the program end by itself, which it does behind its last depth.
func (d *driver) close() error {
	if err := d.end(false); err != nil {
		return fmt.Errorf("%s ended with %w; what it wrote is in %s", d.name, err, d.log.Name())
	}
	return nil
}

// end waits for the program's end, once; with kill it brings it about.
func (d *driver) end(kill bool) error {
	if d.ended {
		return nil
	}
	d.ended = true
	d.in.Close()
	if kill {
		_ = d.cmd.Process.Kill() // fails if it has ended
	}
	defer d.log.Close()
	return d.cmd.Wait()
}

// lastLine passes text on and keeps its last whole line.
type lastLine struct {
	w    io.Writer
	line *atomic.Pointer[string]
	rest []byte
}

func (l *lastLine) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	if i := bytes.LastIndexByte(l.rest, '\n'); i >= 0 {
		lines := strings.Split(string(l.rest[:i]), "\n")
		l.line.Store(&lines[len(lines)-1])
		l.rest = append([]byte(nil), l.rest[i+1:]...)
	}
	return l.w.Write(b)
}
