package engine

import (
	"context"

	"fovea/model/kvcache"
	"fovea/model/trace"
)

// Lookup says whether what an answer may go on with is looked up in the text, and
// several tokens are read at once where it was there before. The answer is the same.
type Lookup uint8

// The choices.
const (
	LookupAuto Lookup = iota // where it pays
	LookupOn
	LookupOff
)

// looksUp says whether answers are. By itself on graphics cards only: there a step
// waits for memory and for dispatches, so that a few tokens take little longer than
// one; a processor computes them one after the other.
func (c *Conversation) looksUp() bool {
	switch c.options.Lookup {
	case LookupAuto:
		return isCard(c.engine.Info.Kind)
	case LookupOn:
		return true
	}
	return false
}

// write reads the last token, and together with it what may follow, as far as that is
// what is drawn.
func (g *generation) write(ctx context.Context) error {
	c := g.c
	ids, err := g.draft()
	if err != nil {
		return err
	}
	if len(ids) == 1 {
		row, t, err := c.session.StepLogits(ctx, ids[0], g.listed())
		if err != nil {
			return err
		}
		g.read(t)
		id, err := g.draw(row)
		if err == nil {
			g.show(id)
		}
		return err
	}
	rows, err := c.session.Verify(ctx, ids, g.listed())
	if err != nil {
		return err
	}
	var drawn []int32
	for i := 0; i < len(rows) && err == nil && g.stopped == ""; i++ {
		var id int32
		if id, err = g.draw(rows[i]); err == nil {
			drawn = append(drawn, id)
		}
		if i+1 == len(ids) || id != ids[i+1] {
			break
		}
	}
	if len(drawn) == 0 {
		return err
	}
	g.judge(ids[1:], drawn)
	steps, accept := c.session.Accept(ctx, len(drawn))
	if accept != nil {
		return accept
	}
	for i, t := range steps {
		g.read(t)
		g.show(drawn[i])
	}
	return err
}

// draft is the token to read next, and those that may follow it.
func (g *generation) draft() ([]int32, error) {
	c, ids := g.c, []int32{g.next.id}
	if g.drafter == nil {
		return ids, nil
	}
	ids = append(ids, g.drafter.Draft(min(kvcache.BatchTokens, g.c.options.MaxTokens-len(g.ids), c.session.Limit()-c.session.Pos())-1)...)
	if len(ids) == 1 {
		return ids, nil
	}
	n, err := c.session.Batch(len(ids), g.listed())
	return ids[:n], err
}

// judge takes note of a draft, of which the tokens drawn are right but the last or
// all.
func (g *generation) judge(draft, drawn []int32) {
	right := 0
	for right < min(len(draft), len(drawn)) && draft[right] == drawn[right] {
		right++
	}
	g.drafted += len(draft)
	g.accepted += right
	g.drafter.Told(right)
}

// read takes note of the step that read the next token.
func (g *generation) read(t *trace.Step) {
	g.c.took(g.next)
	g.c.pending = nil
	g.watch(t)
}

// show writes a drawn token, which the next step reads, or what comes before the next
// question.
func (g *generation) show(id int32) {
	if g.c.engine.Tokenizer.IsEndOfGeneration(id) {
		return
	}
	g.emit(g.dec.Add(id))
	g.next = placed{id: id}
	g.c.pending = []placed{g.next}
}
