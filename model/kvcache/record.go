package kvcache

import (
	"encoding/binary"
	"math"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// Params is the view of the parameter buffer that every kernel of a step binds.
func (c *Cache) Params() gpu.View { return gpu.Whole(c.params) }

// Out is where Record leaves the attention's output: (window, features) floats.
func (c *Cache) Out() gpu.View { return gpu.Whole(c.out) }

// Record adds one layer's attention for steps of up to window tokens: qkv are
// the projections (window, width + 2*KV heads, octets*8). A window of 1 is a
// decode step, for which the mass of every recalled block is found too.
func (c *Cache) Record(r *gpu.Recording, lanes, index int, qkv gpu.View, window int) {
	s, h, l := c.Settings, c.Shape.Heads, &c.layers[index]
	params, queries, globals := gpu.Whole(c.params), gpu.Whole(c.queries), gpu.Whole(c.globals)
	k, v := gpu.Whole(l.k), gpu.Whole(l.v)
	shaders.Rope{
		Heads: h, QKV: qkv, Angles: gpu.Whole(c.angles), Q: queries, K: k, V: v,
		Window: window, Pairs: c.Shape.Pairs, Params: params,
	}.Record(r, lanes)
	if c.recalls {
		c.recordScores(r, lanes, index, window)
	}
	if s.Method != actqkv.Full {
		scores := c.globals // without representatives there are no scores, and no blocks that would need them
		if c.recalls {
			scores = l.scores
		}
		topK, kMin := s.TopK, s.KMin
		if !s.Recalls() {
			topK, kMin = 0, 0
		}
		shaders.Select{
			Layer: index, Layers: c.Shape.Layers, TopK: topK, KMin: kMin, KMax: s.KMax,
			History: s.History, BlockSize: s.BlockSize, Tau: s.Tau, Fixed: !s.CutsOff(),
			Scores: gpu.Whole(scores), State: gpu.Whole(c.state), Globals: globals,
			Report: c.report(index), Params: params,
		}.Record(r, lanes)
	}
	scale := float32(1 / math.Sqrt(float64(c.Shape.HeadDim)))
	splits := 1
	if window == 1 {
		splits = c.splits
	}
	shaders.Attend{
		Heads: h, K: k, V: v, Q: queries, Globals: globals, Out: gpu.Whole(c.out), ML: gpu.Whole(c.ml),
		Parts: gpu.Whole(c.parts), PartML: gpu.Whole(c.partML), Splits: splits,
		Window: window, Scale: scale, Params: params,
	}.Record(r, lanes)
	if c.recalls { // also while nothing is recalled: blocks that fill now may be wanted later
		w := shaders.Weigh{
			Heads: h, K: k, Q: queries, Globals: globals, ML: gpu.Whole(c.ml), Acc: gpu.Whole(l.acc),
			Ring: c.ring, Window: window, Scale: scale, Params: params,
		}
		if window == 1 {
			w.Mass, w.Slots = gpu.View{Buffer: c.mass, Offset: int64(index) * c.massAt, Size: c.massAt}, c.slots()
		}
		w.Record(r, lanes)
	}
	if s.Asks() && window > 1 { // behind Weigh, which finds the question's weightiest tokens
		shaders.Question{
			Heads: h, Q: queries, Window: window, Acc: gpu.Whole(l.acc), Top: s.Repr,
			Question: c.questionOf(index), Params: params,
		}.Record(r, lanes)
	}
}

// questionOf is the vector of the user's question in a layer; zeros until the
// question was read.
func (c *Cache) questionOf(index int) gpu.View {
	row := pad(int64(c.Shape.Heads.Features()) * 4)
	return gpu.View{Buffer: c.question, Offset: int64(index) * row, Size: row}
}

func (c *Cache) report(index int) gpu.View {
	return gpu.View{Buffer: c.reports, Offset: int64(index) * c.reportRow, Size: c.reportRow}
}

// recordScores adds the statistics, the probe-query and the block scores.
func (c *Cache) recordScores(r *gpu.Recording, lanes, index, window int) {
	s, h, l := c.Settings, c.Shape.Heads, &c.layers[index]
	params, queries := gpu.Whole(c.params), gpu.Whole(c.queries)
	bias := gpu.View{Buffer: c.bias, Offset: int64(index) * c.biasRow, Size: c.biasRow}
	mean := !s.Biased()
	score := shaders.Score{
		Heads: h, Repr: gpu.Whole(l.repr), Norms: gpu.Whole(l.norms), Scores: gpu.Whole(l.scores),
		MaxBlocks: c.blocks(c.capacity), Params: params,
	}
	if window == 1 { // the probe of one query is the query
		score.Probe, score.First = queries, h.Features()
		score.Record(r, lanes)
	}
	if !mean {
		shaders.Stats{Features: h.Features(), Q: queries, Window: window, Stats: gpu.Whole(l.stats), Cap: s.Cap, Params: params}.Record(r, lanes)
		shaders.Bias{
			Features: h.Features(), Counted: h.Width() * c.Shape.HeadDim, Q: queries, Window: window,
			Stats: gpu.Whole(l.stats), Bias: bias, Params: params,
		}.Record(r, lanes)
	}
	if window > 1 {
		shaders.Probe{Features: h.Features(), Q: queries, Window: window, Bias: bias, Mean: mean, Probe: gpu.Whole(c.probe), Params: params}.Record(r, lanes)
		score.Probe = gpu.Whole(c.probe)
		if s.Asks() {
			score.Question, score.QuestionWeight = c.questionOf(index), s.QuestionWeight
		}
		score.Record(r, lanes)
	}
}

// RecordSeals adds the sealing of the blocks that a step of up to window
// tokens fills, of all layers. It belongs after the last layer.
func (c *Cache) RecordSeals(r *gpu.Recording, lanes, window int) {
	if !c.recalls {
		return
	}
	for i := range c.layers {
		l := &c.layers[i]
		shaders.Seal{
			Heads: c.Shape.Heads, K: gpu.Whole(l.k), Acc: gpu.Whole(l.acc), BlockSize: c.Settings.BlockSize,
			Top: c.Settings.Repr, MaxSeals: c.Settings.MaxSeals(window), Repr: gpu.Whole(l.repr),
			Norms: gpu.Whole(l.norms), Params: gpu.Whole(c.params),
		}.Record(r, lanes)
	}
}

// Seals says whether the next step, of n tokens, fills a block that must be
// sealed.
func (c *Cache) Seals(n int) bool {
	step, _ := c.Settings.Step(c.Places, n, c.ring)
	return step.Seals > 0 && c.recalls
}

// Begin writes the parameters of the next step, of the tokens ids, and the
// rotation angles of its positions: angles(p, row) fills row with (cos, sin)
// of position p, in a recording made for window tokens.
func (c *Cache) Begin(ids []int32, window int, angles func(pos int, row []byte)) {
	c.window = window
	step, _ := c.Settings.Step(c.Places, len(ids), c.ring)
	step.Tokens = make([]uint32, len(ids))
	for i, id := range ids {
		step.Tokens[i] = uint32(id)
	}
	first, end := max(c.Asked[0], c.Places.Pos), min(c.Asked[1], c.Places.Pos+len(ids))
	if c.Settings.Asks() && first < end {
		step.QuestionFirst, step.Questions = uint32(first-c.Places.Pos), uint32(end-first)
	}
	step.Put(c.params.Bytes())
	row := shaders.RopeRow(c.Shape.Pairs) * 4
	b := c.angles.Bytes()
	for i := range ids {
		angles(c.Places.Pos+i, b[i*row:(i+1)*row])
	}
	// All global keys look n_local-1 away (InfLLM, as ActQKV uses it).
	if c.Settings.Method != actqkv.Full {
		angles(c.Settings.Local-1, b[window*row:(window+1)*row])
	}
}

// End takes the places past a step of n tokens that ran.
func (c *Cache) End(n int) {
	_, c.Places = c.Settings.Step(c.Places, n, c.ring)
}

func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

func float(b []byte, i int) float32 { return math.Float32frombits(word(b, i)) }
