package shaders

import (
	"math"
	"slices"

	"fovea/gpu"
)

// Select is the layer-aware cut-off and the recall of one layer, or for each token
// of a batch: then what says tokens has a row for each, all of equal size.
type Select struct {
	Tokens           int // of a batch; else 0
	Team             int // gpu.Info.Team; 0 counts as 1
	Cores            int // gpu.Info.Cores
	Layer, Layers    int
	TopK, KMin, KMax int      // blocks recalled per layer: on average, at least, at most
	History          int      // samples of normalised entropy kept per layer
	BlockSize        int      // tokens of a block
	Tau              float32  // temperature of the scores' softmax
	BySpread         bool     // shares by the layers' spreads, see Spread; else by the entropies
	Fixed            bool     // k = TopK in every layer, no cut-off
	Scores           gpu.View // (tokens, blocks) floats, from Score
	MaxBlocks        int      // the most blocks that have scores
	List             gpu.View // (tokens), from Coarse: Scores are of its blocks; unset: of all blocks
	State            gpu.View // (tokens) of StateBytes, shared by all layers
	Globals          gpu.View // (tokens) of GlobalsBytes, where all rows lie by position
	Report           gpu.View // (tokens): ReportWords + ids of the recalled blocks
	Params           gpu.View // (tokens) steps
}

// Quads of scores that a lane keeps at most (KEPT of select_kept, coarse_kept and
// recall). A graphics card is slower with as many as a software driver has, which it
// fetches again faster (decision 25).
const keptQuads, keptQuadsTeam = 16, 4

// keeps says whether the lanes of a team keep n scores.
func keeps(n, lanes, team int) bool {
	if team <= 1 {
		return n <= 4*keptQuads*lanes
	}
	return n <= 4*keptQuadsTeam*lanes*team
}

// quads is QUADS of highest.glsl for up to n scores, few different ones.
func quads(n, lanes, team int) uint32 {
	most := uint32(keptQuadsTeam)
	if team <= 1 {
		most, team = keptQuads, 1
	}
	q := uint32(1)
	for q < most && 4*int(q)*lanes*team < n {
		q *= 2
	}
	return q
}

// ReportWords are the words of a Report before the ids: k, blocks, H, h, left
// before, highest and lowest score, gap to the best block not recalled.
const ReportWords = 8

// StateBytes is the size of the budget's state: left; per layer the mean of
// its history, the samples it ever got, and the samples; per layer the mean of
// its spreads and how many windows are in it.
func StateBytes(layers, history int) int64 { return int64(1+4*layers+layers*history) * 4 }

// listed is the word from which a list of global keys has their rows, LISTED of kv.glsl.
const listed = 4

// GlobalsBytes is the size of a list of n global keys: their number, and from word 4
// on their rows, of which attention fetches four together.
func GlobalsBytes(n int) int64 { return int64(listed+n) * 4 }

// GlobalsList is a list of global keys of these rows, as the device has it.
func GlobalsList(rows []uint32) []uint32 {
	return append([]uint32{uint32(len(rows)), 0, 0, 0}, rows...)
}

// Record adds the selection to r.
func (s Select) Record(r *gpu.Recording, lanes int) {
	name, views := "select", []gpu.View{s.Scores, s.Params, s.State, s.State, s.Globals, s.Report}
	switch {
	case s.List.Buffer != nil:
		name, views = "select_narrowed", append(views, s.List)
	case keeps(s.MaxBlocks, lanes, s.Team):
		name = "select_kept"
	}
	r.Dispatch(kernel(name, selectTwin), [3]uint32{1, uint32(s.tokens()), 1}, []uint32{flag(s.Fixed), quads(s.MaxBlocks, lanes, s.Team)}, s.push(name), views...)
}

// tokens are those that a choice is made for.
func (s Select) tokens() int { return max(1, s.Tokens) }

// push is the choice's push constants. It panics unless the views hold what a kernel
// needs.
func (s Select) push(kernel string) []uint32 {
	list := uint32(0)
	if s.List.Buffer != nil {
		list = rowWords(kernel, "list", s.List, s.tokens(), listHeader)
	}
	return []uint32{
		uint32(s.Layer), uint32(s.Layers), uint32(s.TopK), uint32(s.KMin), uint32(s.KMax),
		uint32(s.History), uint32(s.BlockSize), bits(s.Tau), flag(s.BySpread),
		rowWords(kernel, "scores", s.Scores, s.tokens(), 4), rowWords(kernel, "state", s.State, s.tokens(), int(StateBytes(s.Layers, s.History)/4)),
		rowWords(kernel, "globals", s.Globals, s.tokens(), listed), rowWords(kernel, "report", s.Report, s.tokens(), ReportWords), list,
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
	for token := range int(c.Groups[1]) {
		if s := stepOf(c.Bufs[1], token); s.Queries > 0 {
			all := append([][]byte{c.Bufs[0], c.Bufs[3], c.Bufs[4], c.Bufs[5]}, c.Bufs[6:]...)
			choiceRows(c.Push, token, all...).make(s, c.Push, c.Spec[0] == 1)
		}
	}
}

// choice is the memory of the choice for a token: its rows.
type choice struct {
	scores, state         []float32
	globals, report, list []uint32 // list: of two-level selection
}

// choiceRows are a token's rows of scores, state, globals, reports and, where there
// are any, lists; push is as in Select.push.
func choiceRows(push []uint32, token int, all ...[]byte) (c choice) {
	row := func(i int) []byte { return all[i][4*token*int(push[9+i]):] }
	c.scores, c.state, c.globals, c.report = f32s(row(0)), f32s(row(1)), u32s(row(2)), u32s(row(3))
	if len(all) > 4 {
		c.list = u32s(row(4))
	}
	return c
}

// blocks are the blocks that have scores, of so many.
func (c *choice) blocks(all int) []int {
	if c.list == nil {
		return firstBlocks(all)
	}
	return listedBlocks(c.list, all)
}

// make chooses by the scores; push is as in Select.push.
func (c choice) make(s Step, push []uint32, fixed bool) {
	layer, layers, topK := int(push[0]), int(push[1]), float64(push[2])
	kMin, kMax, history, size, tau := int(push[3]), int(push[4]), int(push[5]), int(push[6]), float(push[7])
	state, globals, report := c.state, c.globals, c.report
	all, others := int(s.Blocks), rest{}
	blocks := c.blocks(all)
	scores := c.scores[:len(blocks)]
	if c.list != nil {
		others = rest{float(c.list[1]), float(c.list[2]), float(c.list[3])}
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
		if push[8] == 1 {
			part, whole = spreadShare(state, layer, layers, history)
		}
		k = max(min(int(math.RoundToEven(left*part/whole)), min(n, kMax)), min(n, kMin))
	}
	state[0] = float32(left - float64(k))

	order := descending(scores)
	ids := slices.Sorted(slices.Values(order[:k]))
	for i := range ids {
		ids[i] = blocks[ids[i]]
	}
	list := globals[listed:listed]
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
