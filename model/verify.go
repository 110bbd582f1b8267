package model

import (
	"context"
	"errors"

	"fovea/gpu"
	"fovea/model/kvcache"
	"fovea/model/trace"
)

// Batch is how many of the next n tokens Verify can read at once with the k highest
// logits of each, or all, at least 1; where that is 1, StepLogits reads them. See
// [kvcache.Cache.Batch].
func (s *Session) Batch(n, k int) (int, error) {
	if err := s.room(1); err != nil {
		return 0, err
	}
	n = s.cache.Batch(n, s.Watch)
	if n == 1 || k > 0 || s.acts.batch != nil {
		return n, nil
	}
	var err error
	s.acts.batch, err = s.model.dev.Alloc(gpu.Align(int64(kvcache.BatchTokens*s.model.Config.Vocab)*4), gpu.Host)
	if errors.Is(err, gpu.ErrOutOfMemory) {
		return 1, nil
	}
	return n, err
}

// Verify reads tokens side by side, at most as many as Batch says, and returns the k
// highest logits of what follows each, or with k = 0 all, as StepLogits does. They hold
// until the next batch. The session stays where it is: Accept goes on behind as many of
// the tokens as are wanted, and what else is done forgets them.
//
// Each token does what Step would do, in the same order of operations. On devices
// whose compilers contract a product's sums of one token otherwise than those of
// several, results differ as roundings do.
func (s *Session) Verify(ctx context.Context, ids []int32, k int) ([]Logits, error) {
	if err := s.checkHighest(k); err != nil {
		return nil, err
	}
	if err := s.check(ctx, ids); err != nil {
		return nil, err
	}
	s.watchSteps()
	highest := s.model.listed(k)
	if s.verify[highest] == nil {
		s.cache.StepTurn, s.cache.Batching = 0, true
		s.verify[highest] = s.model.record(&s.acts, s.cache, pass{name: "verify", window: kvcache.BatchTokens, logits: true, highest: highest})
		s.cache.Batching = false
	}
	s.cache.BeginBatch(ids, s.model.rope.put)
	for _, part := range s.verify[highest] {
		if err := s.model.dev.Submit(context.WithoutCancel(ctx), part); err != nil {
			return nil, s.broke(err)
		}
	}
	return s.logits(s.acts.batch, k, len(ids), s.Pos())
}

// Accept goes on behind the first n tokens that Verify read last, 1 or more, and
// returns the traces of their steps.
func (s *Session) Accept(ctx context.Context, n int) ([]*trace.Step, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	seals, err := s.cache.BeginAccept(n)
	if err != nil {
		return nil, err
	}
	r := s.accept[seals]
	if r == nil {
		r = gpu.NewRecording("accept")
		s.cache.RecordAccept(r, s.model.lanes, seals)
		s.accept[seals] = r
	}
	if err := s.model.dev.Submit(context.WithoutCancel(ctx), r); err != nil {
		return nil, s.broke(err)
	}
	all, err := s.cache.EndAccept(n, s.Watch)
	if err != nil {
		return nil, s.broke(err)
	}
	return all, nil
}
