package bench

import (
	"context"
	"errors"
	"math"
	"slices"

	"fovea/model/actqkv"
	"fovea/model/trace"
)

// Agreement is how much of what decode steps recall by exact selection they
// also recall by two-level selection, over all layers of the steps. Both begin
// at the same place and read the same tokens.
type Agreement struct {
	Refresh int     `json:"refresh"` // steps that a list of candidates served
	Blocks  float64 `json:"blocks"`  // part of the blocks
	Least   float64 `json:"least"`   // the same of the layer and step where it is least
	Mass    float64 `json:"mass"`    // part of the attention that recalled blocks got
	Entropy float64 `json:"entropy"` // mean difference of the normalised entropies
}

// refreshes are the values of Settings.Refresh that are compared.
var refreshes = []int{1, 4, 8, 16, 32}

func (b *bench) agreement(ctx context.Context) ([]Agreement, error) {
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
	run := func(s actqkv.Settings) ([]*trace.Step, error) {
		all, err := b.decode(ctx, s)
		return all, errors.Join(err, b.s.Return(ctx, mark))
	}
	want, err := run(exact)
	if err != nil {
		return nil, err
	}
	var all []Agreement
	for _, n := range refreshes {
		two := s
		two.Refresh = n
		got, err := run(two)
		if err != nil {
			return nil, err
		}
		a := compare(want, got)
		a.Refresh = n
		all = append(all, a)
	}
	return all, b.s.Change(s)
}

// decode decodes under other settings.
func (b *bench) decode(ctx context.Context, s actqkv.Settings) (all []*trace.Step, err error) {
	if err := b.s.Change(s); err != nil {
		return nil, err
	}
	for range b.o.Decode {
		_, t, err := b.s.Step(ctx, b.token(b.s.Pos()))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// compare says how much of the one is in the other.
func compare(exact, other []*trace.Step) Agreement {
	a := Agreement{Least: 1}
	var blocks, mass, layers float64
	for i, t := range exact {
		for l := range t.Layers {
			want, got, same := &t.Layers[l], &other[i].Layers[l], 0
			layers++
			a.Entropy += math.Abs(float64(want.H - got.H))
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
	a.Entropy /= max(layers, 1)
	return a
}
