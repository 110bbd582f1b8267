package model_test

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/testutil"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// highestOf are the k highest of all logits.
func highestOf(logits []float32, k int) (h model.Logits) {
	for id := range logits {
		h.IDs = append(h.IDs, int32(id))
	}
	slices.SortStableFunc(h.IDs, func(a, b int32) int { return cmp.Compare(logits[b], logits[a]) })
	h.IDs = h.IDs[:k]
	for _, id := range h.IDs {
		h.Values = append(h.Values, logits[id])
	}
	return h
}

// TestHighest requires of steps and batches whose highest logits the device finds
// what those do that give all, to the bit, while the number that is asked for
// changes, and traces that are the same.
func TestHighest(t *testing.T) {
	tiny := func(t *testing.T, dev gpu.Device) { checkHighest(newShelf(t, dev, actqkv.ActQKV, shaders.KV16)) }
	gputest.Each(t, tiny)
	t.Run("staged", func(t *testing.T) { tiny(t, gputest.Staged(t)) })
	t.Run("default model", func(t *testing.T) { // whose vocabulary takes several rounds
		checkHighest(&shelf{t, load(t, gputest.Open(t), testutil.ModelPath(t)), small(t, actqkv.ActQKV), shaders.KV16})
	})
}

func checkHighest(s *shelf) {
	t := s.T
	s.settings.BlockSize = 8
	few, err := s.model.NewSession(model.SessionOptions{Settings: s.settings, KV: s.kv, Capacity: 60, Highest: true})
	s.check(err)
	t.Cleanup(few.Close)
	all, ids := s.session(60), text(200)
	prefill(t, all, ids[:20])
	prefill(t, few, ids[:20])

	step := func(k int) {
		t.Helper()
		id := ids[all.Pos()]
		logits, want, err := all.Step(context.Background(), id)
		s.check(err)
		got, told, err := few.StepLogits(context.Background(), id, k)
		s.check(err)
		s.same(got, highestOf(logits, k))
		if !reflect.DeepEqual(told, want) {
			t.Fatalf("a step with %d logits did %+v, want %+v", k, told, want)
		}
	}
	for _, k := range []int{1, 40, 1, 41, 33, 128, 2} {
		step(k)
	}
	most := 0
	for _, k := range []int{40, 40, 1, 128, 40, 3} {
		n, err := few.Batch(kvcache.BatchTokens, k)
		s.check(err)
		if n == 1 { // before the end of a block
			step(k)
			continue
		}
		most = max(most, n)
		batch := ids[all.Pos():][:n]
		rows, err := few.Verify(context.Background(), batch, k)
		s.check(err)
		told, err := few.Accept(context.Background(), n)
		s.check(err)
		for i, id := range batch {
			logits, want, err := all.Step(context.Background(), id)
			s.check(err)
			s.same(rows[i], highestOf(logits, k))
			if !reflect.DeepEqual(told[i], want) {
				t.Fatalf("token %d of a batch did %+v, want %+v", i, told[i], want)
			}
		}
	}
	if most < kvcache.BatchTokens {
		t.Errorf("a batch had %d tokens at most, want %d", most, kvcache.BatchTokens)
	}
	// All logits can be had in between.
	if next := ids[all.Pos():][:3]; !slices.Equal(steps(t, few, next), steps(t, all, next)) {
		t.Error("steps that give all logits differ")
	}
	step(5)
}

func (s *shelf) same(got, want model.Logits) {
	s.Helper()
	if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Values, want.Values) {
		s.Fatalf("the highest logits are %v, want %v", got, want)
	}
}

// TestHighestRefused: more logits than there can be in a list are refused, and where
// there is no room for it.
func TestHighestRefused(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	few, err := s.model.NewSession(model.SessionOptions{Settings: s.settings, Capacity: 60, Highest: true})
	s.check(err)
	t.Cleanup(few.Close)
	for _, c := range []struct {
		s    *model.Session
		k    int
		want string
	}{
		{few, -1, "must be 1 to 128"},
		{few, model.MaxHighest + 1, "must be 1 to 128"},
		{s.session(60), 1, "SessionOptions.Highest"},
	} {
		if _, _, err := c.s.StepLogits(context.Background(), 1, c.k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a step with %d logits: %v", c.k, err)
		}
		if _, err := c.s.Verify(context.Background(), []int32{1, 2}, c.k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a batch with %d logits: %v", c.k, err)
		}
	}
	if few.Pos() != 0 {
		t.Errorf("at %d after steps that were refused", few.Pos())
	}
	if _, _, err := few.StepLogits(context.Background(), tinymodel.Vocab, 1); err == nil || !strings.Contains(err.Error(), "not in the vocabulary") {
		t.Errorf("an id behind the vocabulary: %v", err)
	}
}
