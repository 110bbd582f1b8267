package bench

import (
	"context"

	"fovea/model/trace"
)

// greedy is how many of the highest logits answers are drawn from by default.
const greedy = 1

// readToken reads a token as an answer does.
func (b *bench) readToken(ctx context.Context, id int32) (t *trace.Step, err error) {
	if b.o.Session.Highest {
		_, t, err = b.s.StepHighest(ctx, id, greedy)
	} else {
		_, t, err = b.s.Step(ctx, id)
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

// verify reads a batch as an answer does.
func (b *bench) verify(ctx context.Context, ids []int32) (err error) {
	if b.o.Session.Highest {
		_, err = b.s.VerifyHighest(ctx, ids, greedy)
	} else {
		_, err = b.s.Verify(ctx, ids)
	}
	return err
}
