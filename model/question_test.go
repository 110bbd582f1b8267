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

// answered reads a text and two questions, of which the model is told as asked
// says, and returns the logits of some decode steps, and which blocks they
// recalled in each layer.
func answered(t *testing.T, m *model.Model, weight float32, asked [2]bool) (logits [][]float32, recalled [][]int32) {
	t.Helper()
	s := small(t, actqkv.ActQKV)
	s.AskWeight = weight
	ids := text(160)
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
	const first, size = 132, 8
	check(ses.Prefill(t.Context(), ids[:first], nil))
	for i, told := range asked {
		if told {
			check(ses.Ask(0, size))
		}
		check(ses.Prefill(t.Context(), ids[first+i*size:][:size], nil))
	}
	for _, id := range ids[first+2*size:] {
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
// has a weight, and the same on both devices. Nothing is left of a question before.
func TestAskWeight(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	m := load(t, gputest.Open(t), path)
	none, last, both := [2]bool{}, [2]bool{false, true}, [2]bool{true, true}
	without, plain := answered(t, m, 0, last)
	same, _ := answered(t, m, 4, none)
	requireClose(t, same, without, 0)
	got, recalled := answered(t, m, 4, last)
	if slices.EqualFunc(recalled, plain, slices.Equal) {
		t.Error("the question changes nothing of what is recalled")
	}
	want, _ := answered(t, load(t, gputest.Reference(t), path), 4, last)
	requireClose(t, got, want, 2e-3)
	again, _ := answered(t, m, 4, both)
	requireClose(t, again, got, 0)
}
