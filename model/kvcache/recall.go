package kvcache

import (
	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// RecordChoice adds the choice of a layer's global keys, whose projections are in
// their places, for steps of up to window tokens: the scores of its blocks, the
// cut-off, the list of keys. A window of 1 is a decode step.
func (c *Cache) RecordChoice(r *gpu.Recording, lanes, index, window int) {
	switch {
	case c.recalls && c.steps(window):
		c.recordStep(r, lanes, index)
	case c.recalls:
		c.recordScores(r, lanes, index, window)
		if c.Settings.SharesBySpread() {
			c.recordSpread(r, lanes, index)
		}
		c.choice(index).Record(r, lanes)
	case c.Settings.Method != actqkv.Full:
		c.choice(index).Record(r, lanes)
	}
}

// choice is the cut-off of a layer.
func (c *Cache) choice(index int) shaders.Select {
	s, rows := c.Settings, c.rowsOf(index)
	if c.AskWindow {
		s = s.Asking()
	}
	topK, kMin := s.TopK, s.KMin
	if !s.Recalls() {
		topK, kMin = 0, 0
	}
	return shaders.Select{
		Tokens: rows.tokens, Team: c.dev.Info().Team, Cores: c.dev.Info().Cores, Layer: index, Layers: c.Shape.Layers, TopK: topK, KMin: kMin, KMax: s.KMax,
		History: s.History, BlockSize: s.BlockSize, Tau: s.Tau, Fixed: !s.CutsOff(), BySpread: s.SharesBySpread(),
		Scores: rows.scores, MaxBlocks: c.blocks(c.capacity), State: rows.state, Globals: rows.globals,
		Report: rows.report, Params: rows.params,
	}
}

// score is the scoring of a layer's blocks, still without a probe.
func (c *Cache) score(index int) shaders.Score {
	l := &c.layers[index]
	return shaders.Score{
		Heads: c.Shape.Heads, Repr: gpu.Whole(l.repr), Norms: gpu.Whole(l.norms), Scores: gpu.Whole(l.scores),
		MaxBlocks: c.blocks(c.capacity), Params: gpu.Whole(c.params),
	}
}

// recordStep adds the choice of a decode step. The probe of one query is the
// query, so its activation bias has no part in it.
func (c *Cache) recordStep(r *gpu.Recording, lanes, index int) {
	rows := c.rowsOf(index)
	a := shaders.Recall{Tokens: rows.tokens, Score: c.score(index), Cap: c.Settings.Cap, Select: c.choice(index)}
	a.Score.Probe, a.Score.First = c.queriesOf(index), max(1, rows.tokens)*c.Shape.Heads.Features()
	a.Score.Scores, a.Score.Params = rows.scores, rows.params
	if c.Settings.AsksSteps() {
		a.Score.Question, a.Score.QuestionWeight = c.questionOf(index), c.Settings.AskWeight
	}
	biased := c.Settings.Biased()
	if c.Settings.KeepsStats() && !c.Batching {
		a.Stats = gpu.Whole(c.layers[index].stats)
	}
	if c.supers() > 0 {
		c.recordTwoLevel(r, lanes, index, a, rows)
	} else {
		a.Record(r, lanes)
	}
	if biased && c.StepWatch.Bias {
		c.recordBias(r, lanes, index, 1)
	}
}

// recordScores adds the statistics, the probe-query and the block scores of a
// window.
func (c *Cache) recordScores(r *gpu.Recording, lanes, index, window int) {
	s, h := c.Settings, c.Shape.Heads
	params, queries, biased := gpu.Whole(c.params), gpu.Whole(c.queries), s.Biased()
	if s.KeepsStats() {
		shaders.Stats{
			Features: h.Features(), Q: queries, Window: window, Stats: gpu.Whole(c.layers[index].stats), Cap: s.Cap, Params: params,
		}.Record(r, lanes)
	}
	if biased {
		c.recordBias(r, lanes, index, window)
	}
	shaders.Probe{
		Features: h.Features(), Q: queries, Window: window, Bias: c.biasOf(index), Mean: !biased, Probe: gpu.Whole(c.probe), Params: params,
	}.Record(r, lanes)
	score := c.score(index)
	score.Probe = gpu.Whole(c.probe)
	if s.Asks() {
		score.Question, score.QuestionWeight = c.questionOf(index), s.QuestionWeight
	}
	score.Record(r, lanes)
}

// recordSpread adds the spread of what a window's scores have beyond those of
// the mean query so far. The question has no part in it: it is the same in every
// window.
func (c *Cache) recordSpread(r *gpu.Recording, lanes, index int) {
	l, features := &c.layers[index], int64(c.Shape.Heads.Features())
	score := c.score(index)
	score.Probe, score.Scores = gpu.Whole(c.probe), gpu.Whole(l.beyond)
	score.Question, score.QuestionWeight = gpu.View{Buffer: l.stats, Size: features * 4}, -1
	score.Record(r, lanes)
	shaders.Spread{
		Layer: index, Layers: c.Shape.Layers, History: c.Settings.History,
		Beyond: score.Scores, State: gpu.Whole(c.state), Params: gpu.Whole(c.params),
	}.Record(r, lanes)
}

// recordBias adds the activation bias of the queries, by statistics that have
// them already.
func (c *Cache) recordBias(r *gpu.Recording, lanes, index, window int) {
	h := c.Shape.Heads
	shaders.Bias{
		Features: h.Features(), Counted: h.Width() * c.Shape.HeadDim, Q: gpu.Whole(c.queries), Window: window,
		Stats: gpu.Whole(c.layers[index].stats), Bias: c.biasOf(index), Params: gpu.Whole(c.params),
	}.Record(r, lanes)
}

func (c *Cache) biasOf(index int) gpu.View {
	return ofLayer(c.bias, c.biasRow, index)
}

// Ask says that the tokens at positions [first, end) are the user's question, in
// place of any before.
func (c *Cache) Ask(first, end int) error {
	c.Asked = [2]int{first, end}
	if !c.recalls {
		return nil
	}
	return c.dev.Write(c.question, 0, make([]byte, c.question.Size()))
}

// AskedIn is the part of the next n tokens that are the user's question, positions
// [first, end); there are none where first is not before end.
func (c *Cache) AskedIn(n int) (first, end int) {
	return max(c.Asked[0], c.Places.Pos), min(c.Asked[1], c.Places.Pos+n)
}

// questionOf is the vector of the user's question in a layer; zeros until the
// question was read.
func (c *Cache) questionOf(index int) gpu.View {
	return ofLayer(c.question, gpu.Align(int64(c.Shape.Heads.Features())*4), index)
}

// recordSeals adds the sealing of the blocks that a step of up to window
// tokens fills, of all layers.
func (c *Cache) recordSeals(r *gpu.Recording, lanes, window int) {
	for i := range c.layers {
		l := &c.layers[i]
		shaders.Seal{
			Heads: c.Shape.Heads, K: gpu.Whole(l.k), Acc: c.accOf(i), BlockSize: c.Settings.BlockSize,
			Top: c.Settings.Repr, MaxSeals: c.Settings.MaxSeals(window), Repr: gpu.Whole(l.repr),
			Norms: gpu.Whole(l.norms), Params: gpu.Whole(c.params),
		}.Record(r, lanes)
	}
	for i := range c.layers {
		c.recordCompact(r, lanes, i, c.Settings.MaxSeals(window))
	}
}

// Seals says whether the next step, of n tokens, fills a block that must be
// sealed.
func (c *Cache) Seals(n int) bool {
	step, _ := c.Settings.Step(c.Places, n, c.ring)
	return step.Seals > 0 && c.recalls
}
