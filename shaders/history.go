package shaders

import "fovea/gpu"

// History leaves in the budget's state what Select leaves there in the steps of a
// batch's tokens, one after the other, which chose by copies of it. The tokens see
// the same blocks, and shares must not follow the histories.
type History struct {
	Layers, Tokens int
	History        int      // samples kept per layer
	Fixed          bool     // as in Select
	State          gpu.View // StateBytes
	Reports        gpu.View // (Layers, Tokens, ...), rows of equal size, from Select
	Params         gpu.View // (Tokens) steps
}

// Record adds it to r.
func (a History) Record(r *gpu.Recording, _ int) {
	need("history", "state", a.State, StateBytes(a.Layers, a.History))
	need("history", "params", a.Params, int64(a.Tokens)*StepRow)
	r.Dispatch(kernel("history", historyTwin), [3]uint32{uint32(a.Layers), 1, 1}, []uint32{flag(a.Fixed)},
		[]uint32{uint32(a.Layers), uint32(a.History), uint32(a.Tokens), rowWords("history", "reports", a.Reports, a.Layers*a.Tokens, ReportWords)},
		a.State, a.Reports, a.Params, a.State)
}

// historyTwin is the twin of history.comp.
func historyTwin(c *gpu.Call) {
	layers, history, tokens, row := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[3])
	reports, state := u32s(c.Bufs[1]), f32s(c.Bufs[3])
	for token := range tokens {
		if stepOf(c.Bufs[2], token).Queries == 0 {
			return
		}
		for layer := range layers {
			report := reports[(layer*tokens+token)*row:]
			state[0] = float32(float(report[4]) - float64(report[0]))
			if c.Spec[0] == 0 && report[1] > 1 {
				layerShare(state, layer, layers, history, float32(float(report[3])))
			}
		}
	}
}
