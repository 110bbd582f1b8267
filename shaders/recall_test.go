package shaders

import (
	"fmt"
	"testing"

	"fovea/internal/gputest"
)

// TestRecall compares recall with its twin over the layers of steps with more
// and more blocks, and requires what its parts require of each other.
func TestRecall(t *testing.T) {
	few := []int{0, 1, 2, 31, 33, 40, 64, 100, 101, 102, 103, 104}
	for _, c := range []struct {
		name   string
		h      Heads
		s      Select
		most   int // blocks that there is room for
		stats  bool
		weight float32 // of the question
		blocks []int   // by step
	}{
		{"few", Heads{KV: 2, Group: 3, Octets: 2}, Select{Layers: 3, TopK: 6, KMin: 2, KMax: 12, History: 5, BlockSize: 8, Tau: 0.05}, 110, true, 0, few},
		{"kv32", Heads{KV: 3, Group: 1, Octets: 4, KVType: KV32}, Select{Layers: 2, TopK: 9, KMin: 2, KMax: 20, History: 3, BlockSize: 3, Tau: 1}, 104, true, 2, few},
		{"no_stats", Heads{KV: 1, Group: 4, Octets: 1}, Select{Layers: 2, TopK: 9, BlockSize: 2, Fixed: true, History: 1, Tau: 1}, 256, false, 0, []int{5, 31, 256, 255}},
		{"two_dispatches", Heads{KV: 1, Group: 2, Octets: 2}, Select{Layers: 2, TopK: 46, KMin: 32, KMax: 92, History: 2, BlockSize: 4, Tau: 0.05}, 5000, true, 0.5, []int{3, 200, 1024, 4999, 5000}},
		{"one_group", Heads{KV: 1, Group: 2, Octets: 2}, Select{Layers: 1, TopK: 2, KMin: 1, KMax: 3, History: 2, BlockSize: 4, Tau: 0.05}, 7, true, 0, []int{3, 7, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) (results [][]float32) {
				f := c.h.Features()
				repr := r.normal(c.most * f)
				blocks, norms := r.blocks(c.h, repr)
				state, params := r.alloc(StateBytes(c.s.Layers, c.s.History)), r.alloc(StepBytes(1))
				query := r.alloc(int64(4+f) * 4)
				question := r.normal(f)
				var all []Recall
				for layer := range c.s.Layers {
					s := c.s
					scores := r.alloc(ScoreBytes(c.most))
					s.Team, s.Cores, s.Layer, s.Scores, s.State, s.Params = r.dev.Info().Team, r.dev.Info().Cores, layer, scores, state, params
					s.Globals, s.Report = r.alloc(GlobalsBytes(5+c.most*s.BlockSize+11)), r.alloc(int64(ReportWords+c.most)*4)
					a := Recall{
						Score: Score{
							Heads: c.h, Repr: blocks, Norms: norms, Probe: query, First: 4, Scores: scores, MaxBlocks: c.most, Params: params,
						},
						Cap: 3, Select: s,
					}
					if c.weight != 0 {
						a.Score.Question, a.Score.QuestionWeight = r.floats(question), c.weight
					}
					if c.stats {
						a.Stats = r.alloc(int64(2*f) * 4)
					}
					a.Record(r.rec, r.lanes)
					all = append(all, a)
				}
				rec := r.rec
				defer r.dev.Release(rec)
				for i, n := range c.blocks {
					b := make([]byte, StepBytes(1))
					step := Step{
						Queries: 1, Blocks: uint32(n), Inits: 5, InitEnd: 5, Windows: uint32(i),
						RemFirst: uint32(5 + n*c.s.BlockSize), RemEnd: uint32(5 + n*c.s.BlockSize + 11),
					}
					step.Put(b)
					r.write(params, b)
					q := r.normal(4 + f)
					r.write(query, floatBytes(q))
					if err := r.dev.Submit(t.Context(), rec); err != nil {
						r.Fatal(err)
					}
					for layer := range all {
						results = append(results, r.recalled(&all[layer], fmt.Sprintf("step %d, layer %d", i, layer), repr, q[4:], question, n)...)
					}
				}
				return append(results, r.read(state, int(StateBytes(c.s.Layers, c.s.History)/4)))
			})
		})
	}
}

// recalled reads what a recall did and requires it to be consistent.
func (r *rig) recalled(a *Recall, what string, repr, q, question []float32, n int) [][]float32 {
	r.Helper()
	scores, f := r.read(a.Select.Scores, n), a.Score.Heads.Features()
	want := make([]float32, n)
	for b := range want {
		v := repr[b*f:][:f]
		want[b] = float32(cosine(q, v) + float64(a.Score.QuestionWeight)*cosine(question, v))
	}
	agree(r, 0, append(scores, 1), append(want, 1), 2e-6)
	v := readVerdict(r, a.Select, n, 11)
	checkVerdict(r, what, a.Select, scores, v)
	if counter := bits(r.read(a.Select.Scores, a.Score.MaxBlocks+1)[a.Score.MaxBlocks]); counter != 0 {
		r.Errorf("%s: %d workgroups are still counted", what, counter)
	}
	results := append(v.numbers(), append(scores, 1))
	if a.Stats.Buffer != nil {
		results = append(results, r.read(a.Stats, 2*f))
	}
	return results
}

// BenchmarkRecall chooses the blocks of 30 layers at some depths, in tokens.
func BenchmarkRecall(b *testing.B) {
	const layers = 30
	for _, tokens := range []int{4096, 16_000, 100_000, 500_000} {
		b.Run(fmt.Sprint(tokens), func(b *testing.B) {
			r := newRig(b, gputest.Open(b))
			for _, a := range recalls(r, layers, tokens/32) {
				a.Record(r.rec, r.lanes)
			}
			r.time(b, layers)
		})
	}
}

// recalls are those of a step's layers, over n blocks of random numbers.
func recalls(r *rig, layers, n int) (all []Recall) {
	h := Heads{KV: 3, Group: 3, Octets: 8}
	query, params := r.floats(r.normal(2*h.Features())), r.step(Step{Queries: 1, Blocks: uint32(n)}, 1)
	state := r.alloc(StateBytes(layers, 100))
	repr, norms := r.blocks(h, r.normal(n*h.Features()))
	for layer := range layers {
		own := r.alloc(ReprBytes(h, n)) // as many bytes as a session reads
		r.rec.Copy(own, repr)
		r.run()
		scores := r.alloc(ScoreBytes(n))
		all = append(all, Recall{
			Score: Score{Heads: h, Repr: own, Norms: norms, Probe: query, First: h.Features(), Scores: scores, MaxBlocks: n, Params: params},
			Cap:   1000, Stats: r.alloc(int64(2*h.Features()) * 4),
			Select: Select{
				Team: r.dev.Info().Team, Cores: r.dev.Info().Cores,
				Layer: layer, Layers: layers, TopK: 46, KMin: 32, KMax: 92, History: 100, BlockSize: 32, Tau: 0.05,
				Scores: scores, State: state, Globals: r.alloc(1 << 16), Report: r.alloc(4096), Params: params,
			},
		})
	}
	return all
}
