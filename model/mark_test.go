package model_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// tinySession opens a session on a model with random weights, with room for a
// part of the text only.
func tinySession(t *testing.T, s actqkv.Settings, capacity int) *model.Session {
	t.Helper()
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	ses, err := m.NewSession(model.SessionOptions{Settings: s, KV: shaders.KV16, Capacity: capacity})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ses.Close)
	return ses
}

func prefill(t *testing.T, s *model.Session, ids []int32) {
	t.Helper()
	if err := s.Prefill(context.Background(), ids, nil); err != nil {
		t.Fatal(err)
	}
}

// steps decodes ids and returns all logits.
func steps(t *testing.T, s *model.Session, ids []int32) (out []float32) {
	t.Helper()
	for _, id := range ids {
		logits, _, err := s.Step(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, logits...)
	}
	return out
}

// After a return, a session computes to the bit what it would have computed
// had it never read on: whatever it read meanwhile, also if it grew.
func TestReturn(t *testing.T) {
	for _, method := range actqkv.Methods() {
		t.Run(method, func(t *testing.T) {
			capacity := 60
			if actqkv.Method(method) == actqkv.Full {
				capacity = 200
			}
			ses := tinySession(t, small(t, actqkv.Method(method)), capacity)
			ids := text(120)
			prefill(t, ses, ids[:50])
			mark, err := ses.Mark(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer mark.Free()
			want := steps(t, ses, ids[50:80])
			prefill(t, ses, ids[20:110])
			for range 2 {
				if err := ses.Return(context.Background(), mark); err != nil {
					t.Fatal(err)
				}
				if ses.Pos() != 50 || mark.Pos() != 50 {
					t.Fatalf("returned to %d, want 50", ses.Pos())
				}
				if got := steps(t, ses, ids[50:80]); !slices.Equal(got, want) {
					t.Fatal("the logits differ after a return")
				}
			}
		})
	}
}

// A session whose settings change goes on as one that had them for the same
// steps, and recalls what it is told to.
func TestChange(t *testing.T) {
	ids := text(150)
	s := small(t, actqkv.ActQKV)
	more := s
	more.SetTopK(9)
	streaming := s
	streaming.Method = actqkv.Streaming

	ses := tinySession(t, s, 300)
	prefill(t, ses, ids[:100])
	mark, err := ses.Mark(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer mark.Free()
	plain := steps(t, ses, ids[100:140])

	recalled := func(to actqkv.Settings) int {
		t.Helper()
		if err := ses.Change(to); err != nil {
			t.Fatal(err)
		}
		_, step, err := ses.Step(context.Background(), ids[140])
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range step.Layers {
			n += step.Layers[i].K
		}
		return n
	}
	few, many, none := recalled(s), recalled(more), recalled(streaming)
	if many <= few || none != 0 {
		t.Errorf("%d blocks recalled, %d with a larger budget, %d by method streaming", few, many, none)
	}
	// Back at the mark, after a detour without recall, it is as it was before.
	if err := ses.Return(context.Background(), mark); err != nil {
		t.Fatal(err)
	}
	steps(t, ses, ids[100:120])
	if err := ses.Change(s); err != nil {
		t.Fatal(err)
	}
	if err := ses.Return(context.Background(), mark); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, ses, ids[100:140]); !slices.Equal(got, plain) {
		t.Error("the logits differ after changes and a return")
	}
}

// What a session cannot become is refused, and it goes on.
func TestChangeRefused(t *testing.T) {
	s := small(t, actqkv.ActQKV)
	ses := tinySession(t, s, 100)
	prefill(t, ses, text(40))
	dense, wider, wrong := s, s, s
	dense.Method = actqkv.Full
	wider.Local++
	wrong.Tau = 0
	for _, to := range []actqkv.Settings{dense, wider} {
		if err := ses.Change(to); !errors.Is(err, kvcache.ErrOtherSession) {
			t.Errorf("error %v, want ErrOtherSession", err)
		}
	}
	if err := ses.Change(wrong); err == nil || errors.Is(err, kvcache.ErrOtherSession) {
		t.Errorf("error %v for settings that make no sense", err)
	}
	if ses.Settings() != s {
		t.Error("a refused change took effect")
	}
	steps(t, ses, text(3))
}
