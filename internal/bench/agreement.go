package bench

import (
	"context"
	"errors"
	"slices"

	"fovea/model/trace"
)

// Agreement is how much of what decode steps recall by exact selection they
// also recall by two-level selection, over all layers of the steps. Both begin
// at the same place and read the same tokens.
type Agreement struct {
	Blocks float64 `json:"blocks"` // part of the blocks
	Least  float64 `json:"least"`  // the same of the layer and step where it is least
	Mass   float64 `json:"mass"`   // part of the attention that recalled blocks got
}

func (b *bench) agreement(ctx context.Context) (*Agreement, error) {
	s := b.o.Session.Settings
	if s.Candidates == 0 {
		return nil, errors.New("bench: exact selection agrees with itself; set candidates")
	}
	mark, err := b.s.Mark(ctx)
	if err != nil {
		return nil, err
	}
	defer mark.Free()
	watch := b.s.Watch
	b.s.Watch.Mass = true
	defer func() { b.s.Watch = watch }()
	exact := s
	exact.Candidates = 0
	var runs [2][]*trace.Step
	for i := range runs {
		if err := b.s.Change(exact); err != nil {
			return nil, err
		}
		exact = s // for the second run, and afterwards
		for range b.o.Decode {
			_, t, err := b.s.Step(ctx, b.token(b.s.Pos()))
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], t)
		}
		if err := b.s.Return(ctx, mark); err != nil {
			return nil, err
		}
	}
	return compare(runs[0], runs[1]), nil
}

// compare says how much of the one is in the other.
func compare(exact, other []*trace.Step) *Agreement {
	a := &Agreement{Least: 1}
	var blocks, mass float64
	for i, t := range exact {
		for l := range t.Layers {
			want, got, same := &t.Layers[l], &other[i].Layers[l], 0
			for j, id := range want.IDs {
				blocks++
				mass += float64(want.Mass[j])
				if slices.Contains(got.IDs, id) {
					same++
					a.Mass += float64(want.Mass[j])
				}
			}
			a.Blocks += float64(same)
			if n := len(want.IDs); n > 0 {
				a.Least = min(a.Least, float64(same)/float64(n))
			}
		}
	}
	a.Blocks /= max(blocks, 1)
	a.Mass /= max(mass, 1e-30)
	return a
}
