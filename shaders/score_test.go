package shaders

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
	"fovea/internal/gputest"
)

// blocks returns the representatives of n blocks, (n, features), in the layout
// of Seal, with their inverse norms; repr is rounded to the format.
func (r *rig) blocks(h Heads, repr []float32) (view, norms gpu.View) {
	octets := h.Features() / 8
	n := len(repr) / h.Features()
	b, inverse := make([]byte, ReprBytes(h, n)), make([]float32, n)
	for i := range n {
		row := repr[i*h.Features():][:h.Features()]
		for o := range octets {
			at := ReprOctet(i, o, octets)
			h.KVType.putOctet(b, at, [8]float32(row[8*o:]))
			x := h.KVType.octet(b, at)
			copy(row[8*o:], x[:])
		}
		inverse[i] = float32(inverseNorm(row))
	}
	return r.put(b), r.floats(inverse)
}

// cosine of two vectors, by definition.
func cosine(a, b []float32) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if ab == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// TestScore compares score with its twin and both with cosines by definition.
// Blocks beyond the sealed ones keep their scores.
func TestScore(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range []struct {
			h           Heads
			blocks, max int
			first       int
			weight      float32
		}{
			{h: Heads{KV: 1, Group: 1, Octets: 1}, blocks: 1, max: 1},
			{h: Heads{KV: 3, Group: 3, Octets: 8}, blocks: 0, max: 50},
			{h: Heads{KV: 3, Group: 3, Octets: 8}, blocks: 37, max: 50, first: 576, weight: 4},
			{h: Heads{KV: 2, Group: 3, Octets: 1}, blocks: 2, max: 9, weight: 1},
			{h: Heads{KV: 1, Group: 2, Octets: 2}, blocks: 5000, max: 5000, first: 4},
			{h: Heads{KV: 8, Group: 4, Octets: 16}, blocks: 65, max: 80, weight: 0.5},
		} {
			c.h.KVType = kv
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
				onDevices(t, 2e-6, func(r *rig) [][]float32 {
					f := c.h.Features()
					repr, probe, question := r.normal(c.max*f), r.normal(c.first+f), r.normal(f)
					if c.blocks > 3 {
						clear(repr[3*f:][:f]) // a block without direction
					}
					s := Score{
						Heads: c.h, Probe: r.floats(probe), First: c.first, QuestionWeight: c.weight, MaxBlocks: c.max,
						Params: r.step(Step{Blocks: uint32(c.blocks)}, 1),
					}
					s.Repr, s.Norms = r.blocks(c.h, repr)
					want := r.normal(c.max)
					s.Scores = r.floats(want)
					if c.weight != 0 {
						s.Question = r.floats(question)
					}
					s.Record(r.rec, r.lanes)
					r.run()
					for b := range c.blocks {
						row := repr[b*f:][:f]
						want[b] = float32(cosine(probe[c.first:], row) + float64(c.weight)*cosine(question, row))
					}
					got := r.read(s.Scores, c.max)
					agree(r, 0, got, want, 2e-6)
					return [][]float32{got}
				})
			})
		}
	}
}

// TestScoring finds the probe, the scores, the entropy, k and the blocks as
// the authors' code did.
func TestScoring(t *testing.T) {
	type scoring struct {
		Name     string
		D        int
		Blocks   int     `json:"n_blocks"`
		Weight   float32 `json:"w_q"`
		Left     float32
		KMin     int `json:"k_min"`
		KMax     int `json:"k_max"`
		K        int
		H        float32  // entropy
		Normal   *float32 `json:"h"`
		Gap      *float64 `json:"gap_at_k"` // score of the last block recalled minus the next
		After    *float32 `json:"left_after"`
		IDs      []int    `json:"ids_sorted"`
		Repr     string   // (Blocks, D)
		Q        string   `json:"q_rows"` // (W, D)
		Weights  string   // (W)
		Probe    string   // (D)
		Question string   // (D), or none
		Score    string   // (Blocks)
	}
	cases, array := fixture.Cases[scoring](t, "scoring")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) {
				h := Heads{KV: (c.D + 7) / 8, Group: 1, Octets: 1, KVType: KV32}
				padded := func(key string) []float32 { return spread(array(key), c.D, h.Features()) }
				bias := array(c.Weights)
				window := len(bias)
				p := Probe{
					Features: h.Features(), Q: farBuffer(r, padded(c.Q), window, h.Features()), Window: window, Bias: r.floats(bias),
					Probe:  r.alloc(int64(h.Features()) * 4),
					Params: r.step(Step{Queries: uint32(window), Blocks: uint32(c.Blocks)}, window),
				}
				p.Record(r.rec, r.lanes)
				s := Score{
					Heads: h, Probe: p.Probe, Scores: r.alloc(int64(c.Blocks) * 4), MaxBlocks: c.Blocks, Params: p.Params,
				}
				s.Repr, s.Norms = r.blocks(h, padded(c.Repr))
				if c.Question != "" {
					s.Question, s.QuestionWeight = r.floats(padded(c.Question)), c.Weight
				}
				s.Record(r.rec, r.lanes)
				r.run()
				fixture.Matches(r, "probe", r.read(p.Probe, c.D), array(c.Probe), fixture.Tolerance)
				scores := r.read(s.Scores, c.Blocks)
				fixture.Matches(r, "scores", scores, array(c.Score), fixture.Tolerance)

				// The last of two layers takes what is left.
				b := newBudget(r, Select{Layers: 2, KMin: c.KMin, KMax: c.KMax, History: 2, BlockSize: 1, Tau: 1}, 0)
				r.write(b.State, floatBytes([]float32{c.Left}))
				v := b.choose(1, scores)
				fixture.Matches(r, "entropy", []float32{v.entropy}, []float32{c.H}, fixture.Tolerance)
				if c.Normal != nil {
					fixture.Matches(r, "normalised entropy", []float32{v.normal}, []float32{*c.Normal}, fixture.Tolerance)
				}
				if c.After != nil {
					fixture.Matches(r, "left", r.read(b.State, 1), []float32{*c.After}, 0)
				}
				tie := c.Gap != nil && *c.Gap < fixture.Tolerance
				if v.k != c.K || !tie && !slices.Equal(v.ids, c.IDs) {
					r.Errorf("recalled %d blocks %v, want %d: %v", v.k, v.ids, c.K, c.IDs)
				}
			})
		})
	}
}

// BenchmarkScore scores the blocks of 30 layers at two depths, in tokens.
func BenchmarkScore(b *testing.B) {
	h := Heads{KV: 3, Group: 3, Octets: 8}
	const layers = 30
	for _, tokens := range []int{4096, 100_000} {
		b.Run(fmt.Sprint(tokens), func(b *testing.B) {
			r := newRig(b, gputest.Open(b))
			n := tokens / 32
			probe, params := r.floats(r.normal(h.Features())), r.step(Step{Queries: 1, Blocks: uint32(n)}, 1)
			for range layers {
				Score{
					Heads: h, Repr: r.alloc(ReprBytes(h, n)), Norms: r.alloc(int64(n) * 4), Probe: probe,
					Scores: r.alloc(int64(n) * 4), MaxBlocks: n, Params: params,
				}.Record(r.rec, r.lanes)
			}
			r.time(b, layers)
		})
	}
}
