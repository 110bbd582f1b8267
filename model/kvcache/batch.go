package kvcache

import (
	"errors"
	"fmt"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/shaders"
)

// BatchTokens is the most tokens of a batch: as many as a tile of a product has,
// so that products of a batch take about as long as those of two tokens.
const BatchTokens = 8

// batch is the memory of a batch: tokens that are read side by side, each of which
// chooses and attends as in a step of its own, and of which the host then accepts the
// first so many. What steps change in place waits for that, so it has a row for each
// token, as has what steps only pass on. It is made when first needed.
type batch struct {
	steps               gpu.Buffer // Host: (tokens) parameters
	queries             gpu.Buffer // (layers, 2, tokens, features)
	ml, kept            gpu.Buffer // (layers, tokens, ...)
	reports, told, mass gpu.Buffer // (layers, tokens, ...)
	state               gpu.Buffer // (tokens): copies of the budget's state
	scores, globals     gpu.Buffer // (tokens)
	supers, lists       gpu.Buffer // (tokens); of two-level selection
	shares              shares
	all                 []gpu.Buffer

	most, slots                int   // blocks of a layer, and slots of kept scores
	queriesRow, mlRow, keptRow int64 // bytes from one layer to the next
	reportRow, massRow         int64 // bytes from one token of a layer to the next
	stateRow                   int64 // bytes from one token to the next

	places []actqkv.Places // before each token that was read last, and behind them
	read   int             // tokens that were read last and may be accepted
}

// makeBatch makes the memory of batches, where there is none.
func (c *Cache) makeBatch() error {
	if c.batch != nil {
		return nil
	}
	h, s, layers, blocks := c.Shape.Heads, c.Settings, int64(c.Shape.Layers), c.blocks(c.capacity)
	b := &batch{most: s.StepBlocks(), shares: shares{splits: c.shares.splits}}
	globals := s.Init + (b.most+2)*s.BlockSize // a step's remainder is no longer than two blocks
	b.slots = shaders.KeptSlots(globals, min(s.Local, c.ring), c.dev.Info().SubgroupSize)
	b.queriesRow = gpu.Align(2 * BatchTokens * int64(h.Features()) * 4)
	b.mlRow = gpu.Align(BatchTokens * int64(h.Width()) * 8)
	b.keptRow = gpu.Align(BatchTokens * int64(h.Width()*b.slots) * 4)
	b.reportRow = gpu.Align(int64(shaders.ReportWords+b.most) * 4)
	b.massRow = gpu.Align(int64(b.most) * 4)
	b.stateRow = gpu.Align(shaders.StateBytes(c.Shape.Layers, s.History))
	ofTokens := func(bytes int64) int64 { return BatchTokens * gpu.Align(bytes) }
	all := []memory{
		{&b.steps, BatchTokens * shaders.StepRow, gpu.Host},
		{&b.queries, layers * b.queriesRow, gpu.Local},
		{&b.ml, layers * b.mlRow, gpu.Local},
		{&b.reports, layers * BatchTokens * b.reportRow, gpu.Local},
		{&b.state, BatchTokens * b.stateRow, gpu.Local},
		{&b.globals, ofTokens(shaders.GlobalsBytes(globals)), gpu.Local},
		{&b.shares.room, shaders.Attend{Heads: h, Window: BatchTokens, Splits: b.shares.splits}.SharedBytes(), gpu.Local},
	}
	if !c.dev.Info().Unified {
		all = append(all, memory{&b.told, layers * BatchTokens * b.reportRow, gpu.Host})
	}
	if c.recalls {
		all = append(all, memory{&b.scores, ofTokens(shaders.ScoreBytes(blocks)), gpu.Local},
			memory{&b.kept, layers * b.keptRow, gpu.Local}, memory{&b.mass, layers * BatchTokens * b.massRow, gpu.Local})
	}
	if c.supers() > 0 {
		all = append(all, memory{&b.supers, ofTokens(shaders.SupersBytes(blocks)), gpu.Local},
			memory{&b.lists, ofTokens(shaders.ListBytes(maxSupers)), gpu.Local})
	}
	had := len(c.all)
	err := c.allocAll(all)
	b.all = append(b.all, c.all[had:]...)
	if err != nil {
		c.free(b.all...)
		return err
	}
	c.batch = b
	return nil
}

// dropBatch frees the memory of batches.
func (c *Cache) dropBatch() {
	if c.batch != nil {
		c.free(c.batch.all...)
		c.batch = nil
	}
}

// forgetBatch has what was read as a batch be accepted no more.
func (c *Cache) forgetBatch() {
	if c.batch != nil {
		c.batch.read = 0
	}
}

// Batch is how many of the next n tokens a batch can take: up to the one that fills
// a block, as all of them choose among the same blocks, and as far as there is room.
// It is 1 where there are no batches: where blocks lie off the device, shares of the
// budget follow what later layers chose for the token before, a list of candidates
// serves several steps, or what is watched is not kept for each token.
func (c *Cache) Batch(n int, watch Watch) int {
	s := c.Settings
	if c.Paged() || s.CutsOff() && !s.SharesBySpread() || s.Refresh > 1 && c.supers() > 0 || watch.Bias || watch.Scores ||
		s.Window < BatchTokens || c.noBatch {
		return 1
	}
	n, places := min(n, BatchTokens, c.capacity-c.Places.Pos), c.Places
	for i := range n {
		step, next := s.Step(places, 1, c.ring)
		if places = next; step.Seals > 0 {
			n = i + 1
			break
		}
	}
	if n < 2 {
		return 1
	}
	if err := c.makeBatch(); err != nil {
		c.noBatch = errors.Is(err, gpu.ErrOutOfMemory)
		return 1
	}
	return n
}

// BeginBatch writes the parameters of a batch of tokens, at most as many as Batch
// says, as Begin does.
func (c *Cache) BeginBatch(ids []int32, angles func(pos int, row []byte)) {
	c.Begin(ids, BatchTokens, angles)
	b := c.batch
	b.read, b.places = len(ids), append(b.places[:0], c.Places)
	for range ids {
		_, next := c.Settings.Step(b.places[len(b.places)-1], 1, c.ring)
		b.places = append(b.places, next)
	}
	c.putSteps(len(ids))
}

// putSteps writes the parameters of the first n tokens; the others are none.
func (c *Cache) putSteps(n int) {
	rows := c.batch.steps.Bytes()
	clear(rows)
	for i := range n {
		step := c.stepAt(c.batch.places[i], 1)
		step.Put(rows[i*shaders.StepRow:])
	}
}

// RecordBegin adds what precedes the first layer of a batch.
func (c *Cache) RecordBegin(r *gpu.Recording) {
	if c.Batching {
		state := gpu.View{Buffer: c.state, Size: c.state.Size()}
		for i := range int64(BatchTokens) {
			r.Copy(gpu.View{Buffer: c.batch.state, Offset: i * c.batch.stateRow, Size: state.Size}, state)
		}
	}
}

// RecordAccept makes what is accepted of a batch part of what was read: the weights
// that keys received, the statistics, the histories, and, where the last token fills
// a block, its sealing.
func (c *Cache) RecordAccept(r *gpu.Recording, lanes int, seals bool) {
	b, h, s := c.batch, c.Shape.Heads, c.Settings
	if b.told != nil {
		r.Copy(gpu.Whole(b.told), gpu.Whole(b.reports))
	}
	steps, reports := gpu.Whole(b.steps), c.ofLayers(b.reports, BatchTokens*b.reportRow)
	if c.recalls {
		c.recordTally(r, lanes, shaders.Tally{
			Tokens: BatchTokens, Slots: b.slots, MaxBlocks: b.most, Kept: c.ofLayers(b.kept, b.keptRow), ML: c.ofLayers(b.ml, b.mlRow), Reports: reports,
			Mass: c.ofLayers(b.mass, BatchTokens*b.massRow), Params: steps,
		})
	}
	if c.recalls && s.KeepsStats() {
		for i := range c.layers {
			shaders.Stats{
				Features: h.Features(), Q: ofLayer(b.queries, b.queriesRow, i), Window: BatchTokens, Singly: true,
				Stats: gpu.Whole(c.layers[i].stats), Cap: s.Cap, Params: c.Params(),
			}.Record(r, lanes)
		}
	}
	if s.Method != actqkv.Full {
		shaders.History{
			Layers: c.Shape.Layers, Tokens: BatchTokens, History: s.History, Fixed: !s.CutsOff(),
			State: gpu.Whole(c.state), Reports: reports, Params: steps,
		}.Record(r, lanes)
	}
	if seals {
		c.recordSeals(r, lanes, 1)
	}
}

// BeginAccept writes the parameters of what accepts the first n tokens of the batch
// that was read last, and says whether they fill a block.
func (c *Cache) BeginAccept(n int) (seals bool, err error) {
	b := c.batch
	if b == nil || n < 1 || n > b.read {
		return false, fmt.Errorf("kvcache: %d tokens cannot be accepted: no batch of as many was read last", n)
	}
	step, last := c.step(1), c.stepAt(b.places[n-1], 1)
	step.Queries, step.SealFirst, step.Seals = uint32(n), last.SealFirst, last.Seals
	step.Put(c.params.Bytes())
	c.putSteps(n)
	return last.Seals > 0 && c.recalls, nil
}

// EndAccept takes the places past the first n tokens of the batch and tells what
// their steps did.
func (c *Cache) EndAccept(n int, watch Watch) ([]*trace.Step, error) {
	b, s, all := c.batch, c.Settings, make([]*trace.Step, n)
	for i := range all {
		all[i] = c.stepTold(b.places[i], 1)
	}
	c.Places, c.listed, b.read = b.places[n], false, 0
	if s.Method == actqkv.Full {
		return all, nil
	}
	reports, err := c.reported(b.reports, b.told)
	if err != nil {
		return nil, err
	}
	mass, err := c.read(b.mass, watch.Mass && s.Recalls())
	if err != nil {
		return nil, err
	}
	for i, t := range all {
		t.Layers = make([]trace.Layer, c.Shape.Layers)
		for j := range t.Layers {
			l, row := &t.Layers[j], int64(j*BatchTokens+i)
			if err := c.decision(l, reports[row*b.reportRow:][:b.reportRow]); err != nil {
				return nil, fmt.Errorf("kvcache: layer %d: %w", j, err)
			}
			if mass != nil {
				l.Mass = floats(mass[row*b.massRow:][:l.K*4])
			}
		}
	}
	return all, nil
}
