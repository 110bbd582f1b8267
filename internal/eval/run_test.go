package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/gguf"
	"fovea/model/template"
	"fovea/model/tokenizer"
	"fovea/model/trace"
	"fovea/shaders"
)

// tiny is a model with random weights, whose tokens are bytes.
func tiny(t *testing.T) *Subject {
	t.Helper()
	shape := tinymodel.Default()
	shape.Context = 1024
	path := tinymodel.Write(t, shape)
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dev := gputest.Open(t)
	s := &Subject{KV: shaders.KV32}
	if s.Model, err = model.Load(t.Context(), dev, f, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Model.Close)
	if s.Tokenizer, err = tokenizer.FromGGUF(f); err != nil {
		t.Fatal(err)
	}
	if s.Template, err = template.New(tinymodel.Template); err != nil {
		t.Fatal(err)
	}
	return s
}

// tell makes a text of numbered sentences with two needles, one of them at a
// depth where small budgets attend it only by recall.
func tell(id string, tokens int) Sample {
	s := Sample{Task: "tell", ID: id, Source: "sentences"}
	var b strings.Builder
	for i := 0; b.Len() < tokens; i++ {
		fmt.Fprintf(&b, "Line %d says nothing at all. ", i)
		if i == 8 || b.Len() > tokens-60 && len(s.Questions) == 1 {
			fact := fmt.Sprintf("The key of door %d is %d.", i, i*i)
			s.Questions = append(s.Questions, Question{
				ID: fmt.Sprint(i), Text: fmt.Sprintf("What is the key of door %d?", i), Answers: []string{fmt.Sprint(i * i)}, Metric: Contains, MaxTokens: 3,
				Needles: []Range{{b.Len(), b.Len() + len(fact)}}, Depth: float64(b.Len()) / float64(tokens),
			})
			b.WriteString(fact + " ")
		}
	}
	s.Context = b.String()
	return s
}

// openLog begins a log of a test, or goes on with it.
func openLog(t *testing.T, path string, header func() (Header, error)) *Log {
	t.Helper()
	h, err := header()
	if err != nil {
		t.Fatal(err)
	}
	h.Model, h.Hash, h.Device, h.KV = "tiny", "00", "test", "f32"
	l, err := OpenLog(path, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a second time, where the test closed it
	return l
}

func results(t *testing.T, path string) *Results {
	t.Helper()
	r, err := ReadResults(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// byKey are the answers without what depends on the clock.
func byKey(r *Results) map[string]QuestionResult {
	all := map[string]QuestionResult{}
	for _, q := range r.Questions {
		l := Line{Question: &q}
		key := l.key()
		q.Prefill, q.Seconds = 0, 0
		all[key] = q
	}
	return all
}

// Every method answers; an interrupted run goes on to the same answers.
func TestRun(t *testing.T) {
	s, folder := tiny(t), t.TempDir()
	o := Options{Samples: []Sample{tell("a", 700), tell("b", 500)}, Methods: Methods(), Budgets: []int{128, 256}}
	var notices []string
	o.Notice = func(n string) { notices = append(notices, n) }
	whole := filepath.Join(folder, "whole.jsonl")
	if err := Run(t.Context(), s, openLog(t, whole, o.Header), o); err != nil {
		t.Fatal(err)
	}
	want := byKey(results(t, whole))
	if len(want) != 2*2*(1+11*2) {
		t.Fatalf("%d answers", len(want))
	}
	if len(notices) != 0 {
		t.Errorf("notices %q", notices)
	}
	checkAnswers(t, want)

	cut := filepath.Join(folder, "cut.jsonl")
	for stops := 1; ; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		answered := 0
		o.Progress = func(p Progress) {
			if strings.HasSuffix(p.Doing, "asking") {
				if answered++; answered == 17 {
					cancel()
				}
			}
		}
		log := openLog(t, cut, o.Header)
		err := Run(ctx, s, log, o)
		cancel()
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			if stops != 6 {
				t.Errorf("done after %d runs of at most 17 answers", stops)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got := byKey(results(t, cut)); !reflect.DeepEqual(got, want) {
		t.Error("the answers of an interrupted run differ")
	}
	if r := results(t, cut); len(r.Questions) != len(want) {
		t.Errorf("%d lines for %d answers", len(r.Questions), len(want))
	}
}

// checkAnswers knows what methods can and cannot have attended.
func checkAnswers(t *testing.T, all map[string]QuestionResult) {
	t.Helper()
	for key, q := range all {
		early := q.Question == "8"
		switch {
		case q.Method == Full:
			if q.InView != 1 || q.K != nil || math.Abs(q.Attended-float64(q.Tokens)) > 3 {
				t.Errorf("%s: %+v", key, q)
			}
		case q.Method == "streaming":
			if early && (q.InView > 0.9 || q.Needle[0] != q.InView || q.K[0] != 0) {
				t.Errorf("%s: %+v", key, q)
			}
		default:
			// The average k keeps the budget, and what is recalled adds to what is in view.
			blocks := float64(q.Budget-32-q.Budget/2) / 32
			if q.Method == "fovea-small-blocks" {
				blocks *= 2
			}
			if m := mean(q.K); m > blocks+0.6 || m < blocks-0.6 || q.Needle[0] < q.InView || len(q.Needle) != 2 {
				t.Errorf("%s: k of %v blocks: %+v", key, blocks, q)
			}
			if a := q.Attended; a < float64(q.Budget)-20 || a > float64(q.Budget)+52 {
				t.Errorf("%s attends %v tokens", key, a)
			}
		}
		if q.Score != 0 && !strings.Contains(q.Answer, q.Answers[0]) {
			t.Errorf("%s: score %v for %q", key, q.Score, q.Answer)
		}
	}
}

// A question before the text has a part in what is recalled, unless its term
// is switched off.
func TestQuestionBefore(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "before.jsonl")
	methods, err := MethodsNamed([]string{Fovea, NoQuestion})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Samples: []Sample{tell("a", 700)}, Methods: methods, Budgets: []int{128}, Before: true}
	log := openLog(t, path, o.Header)
	if err := Run(t.Context(), s, log, o); err != nil {
		t.Fatal(err)
	}
	for _, q := range results(t, path).Questions {
		if !q.Before || q.Tokens < 700+2*25 {
			t.Errorf("%+v", q)
		}
	}
	// Read directly, the two part ways in what a window recalls.
	recalls := func(m Method) (ids [][]int32) {
		settings, err := m.Settings(128)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.before(&o.Samples[0], o.Samples[0].Questions[0].Text)
		if err != nil {
			t.Fatal(err)
		}
		if text := s.Tokenizer.Decode(p.ids[p.asked[0]:p.asked[1]]); text != o.Samples[0].Questions[0].Text {
			t.Fatalf("the question's tokens are %q", text)
		}
		ses, err := s.Model.NewSession(model.SessionOptions{Settings: settings, KV: s.KV})
		if err != nil {
			t.Fatal(err)
		}
		defer ses.Close()
		ses.Ask(p.asked[0], p.asked[1]-p.asked[0])
		if err := ses.Prefill(t.Context(), p.ids, func(_ int, step *trace.Step) { ids = append(ids, step.Layers[1].IDs) }); err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if reflect.DeepEqual(recalls(methods[0]), recalls(methods[1])) {
		t.Error("switching the question's term off changes nothing")
	}
}

// The positions of a needle are those of its text, whatever stands before.
func TestNeedlePositions(t *testing.T) {
	s, sample := tiny(t), tell("a", 700)
	for _, before := range []string{"", "A question?"} {
		p, err := s.before(&sample, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range sample.Questions {
			at := p.positions(q.Needles)
			ids := p.ids[at[0] : at[len(at)-1]+1]
			if want := sample.Context[q.Needles[0].Start:q.Needles[0].End]; s.Tokenizer.Decode(ids) != want || len(at) != len(ids) {
				t.Errorf("tokens %d to %d are %q, want %q", at[0], at[len(at)-1], s.Tokenizer.Decode(ids), want)
			}
		}
	}
	sample.Raw = true
	p, err := s.before(&sample, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Tokenizer.Decode(p.ids); got != sample.Context {
		t.Errorf("a raw text is read as %.80q", got)
	}
	ids, asked := p.ask(Question{Text: "Why?", Joint: " ", Lead: "As"})
	if got := s.Tokenizer.Decode(ids); got != " Why?As" || s.Tokenizer.Decode(ids[asked[0]:asked[1]]) != "Why?" {
		t.Errorf("a raw question is %q", got)
	}
}

// Texts that the model's window cannot take are left out of dense attention.
func TestLongTexts(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "long.jsonl")
	methods, err := MethodsNamed([]string{Full, "streaming"})
	if err != nil {
		t.Fatal(err)
	}
	// The second fits alone, but not with a question.
	o := Options{Samples: []Sample{tell("long", 1200), tell("close", 1000)}, Methods: methods, Budgets: []int{128}}
	var notices []string
	o.Notice = func(n string) { notices = append(notices, n) }
	if err := Run(t.Context(), s, openLog(t, path, o.Header), o); err != nil {
		t.Fatal(err)
	}
	for _, q := range results(t, path).Questions {
		if q.Method != "streaming" {
			t.Errorf("%+v", q)
		}
	}
	if len(notices) != 2 || !strings.Contains(notices[0], "full of 1 texts") || !strings.Contains(notices[1], "close") {
		t.Errorf("notices %q", notices)
	}
}
