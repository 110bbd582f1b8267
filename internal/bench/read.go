package bench

import (
	"context"

	"fovea/model"
	"fovea/model/trace"
)

// listed is how many of the highest logits tokens are drawn from, where the device finds
// them; 0: from all.
func (b *bench) listed() int {
	if b.o.Session.Highest {
		return b.drawn.Highest()
	}
	return 0
}

// readToken reads a token and draws the next one, as an answer does.
func (b *bench) readToken(ctx context.Context, id int32) (*trace.Step, error) {
	l, t, err := b.s.StepLogits(ctx, id, b.listed())
	if err != nil {
		return nil, err
	}
	return t, b.draw(l)
}

func (b *bench) draw(l model.Logits) error {
	_, err := b.drawn.NextOf(l.IDs, l.Values)
	return err
}
