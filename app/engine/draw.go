package engine

import (
	"time"

	"fovea/gpu"
	"fovea/model"
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

// draw draws a token, which may end the answer.
func (g *generation) draw(l model.Logits) (int32, error) {
	id, err := g.sampler.NextOf(l.IDs, l.Values)
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
