package eval

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/model"
)

func likelihood(t *testing.T, s *Subject, path string, o LikelihoodOptions) *Results {
	t.Helper()
	log := openLog(t, path, o.Header)
	if err := Likelihood(t.Context(), s, log, o); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	return results(t, path)
}

// Dense attention has its own predictions, so has a method whose budget is
// longer than the text; streaming far from the beginning has others.
func TestLikelihood(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "likelihood.jsonl")
	methods, err := MethodsNamed([]string{"streaming", Fovea})
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	o := LikelihoodOptions{
		Samples: []Sample{tell("a", 700)}, Depths: []int{300, 500}, Measure: 6, Methods: methods[:1], Budgets: []int{128, 1024},
		Progress: func(done, of int, _ string) {
			if done < last || done > of {
				t.Errorf("%d of %d after %d", done, of, last)
			}
			last = done
		},
	}
	r := likelihood(t, s, path, o)
	if len(r.Likelihood) != 3*2 {
		t.Fatalf("%d results", len(r.Likelihood))
	}
	for _, l := range r.Likelihood {
		kl := mean(l.KL)
		switch {
		case len(l.KL) != 6 || len(l.NLL) != 6:
			t.Errorf("%+v", l)
		case l.Budget == 128 && kl < 1e-5:
			t.Errorf("streaming at 128 tokens is dense attention: KL %v", l.KL)
		case l.Budget != 128 && (kl > 1e-5 || l.Same != 6):
			t.Errorf("%s at %d differs from dense attention: %+v", l.Method, l.Budget, l)
		}
	}
	checkNLL(t, s, o.Samples[0], r)

	// More methods later need dense attention again, but add only what lacks.
	o.Methods, o.Budgets, last = methods, []int{128}, 0
	if r := likelihood(t, s, path, o); len(r.Likelihood) != 4*2 {
		t.Errorf("%d results after more methods", len(r.Likelihood))
	}
}

// checkNLL computes one of the numbers in another way.
func checkNLL(t *testing.T, s *Subject, text Sample, r *Results) {
	t.Helper()
	settings, err := Methods()[0].Settings(0)
	if err != nil {
		t.Fatal(err)
	}
	ses, err := s.Model.NewSession(model.SessionOptions{Settings: settings, KV: s.KV, Capacity: 400})
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	ids := s.Tokenizer.Sequence(text.Context, false)
	if err := ses.Prefill(t.Context(), ids[:300], nil); err != nil {
		t.Fatal(err)
	}
	logits, _, err := ses.Step(t.Context(), ids[300])
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v))
	}
	near(t, "-ln p of token 301", r.Likelihood[0].NLL[0], math.Log(sum)-float64(logits[ids[301]]), 1e-3)
}

// By hand: KL of (1/2, 1/4, 1/4) from (1/4, 1/2, 1/4) is 1/2 ln 2 - 1/4 ln 2.
func TestCompare(t *testing.T) {
	ln := math.Log
	var r LikelihoodResult
	r.compare([]float32{float32(ln(0.5)), float32(ln(0.25)), float32(ln(0.25))}, []float64{ln(0.25), ln(0.5), ln(0.25)}, 1)
	near(t, "KL", r.KL[0], ln(2)/4, 1e-6)
	near(t, "-ln p", r.NLL[0], ln(2), 1e-4)
	if r.Same != 0 {
		t.Error("the best tokens are not the same")
	}
	r.compare([]float32{-1, -2}, []float64{-1, -2}, 0)
	if r.Same != 1 || r.KL[1] != 0 {
		t.Errorf("%+v", r)
	}
}

func TestLikelihoodErrors(t *testing.T) {
	s := tiny(t)
	for says, o := range map[string]LikelihoodOptions{
		"ascending depths":    {Depths: []int{5, 3}, Measure: 1},
		"1 token or more":     {Depths: []int{5}},
		"lies among":          {Depths: []int{5, 7}, Measure: 4},
		"window of 1024":      {Depths: []int{1020}, Measure: 5},
		"choose longer texts": {Depths: []int{800}, Measure: 4, Samples: []Sample{tell("a", 700)}},
	} {
		log := openLog(t, filepath.Join(t.TempDir(), "none.jsonl"), o.Header)
		if err := Likelihood(t.Context(), s, log, o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: error %v, want %q", o, err, says)
		}
	}
}

// The right answers are read by every method that lacks them, once, and compared
// with dense attention on the same tokens.
func TestAnswers(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "answers.jsonl")
	methods, err := MethodsNamed([]string{Full, "streaming", Fovea})
	if err != nil {
		t.Fatal(err)
	}
	text := tell("a", 600)
	text.Length = 600
	o := LikelihoodOptions{Samples: []Sample{text}, Methods: methods, Budgets: []int{128}}
	for range 2 { // the second time there is nothing to do
		log := openLog(t, path, o.Header)
		if err := Answers(t.Context(), s, log, o); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := results(t, path)
	if len(r.Likelihood) != 3*2 {
		t.Fatalf("%d results", len(r.Likelihood))
	}
	for _, l := range r.Likelihood {
		right := text.Questions[slices.IndexFunc(text.Questions, func(q Question) bool { return q.ID == l.Question })]
		want := min(right.MaxTokens, len(right.Answers[0])) // tokens are bytes
		if len(l.NLL) != want || len(l.KL) != want || l.Depth != 600 {
			t.Errorf("%+v, want %d tokens", l, want)
		}
		if zero := slices.Max(l.KL) < 1e-5; zero != (l.Method == Full) {
			t.Errorf("%s differs from dense attention by %v", l.Method, l.KL)
		}
	}
	cells := NewReport(r, Fovea).Likelihood
	if len(cells) != 3 || cells[0].Task != "tell" || cells[1].MoreKL == nil || cells[2].MoreKL != nil {
		t.Fatalf("%+v", cells)
	}
	if more, by := cells[1].KL.Value-cells[2].KL.Value, cells[1].MoreKL.Value; math.Abs(more-by) > 1e-6 {
		t.Errorf("streaming's KL is greater by %v, told is %v", more, by)
	}
}
