package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLogSoftmax(t *testing.T) {
	want := []float64{0.1, 0.6, 0.3}
	for _, shift := range []float32{0, 1000, -1000} { // beyond what exp can hold
		logits := logitsOf(want...)
		for i := range logits {
			logits[i] += shift
		}
		got, err := LogSoftmax(logits)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range want {
			if math.Abs(got[i]-math.Log(p)) > 1e-4 {
				t.Errorf("shift %v: log-probability %v, want %v", shift, got[i], math.Log(p))
			}
			if one, err := LogProbOf(logits, int32(i)); err != nil || one != got[i] {
				t.Errorf("of token %d alone: %v, %v, want %v", i, one, err, got[i])
			}
		}
	}
	if _, err := LogSoftmax([]float32{float32(math.NaN())}); err == nil {
		t.Error("NaN gives no error")
	}
	if _, err := LogProbOf([]float32{1}, 1); err == nil {
		t.Error("a token out of range gives no error")
	}
}

func TestTopLogProbs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		logits := make([]float32, 1+r.IntN(40))
		for i := range logits {
			logits[i] = float32(r.IntN(10)) // with equals
		}
		all, err := LogSoftmax(logits)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]int32, len(logits))
		for i := range ids {
			ids[i] = int32(i)
		}
		slices.SortStableFunc(ids, func(a, b int32) int { return int(logits[b] - logits[a]) })
		n := r.IntN(12)
		top, err := TopLogProbs(logits, n)
		if err != nil || len(top) != min(n, len(ids)) {
			t.Fatalf("%d of %d: %v, %v", n, len(ids), top, err)
		}
		for i, p := range top {
			if p.ID != ids[i] || p.LogProb != all[p.ID] {
				t.Fatalf("place %d is %v, want token %d with %v", i, p, ids[i], all[ids[i]])
			}
		}
	}
}
