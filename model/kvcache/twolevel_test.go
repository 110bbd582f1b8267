package kvcache

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/model/trace"
)

// TestTwoLevel reads a text with a cache that chooses on two levels and one
// that scores all blocks. Where the candidates are all blocks, both must choose
// the same, whatever happens to the session, by lists that serve many steps;
// where they are few, what is recalled must still be most of it, with a list for
// each step: random queries have nothing in common.
func TestTwoLevel(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		for name, candidates := range map[string]int{"all": 180, "few": 32} {
			t.Run(name, func(t *testing.T) {
				two := newReader(t, dev, func(s *actqkv.Settings) {
					s.Candidates = candidates
					if name == "all" {
						s.Refresh = 8
					}
				}, 2, 200)
				two.cache.twoLevel = 64 // blocks: it has room for fewer, until it grows
				one := newReader(t, dev, func(*actqkv.Settings) {}, 2, 2000)
				both := func(n int) [2]*trace.Step {
					var steps [2]*trace.Step
					for i, r := range []*reader{one, two} {
						steps[i] = r.told(n)
					}
					return steps
				}
				agree := func(when string) {
					t.Helper()
					same, all := 0, 0
					for range 5 {
						steps := both(1)
						for l, a := range steps[0].Layers {
							b := steps[1].Layers[l]
							if candidates == 180 && (a.K != b.K || !slices.Equal(a.IDs, b.IDs) || math.Abs(float64(a.Entropy-b.Entropy)) > 1e-4) {
								t.Fatalf("%s: %+v, want %+v", when, b, a)
							}
							for _, id := range a.IDs {
								if all++; slices.Contains(b.IDs, id) {
									same++
								}
							}
						}
					}
					if same*2 < all {
						t.Errorf("%s: %d of %d blocks are recalled", when, same, all)
					}
				}
				for two.cache.Places.Blocks < 40 {
					both(9)
				}
				agree("before it grows")
				if n := two.cache.supers(); n != 0 {
					t.Fatalf("%d super-blocks with room for %d blocks", n, two.cache.blocks(two.cache.capacity))
				}
				if err := two.cache.Grow(1000); err != nil {
					t.Fatal(err)
				}
				if n := two.cache.supers(); n != candidates/4 {
					t.Fatalf("%d super-blocks after it grew", n)
				}
				agree("after it grew")
				var marks [2]*Mark
				for i, r := range []*reader{one, two} {
					var err error
					if marks[i], err = r.cache.Mark(context.Background()); err != nil {
						t.Fatal(err)
					}
					defer marks[i].Free()
				}
				for two.cache.Places.Blocks < 100 {
					both(9)
				}
				agree("at 100 blocks")
				two.checkCompact()
				for i, r := range []*reader{one, two} {
					if err := r.cache.Return(context.Background(), marks[i]); err != nil {
						t.Fatal(err)
					}
				}
				agree("back at the mark")
				for two.cache.Places.Blocks < 70 {
					both(9)
				}
				agree("on from the mark")
				two.checkCompact()
			})
		}
	})
}

// TestTurns makes every layer's list anew once in as many steps as a list
// serves, and all lists where the session has none of the text that it reads.
func TestTurns(t *testing.T) {
	const layers, refresh = 5, 4
	r := newReader(t, gputest.Reference(t), func(s *actqkv.Settings) { s.Candidates, s.Refresh = 32, refresh }, layers, 4000)
	c := r.cache
	c.twoLevel = 64
	if err := c.Grow(4500); err != nil {
		t.Fatal(err)
	}
	for c.Places.Blocks < 40 {
		r.read(9)
	}
	turns := func(after string) {
		t.Helper()
		if n := c.Turn(); n != 0 {
			t.Errorf("after %s the lists are taken for good: turn %d", after, n)
		}
		r.read(1)
		made := map[int]int{}
		for range 3 * refresh {
			c.StepTurn = c.Turn()
			for i := range layers {
				if c.lists(i) {
					made[i]++
				}
			}
			r.read(1)
		}
		for i := range layers {
			if made[i] != 3 {
				t.Errorf("after %s the list of layer %d was made %d times in %d steps, want 3", after, i, made[i], 3*refresh)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	turns("windows")
	mark, err := c.Mark(t.Context())
	must(err)
	defer mark.Free()
	turns("a mark")
	must(c.Return(t.Context(), mark))
	turns("a return")
	s := c.Settings
	s.Tau *= 2
	must(c.Change(s))
	turns("other settings")
	must(c.Grow(5000))
	turns("growing")
	r.read(9)
	turns("a window")
	var state [][]byte
	places, asked := c.Places, c.Asked
	must(c.SaveState(func(b []byte) error {
		state = append(state, bytes.Clone(b))
		return nil
	}))
	turns("saving")
	must(c.LoadState(places, asked, func(b []byte) error {
		copy(b, state[0])
		state = state[1:]
		return nil
	}))
	turns("loading")
	must(c.Repeat(t.Context(), c.RepeatUnit(), turn))
	turns("repeating")
}

// told reads n tokens and returns what the step did.
func (r *reader) told(n int) *trace.Step {
	r.Helper()
	var step *trace.Step
	r.before = func() {
		var err error
		if step, err = r.cache.Report(n, Watch{}); err != nil {
			r.Fatal(err)
		}
	}
	r.read(n)
	return step
}

// checkCompact requires that the compact representatives are those that all
// representatives at once give.
func (r *reader) checkCompact() {
	r.Helper()
	all := func() (b [][]byte) {
		for i := range r.cache.layers {
			l := &r.cache.layers[i]
			full := int64(r.cache.Places.Blocks / 32 * 32)
			b = append(b, r.bytes(l.compact)[:full*16], r.bytes(l.units)[:full*4], r.bytes(l.centre))
		}
		return b
	}
	before := all()
	if err := r.cache.compactAll(); err != nil {
		r.Fatal(err)
	}
	for i, b := range all() {
		if !bytes.Equal(b, before[i]) {
			r.Errorf("compact representatives differ from what the representatives give (%d)", i)
		}
	}
}

// TestTwoLevelScores cannot be told.
func TestTwoLevelScores(t *testing.T) {
	r := newReader(t, gputest.Reference(t), func(s *actqkv.Settings) { s.Candidates = 32 }, 1, 200)
	r.cache.twoLevel = 64
	if err := r.cache.Grow(1000); err != nil {
		t.Fatal(err)
	}
	r.before = func() {
		if _, err := r.cache.Report(1, Watch{Scores: true}); err == nil || !strings.Contains(err.Error(), "choose 0 candidates") {
			t.Errorf("%v", err)
		}
	}
	r.read(1)
}
