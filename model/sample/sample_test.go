package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const draws = 40000

func mustNew(t testing.TB, o Options) *Sampler {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func next(t testing.TB, s *Sampler, logits []float32) int32 {
	t.Helper()
	id, err := s.Next(logits)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// logitsOf gives logits of which softmax makes these probabilities.
func logitsOf(p ...float64) []float32 {
	out := make([]float32, len(p))
	for i := range p {
		out[i] = float32(math.Log(p[i]) + 3) // any shift
	}
	return out
}

// checkShares draws and compares frequencies with want, within five standard
// deviations.
func checkShares(t *testing.T, o Options, logits []float32, want ...float64) {
	t.Helper()
	s := mustNew(t, o)
	counts := make([]int, len(logits))
	for range draws {
		counts[next(t, s, logits)]++
	}
	for i, p := range want {
		got := float64(counts[i]) / draws
		if tolerance := 5 * math.Sqrt(p*(1-p)/draws); math.Abs(got-p) > tolerance || p == 0 && got != 0 {
			t.Errorf("token %d was drawn with share %.4f, want %.4f", i, got, p)
		}
	}
}

func TestTemperature(t *testing.T) {
	logits := logitsOf(0.1, 0.6, 0.3)
	checkShares(t, Options{Temperature: 1, Seed: 1}, logits, 0.1, 0.6, 0.3)
	// At temperature 1/2 probabilities are squared: 0.01, 0.36, 0.09 of 0.46.
	checkShares(t, Options{Temperature: 0.5, Seed: 2}, logits, 0.01/0.46, 0.36/0.46, 0.09/0.46)
	checkShares(t, Options{Temperature: 1, TopK: 3, Seed: 3}, logits, 0.1, 0.6, 0.3)
}

func TestTopK(t *testing.T) {
	checkShares(t, Options{Temperature: 1, TopK: 2, Seed: 4}, logitsOf(0.1, 0.5, 0.15, 0.25), 0, 2./3, 0, 1./3)
	checkShares(t, Options{Temperature: 1, TopK: 1, Seed: 4}, logitsOf(0.3, 0.3, 0.4), 0, 0, 1)
	checkShares(t, Options{Temperature: 1, TopK: 1, Seed: 4}, logitsOf(0.5, 0.5), 1, 0)
}

// The n most likely tokens are the first n of all in order, also of equals.
func TestTop(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := mustNew(t, Options{})
		var want []int32
		for i := range 1 + r.IntN(60) {
			s.values, want = append(s.values, float32(r.IntN(8))), append(want, int32(i))
		}
		slices.SortStableFunc(want, func(a, b int32) int { return int(s.values[b] - s.values[a]) })
		if n := 1 + r.IntN(len(want)); !slices.Equal(s.top(n), want[:n]) {
			t.Fatalf("%v are the %d most likely of %v, want %v", s.queue, n, s.values, want[:n])
		}
	}
}

func TestTopP(t *testing.T) {
	p := []float64{0.1, 0.5, 0.15, 0.25}
	checkShares(t, Options{Temperature: 1, TopP: 0.7, Seed: 5}, logitsOf(p...), 0, 2./3, 0, 1./3)
	checkShares(t, Options{Temperature: 1, TopP: 0.4, Seed: 5}, logitsOf(p...), 0, 1, 0, 0)
	checkShares(t, Options{Temperature: 1, TopP: 0.8, Seed: 5}, logitsOf(p...), 0, 5./9, 1.5/9, 2.5/9)
	// Of top-k's 0.5 and 0.25, the first has two thirds: more than 0.6.
	checkShares(t, Options{Temperature: 1, TopK: 2, TopP: 0.6, Seed: 5}, logitsOf(p...), 0, 1, 0, 0)
	// The temperature comes first: squared, the first has 0.25/0.345.
	checkShares(t, Options{Temperature: 0.5, TopP: 0.7, Seed: 5}, logitsOf(p...), 0, 1, 0, 0)
}

func TestMinP(t *testing.T) {
	checkShares(t, Options{Temperature: 1, MinP: 0.4, Seed: 6}, logitsOf(0.1, 0.5, 0.15, 0.25), 0, 2./3, 0, 1./3)
	checkShares(t, Options{Temperature: 1, MinP: 1, Seed: 6}, logitsOf(0.2, 0.5, 0.3), 0, 1, 0)
}

func TestExcluded(t *testing.T) {
	inf := float32(math.Inf(-1))
	for _, o := range []Options{{Temperature: 1, Seed: 7}, {Temperature: 1, TopK: 3, Seed: 7}, {Temperature: 1, TopP: 0.999, Seed: 7}} {
		checkShares(t, o, []float32{inf, 1, inf, 1}, 0, 0.5, 0, 0.5)
	}
}

func TestGreedy(t *testing.T) {
	s := mustNew(t, Options{TopK: 5, TopP: 0.5})
	logits := []float32{1, 7, 7, -3}
	for range 10 {
		if got := next(t, s, logits); got != 1 {
			t.Fatalf("got token %d, want 1, the first of the greatest", got)
		}
	}
	if !slices.Equal(logits, []float32{1, 7, 7, -3}) {
		t.Error("the logits were changed")
	}
}

func TestPenalties(t *testing.T) {
	logits := []float32{2, 1.5, -1, -1.2}
	for _, c := range []struct {
		name   string
		o      Options
		accept []int32
		want   []float64 // logits after penalties
	}{
		{"repetition", Options{RepetitionPenalty: 2}, []int32{0, 2, 0}, []float64{1, 1.5, -2, -1.2}},
		{"frequency", Options{FrequencyPenalty: 0.5}, []int32{0, 2, 0}, []float64{1, 1.5, -1.5, -1.2}},
		{"presence", Options{PresencePenalty: 0.5}, []int32{0, 2, 0}, []float64{1.5, 1.5, -1.5, -1.2}},
		{"all", Options{RepetitionPenalty: 2, FrequencyPenalty: 0.5, PresencePenalty: 0.25}, []int32{0, 2, 0}, []float64{-0.25, 1.5, -2.75, -1.2}},
		{"window", Options{PresencePenalty: 1, PenaltyWindow: 2}, []int32{0, 1, 2}, []float64{2, 0.5, -2, -1.2}},
		{"window with repeats", Options{FrequencyPenalty: 1, PenaltyWindow: 2}, []int32{0, 0, 0, 0, 3}, []float64{1, 1.5, -1, -2.2}},
		{"all tokens", Options{FrequencyPenalty: 1, PenaltyWindow: -1}, []int32{1, 1, 1}, []float64{2, -1.5, -1, -1.2}},
		{"ids out of range", Options{FrequencyPenalty: 1}, []int32{-1, 9}, []float64{2, 1.5, -1, -1.2}},
	} {
		s := mustNew(t, c.o)
		for _, id := range c.accept {
			s.Accept(id)
		}
		got := next(t, s, logits)
		for i, want := range c.want {
			if math.Abs(float64(s.values[i])-want) > 1e-6 {
				t.Errorf("%s: logits %v, want %v", c.name, s.values, c.want)
				break
			}
			if want > c.want[got] {
				t.Errorf("%s: token %d was taken of %v", c.name, got, c.want)
			}
		}
	}
	s := mustNew(t, Options{PresencePenalty: 1})
	for id := range int32(defaultWindow + 1) {
		s.Accept(id)
	}
	if s.recent.counts[0] != 0 || s.recent.counts[1] != 1 {
		t.Errorf("the default window does not hold %d tokens", defaultWindow)
	}
}

func TestSeed(t *testing.T) {
	logits := make([]float32, 1000)
	for i := range logits {
		logits[i] = float32(math.Sin(float64(i)))
	}
	run := func(seed uint64) (ids []int32) {
		s := mustNew(t, Options{Temperature: 1, TopP: 0.95, Seed: seed})
		for range 50 {
			ids = append(ids, next(t, s, logits))
		}
		return ids
	}
	if !slices.Equal(run(42), run(42)) {
		t.Error("one seed gives different tokens")
	}
	if slices.Equal(run(42), run(43)) {
		t.Error("two seeds give the same tokens")
	}
}

func TestNextErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, o := range []Options{{}, {Temperature: 1}, {Temperature: 1, TopK: 2}, {PresencePenalty: 1}} {
		for want, logits := range map[string][]float32{
			"token 1 is NaN":  {0, nan, 1},
			"token 2 is +Inf": {0, 1, inf},
			"token 0 is NaN":  {nan},
			"of 2 logits":     {-inf, -inf},
			"of 0 logits":     {},
		} {
			if _, err := mustNew(t, o).Next(logits); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: error %v, want one with %q", logits, err, want)
			}
		}
	}
}

func TestOptionErrors(t *testing.T) {
	for want, o := range map[string]Options{
		"temperature":        {Temperature: -1},
		"temperature is NaN": {Temperature: math.NaN()},
		"top-k":              {TopK: -1},
		"top-p":              {TopP: 1.1},
		"min-p":              {MinP: -0.1},
		"repetition penalty": {RepetitionPenalty: -1},
		"frequency penalty":  {FrequencyPenalty: math.Inf(1)},
		"presence penalty":   {PresencePenalty: -1000},
		"penalty window":     {PenaltyWindow: -2},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	logits := make([]float32, 49152)
	for i := range logits {
		logits[i] = float32(8 * math.Sin(float64(i)*1.7))
	}
	s := mustNew(b, Options{Temperature: 0.8, TopK: 40, TopP: 0.95})
	for b.Loop() {
		next(b, s, logits)
	}
}
