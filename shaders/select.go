package shaders

import (
	"math"
	"slices"

	"fovea/gpu"
)

// Select is the layer-aware cut-off and the recall of one layer.
type Select struct {
	Layer, Layers    int
	TopK, KMin, KMax int      // blocks recalled per layer: on average, at least, at most
	History          int      // samples of normalised entropy kept per layer
	BlockSize        int      // tokens of a block
	Tau              float32  // temperature of the scores' softmax
	BySpread         bool     // shares by the layers' spreads, see Spread; else by the entropies
	Fixed            bool     // k = TopK in every layer, no cut-off
	Scores           gpu.View // (blocks) floats, from Score
	MaxBlocks        int      // the most blocks that have scores
	List             gpu.View // from Coarse: Scores are of its blocks; unset: of all blocks
	State            gpu.View // StateBytes, shared by all layers
	Globals          gpu.View // count, rows of the global keys, where all rows lie by position
	Report           gpu.View // ReportWords + ids of the recalled blocks
	Params           gpu.View
}

// keptScores is the number of scores that one workgroup can keep in registers
// (KEPT in select.comp and recall.comp).
func keptScores(lanes int) int { return 4 * 16 * lanes }

// ReportWords are the words of a Report before the ids: k, blocks, H, h, left
// before, highest and lowest score, gap to the best block not recalled.
const ReportWords = 8

// StateBytes is the size of the budget's state: left; per layer the mean of
// its history, the samples it ever got, and the samples; per layer the mean of
// its spreads and how many windows are in it.
func StateBytes(layers, history int) int64 { return int64(1+4*layers+layers*history) * 4 }

// Record adds the selection to r.
func (s Select) Record(r *gpu.Recording, lanes int) {
	name, views := "select", []gpu.View{s.Scores, s.Params, s.State, s.State, s.Globals, s.Report}
	switch {
	case s.List.Buffer != nil:
		name, views = "select_narrowed", append(views, s.List)
	case s.MaxBlocks <= keptScores(lanes):
		name = "select_kept"
	}
	s.check(name)
	r.Dispatch(kernel(name, selectTwin), [3]uint32{1, 1, 1}, []uint32{flag(s.Fixed)}, s.push(), views...)
}

// check panics unless the views hold what a kernel needs.
func (s Select) check(kernel string) {
	need(kernel, "state", s.State, StateBytes(s.Layers, s.History))
	need(kernel, "report", s.Report, ReportWords*4)
}

// push is the choice's push constants.
func (s Select) push() []uint32 {
	return []uint32{
		uint32(s.Layer), uint32(s.Layers), uint32(s.TopK), uint32(s.KMin), uint32(s.KMax),
		uint32(s.History), uint32(s.BlockSize), bits(s.Tau), flag(s.BySpread),
	}
}

func flag(on bool) uint32 {
	if on {
		return 1
	}
	return 0
}

// rest is what blocks that have no score add to the softmax's sums: of
// w = e^((score - reference)/tau) the sum, and that of w times the exponent.
type rest struct{ z, zx, reference float64 }

// selectTwin is the twin of select.comp.
func selectTwin(c *gpu.Call) {
	layer, layers, topK := int(c.Push[0]), int(c.Push[1]), float64(c.Push[2])
	kMin, kMax, history, size, tau := int(c.Push[3]), int(c.Push[4]), int(c.Push[5]), int(c.Push[6]), float(c.Push[7])
	s := step(c.Bufs[1])
	state, globals, report := f32s(c.Bufs[3]), u32s(c.Bufs[4]), u32s(c.Bufs[5])
	all, fixed := int(s.Blocks), c.Spec[0] == 1
	blockOf, others := func(i int) int { return i }, rest{}
	scores := f32s(c.Bufs[0])
	if len(c.Bufs) > 6 { // two-level selection
		list := u32s(c.Bufs[6])
		blocks := listedBlocks(list, all)
		scores, blockOf = scores[:len(blocks)], func(i int) int { return blocks[i] }
		others = rest{float(list[1]), float(list[2]), float(list[3])}
	} else {
		scores = scores[:all]
	}
	n := len(scores)

	left := float64(state[0])
	if layer == 0 {
		left = topK * float64(layers)
	}
	entropy := softmaxEntropy(scores, tau, others)
	h := 0.0
	if n > 1 {
		h = entropy / math.Log(float64(all))
	}
	var k int
	switch {
	case fixed:
		k = min(n, int(topK))
	case n < 2:
		k = n
	default:
		part, whole := layerShare(state, layer, layers, history, float32(h))
		if c.Push[8] == 1 {
			part, whole = spreadShare(state, layer, layers, history)
		}
		k = max(min(int(math.RoundToEven(left*part/whole)), min(n, kMax)), min(n, kMin))
	}
	state[0] = float32(left - float64(k))

	order := descending(scores)
	ids := slices.Sorted(slices.Values(order[:k]))
	for i := range ids {
		ids[i] = blockOf(ids[i])
	}
	list := globals[1:1]
	for p := range s.Inits {
		list = append(list, p)
	}
	for _, b := range ids {
		for i := range size {
			list = append(list, s.InitEnd+uint32(b*size+i))
		}
	}
	for p := s.RemFirst; p < s.RemEnd; p++ {
		list = append(list, p)
	}
	globals[0] = uint32(len(list))

	var best, worst, gap float32
	if n > 0 {
		best, worst = scores[order[0]], scores[order[n-1]]
	}
	if 0 < k && k < n {
		gap = scores[order[k-1]] - scores[order[k]]
	}
	copy(report, []uint32{
		uint32(k), uint32(all), bits(float32(entropy)), bits(float32(h)), bits(float32(left)), bits(best), bits(worst), bits(gap),
	})
	for i, b := range ids {
		report[ReportWords+i] = uint32(b)
	}
}

// softmaxEntropy is -sum p ln p of p = softmax(scores / tau), of these scores
// and others; 0 of no scores.
func softmaxEntropy(scores []float32, tau float64, others rest) float64 {
	if len(scores) == 0 {
		return 0
	}
	top, z, zx := float64(slices.Max(scores)), 0.0, 0.0
	for _, s := range scores {
		x := (float64(s) - top) / tau
		w := math.Exp(x)
		z += w
		zx += w * x
	}
	if others.z > 0 {
		d := (others.reference - top) / tau
		z += others.z * math.Exp(d)
		zx += (others.zx + d*others.z) * math.Exp(d)
	}
	return max(math.Log(z)-zx/z, 0)
}

// layerShare adds h to the layer's history and returns the layer's share of
// what is left of the budget as a part of a whole: by the means of the
// histories of this layer and those behind it once all histories are full,
// before that an equal one.
func layerShare(state []float32, layer, layers, history int, h float32) (part, whole float64) {
	means, counts := state[1:][:layers], state[1+layers:][:layers]
	samples := state[1+2*layers+layer*history:][:history]
	count := int(counts[layer])
	samples[count%history] = h
	counts[layer]++
	held := min(count+1, history)
	sum := 0.0
	for _, v := range samples[:held] {
		sum += float64(v)
	}
	means[layer] = float32(sum / float64(held))
	if slices.Min(counts) < float32(history) {
		return 1, float64(layers - layer)
	}
	for _, v := range means[layer:] {
		whole += float64(v)
	}
	return float64(means[layer]), whole
}

// spreadShare is the layer's share of what is left of the budget as a part of a
// whole: by the mean spreads of this layer and those behind it, an equal one
// until all layers have one.
func spreadShare(state []float32, layer, layers, history int) (part, whole float64) {
	means, counts := spreads(state, layers, history)
	for _, v := range means[layer:] {
		whole += float64(v)
	}
	if slices.Min(counts) == 0 || whole == 0 {
		return 1, float64(layers - layer)
	}
	return float64(means[layer]), whole
}
