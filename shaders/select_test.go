package shaders

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
)

// budget drives Select over the layers of windows.
type budget struct {
	*rig
	Select
	remainder int // tokens
}

// newBudget allocates what the calls of s share.
func newBudget(r *rig, s Select, remainder int) *budget {
	s.State = r.alloc(StateBytes(s.Layers, s.History))
	return &budget{rig: r, Select: s, remainder: remainder}
}

// putSpreads gives the layers spreads, of one window.
func (b *budget) putSpreads(v []float32) {
	b.Helper()
	state := b.read(b.State, int(StateBytes(b.Layers, b.History)/4))
	means, counts := spreads(state, b.Layers, b.History)
	for layer := range means {
		means[layer], counts[layer] = float32(math.Abs(float64(v[layer]))), 1
	}
	b.write(b.State, floatBytes(state))
}

// verdict is what Select says of one layer.
type verdict struct {
	k, n                                        int
	entropy, normal, left, highest, lowest, gap float32
	ids                                         []int
	globals                                     []float32 // positions
}

// choose runs one layer on scores, with as many blocks.
func (b *budget) choose(layer int, scores []float32) verdict {
	b.Helper()
	n := len(scores)
	s := b.Select
	s.Team, s.Layer = b.dev.Info().Team, layer
	// In turn what one workgroup can keep and what it cannot.
	if s.MaxBlocks = n; layer%2 == 1 {
		s.MaxBlocks = 1 << 20
	}
	s.Scores = b.floats(append(scores, 100, -100, 50, 70)) // what lies behind must not matter
	s.Globals = b.alloc(GlobalsBytes(5 + n*s.BlockSize + b.remainder))
	s.Report = b.alloc(int64(ReportWords+n) * 4)
	s.Params = b.step(Step{
		Queries: 1, Blocks: uint32(n), Inits: 5, InitEnd: 5,
		RemFirst: uint32(5 + n*s.BlockSize), RemEnd: uint32(5 + n*s.BlockSize + b.remainder),
	}, 1)
	s.Record(b.rec, b.lanes)
	b.run()
	return readVerdict(b.rig, s, n, b.remainder)
}

// readVerdict reads what was chosen of n blocks, before a remainder of so many
// tokens.
func readVerdict(r *rig, s Select, n, remainder int) verdict {
	r.Helper()
	report, list := r.read(s.Report, ReportWords+n), r.read(s.Globals, listed+5+n*s.BlockSize+remainder)
	v := verdict{
		k: int(bits(report[0])), n: int(bits(report[1])), entropy: report[2], normal: report[3],
		left: report[4], highest: report[5], lowest: report[6], gap: report[7],
	}
	for _, id := range report[ReportWords:][:v.k] {
		v.ids = append(v.ids, int(bits(id)))
	}
	for _, p := range list[listed:][:bits(list[0])] {
		v.globals = append(v.globals, float32(bits(p)))
	}
	return v
}

// numbers are all that the verdict says. Integers of a slice are far below
// 1/tolerance, so that they agree only if they are equal; the 1 makes the
// tolerance of entropies absolute.
func (v verdict) numbers() [][]float32 {
	ids := make([]float32, len(v.ids))
	for i, id := range v.ids {
		ids[i] = float32(id)
	}
	return [][]float32{
		{float32(v.k), float32(v.n), v.left},
		{v.entropy, v.normal, 1},
		{v.highest, v.lowest, v.gap},
		ids, v.globals,
	}
}

// TestSelect compares select with its twin over windows of growing numbers of
// blocks: before and after the histories are full, with ties, with both clamps.
func TestSelect(t *testing.T) {
	even := func(r *rig, _ int) float32 { return 0.1 * r.Float32() }
	peaked := func(r *rig, layer int) float32 {
		return float32(math.Pow(r.Float64(), float64(1+4*layer)))
	}
	ties := func(r *rig, _ int) float32 {
		return []float32{0.5, 0, float32(math.Copysign(0, -1)), -0.5, -1}[r.IntN(5)]
	}
	same := func(*rig, int) float32 { return 0.25 }
	few := []int{0, 1, 2, 3, 5, 4, 9, 31, 32, 33, 60, 100, 101, 102, 103}
	for _, c := range []struct {
		name   string
		s      Select
		blocks []int // by window
		score  func(r *rig, layer int) float32
	}{
		{"even", Select{Layers: 3, TopK: 6, KMin: 2, KMax: 12, History: 5, BlockSize: 8, Tau: 1}, few, even},
		{"peaked", Select{Layers: 5, TopK: 20, KMin: 2, KMax: 40, History: 4, BlockSize: 1, Tau: 0.05}, few, peaked},
		{"ties", Select{Layers: 2, TopK: 7, KMin: 1, KMax: 14, History: 3, BlockSize: 3, Tau: 1}, few, ties},
		{"same", Select{Layers: 4, TopK: 7, KMin: 1, KMax: 14, History: 3, BlockSize: 3, Tau: 0.05}, few, same},
		{"kmin_over_kmax", Select{Layers: 3, TopK: 4, KMin: 10, KMax: 8, History: 2, BlockSize: 2, Tau: 1}, few, peaked},
		{"nothing", Select{Layers: 2, TopK: 0, KMin: 0, KMax: 0, History: 2, BlockSize: 2, Tau: 1}, few, even},
		{"by_spread", Select{Layers: 5, TopK: 20, KMin: 2, KMax: 40, History: 4, BlockSize: 1, Tau: 0.05, BySpread: true}, few, peaked},
		{"fixed", Select{Layers: 2, TopK: 9, KMin: 20, KMax: 30, History: 2, BlockSize: 2, Tau: 1, Fixed: true}, few, peaked},
		{"many", Select{Layers: 2, TopK: 46, KMin: 32, KMax: 92, History: 2, BlockSize: 4, Tau: 0.05}, []int{1000, 2047, 5000, 4999}, peaked},
		{"one_layer", Select{Layers: 1, TopK: 46, KMin: 1, KMax: 92, History: 100, BlockSize: 4, Tau: 1}, []int{2, 700, 701}, ties},
	} {
		t.Run(c.name, func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) (results [][]float32) {
				b := newBudget(r, c.s, 11)
				for window, n := range c.blocks {
					if window == 5 {
						b.putSpreads(r.normal(c.s.Layers))
					}
					for layer := range c.s.Layers {
						scores := make([]float32, n)
						for i := range scores {
							scores[i] = c.score(r, layer)
						}
						v := b.choose(layer, scores)
						checkVerdict(r, fmt.Sprintf("window %d, layer %d", window, layer), c.s, scores, v)
						results = append(results, v.numbers()...)
					}
				}
				return append(results, r.read(b.State, int(StateBytes(c.s.Layers, c.s.History)/4)))
			})
		})
	}
}

// checkVerdict requires the k best blocks, of equal ones the first, in order.
func checkVerdict(r *rig, what string, s Select, scores []float32, v verdict) {
	r.Helper()
	if len(v.ids) != v.k || v.n != len(scores) {
		r.Fatalf("%s: %d of %d blocks, ids %v", what, v.k, v.n, v.ids)
	}
	want := make([]float32, 0, len(v.globals))
	for p := range 5 {
		want = append(want, float32(p))
	}
	next := 0
	for b, score := range scores {
		before := 0
		for other, w := range scores {
			if w > score || (w == score && other < b) {
				before++
			}
		}
		if before >= v.k {
			continue
		}
		if next >= len(v.ids) || v.ids[next] != b {
			r.Fatalf("%s: recalled %v, but not block %d", what, v.ids, b)
		}
		next++
		for i := range s.BlockSize {
			want = append(want, float32(5+b*s.BlockSize+i))
		}
	}
	for i := range 11 {
		want = append(want, float32(5+len(scores)*s.BlockSize+i))
	}
	agree(r, 0, v.globals, want, 0)
}

// cutoffCase is the cut-off over windows and layers.
type cutoffCase struct {
	Name, Mode    string
	L             int
	TopK          int
	KMin          int `json:"k_min"`
	KMax          int `json:"k_max"`
	History       int
	Windows       int
	Blocks        []int  `json:"n_blocks"` // (Windows)
	H             string // (Windows, L) normalised entropy
	K             string // (Windows, L)
	Left          string `json:"left_before"` // (Windows, L)
	Share         string // (Windows, L) of what is left
	ScoresPattern string `json:"scores"` // empty: only H is known
}

// TestCutoff chooses k over windows and layers as the authors' cut-off did with
// the rules of docs/actqkv.md. Where the fixture has no scores, scores of the
// same normalised entropy take their place.
func TestCutoff(t *testing.T) {
	cases, array := fixture.Cases[cutoffCase](t, "cutoff")
	cases = slices.DeleteFunc(cases, func(c cutoffCase) bool { return c.Mode != "spec" }) // other rules
	if len(cases) == 0 {
		t.Fatal("no cut-off has the mode spec")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			entropies := array(c.H)
			scores := make([][]float32, c.Windows*c.L)
			for i := range scores {
				window, layer := i/c.L, i%c.L
				if n := c.Blocks[window]; c.ScoresPattern == "" {
					scores[i] = rampOfEntropy(n, float64(entropies[i]))
				} else if n > 0 {
					scores[i] = array(fmt.Sprintf("%s.score.%d.%d", c.Name, window, layer))
				}
			}
			everywhere(t, func(r *rig) { checkCutoff(r, c, scores, entropies, array(c.K), array(c.Left), array(c.Share)) })
		})
	}
}

// checkCutoff submits one recording of all layers for every window.
func checkCutoff(r *rig, c cutoffCase, scores [][]float32, entropies, ks, lefts, shares []float32) {
	most := slices.Max(c.Blocks)
	stride := int64(most*4+gpu.Alignment) / gpu.Alignment * gpu.Alignment
	reportStride := stride + gpu.Alignment
	all, reports := r.alloc(stride*int64(c.L)), r.alloc(reportStride*int64(c.L))
	params, state := r.alloc(StepBytes(1)), r.alloc(StateBytes(c.L, c.History))
	globals := r.alloc(GlobalsBytes(most))
	for layer := range c.L {
		Select{
			Layer: layer, Layers: c.L, TopK: c.TopK, KMin: c.KMin, KMax: c.KMax, History: c.History, BlockSize: 1, Tau: 1,
			Scores: gpu.View{Buffer: all.Buffer, Offset: int64(layer) * stride, Size: stride}, MaxBlocks: most, State: state, Globals: globals,
			Report: gpu.View{Buffer: reports.Buffer, Offset: int64(layer) * reportStride, Size: reportStride}, Params: params,
		}.Record(r.rec, r.lanes)
	}
	rec := r.rec
	defer r.dev.Release(rec)
	for window := range c.Windows {
		n := c.Blocks[window]
		step, b := Step{Queries: 1, Blocks: uint32(n)}, make([]byte, StepBytes(1))
		step.Put(b)
		r.write(params, b)
		for layer := range c.L {
			if n > 0 {
				r.write(gpu.View{Buffer: all.Buffer, Offset: int64(layer) * stride}, floatBytes(scores[window*c.L+layer]))
			}
		}
		if err := r.dev.Submit(context.Background(), rec); err != nil {
			r.Fatal(err)
		}
		for layer := range c.L {
			i := window*c.L + layer
			report := r.read(gpu.View{Buffer: reports.Buffer, Offset: int64(layer) * reportStride}, ReportWords)
			k, want := int(bits(report[0])), int(ks[i])
			if (k == want+1 || k == want-1) && nearHalf(float64(shares[i])*float64(lefts[i])) {
				break // the layers behind this one have another budget
			}
			if k != want || report[4] != lefts[i] {
				r.Fatalf("window %d, layer %d: %d blocks of %v, want %v of %v", window, layer, k, report[4], ks[i], lefts[i])
			}
			if h := report[3]; n > 1 && math.Abs(float64(h-entropies[i])) > 1e-6 {
				r.Errorf("window %d, layer %d: normalised entropy %v, want %v", window, layer, h, entropies[i])
			}
		}
	}
}

// nearHalf says that x is so near to a half, without being one, that another
// order of sums may round it to the other side.
func nearHalf(x float64) bool {
	d := math.Abs(x - math.Floor(x) - 0.5)
	return d > 0 && d < 1e-4
}

// rampOfEntropy returns n scores, equally spaced, whose softmax has a
// normalised entropy of h.
func rampOfEntropy(n int, h float64) []float32 {
	scores := make([]float32, n)
	slope := func(s float64) float64 {
		for i := range scores {
			scores[i] = float32(-s * float64(i))
		}
		return softmaxEntropy(scores, 1, rest{}) / math.Log(float64(n))
	}
	lo, hi := 0.0, 1.0
	for n > 1 && slope(hi) > h {
		hi *= 2
	}
	for range 40 {
		mid := (lo + hi) / 2
		if n > 1 && slope(mid) > h {
			lo = mid
		} else {
			hi = mid
		}
	}
	slope(hi)
	return scores
}
