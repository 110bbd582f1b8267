package bench

import (
	"context"
	"slices"
	"time"

	"fovea/gpu"
	"fovea/model"
	"fovea/model/sample"
	"fovea/model/trace"
)

type bench struct {
	s       *model.Session
	drawn   *sample.Sampler // greedily, as answers are by default
	dev     gpu.Device
	text    []int32
	o       Options
	deepest int
	windows []float64 // tokens per second of the windows that read took last
	waits   []float64 // shares of their times in which the device had nothing to do

	tokens int           // that were read by prefill
	spent  time.Duration // on them
	steps  int           // decoded tokens

	repeated bool // not all tokens were read
}

// median is the middle one of some rates or shares.
func median(rates []float64) float64 {
	slices.Sort(rates)
	n := len(rates)
	return (rates[(n-1)/2] + rates[n/2]) / 2
}

// medians are the points of the last turn with the median rates and shares of all.
func medians(turns [][]Point) []Point {
	points := turns[len(turns)-1]
	for i := range points {
		for _, number := range []func(p *Point) *float64{
			func(p *Point) *float64 { return &p.Prefill },
			func(p *Point) *float64 { return &p.PrefillIdle },
			func(p *Point) *float64 { return &p.Mean },
			func(p *Point) *float64 { return &p.Decode },
			func(p *Point) *float64 { return &p.DecodeIdle },
		} {
			var all []float64
			for _, turn := range turns {
				all = append(all, *number(&turn[i]))
			}
			*number(&points[i]) = median(all)
		}
	}
	return points
}

func (b *bench) token(pos int) int32 { return b.text[pos%len(b.text)] }

// read reads up to depth.
func (b *bench) read(ctx context.Context, depth int) error {
	from := b.s.Pos()
	b.windows, b.waits = nil, nil
	if depth <= from {
		return nil
	}
	ids := make([]int32, depth-from)
	for i := range ids {
		ids[i] = b.token(from + i)
	}
	begin := time.Now()
	start, busy := begin, b.dev.Stats().Busy
	err := b.s.Prefill(ctx, ids, func(done int, t *trace.Step) {
		b.windows = append(b.windows, float64(t.Queries)/time.Since(start).Seconds())
		b.waits = append(b.waits, b.idle(start, busy))
		start, busy = time.Now(), b.dev.Stats().Busy
		if b.o.Progress != nil {
			b.o.Progress(from+done, b.deepest)
		}
	})
	b.tokens += len(ids)
	b.spent += time.Since(begin)
	return err
}

// idle is the share of the time since start in which no submission ran, where busy
// was the device's at start.
func (b *bench) idle(start time.Time, busy time.Duration) float64 {
	return 1 - float64(b.dev.Stats().Busy-busy)/float64(time.Since(start))
}

// step decodes a token.
func (b *bench) step(ctx context.Context) (*trace.Step, error) {
	t, err := b.readToken(ctx, b.token(b.s.Pos()))
	b.steps++
	return t, err
}

// points measures at depths in rising order.
func (b *bench) points(ctx context.Context, depths []int) (points []Point, err error) {
	for _, depth := range depths {
		if b.o.Before != nil {
			if err := b.o.Before(); err != nil {
				return nil, err
			}
		}
		p, err := b.point(ctx, depth)
		if err != nil {
			return nil, err
		}
		points = append(points, p)
		if b.o.After != nil {
			if err := b.o.After(p); err != nil {
				return nil, err
			}
		}
	}
	return points, nil
}

func (b *bench) point(ctx context.Context, depth int) (Point, error) {
	p := Point{Depth: depth}
	var err error
	if p.Synthetic, err = b.reach(ctx, depth-b.o.Prefill); err != nil {
		return p, err
	}
	if err := b.read(ctx, depth); err != nil {
		return p, err
	}
	if len(b.windows) > 0 {
		p.Prefill, p.PrefillIdle = median(b.windows), median(b.waits)
	}
	if b.tokens+b.steps == b.s.Pos() {
		p.Mean = float64(b.tokens) / b.spent.Seconds()
	}

	// The first step compiles, and is not measured.
	if _, err := b.step(ctx); err != nil {
		return p, err
	}
	before := b.dev.Stats()
	var last *trace.Step
	var rates, waits []float64
	for range b.o.Decode {
		start, busy := time.Now(), b.dev.Stats().Busy
		t, err := b.step(ctx)
		if err != nil {
			return p, err
		}
		rates, waits = append(rates, 1/time.Since(start).Seconds()), append(waits, b.idle(start, busy))
		last = t
	}
	n, after := float64(b.o.Decode), b.dev.Stats()
	p.Decode, p.DecodeIdle = median(rates), median(waits)
	p.Dispatches = float64(after.Dispatches-before.Dispatches) / n
	p.Submissions = float64(after.Submissions-before.Submissions) / n
	held := b.s.Memory()
	p.Store, p.OnHost, p.OnDisk = held.Store, held.Host, held.Disk
	p.Attended, p.Bytes = last.Attended(), b.s.StepBytes(last)
	p.Roofline = Roofline(p.Bytes)
	if b.o.Agreement {
		if p.Agreement, err = b.agreement(ctx); err != nil {
			return p, err
		}
	}
	if b.o.Lookup {
		p.Lookup, err = b.lookup(ctx)
	}
	return p, err
}
