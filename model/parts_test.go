package model_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// With both of its parts switched off, and no question known beforehand,
// method actqkv is method infllm to the bit; each part alone makes a difference.
func TestPartsSwitchedOff(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	last := func(method actqkv.Method, meanProbe, fixedK bool) []float32 {
		s := small(t, method)
		s.MeanProbe, s.FixedK, s.KMin = meanProbe, fixedK, 1
		out, steps := run(t, m, s, shaders.KV32, text(120))
		for i, l := range steps[len(steps)-1].Layers {
			if fixedK && l.K != s.TopK {
				t.Errorf("layer %d recalls %d blocks without a cut-off, want %d", i, l.K, s.TopK)
			}
		}
		return slices.Concat(out...)
	}
	want, whole := last(actqkv.InfLLM, false, false), last(actqkv.ActQKV, false, false)
	if got := last(actqkv.ActQKV, true, true); !slices.Equal(got, want) {
		t.Error("actqkv without activation bias and cut-off differs from infllm")
	}
	for name, got := range map[string][]float32{"activation bias": last(actqkv.ActQKV, true, false), "cut-off": last(actqkv.ActQKV, false, true)} {
		if slices.Equal(got, whole) || slices.Equal(got, want) {
			t.Errorf("switching the %s off changes nothing, or everything", name)
		}
	}
}

// Switches of method actqkv are refused with another method, which would
// ignore them.
func TestPartsOfOtherMethods(t *testing.T) {
	for _, change := range []func(*actqkv.Settings){
		func(s *actqkv.Settings) { s.MeanProbe = true }, func(s *actqkv.Settings) { s.FixedK = true },
	} {
		s := small(t, actqkv.InfLLM)
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "method infllm has neither part") {
			t.Errorf("error %v", err)
		}
		s.Method = actqkv.ActQKV
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// What tokens receive in one step is one softmax for every query head, the
// same on both devices.
func TestReceived(t *testing.T) {
	path, ids := tinymodel.Write(t, tinymodel.Default()), text(60)
	var got [2][]float64
	for i, m := range []*model.Model{load(t, gputest.Open(t), path), load(t, gputest.Reference(t), path)} {
		s := small(t, actqkv.InfLLM)
		s.Local = 40
		ses := newSession(t, m, s, len(ids))
		prefill(t, ses, ids[:30])
		first, before, err := ses.Received(1)
		if err != nil || first != 0 || len(before) != 30 {
			t.Fatalf("%d weights from position %d, %v", len(before), first, err)
		}
		next(t, ses, ids[30])
		_, after, err := ses.Received(1)
		if err != nil || len(after) != 31 {
			t.Fatalf("%d weights, %v", len(after), err)
		}
		sum := 0.0
		for p, w := range after {
			if p < len(before) {
				w -= before[p]
			}
			sum += w
			got[i] = append(got[i], w)
		}
		if math.Abs(sum-4) > 1e-4 { // query heads
			t.Errorf("the weights of a step sum to %v, want 4", sum)
		}
		prefill(t, ses, ids[31:])
		if first, w, err := ses.Received(0); err != nil || first != len(ids)-40 || len(w) != 40 {
			t.Errorf("%d weights from position %d, %v", len(w), first, err)
		}
	}
	for p := range got[0] {
		if math.Abs(got[0][p]-got[1][p]) > 1e-3 {
			t.Errorf("position %d received %v, on the reference device %v", p, got[0][p], got[1][p])
		}
	}
	dense := newSession(t, load(t, gputest.Reference(t), path), small(t, actqkv.Full), len(ids))
	if _, _, err := dense.Step(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := dense.Received(0); err == nil || !strings.Contains(err.Error(), "method full keeps no received weights") {
		t.Errorf("error %v", err)
	}
}
