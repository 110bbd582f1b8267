package kvcache

import "fovea/gpu"

// stepRows are where a layer of decode steps puts what is a token's own: one row, or
// of a batch a row for each of its tokens.
type stepRows struct {
	tokens                 int // of a batch; 0: a step
	params                 gpu.View
	scores, state, globals gpu.View
	supers, list           gpu.View // of two-level selection
	report, ml, kept       gpu.View
	slots                  int // of kept
	shares                 shares
}

// steps says whether the tokens of programs of so many are decode steps.
func (c *Cache) steps(window int) bool { return window == 1 || c.Batching }

// rowsOf are those of a layer, of programs that are recorded now.
func (c *Cache) rowsOf(index int) stepRows {
	l := &c.layers[index]
	whole := func(b gpu.Buffer) gpu.View {
		if b == nil { // there is none where it is not used
			return gpu.View{}
		}
		return gpu.Whole(b)
	}
	rows := stepRows{
		params: c.Params(), scores: whole(l.scores), state: gpu.Whole(c.state), globals: gpu.Whole(c.globals),
		supers: whole(l.supers), list: whole(l.list), report: ofLayer(c.reports, c.reportRow, index), ml: ofLayer(c.ml, c.mlRow, index),
		kept: ofLayer(c.kept, c.keptRow, index), slots: c.slots(), shares: c.shares,
	}
	if b := c.batch; c.Batching {
		rows = stepRows{
			tokens: BatchTokens, params: gpu.Whole(b.steps), scores: whole(b.scores), state: gpu.Whole(b.state), globals: gpu.Whole(b.globals),
			supers: whole(b.supers), list: whole(b.lists), report: ofLayer(b.reports, BatchTokens*b.reportRow, index), ml: ofLayer(b.ml, b.mlRow, index),
			kept: ofLayer(b.kept, b.keptRow, index), slots: b.slots, shares: b.shares,
		}
	}
	if !c.recalls { // there are no scores, and no blocks that would need them
		rows.scores = rows.globals
	}
	return rows
}

// queriesOf is a layer's queries: where they wait for what a batch's steps change,
// its own.
func (c *Cache) queriesOf(index int) gpu.View {
	if c.Batching {
		return ofLayer(c.batch.queries, c.batch.queriesRow, index)
	}
	return gpu.Whole(c.queries)
}
