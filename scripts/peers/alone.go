package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"fovea/internal/bench"
)

// startup is what starting the program takes, as foveactl bench --start writes it.
type startup struct {
	// FirstToken is the time from the start of the process to the first token of
	// a prompt of 32 tokens, in seconds, of each start.
	FirstToken []float64 `json:"first_token_seconds"`
	// Document is the memory of a process that has read so many tokens.
	Document struct {
		Tokens int   `json:"tokens"`
		Peak   int64 `json:"peak_bytes"` // resident
	} `json:"document"`
}

// alone measures Fovea by itself, where these arguments have not done it yet.
func alone(ctx context.Context, o options, kept *results) error {
	if o.bench == "" || kept.Alone != nil && kept.AloneBy == o.bench {
		return nil
	}
	start, report := &startup{}, &bench.Report{}
	if err := foveaBench(ctx, o, "--start", start); err != nil {
		return err
	}
	if len(start.FirstToken) == 0 || start.Document.Peak == 0 {
		return fmt.Errorf("foveactl bench --start --json tells no time or no memory; is %s of this version?", o.foveactl)
	}
	if err := foveaBench(ctx, o, o.bench, report); err != nil {
		return err
	}
	kept.Start, kept.Alone, kept.AloneBy = start, report, o.bench
	return kept.save()
}

// foveaBench runs foveactl bench with some arguments and takes its JSON.
func foveaBench(ctx context.Context, o options, args string, to any) error {
	fmt.Fprintf(os.Stderr, "Fovea alone: foveactl bench %s\n", args)
	cmd := exec.CommandContext(ctx, o.foveactl, append([]string{"bench", "--json", "--model", o.model}, strings.Fields(args)...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("foveactl bench %s: %w", args, err)
	}
	if err := json.Unmarshal(out, to); err != nil {
		return fmt.Errorf("what foveactl bench %s wrote: %w", args, err)
	}
	return nil
}

func size(n int64) string { return humanize.IBytes(uint64(n)) }

// repeated marks depths whose cache was filled by repetition.
const repeated = "\\*"

// writeAlone writes the figures of Fovea by itself.
func (r *results) writeAlone(b *strings.Builder) {
	a := r.Alone
	fmt.Fprintf(b, "\n## Fovea alone\n\n`foveactl bench %s` on %s (%s). Prefill is here the median speed of the windows right before a depth.\n\n", r.AloneBy, a.Device, a.Driver)
	b.WriteString("| Tokens in the cache | Prefill, tokens/s | Decode, tokens/s | Attended | KV store | Read per token | Roofline | Dispatches | Submissions |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	synthetic := false
	for i := range a.Points {
		p := &a.Points[i]
		depth := comma(p.Depth)
		if p.Synthetic {
			depth, synthetic = depth+repeated, true
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %.0f | %.0f |\n", depth, speed(p.Prefill), speed(p.Decode), comma(p.Attended),
			size(p.Store), size(p.Bytes.Total()), size(p.Roofline), p.Dispatches, p.Submissions)
	}
	if synthetic {
		fmt.Fprintf(b, "\n%s Most of the cache is not read but filled with copies of the first tokens' keys and values: it is as large as that of a text of so many tokens.\n", repeated)
	}
	b.WriteString("\nThe roofline is what a decoded token must read at least: every weight, the attended keys and values, and the representatives of all blocks, each once.\n\n| | Measured | Target | |\n|---|--:|---|---|\n")
	for _, c := range claims(a, r.Start) {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", c.What, c.Measured, c.Goal, mark(c.Met))
	}
	fmt.Fprintf(b, `
At the greatest depth: weights %s, working memory of a session %s, all memory of the device %s; the process had at most %s resident, which on a software driver has the device's memory in it.
`, size(a.Memory.Weights), size(a.Memory.Working), size(a.Memory.Device), size(a.Memory.Host))
	if len(a.Decode) > 0 {
		depth := a.Points[len(a.Points)-1].Depth
		fmt.Fprintf(b, "\n### Kernels at a depth of %s tokens\n\nBy the device's clock. Each kernel is timed apart from the others, so the sum is more than a step takes. What is read is without activations.\n", comma(depth))
		writeKernels(b, "decoded token", a.Decode)
		writeWork(b, a)
		writeKernels(b, "prefill window", a.Prefill)
	}
}

// writeKernels writes the time of a step's kernels.
func writeKernels(b *strings.Builder, of string, p bench.Profile) {
	total := 0.0
	for _, k := range p {
		total += k.Microseconds
	}
	fmt.Fprintf(b, "\n| Kernels of a %s: %.1f ms | Calls | ms | Share |\n|---|--:|--:|--:|\n", of, total/1000)
	for _, name := range slices.SortedFunc(maps.Keys(p), func(a, b string) int { return cmp.Compare(p[b].Microseconds, p[a].Microseconds) }) {
		k := p[name]
		fmt.Fprintf(b, "| `%s` | %.1f | %.2f | %.1f %% |\n", name, k.Calls, k.Microseconds/1000, 100*k.Microseconds/total)
	}
}

// writeWork writes what the kernels of a decoded token do a second, beside what
// the device can do.
func writeWork(b *strings.Builder, r *bench.Report) {
	if len(r.Work) == 0 || r.Peaks == nil {
		return
	}
	fmt.Fprintf(b, "\nKernels that do nothing but read, or nothing but compute, reach %.1f GB/s and %.1f GFLOP/s on this device.\n\n", r.Peaks.Read/1e9, r.Peaks.Compute/1e9)
	b.WriteString("| Kind of kernel | Reads per token | GB/s | of the peak | GFLOP/s | of the peak |\n|---|--:|--:|--:|--:|--:|\n")
	for _, name := range slices.Sorted(maps.Keys(r.Work)) {
		w := r.Work[name]
		read, flops := w.BytesPerSecond(), w.FlopsPerSecond()
		fmt.Fprintf(b, "| `%s` | %s | %.1f | %.0f %% | %.1f | %.0f %% |\n", name, size(w.Bytes), read/1e9, 100*read/r.Peaks.Read, flops/1e9, 100*flops/r.Peaks.Compute)
	}
}
