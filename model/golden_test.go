package model_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/testutil"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/gguf"
)

// The exact answers of the default model: every weight dequantised to float32,
// computed by llama.cpp, confirmed by an independent model in torch.
type golden struct {
	Prompts []struct {
		Name  string
		N     int
		Top20 []struct {
			ID      int32
			Logprob float64
		}
	}
	Texts map[string]struct {
		MeanNLL float64 `json:"mean_nll"`
		N       int
	} `json:"teacher_forced"`
	Completions []struct {
		User      string
		PromptIDs []int32   `json:"prompt_ids"`
		OutIDs    []int32   `json:"out_ids"`
		Margins   []float64 `json:"margin_top1_top2"`
	}
}

// goldenPrompts are the ids of the golden texts by name.
func goldenPrompts(t testing.TB) map[string][]int32 {
	var file struct {
		Prompts []struct {
			Name string
			IDs  []int32
		} `json:"logit_prompts"`
	}
	testutil.ReadGzip(t, "tokenizer/testdata/prompts.json.gz", &file)
	ids := map[string][]int32{}
	for _, p := range file.Prompts {
		ids[p.Name] = p.IDs
	}
	return ids
}

// load loads a model file onto a device.
func load(t testing.TB, dev gpu.Device, path string) *model.Model {
	t.Helper()
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := model.Load(context.Background(), dev, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// newSession opens a session that lives as long as the test.
func newSession(t testing.TB, m *model.Model, s actqkv.Settings, capacity int) *model.Session {
	t.Helper()
	ses, err := m.NewSession(model.SessionOptions{Settings: s, Capacity: capacity})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ses.Close)
	return ses
}

func settings(t testing.TB, method actqkv.Method, preset string) actqkv.Settings {
	t.Helper()
	s, err := actqkv.New(method, preset)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// logits reads ids and returns the logits after the last.
func logits(t testing.TB, s *model.Session, ids []int32) []float32 {
	t.Helper()
	if err := s.Prefill(context.Background(), ids[:len(ids)-1], nil); err != nil {
		t.Fatal(err)
	}
	return next(t, s, ids[len(ids)-1])
}

func next(t testing.TB, s *model.Session, id int32) []float32 {
	t.Helper()
	out, _, err := s.Step(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// logSum is the logarithm of the sum of exponentials.
func logSum(logits []float32) float64 {
	top, sum := float64(slices.Max(logits)), 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

func argmax(v []float32) int32 {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return int32(best)
}

func TestGolden(t *testing.T) {
	m := load(t, gputest.Open(t), testutil.ModelPath(t))
	checkGolden(t, m, math.MaxInt, 0.03)
}

// Products of integers hardly move the answers.
func TestGoldenIntegers(t *testing.T) {
	m := load(t, gputest.Open(t), testutil.ModelPath(t))
	m.Integers = true
	checkGolden(t, m, 500, 0.05)
}

// checkGolden compares answers to golden prompts of at most so many tokens; their
// log-probabilities may differ by tol.
func checkGolden(t *testing.T, m *model.Model, most int, tol float64) {
	var want golden
	testutil.ReadGzip(t, "testdata/float32.json.gz", &want)
	prompts := goldenPrompts(t)
	full := settings(t, actqkv.Full, "paper")

	for _, p := range want.Prompts {
		if p.N > most {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			ids := prompts[p.Name]
			if len(ids) != p.N {
				t.Fatalf("%d ids, want %d", len(ids), p.N)
			}
			got := logits(t, newSession(t, m, full, p.N), ids)
			sum, worst := logSum(got), 0.0
			for _, w := range p.Top20 {
				worst = max(worst, math.Abs(float64(got[w.ID])-sum-w.Logprob))
			}
			t.Logf("the 20 log-probabilities differ by at most %.4f", worst)
			if worst > tol {
				t.Errorf("log-probabilities differ by up to %.4f", worst)
			}
			if margin := p.Top20[0].Logprob - p.Top20[1].Logprob; margin > 0.05 && argmax(got) != p.Top20[0].ID {
				t.Errorf("first token %d, want %d by a margin of %.3f", argmax(got), p.Top20[0].ID, margin)
			}
		})
	}
	for _, c := range want.Completions {
		t.Run(c.User, func(t *testing.T) {
			s := newSession(t, m, full, len(c.PromptIDs)+len(c.OutIDs))
			got := logits(t, s, c.PromptIDs)
			for i, w := range c.OutIDs {
				if id := argmax(got); id != w {
					if c.Margins[i] < 0.05 {
						t.Logf("parts from the golden continuation at a margin of %.4f", c.Margins[i])
						return
					}
					t.Fatalf("token %d is %d, want %d by a margin of %.3f", i, id, w, c.Margins[i])
				}
				got = next(t, s, w)
			}
		})
	}
}

// Reading token by token, as decoding does, gives the golden likelihood of a text.
func TestGoldenLikelihood(t *testing.T) {
	var want golden
	testutil.ReadGzip(t, "testdata/float32.json.gz", &want)
	m := load(t, gputest.Open(t), testutil.ModelPath(t))
	ids := goldenPrompts(t)["len100_english"]
	s := newSession(t, m, settings(t, actqkv.Full, "paper"), len(ids))
	nll := 0.0
	for i, id := range ids[:len(ids)-1] {
		got := next(t, s, id)
		nll += logSum(got) - float64(got[ids[i+1]])
	}
	w := want.Texts["len100_english"]
	if got := nll / float64(w.N); math.Abs(got-w.MeanNLL) > 0.003 {
		t.Errorf("mean negative log-likelihood %.5f, want %.5f", got, w.MeanNLL)
	}
}
