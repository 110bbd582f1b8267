// Package bench measures the engine: tokens per second of prefill and decode
// at given depths, and what a step costs in memory, dispatches and bytes.
//
// Speed at a depth is that of the tokens right before it (prefill) and right
// behind it (decode), by the median of the times of windows and of steps, which
// what else the machine does hardly moves. Texts repeat; which tokens they have
// does not matter to speed.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fovea/gpu"
	"fovea/model"
	"fovea/model/trace"
)

// Options of a benchmark.
type Options struct {
	Depths  []int // tokens in the cache, in any order
	Prefill int   // tokens before a depth over which prefill is measured
	Decode  int   // steps behind a depth over which decode is measured
	Profile bool  // also time every kernel, at the greatest depth
	Session model.SessionOptions
	// Progress is called with the number of tokens read and how many there will be.
	Progress func(done, of int)
}

// Result is what was measured.
type Result struct {
	Points []Point `json:"points"`
	// FirstToken is the time from a prompt of 32 tokens in a new session to the
	// first logits, in seconds.
	FirstToken float64 `json:"first_token_seconds"`
	Memory     Memory  `json:"memory"`
	Prefill    Profile `json:"prefill_profile,omitempty"`
	Decode     Profile `json:"decode_profile,omitempty"`
}

// Point is the speed at one depth.
type Point struct {
	Depth       int     `json:"depth"` // tokens in the cache
	Prefill     float64 `json:"prefill_tokens_per_second"`
	Decode      float64 `json:"decode_tokens_per_second"`
	Attended    int     `json:"attended_tokens"` // by a layer in a decode step, on average
	Store       int64   `json:"kv_store_bytes"`  // on the device
	Dispatches  float64 `json:"dispatches_per_token"`
	Submissions float64 `json:"submissions_per_token"`
	// Bytes that a decode step reads on the device, from the sizes of what its
	// kernels read.
	Bytes model.StepBytes `json:"bytes_per_token"`
}

// Memory is what the benchmark held, in bytes.
type Memory struct {
	Weights int64 `json:"weights_bytes"`   // on the device
	Working int64 `json:"working_bytes"`   // on the device: all of a session but the KV store
	Device  int64 `json:"device_bytes"`    // all that was allocated on the device
	Host    int64 `json:"host_peak_bytes"` // of the process; on unified memory with the device's; 0: not known
}

// Profile is the time of each kernel of a step.
type Profile map[string]Kernel

// Kernel is the device time of a kernel in one step.
type Kernel struct {
	Calls        float64 `json:"calls"`
	Microseconds float64 `json:"microseconds"`
}

// firstPrompt is the prompt of FirstToken, in tokens.
const firstPrompt = 32

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
	r := &Result{}
	var err error
	if r.FirstToken, err = firstToken(ctx, m, text, o); err != nil {
		return nil, err
	}
	deepest := depths[len(depths)-1] + 2*(o.Decode+1) + o.Session.Settings.Window
	o.Session.Capacity = deepest
	s, err := m.NewSession(o.Session)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b := &bench{s: s, dev: dev, text: text, o: o, deepest: deepest}
	for _, depth := range depths {
		p, err := b.point(ctx, depth)
		if err != nil {
			return nil, err
		}
		r.Points = append(r.Points, p)
	}
	if o.Profile {
		if r.Prefill, r.Decode, err = b.profile(ctx); err != nil {
			return nil, err
		}
	}
	r.Memory = Memory{
		Weights: m.WeightBytes(), Working: s.Memory().Fixed, Device: dev.Stats().LocalBytes + dev.Stats().HostBytes, Host: peakMemory(),
	}
	return r, nil
}

func firstToken(ctx context.Context, m *model.Model, text []int32, o Options) (float64, error) {
	o.Session.Capacity = firstPrompt
	s, err := m.NewSession(o.Session)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	b := &bench{s: s, text: text, o: Options{}}
	start := time.Now()
	if err := b.read(ctx, firstPrompt-1); err != nil {
		return 0, err
	}
	_, _, err = s.Step(ctx, b.token(firstPrompt-1))
	return time.Since(start).Seconds(), err
}

type bench struct {
	s       *model.Session
	dev     gpu.Device
	text    []int32
	o       Options
	deepest int
	windows []float64 // tokens per second of the windows that read took last
}

// median is the middle one of some rates.
func median(rates []float64) float64 {
	slices.Sort(rates)
	n := len(rates)
	return (rates[(n-1)/2] + rates[n/2]) / 2
}

func (b *bench) token(pos int) int32 { return b.text[pos%len(b.text)] }

// read reads up to depth.
func (b *bench) read(ctx context.Context, depth int) error {
	from := b.s.Pos()
	b.windows = nil
	if depth <= from {
		return nil
	}
	ids := make([]int32, depth-from)
	for i := range ids {
		ids[i] = b.token(from + i)
	}
	start := time.Now()
	return b.s.Prefill(ctx, ids, func(done int, t *trace.Step) {
		b.windows = append(b.windows, float64(t.Queries)/time.Since(start).Seconds())
		start = time.Now()
		if b.o.Progress != nil {
			b.o.Progress(from+done, b.deepest)
		}
	})
}

func (b *bench) point(ctx context.Context, depth int) (Point, error) {
	p := Point{Depth: depth}
	if err := b.read(ctx, depth-b.o.Prefill); err != nil {
		return p, err
	}
	if err := b.read(ctx, depth); err != nil {
		return p, err
	}
	p.Prefill = median(b.windows)

	// The first step compiles, and is not measured.
	if _, _, err := b.s.Step(ctx, b.token(b.s.Pos())); err != nil {
		return p, err
	}
	before := b.dev.Stats()
	var last *trace.Step
	var rates []float64
	for range b.o.Decode {
		start := time.Now()
		_, t, err := b.s.Step(ctx, b.token(b.s.Pos()))
		if err != nil {
			return p, err
		}
		rates = append(rates, 1/time.Since(start).Seconds())
		last = t
	}
	n, after := float64(b.o.Decode), b.dev.Stats()
	p.Decode = median(rates)
	p.Dispatches = float64(after.Dispatches-before.Dispatches) / n
	p.Submissions = float64(after.Submissions-before.Submissions) / n
	p.Attended, p.Store, p.Bytes = last.Attended(), b.s.Memory().Store, b.s.StepBytes(last)
	return p, nil
}

// profile times the kernels of a prefill window and of decode steps.
func (b *bench) profile(ctx context.Context) (prefill, decode Profile, err error) {
	b.dev.Profile(true)
	defer b.dev.Profile(false)
	if err := b.read(ctx, b.s.Pos()+b.o.Session.Settings.Window); err != nil {
		return nil, nil, err
	}
	prefill = perStep(b.dev.Profile(true), 1)
	for range b.o.Decode {
		if _, _, err := b.s.Step(ctx, b.token(b.s.Pos())); err != nil {
			return nil, nil, err
		}
	}
	return prefill, perStep(b.dev.Profile(true), b.o.Decode), nil
}

func perStep(times map[string]gpu.KernelTime, steps int) Profile {
	p := Profile{}
	for name, t := range times {
		p[name] = Kernel{Calls: float64(t.Calls) / float64(steps), Microseconds: t.Time.Seconds() * 1e6 / float64(steps)}
	}
	return p
}
