package model_test

import (
	"slices"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// answered reads a text and a question, which is told of by ask, and returns the
// logits of some decode steps, and which blocks they recalled in each layer.
func answered(t *testing.T, m *model.Model, weight float32, ask func(*model.Session) error) (logits [][]float32, recalled [][]int32) {
	t.Helper()
	s := small(t, actqkv.ActQKV)
	s.AskWeight = weight
	ids := text(150)
	ses, err := m.NewSession(model.SessionOptions{Settings: s, KV: shaders.KV32, Capacity: len(ids)})
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(ses.Prefill(t.Context(), ids[:132], nil))
	check(ask(ses))
	check(ses.Prefill(t.Context(), ids[132:140], nil))
	for _, id := range ids[140:] {
		got, step, err := ses.Step(t.Context(), id)
		check(err)
		logits = append(logits, slices.Clone(got))
		for _, l := range step.Layers {
			recalled = append(recalled, slices.Clone(l.IDs))
		}
	}
	return logits, recalled
}

// The user's question has a part in what decode steps recall behind it, where it
// has a weight, and the same on both devices. Only the last question counts.
func TestAskWeight(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	m := load(t, gputest.Open(t), path)
	nothing := func(*model.Session) error { return nil }
	question := func(s *model.Session) error { return s.Ask(0, 8) }
	without, plain := answered(t, m, 0, question)
	same, _ := answered(t, m, 4, nothing)
	requireClose(t, same, without, 0)
	got, recalled := answered(t, m, 4, question)
	if slices.EqualFunc(recalled, plain, slices.Equal) {
		t.Error("the question changes nothing of what is recalled")
	}
	want, _ := answered(t, load(t, gputest.Reference(t), path), 4, question)
	requireClose(t, got, want, 2e-3)
	last, _ := answered(t, m, 4, func(s *model.Session) error {
		if err := s.Ask(0, 3); err != nil {
			return err
		}
		return s.Ask(0, 8)
	})
	requireClose(t, last, got, 0)
}
