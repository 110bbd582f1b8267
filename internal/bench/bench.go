// Package bench measures the engine: tokens per second of prefill and decode
// at given depths, and what a step costs in memory, dispatches and bytes.
//
// Speed at a depth is that of the tokens right before it (prefill) and right
// behind it (decode), by the median of the times of windows and of steps, which
// what else the machine does hardly moves. Prefill is also measured over all
// tokens up to the depth. Texts repeat; which tokens they have does not matter
// to speed.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fovea/gpu"
	"fovea/internal/bench/peak"
	"fovea/model"
	"fovea/model/sample"
)

// Options of a benchmark.
type Options struct {
	Depths  []int // tokens in the cache, in any order
	Prefill int   // tokens before a depth over which prefill is measured
	Decode  int   // steps behind a depth over which decode is measured
	// Turns is how often all depths are visited, each time in a session of its own; rates
	// are the medians, which a machine that is faster at one hour than at another hardly
	// moves. 0 counts as 1.
	Turns   int
	Profile bool // also time every kernel, at the greatest depth, and the device's peaks
	// Synthetic repeats what was read up to the tokens measured over, instead of
	// reading a text of that length.
	Synthetic bool
	// Agreement compares what exact and two-level selection recall, in a session
	// that has room for a text of two-level selection.
	Agreement bool
	// Lookup measures the writing of a quotation, with drafts and without.
	Lookup bool
	// Session has Highest where answers are drawn from the highest logits, which the
	// device finds; then so are steps and batches here.
	Session model.SessionOptions
	// Progress is called with the number of tokens read and how many there will be.
	Progress func(done, of int)
	// Before is called when all is ready to go on to the next depth, and After
	// with what was measured there; the session is idle while they run. An error
	// ends the benchmark. Both may be nil.
	Before func() error
	After  func(Point) error
}

const (
	firstPrompt = 32   // tokens of the prompt of Result.FirstToken
	warmPrompt  = 2048 // tokens read before anything but that is measured
)

// Run measures on a device that nothing else uses. text is repeated to the
// length that is needed.
func Run(ctx context.Context, m *model.Model, dev gpu.Device, text []int32, o Options) (*Result, error) {
	if len(text) == 0 || len(o.Depths) == 0 || o.Prefill < 1 || o.Decode < 1 {
		return nil, errors.New("bench: needs a text, a depth, and a number of tokens to measure over")
	}
	depths := slices.Sorted(slices.Values(o.Depths))
	if depths[0] < 1 {
		return nil, fmt.Errorf("bench: depth %d, must be 1 or more", depths[0])
	}
	for i, depth := range depths[1:] {
		if depth <= depths[i]+o.Decode+1 {
			return nil, fmt.Errorf("bench: %d steps behind depth %d pass depth %d; leave more room between them", o.Decode+1, depths[i], depth)
		}
	}
	drawn, err := sample.New(sample.Options{})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	if r.FirstToken, err = firstToken(ctx, dev, m, drawn, text, o); err != nil {
		return nil, err
	}
	deepest := depths[len(depths)-1] + 2*(o.Decode+1) + o.Session.Settings.Window
	o.Session.Capacity = deepest
	if o.Agreement {
		o.Session.Capacity = max(deepest, model.TwoLevelCapacity(o.Session.Settings))
	}
	var turns [][]Point
	for turn := range max(1, o.Turns) {
		b := &bench{drawn: drawn, dev: dev, text: text, o: o, deepest: deepest}
		points, err := b.visit(ctx, m, depths, r, turn+1 >= o.Turns)
		if err != nil {
			return nil, err
		}
		turns = append(turns, points)
	}
	r.Points = medians(turns)
	if o.Profile { // last, since it needs memory of its own
		p, err := peak.Measure(ctx, dev)
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		r.Peaks = &p
	}
	return r, nil
}

// visit measures at all depths in a session of its own, and in the last turn kernels
// and memory.
func (b *bench) visit(ctx context.Context, m *model.Model, depths []int, r *Result, last bool) (points []Point, err error) {
	if b.s, err = m.NewSession(b.o.Session); err != nil {
		return nil, err
	}
	defer b.s.Close()
	if err := b.warm(ctx, min(warmPrompt, depths[len(depths)-1])); err != nil {
		return nil, err
	}
	if points, err = b.points(ctx, depths); err != nil || !last {
		return points, err
	}
	if b.o.Profile {
		if err := b.profile(ctx, m.Config, r); err != nil {
			return nil, err
		}
	}
	held := b.dev.Stats()
	r.Memory = Memory{Weights: m.WeightBytes(), Working: b.s.Memory().Fixed, Device: held.LocalBytes + held.HostBytes, Host: PeakMemory()}
	return points, nil
}

// firstToken takes the time from a prompt to the first logits, in seconds, in a
// session of its own.
func firstToken(ctx context.Context, dev gpu.Device, m *model.Model, drawn *sample.Sampler, text []int32, o Options) (float64, error) {
	o.Session.Capacity = firstPrompt
	s, err := m.NewSession(o.Session)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	b := &bench{s: s, drawn: drawn, dev: dev, text: text, o: Options{Session: o.Session}}
	start := time.Now()
	if err := b.read(ctx, firstPrompt-1); err != nil {
		return 0, err
	}
	_, err = b.readToken(ctx, b.token(firstPrompt-1))
	return time.Since(start).Seconds(), err
}

// warm has the session compile its kernels and make its recordings, by reading
// some tokens and forgetting them.
func (b *bench) warm(ctx context.Context, tokens int) error {
	start, err := b.s.Mark(ctx)
	if err != nil {
		return err
	}
	defer start.Free()
	if err := b.read(ctx, tokens); err != nil {
		return err
	}
	if _, err := b.step(ctx); err != nil {
		return err
	}
	b.tokens, b.spent, b.steps = 0, 0, 0
	return b.s.Return(ctx, start)
}
