package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"fovea/app/document"
	"fovea/assets"
	"fovea/internal/bench"
	"fovea/internal/bench/peak"
	"fovea/model"
)

type benchCmd struct {
	Depth     []int  `default:"512,4096,8192,30000,100000" placeholder:"TOKENS" help:"Tokens in the cache at which to measure (default: ${default})."`
	Prefill   int    `default:"2048" help:"Tokens before a depth over which reading is measured."`
	Decode    int    `default:"64" help:"Tokens behind a depth over which writing is measured."`
	Turns     int    `default:"1" help:"Times to visit all depths, each in a session of its own; speeds are the medians."`
	Profile   bool   `help:"Also time every kernel, at the greatest depth."`
	Synthetic bool   `help:"Fill the cache by repeating what was read of the first tokens instead of reading all: for great depths."`
	Start     bool   `help:"Instead, start the program anew some times and measure the time to a first token, then the memory of reading 8,192 tokens."`
	Agreement bool   `help:"Also compare the blocks that two-level selection (--candidates) recalls with those of exact selection."`
	Lookup    bool   `help:"Also measure the writing of a quotation of the text, with drafts that are looked up (--lookup of ask) and without."`
	AllLogits bool   `help:"Bring all logits of a step to the host, where answers are drawn from them, also where the device can find the highest."`
	Text      string `type:"existingfile" placeholder:"FILE" help:"Document to read, from its beginning again where it ends (default: the manual)."`
	JSON      bool   `name:"json" help:"Print one JSON object instead of text."`
	Paced     bool   `help:"For comparisons with other programs in turn: print a line of JSON when ready, then wait for a line on the standard input before each depth and print one of JSON after it."`

	modelOptions
	methodOptions
}

func (c *benchCmd) Run(ctx context.Context, std *streams) (err error) {
	s, err := c.settings()
	if err != nil {
		return err
	}
	st := newStatus(std.err)
	defer st.clear()
	if c.Start {
		return c.start(ctx, std, st)
	}
	e, err := c.open(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	text, err := c.text(ctx)
	if err != nil {
		return err
	}
	r := &bench.Report{Model: e.Name, Layers: e.Model.Config.Layers, Device: e.Info.Name, Driver: e.Info.Driver, Settings: s, KV: c.KV}
	used, wrong := e.Model.Matrices()
	r.Integers = e.Model.Integers && !used
	if r.Matrices = used; wrong != nil {
		r.MatricesWrong = wrong.Error()
	}
	o := bench.Options{
		Depths: c.Depth, Prefill: c.Prefill, Decode: c.Decode, Turns: c.Turns, Profile: c.Profile, Synthetic: c.Synthetic, Agreement: c.Agreement, Lookup: c.Lookup,
		Session: model.SessionOptions{Settings: s, KV: c.kv(), Highest: e.FindsHighest() && !c.AllLogits},
		Progress: func(done, of int) {
			st.set(fmt.Sprintf("%s of %s tokens", humanize.Comma(int64(done)), humanize.Comma(int64(of))))
		},
	}
	if c.Paced {
		pace(&o, r, std)
	}
	if r.Result, err = bench.Run(ctx, e.Model, e.Device(), e.Tokenizer.IDs(text.Text(), false), o); err != nil {
		return err
	}
	st.clear()
	r.Ratios = bench.Compare(r.Points)
	switch {
	case c.Paced: // all is written
		return nil
	case c.JSON:
		return writeJSON(std.out, r)
	}
	printBench(std.out, r)
	return nil
}

func (c *benchCmd) text(ctx context.Context) (*document.Document, error) {
	if c.Text != "" {
		return document.Read(ctx, c.Text, document.Options{})
	}
	return document.Parse(ctx, assets.ManualName, assets.Manual, document.Options{})
}

// pace makes the benchmark wait for a line before each depth. The report, still
// without a result, is written when the first can begin.
func pace(o *bench.Options, r *bench.Report, std *streams) {
	lines, out, ready := bufio.NewScanner(std.in), json.NewEncoder(std.out), false
	o.Before = func() error {
		if !ready {
			ready = true
			if err := out.Encode(r); err != nil {
				return fmt.Errorf("write the output: %w", err)
			}
		}
		if !lines.Scan() {
			return fmt.Errorf("--paced needs a line on the standard input before each depth: %w", cmp.Or(lines.Err(), io.ErrUnexpectedEOF))
		}
		return nil
	}
	o.After = func(p bench.Point) error { return out.Encode(p) }
}

func printBench(w io.Writer, r *bench.Report) {
	bytes := func(n int64) string { return humanize.IBytes(uint64(n)) }
	fmt.Fprintf(w, "%s on %s (%s), method %s, keys and values in %s\n", printable(r.Model), printable(r.Device), printable(r.Driver), r.Settings.Method, r.KV)
	switch {
	case r.Matrices:
		fmt.Fprintln(w, "Windows are read with cooperative matrices.")
	case r.MatricesWrong != "":
		fmt.Fprintf(w, "Cooperative matrices are not used: %s.\n", printable(r.MatricesWrong))
	case r.Integers:
		fmt.Fprintln(w, "Windows are read with products of integers where weights have 4 bits.")
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "DEPTH\tPREFILL TOK/S\tFROM 0\tDECODE TOK/S\tATTENDED\tKV STORE\tREAD PER TOKEN\tROOFLINE\tDISPATCHES\tSUBMISSIONS\t")
	for i := range r.Points {
		p := &r.Points[i]
		mean := "-"
		if p.Mean > 0 {
			mean = fmt.Sprintf("%.1f", p.Mean)
		}
		depth := humanize.Comma(int64(p.Depth))
		if p.Synthetic {
			depth += "*"
		}
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%.1f\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t\n", depth, p.Prefill, mean, p.Decode,
			humanize.Comma(int64(p.Attended)), bytes(p.Store), bytes(p.Bytes.Total()), bytes(p.Roofline), p.Dispatches, p.Submissions)
	}
	t.Flush()
	last := r.Points[len(r.Points)-1]
	if last.Synthetic {
		fmt.Fprintln(w, "* The cache was filled by repeating keys and values of the first tokens, not by reading a text of that length.")
	}
	for _, p := range r.Points {
		for _, a := range p.Agreement {
			fmt.Fprintf(w, "At %s tokens, with lists of candidates that serve %d steps, %.4f of the blocks that exact selection recalls are recalled on two levels too (%.2f at least of a layer and step), with %.4f of the attention that they got; entropies differ by %.4f.\n",
				humanize.Comma(int64(p.Depth)), a.Refresh, a.Blocks, a.Least, a.Mass, a.Entropy)
		}
	}
	for _, p := range r.Points {
		if l := p.Lookup; l != nil {
			fmt.Fprintf(w, "At %s tokens, a quotation is written at %.1f tokens/s with drafts, of which %d of %d tokens were right, and at %.1f without; in batches", humanize.Comma(int64(p.Depth)), l.Lookup, l.Right, l.Drafted, l.Steps)
			for _, b := range l.Batches {
				fmt.Fprintf(w, " of %d right tokens at %.1f,", b.Tokens, b.Rate)
			}
			fmt.Fprintln(w, " block ends included.")
		}
	}
	fmt.Fprintf(w, "\nRead per token at the greatest depth: weights %s, attention %s, weighing %s, representatives %s.\n",
		bytes(last.Bytes.Weights), bytes(last.Bytes.Attention), bytes(last.Bytes.Weighing), bytes(last.Bytes.Repr))
	fmt.Fprintf(w, "That is %.2f times the roofline: every weight, the attended keys and values and all representatives, each once.\n", last.OverRoofline())
	fmt.Fprintf(w, "The device waited for the host %.1f %% of the time while reading, %.1f %% while writing.\n", 100*last.PrefillIdle, 100*last.DecodeIdle)
	fmt.Fprintf(w, "First token of a 32-token prompt after %.2f s.\n", r.FirstToken)
	fmt.Fprintf(w, "Memory on the device: weights %s, working memory of a session %s, all %s; peak of the process %s.\n",
		bytes(r.Memory.Weights), bytes(r.Memory.Working), bytes(r.Memory.Device), bytes(r.Memory.Host))
	if last.OnHost+last.OnDisk > 0 {
		fmt.Fprintf(w, "Of keys and values, %s lie in host memory and %s on disk, beside what is on the device of them.\n", bytes(last.OnHost), bytes(last.OnDisk))
	}
	printProfile(w, "prefill window", r.Prefill)
	printProfile(w, "decoded token", r.Decode)
	printWork(w, r.Work, r.Peaks)
	if q := r.Ratios; q != nil {
		fmt.Fprintf(w, "\nSpeed at %s tokens over that at %s: prefill %.2f, decode %.2f.\n",
			humanize.Comma(int64(q.Of)), humanize.Comma(int64(q.To)), q.Prefill, q.Decode)
	}
}

// printWork says how much the kernels of a decoded token do a second.
func printWork(w io.Writer, work map[string]bench.Work, peaks *peak.Peaks) {
	if len(work) == 0 || peaks == nil {
		return
	}
	fmt.Fprintf(w, "\nWhat they read, without activations, and compute; this device reads %.1f GB/s and computes %.1f GFLOP/s at most:\n", peaks.Read/1e9, peaks.Compute/1e9)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "KERNELS\tREAD\tGB/S\tOF MOST\tGFLOP\tGFLOP/S\tOF MOST\t")
	for _, kind := range slices.Sorted(maps.Keys(work)) {
		k := work[kind]
		read, flops := k.BytesPerSecond(), k.FlopsPerSecond()
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.0f %%\t%.3f\t%.1f\t%.0f %%\t\n", kind, humanize.IBytes(uint64(k.Bytes)), read/1e9, 100*read/peaks.Read,
			float64(k.Flops)/1e9, flops/1e9, 100*flops/peaks.Compute)
	}
	t.Flush()
}

func printProfile(w io.Writer, of string, p bench.Profile) {
	if len(p) == 0 {
		return
	}
	total := 0.0
	for _, k := range p {
		total += k.Microseconds
	}
	fmt.Fprintf(w, "\nKernels of a %s, by the device's clock: %.1f ms\n", of, total/1000)
	names := slices.SortedFunc(maps.Keys(p), func(a, b string) int { return cmp.Compare(p[b].Microseconds, p[a].Microseconds) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "KERNEL\tCALLS\tMS\tSHARE\t")
	for _, name := range names {
		k := p[name]
		fmt.Fprintf(t, "%s\t%.1f\t%.2f\t%.1f %%\t\n", name, k.Calls, k.Microseconds/1000, 100*k.Microseconds/total)
	}
	t.Flush()
}
