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

// Out is where RecordAttention leaves the attention's output: (window, features) floats.
func (c *Cache) Out() gpu.View { return gpu.Whole(c.out) }

// Place says where the projections of a layer go, for steps of up to window
// tokens: first of all that a layer computes.
func (c *Cache) Place(index, window int) *shaders.Place {
	l := &c.layers[index]
	return &shaders.Place{
		Heads: c.Shape.Heads, Angles: gpu.Whole(c.angles), Q: c.queriesOf(index), K: gpu.Whole(l.k), V: gpu.Whole(l.v),
		Window: window, Pairs: c.Shape.Pairs,
	}
}

// RecordAttention adds the attention of the same layer: after Fetch, where
// blocks lie off the device.
func (c *Cache) RecordAttention(r *gpu.Recording, lanes, index, window int) {
	h, l := c.Shape.Heads, &c.layers[index]
	params, queries := gpu.Whole(c.params), c.queriesOf(index)
	k, v := gpu.Whole(l.k), gpu.Whole(l.v)
	a := shaders.Attend{
		Heads: h, K: k, V: v, Q: queries, Globals: gpu.Whole(c.globals), Out: gpu.Whole(c.out), ML: gpu.Whole(c.ml),
		Window: window, Scale: float32(1 / math.Sqrt(float64(c.Shape.HeadDim))), Tall: c.tall, Params: params,
	}
	with := c.windowShares
	if c.steps(window) {
		rows := c.rowsOf(index)
		with, a.ML, a.Globals, a.Params, a.Tokens = rows.shares, rows.ml, rows.globals, rows.params, rows.tokens
		if c.recalls {
			a.Kept, a.Slots, a.KeepGlobals = rows.kept, rows.slots, c.StepWatch.Mass
		}
	}
	a.Splits, a.Shared = with.splits, with.view()
	a.Record(r, lanes)
	if c.steps(window) || !c.recalls {
		return
	}
	// Also while nothing is recalled: blocks that fill now may be wanted later.
	shaders.Weigh{
		Heads: h, K: k, Q: queries, ML: a.ML, Acc: c.accOf(index), Ring: c.ring,
		Window: window, Scale: a.Scale, Tall: c.tall, Params: params, Splits: c.weighShares.splits, Shared: c.weighShares.view(),
	}.Record(r, lanes)
}

// RecordQuestion adds to a window what keeps the user's question, by the weights
// that RecordAttention found. It belongs behind a product that needs the attention's
// output: on a graphics card that runs beside the weighing.
func (c *Cache) RecordQuestion(r *gpu.Recording, lanes, index, window int) {
	if c.steps(window) || !c.recalls || !c.Settings.Asks() {
		return
	}
	shaders.Question{
		Heads: c.Shape.Heads, Q: gpu.Whole(c.queries), Window: window, Acc: c.accOf(index), Top: c.Settings.Repr,
		Question: c.questionOf(index), Params: c.Params(),
	}.Record(r, lanes)
}

// RecordEnd adds what belongs after the last layer of a step: of a decode step
// the weights that keys received, and, where the step fills blocks, their
// sealing. A batch ends with RecordAccept.
func (c *Cache) RecordEnd(r *gpu.Recording, lanes, window int, seals bool) {
	if c.Batching {
		return
	}
	if c.told != nil { // so that Report waits for no copy
		r.Copy(gpu.Whole(c.told), gpu.Whole(c.reports))
	}
	if !c.recalls {
		return
	}
	if window == 1 {
		c.recordTally(r, lanes, shaders.Tally{
			Slots: c.slots(), MaxBlocks: c.most, Kept: c.ofLayers(c.kept, c.keptRow), ML: c.ofLayers(c.ml, c.mlRow), Reports: c.ofLayers(c.reports, c.reportRow),
			Mass: c.ofLayers(c.mass, c.massRow), Params: c.Params(),
		})
	}
	if seals {
		c.recordSeals(r, lanes, window)
	}
	if seals && c.Paged() && c.packs() {
		c.recordPack(r, lanes, window)
	}
}

// recordTally adds the weights that keys received, of what attention kept.
func (c *Cache) recordTally(r *gpu.Recording, lanes int, t shaders.Tally) {
	t.Heads, t.Layers, t.Ring, t.BlockSize = c.Shape.Heads, c.Shape.Layers, c.ring, c.Settings.BlockSize
	t.Acc = c.ofLayers(c.acc, c.accRow)
	if !c.StepWatch.Mass {
		t.MaxBlocks = 0
	}
	t.Record(r, lanes)
}

// ofLayers are the rows of all layers of a buffer that has one of row bytes for each.
func (c *Cache) ofLayers(b gpu.Buffer, row int64) gpu.View {
	return gpu.View{Buffer: b, Size: int64(c.Shape.Layers) * row}
}

// step is what kernels must know of the next step, of n tokens.
func (c *Cache) step(n int) shaders.Step { return c.stepAt(c.Places, n) }

// stepAt is the same of a step at some places.
func (c *Cache) stepAt(places actqkv.Places, n int) shaders.Step {
	step, _ := c.Settings.Step(places, n, c.ring)
	if p := c.paging; p != nil {
		step.Tail, step.Round = uint32(p.tail), uint32(max(0, places.RemFirst-c.Settings.Init)/p.tail*p.tail)
	}
	return step
}

// Begin writes the parameters of the next step, of the tokens ids, and the
// rotation angles of its positions: angles(p, row) fills row with (cos, sin)
// of position p, in a recording made for window tokens.
func (c *Cache) Begin(ids []int32, window int, angles func(pos int, row []byte)) {
	c.window = window
	c.outdate()
	step := c.step(len(ids))
	step.Tokens = make([]uint32, len(ids))
	for i, id := range ids {
		step.Tokens[i] = uint32(id)
	}
	if first, end := c.AskedIn(len(ids)); c.Settings.Asks() && first < end {
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
func (c *Cache) End(n int) error {
	if c.paging != nil {
		if err := c.keepSealed(n); err != nil {
			return err
		}
	}
	_, c.Places = c.Settings.Step(c.Places, n, c.ring)
	c.listed = c.window == 1
	return nil
}

func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

func float(b []byte, i int) float32 { return math.Float32frombits(word(b, i)) }
