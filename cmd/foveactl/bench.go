package main

import (
	"cmp"
	"context"
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
	"fovea/model"
	"fovea/model/actqkv"
)

type benchCmd struct {
	Depth   []int `default:"512,4096,8192,30000,100000" placeholder:"TOKENS" help:"Tokens in the cache at which to measure (default: ${default})."`
	Prefill int   `default:"2048" help:"Tokens before a depth over which reading is measured."`
	Decode  int   `default:"64" help:"Tokens behind a depth over which writing is measured."`
	Profile bool  `help:"Also time every kernel, at the greatest depth."`
	JSON    bool  `name:"json" help:"Print one JSON object instead of text."`

	modelOptions
	methodOptions
}

// benchReport is a benchmark with what it ran on, in JSON.
type benchReport struct {
	Model    string          `json:"model"`
	Device   string          `json:"device"`
	Driver   string          `json:"driver"`
	Settings actqkv.Settings `json:"settings"`
	KV       string          `json:"kv"`
	*bench.Result
	// Ratios compare the greatest depth with the one at 4,096 tokens.
	Ratios *benchRatios `json:"ratios,omitempty"`
}

type benchRatios struct {
	Of, To  int     // depths in tokens
	Prefill float64 `json:"prefill"`
	Decode  float64 `json:"decode"`
}

// baseDepth is the depth that greater ones are compared with.
const baseDepth = 4096

func (c *benchCmd) Run(ctx context.Context, std *streams) (err error) {
	s, err := c.settings()
	if err != nil {
		return err
	}
	st := newStatus(std.err)
	defer st.clear()
	e, err := c.open(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	text, err := document.Parse(ctx, assets.ManualName, assets.Manual, document.Options{})
	if err != nil {
		return err
	}
	result, err := bench.Run(ctx, e.Model, e.Device(), e.Tokenizer.IDs(text.Text(), false), bench.Options{
		Depths: c.Depth, Prefill: c.Prefill, Decode: c.Decode, Profile: c.Profile,
		Session: model.SessionOptions{Settings: s, KV: c.kv()},
		Progress: func(done, of int) {
			st.set(fmt.Sprintf("%s of %s tokens", humanize.Comma(int64(done)), humanize.Comma(int64(of))))
		},
	})
	if err != nil {
		return err
	}
	st.clear()
	r := &benchReport{
		Model: e.Name, Device: e.Info.Name, Driver: e.Info.Driver, Settings: s, KV: c.KV, Result: result, Ratios: ratios(result.Points),
	}
	if c.JSON {
		return writeJSON(std.out, r)
	}
	r.print(std.out)
	return nil
}

// ratios compares the last point with the one at baseDepth, if both are there.
func ratios(points []bench.Point) *benchRatios {
	last := points[len(points)-1]
	i := slices.IndexFunc(points, func(p bench.Point) bool { return p.Depth == baseDepth })
	if i < 0 || last.Depth <= baseDepth {
		return nil
	}
	return &benchRatios{Of: last.Depth, To: baseDepth, Prefill: last.Prefill / points[i].Prefill, Decode: last.Decode / points[i].Decode}
}

func (r *benchReport) print(w io.Writer) {
	bytes := func(n int64) string { return humanize.IBytes(uint64(n)) }
	fmt.Fprintf(w, "%s on %s (%s), method %s, keys and values in %s\n\n", printable(r.Model), printable(r.Device), printable(r.Driver), r.Settings.Method, r.KV)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "DEPTH\tPREFILL TOK/S\tDECODE TOK/S\tATTENDED\tKV STORE\tREAD PER TOKEN\tDISPATCHES\tSUBMISSIONS\t")
	for _, p := range r.Points {
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%s\t%s\t%s\t%.0f\t%.0f\t\n", humanize.Comma(int64(p.Depth)), p.Prefill, p.Decode,
			humanize.Comma(int64(p.Attended)), bytes(p.Store), bytes(p.Bytes.Total()), p.Dispatches, p.Submissions)
	}
	t.Flush()
	last := r.Points[len(r.Points)-1].Bytes
	fmt.Fprintf(w, "\nRead per token at the greatest depth: weights %s, attention %s, weighing %s, representatives %s.\n",
		bytes(last.Weights), bytes(last.Attention), bytes(last.Weighing), bytes(last.Repr))
	fmt.Fprintf(w, "First token of a 32-token prompt after %.2f s.\n", r.FirstToken)
	fmt.Fprintf(w, "Memory on the device: weights %s, working memory of a session %s, all %s; peak of the process %s.\n",
		bytes(r.Memory.Weights), bytes(r.Memory.Working), bytes(r.Memory.Device), bytes(r.Memory.Host))
	printProfile(w, "prefill window", r.Prefill)
	printProfile(w, "decoded token", r.Decode)
	if q := r.Ratios; q != nil {
		fmt.Fprintf(w, "\nSpeed at %s tokens over that at %s: prefill %.2f, decode %.2f.\n",
			humanize.Comma(int64(q.Of)), humanize.Comma(int64(q.To)), q.Prefill, q.Decode)
	}
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
