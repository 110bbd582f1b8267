package model_test

import (
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/trace"
	"fovea/shaders"
)

// answered reads a text and two questions, of which the model is told as asked
// says, and returns the logits of some decode steps, and which blocks they
// recalled in each layer.
func answered(t *testing.T, m *model.Model, weight float32, asked [2]bool) (logits [][]float32, recalled [][]int32) {
	t.Helper()
	s := small(t, actqkv.ActQKV)
	s.AskWeight, s.AskTopK = weight, 0
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

// Windows with tokens of the question recall AskTopK blocks on average, the same on
// both devices and where blocks lie off the device; other windows and decode steps
// TopK.
func TestAskTopK(t *testing.T) {
	const first, skip, question, size = 200, 3, 30, 260 // the question is longer than a window
	path, s, ids := tinymodel.Write(t, tinymodel.Default()), small(t, actqkv.ActQKV), text(size)
	answer := func(t *testing.T, m *model.Model) (logits []float32, mem kvcache.Memory) {
		t.Helper()
		ses, err := m.NewSession(model.SessionOptions{Settings: s, KV: shaders.KV32, Capacity: len(ids)})
		if err != nil {
			t.Fatal(err)
		}
		defer ses.Close()
		windows := 0
		told := func(_ int, step *trace.Step) {
			of := s
			if step.Pos >= first+skip && step.Pos < first+skip+question {
				windows++
				of = s.Asking()
			}
			sum, want := 0, min(step.Blocks, of.TopK)*len(step.Layers)
			for i, l := range step.Layers {
				if sum += l.K; l.K < min(step.Blocks, of.KMin) || l.K > of.KMax {
					t.Errorf("layer %d recalls %d blocks at %d, want %d to %d", i, l.K, step.Pos, of.KMin, of.KMax)
				}
			}
			if step.Blocks > of.KMax && sum != want {
				t.Errorf("at %d %d blocks are recalled in all, want %d", step.Pos, sum, want)
			}
		}
		prefill := func(ids []int32) {
			t.Helper()
			if err := ses.Prefill(t.Context(), ids, told); err != nil {
				t.Fatal(err)
			}
		}
		prefill(ids[:first])
		if err := ses.Ask(skip, question); err != nil {
			t.Fatal(err)
		}
		prefill(ids[first : size-1])
		logits, step, err := ses.Step(t.Context(), ids[size-1])
		if err != nil {
			t.Fatal(err)
		}
		told(0, step)
		if windows != (question+s.Window-1)/s.Window {
			t.Errorf("%d windows have tokens of the question", windows)
		}
		return slices.Clone(logits), ses.Memory()
	}
	var want []float32
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		m := load(t, dev, path)
		got, mem := answer(t, m)
		if want == nil {
			want = got
		}
		requireClose(t, [][]float32{got}, [][]float32{want}, 2e-3)
		if !dev.Info().Unified {
			return // memory of its own is limited when the device is opened
		}
		m.Limits.Dir, m.Limits.Host = t.TempDir(), model.ProgramBytes+dev.Stats().LocalBytes+mem.Store*3/4
		paged, mem := answer(t, m)
		if mem.Disk == 0 {
			t.Errorf("%+v: all lies on the device", mem)
		}
		requireClose(t, [][]float32{paged}, [][]float32{got}, 0)
	})
}
