package bench

import (
	"context"

	"fovea/model/trace"
)

// greedy is how many of the highest logits answers are drawn from by default.
const greedy = 1

// readToken reads a token and draws the next one, as an answer does.
func (b *bench) readToken(ctx context.Context, id int32) (t *trace.Step, err error) {
	if b.o.Session.Highest {
		h, t, err := b.s.StepHighest(ctx, id, greedy)
		if err == nil {
			_, err = b.drawn.NextOf(h.IDs, h.Logits)
		}
		return t, err
	}
	logits, t, err := b.s.Step(ctx, id)
	if err == nil {
		_, err = b.drawn.Next(logits)
	}
	return t, err
}

// batch is how many of n tokens verify can read.
func (b *bench) batch(n int) (int, error) {
	if b.o.Session.Highest {
		return b.s.BatchHighest(n)
	}
	return b.s.Batch(n)
}

// verify reads a batch and draws the tokens behind each, as an answer does.
func (b *bench) verify(ctx context.Context, ids []int32) error {
	if b.o.Session.Highest {
		rows, err := b.s.VerifyHighest(ctx, ids, greedy)
		for i := 0; i < len(rows) && err == nil; i++ {
			_, err = b.drawn.NextOf(rows[i].IDs, rows[i].Logits)
		}
		return err
	}
	rows, err := b.s.Verify(ctx, ids)
	for i := 0; i < len(rows) && err == nil; i++ {
		_, err = b.drawn.Next(rows[i])
	}
	return err
}
