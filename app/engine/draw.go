package engine

import (
	"context"
	"time"

	"fovea/gpu"
	"fovea/model"
	"fovea/model/trace"
)

// Highest says whether the device finds the highest logits, where a token is drawn
// from those alone. The answer is the same.
type Highest uint8

// The choices.
const (
	HighestAuto Highest = iota // where it pays: Engine.FindsHighest
	HighestOn
	HighestOff
)

// FindsHighest says whether the device does so by itself: graphics cards. There all
// logits would cross the bus and be gone through by one core of the host; for a
// processor they lie where they are read, and finding the highest by the kernel takes
// it longer than drawing from all.
func (e *Engine) FindsHighest() bool { return isCard(e.Info.Kind) }

// findsHighest says whether the device does so for a conversation.
func (c *Conversation) findsHighest() bool {
	return c.options.Highest == HighestOn || c.options.Highest == HighestAuto && c.engine.FindsHighest()
}

// isCard says whether a device is a graphics card.
func isCard(k gpu.Kind) bool { return k == gpu.Discrete || k == gpu.Integrated || k == gpu.Virtual }

// listed is how many of the highest logits tokens are drawn from; 0: from all.
func (g *generation) listed() int {
	if n := g.sampler.Highest(); g.c.findsHighest() && n <= min(model.MaxHighest, g.c.engine.Model.Config.Vocab-1) {
		return n
	}
	return 0
}

// nextLogits are those of the token that follows one: all, or the highest.
type nextLogits struct {
	all     []float32
	highest *model.Highest
}

// step reads a token.
func (g *generation) step(ctx context.Context, id int32) (l nextLogits, t *trace.Step, err error) {
	if k := g.listed(); k > 0 {
		l.highest, t, err = g.c.session.StepHighest(ctx, id, k)
	} else {
		l.all, t, err = g.c.session.Step(ctx, id)
	}
	return l, t, err
}

// batch is how many of n tokens verify can read.
func (g *generation) batch(n int) (int, error) {
	if g.listed() > 0 {
		return g.c.session.BatchHighest(n)
	}
	return g.c.session.Batch(n)
}

// verify reads a token and a draft of what follows it.
func (g *generation) verify(ctx context.Context, ids []int32) ([]nextLogits, error) {
	rows := make([]nextLogits, len(ids))
	if k := g.listed(); k > 0 {
		all, err := g.c.session.VerifyHighest(ctx, ids, k)
		for i, row := range all {
			rows[i].highest = row
		}
		return rows, err
	}
	all, err := g.c.session.Verify(ctx, ids)
	for i, row := range all {
		rows[i].all = row
	}
	return rows, err
}

// draw draws a token, which may end the answer.
func (g *generation) draw(l nextLogits) (id int32, err error) {
	if l.highest != nil {
		id, err = g.sampler.NextOf(l.highest.IDs, l.highest.Logits)
	} else {
		id, err = g.sampler.Next(l.all)
	}
	if err != nil {
		return 0, err
	}
	g.last = time.Now()
	if g.first.IsZero() {
		g.first = g.last
	}
	if g.c.engine.Tokenizer.IsEndOfGeneration(id) {
		g.stopped = StopEnd
		return id, nil
	}
	g.ids = append(g.ids, id)
	g.sampler.Accept(id)
	if g.drafter != nil {
		g.drafter.Add(id)
	}
	if loops(g.ids) {
		g.stopped = StopLoop
	}
	return id, nil
}
