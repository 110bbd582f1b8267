package sample

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"fovea/internal/testutil"
)

// highest are the n highest of logits, as NextOf takes them.
func highest(logits []float32, n int) (ids []int32, values []float32) {
	ids = testutil.HighestFirst(logits)[:n]
	for _, id := range ids {
		values = append(values, logits[id])
	}
	return ids, values
}

// TestNextOf requires the tokens that Next draws, draw after draw, for every way to
// draw that the highest logits suffice for.
func TestNextOf(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	kinds := map[string]func() float32{
		"normal": func() float32 { return float32(r.NormFloat64() * 4) },
		"ties":   func() float32 { return []float32{2, 1, 0, float32(math.Copysign(0, -1)), -7}[r.IntN(5)] },
		"same":   func() float32 { return 1.5 },
		"excluded": func() float32 {
			if r.IntN(10) > 0 {
				return float32(math.Inf(-1))
			}
			return float32(r.NormFloat64())
		},
	}
	drawn := map[int32]bool{}
	for name, logit := range kinds {
		for _, temperature := range []float64{0, 0.1, 0.8, 1, 5} {
			for _, topK := range []int{1, 2, 7, 40, 128} {
				for _, topP := range []float64{0, 0.3, 0.95, 1} {
					for _, minP := range []float64{0, 0.05, 0.5, 1} {
						o := Options{Temperature: temperature, TopK: topK, TopP: topP, MinP: minP, Seed: r.Uint64()}
						all, few := mustNew(t, o), mustNew(t, o)
						n := few.Highest()
						if want := topK; temperature > 0 && n != want || temperature == 0 && n != 1 {
							t.Fatalf("%+v: the %d highest logits are needed", o, n)
						}
						for range 5 {
							logits := make([]float32, 129+r.IntN(400))
							for i := range logits {
								logits[i] = logit()
							}
							logits[r.IntN(len(logits))] = 1 // one at least is not excluded
							more := n + r.IntN(129-n)       // more are given than are needed
							want := next(t, all, logits)
							got, err := few.NextOf(highest(logits, more))
							if err != nil || got != want {
								t.Fatalf("%s, %+v, %d of %d logits: token %d, %v, want %d", name, o, more, len(logits), got, err, want)
							}
							drawn[got] = true
						}
					}
				}
			}
		}
	}
	if len(drawn) < 300 {
		t.Errorf("only %d tokens were drawn", len(drawn))
	}
}

// Everything else needs all logits.
func TestHighestNeeded(t *testing.T) {
	for _, o := range []Options{
		{Temperature: 1},
		{Temperature: 1, TopP: 0.9, MinP: 0.1},
		{RepetitionPenalty: 1.1},
		{FrequencyPenalty: 0.1},
		{Temperature: 1, TopK: 40, PresencePenalty: -0.1},
	} {
		if n := mustNew(t, o).Highest(); n != 0 {
			t.Errorf("%+v: the %d highest logits are needed, want all", o, n)
		}
	}
	if n := mustNew(t, Options{RepetitionPenalty: 1, PenaltyWindow: 5}).Highest(); n != 1 {
		t.Errorf("penalties of none need %d logits", n)
	}
}

// What is wrong with logits is told as Next tells it.
func TestNextOfErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, o := range []Options{{}, {Temperature: 1, TopK: 2}} {
		for _, logits := range [][]float32{{0, nan, 1, inf}, {0, 1, inf, nan}, {3, 2, nan, 2}} {
			_, want := mustNew(t, o).Next(logits)
			s := mustNew(t, o)
			if _, err := s.NextOf(highest(logits, s.Highest())); err == nil || err.Error() != want.Error() {
				t.Errorf("%v: error %v, want %v", logits, err, want)
			}
		}
		s := mustNew(t, o)
		if _, err := s.NextOf(highest([]float32{-inf, -inf, -inf}, s.Highest())); err == nil || !strings.Contains(err.Error(), "above -Inf") {
			t.Errorf("nothing but -Inf: error %v", err)
		}
	}
}
