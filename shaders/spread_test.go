package shaders

import (
	"fmt"
	"math"
	"testing"

	"fovea/internal/gputest"
)

// TestSpread compares spread with its twin over windows: with fewer than two
// blocks, with incomplete texels, beyond the windows that the mean remembers.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		layers, history int
		blocks          []int // by window
	}{
		{1, 100, []int{0, 1, 2, 3, 4, 5}},
		{3, 4, []int{7, 8, 9, 31, 33, 64, 65}},
		{2, 2, []int{1000, 1001, 5000}},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) (results [][]float32) {
				s := Spread{Layers: c.layers, History: c.history, State: r.alloc(StateBytes(c.layers, c.history))}
				for _, n := range c.blocks {
					for s.Layer = range c.layers {
						beyond := r.normal(n)
						for i := range beyond {
							beyond[i] = 0.2 + 0.01*beyond[i] // far from 0 beside their spread
						}
						s.Beyond = r.floats(append(beyond, 100, -100, 50)) // what lies behind must not matter
						s.Params = r.step(Step{Blocks: uint32(n)}, 1)
						s.Record(r.rec, r.lanes)
						r.run()
					}
				}
				means, counts := spreads(r.read(s.State, int(StateBytes(c.layers, c.history)/4)), c.layers, c.history)
				return append(results, means, counts)
			})
		})
	}
}

// The mean is that of the windows, until it forgets; a layer that has a wider
// spread gets more of the budget, and none does before all have one.
func TestSpreadShares(t *testing.T) {
	const layers, history, n = 4, 3, 40
	r := newRig(t, gputest.Open(t))
	b := newBudget(r, Select{Layers: layers, TopK: 10, KMin: 1, KMax: 40, History: history, BlockSize: 1, Tau: 0.05, BySpread: true}, 11)
	scores := r.normal(n)
	for window, factor := range []int{1, 1, 4, 5} {
		for layer := range layers {
			beyond := make([]float32, n) // half of them v, half -v
			for i := range beyond {
				beyond[i] = float32((2*(i%2) - 1) * (layer + 1) * factor)
			}
			s := Spread{Layer: layer, Layers: layers, History: history, Beyond: r.floats(beyond), State: b.State, Params: r.step(Step{Blocks: n}, 1)}
			s.Record(r.rec, r.lanes)
			r.run()
			want := 10 // equal parts
			if window > 0 {
				want = 4 * (layer + 1)
			}
			if v := b.choose(layer, scores); window < 2 && v.k != want {
				t.Errorf("window %d: layer %d recalls %d blocks, want %d", window, layer, v.k, want)
			}
		}
	}
	means, counts := spreads(r.read(b.State, int(StateBytes(layers, history)/4)), layers, history)
	for layer := range means {
		if want := float64(3 * (layer + 1)); math.Abs(float64(means[layer])-want) > 1e-5 || counts[layer] != 3 {
			t.Errorf("layer %d: mean %v of %v windows, want %v of 3", layer, means[layer], counts[layer], want)
		}
	}
}
