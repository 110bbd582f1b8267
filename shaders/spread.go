package shaders

import (
	"math"

	"fovea/gpu"
)

// Spread finds how much the scores of a layer's blocks follow what is asked: the
// standard deviation, over the blocks, of what a score has beyond that of a
// typical query. It joins the layer's running mean, by which Select shares out
// the budget. A step with fewer than two blocks changes nothing.
type Spread struct {
	Layer, Layers int
	History       int      // windows after which the mean forgets
	Beyond        gpu.View // (blocks) floats: Score by the probe, minus that by the mean query
	State         gpu.View // StateBytes, shared by all layers
	Params        gpu.View
}

// Record adds the computation to r.
func (s Spread) Record(r *gpu.Recording, _ int) {
	need("spread", "state", s.State, StateBytes(s.Layers, s.History))
	r.Dispatch(kernel("spread", spreadTwin), [3]uint32{1, 1, 1}, nil,
		[]uint32{uint32(s.Layer), uint32(s.Layers), uint32(s.History)}, s.Beyond, s.Params, s.State, s.State)
}

// spreadTwin is the twin of spread.comp.
func spreadTwin(c *gpu.Call) {
	layer, layers, history := int(c.Push[0]), int(c.Push[1]), int(c.Push[2])
	n := int(step(c.Bufs[1]).Blocks)
	if n < 2 {
		return
	}
	beyond, mean, squares := f32s(c.Bufs[0])[:n], 0.0, 0.0
	for _, v := range beyond {
		mean += float64(v) / float64(n)
	}
	for _, v := range beyond {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	spread := math.Sqrt(squares / float64(n))
	means, counts := spreads(f32s(c.Bufs[3]), layers, history)
	counts[layer] = min(counts[layer]+1, float32(history))
	means[layer] += float32((spread - float64(means[layer])) / float64(counts[layer]))
}

// spreads are, per layer, the running means of spreads and the windows in them.
func spreads(state []float32, layers, history int) (means, counts []float32) {
	all := state[1+2*layers+layers*history:]
	return all[:layers], all[layers:][:layers]
}
