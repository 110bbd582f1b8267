package eval

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/model/actqkv"
)

// joinedJob is a job of method fovea-joined about a text.
func joinedJob(t *testing.T, s *Sample) *job {
	t.Helper()
	methods, err := MethodsNamed([]string{Fovea, Joined})
	if err != nil {
		t.Fatal(err)
	}
	var all [2]actqkv.Settings
	for i, m := range methods {
		if all[i], err = m.Settings(256); err != nil {
			t.Fatal(err)
		}
	}
	if all[0] != all[1] {
		t.Errorf("%s has settings %+v, %s %+v", Fovea, all[0], Joined, all[1])
	}
	return &job{Cell: cellOf(s, methods[1], 256, false), sample: s, settings: all[1]}
}

// A text is cut at the best place near its middle, never in an answer.
func TestHalf(t *testing.T) {
	words := strings.Repeat("word ", 10)
	for _, c := range []struct {
		text   string
		needle Range
		want   int
	}{
		{words + words, Range{}, 50},
		{words + words, Range{47, 53}, 45},
		{words + "\n\n" + words, Range{}, 52},
		{"\n\n" + words + "\n" + words, Range{}, 53},
		{words[:45] + "x\n\n" + words + words[:10], Range{}, 48},
		{words[:45] + "x\n\n" + words + words[:10], Range{46, 49}, 53},
	} {
		got, err := half(&Sample{Context: c.text, Questions: []Question{{Needles: []Range{{0, 3}, c.needle}}}})
		if err != nil || got != c.want {
			t.Errorf("%q is cut at %d, %v; want %d", c.text, got, err, c.want)
		}
	}
	if _, err := half(&Sample{ID: "wall", Context: strings.Repeat("x", 100)}); err == nil || !strings.Contains(err.Error(), "wall") {
		t.Errorf("error %v for a text without a place to cut it at", err)
	}
}

// The halves are the text, with needles at the positions of their tokens, and the
// question before it, where there is one.
func TestJoinedText(t *testing.T) {
	s, sample := tiny(t), tell("a", 900)
	for _, before := range []string{"", "A question?"} {
		j := joinedJob(t, &sample)
		p, err := s.prompt(j, before)
		if err != nil {
			t.Fatal(err)
		}
		first, n := len(p.ids), p.tokens()
		read := 0
		r, err := s.open(t.Context(), p, sample.Questions, j, func(done int) { read = done })
		if err != nil {
			t.Fatal(err)
		}
		if r.session.Pos() != len(p.ids) || len(p.ids) != len(p.bytes) || read != n {
			t.Errorf("the session is at %d of %d tokens, with the places of %d, having told of %d of %d", r.session.Pos(), len(p.ids), len(p.bytes), read, n)
		}
		behind := s.Tokenizer.Decode(p.ids[first:])
		rest := strings.TrimLeft(behind, "\n")
		filling := len(behind) - len(rest) // a token a line
		if got := s.Tokenizer.Decode(p.ids[:first]) + rest; !strings.HasSuffix(got, sample.Context) || filling >= 32 || (first+filling-p.second.head())%32 != 0 {
			t.Errorf("%d tokens to fill up with; the text is %q", filling, got)
		}
		for i, q := range sample.Questions {
			at := p.positions(q.Needles)
			ids := p.ids[at[0] : at[len(at)-1]+1]
			if want := sample.Context[q.Needles[0].Start:q.Needles[0].End]; s.Tokenizer.Decode(ids) != want || len(at) != len(ids) || (at[0] > first) != (i == 1) {
				t.Errorf("tokens %d to %d are %q, want %q", at[0], at[len(at)-1], s.Tokenizer.Decode(ids), want)
			}
		}
		if _, err := r.ask(t.Context(), sample.Questions[0]); err != nil {
			t.Error(err)
		}
		r.close()
	}
}

// Of texts that are too short, nothing is measured, and that is said. Where
// predictions are compared, only answers have the method.
func TestJoinedLeftOut(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "short.jsonl")
	methods, err := MethodsNamed([]string{Full, Fovea, Joined})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Samples: []Sample{tell("short", 280), tell("long", 700)}, Methods: methods, Budgets: []int{256}}
	var notices []string
	o.Notice = func(n string) { notices = append(notices, n) }
	log := openLog(t, path, o.Header)
	if err := Run(t.Context(), s, log, o); err != nil {
		t.Fatal(err)
	}
	for _, q := range results(t, path).Questions {
		if q.Method == Joined && !strings.HasPrefix(q.Sample, "long") {
			t.Errorf("%+v", q)
		}
	}
	if len(notices) != 1 || !strings.Contains(notices[0], "short") || !strings.Contains(notices[0], Joined) {
		t.Errorf("notices %q", notices)
	}
	l := LikelihoodOptions{Samples: o.Samples[1:], Methods: methods, Budgets: o.Budgets}
	if err := Answers(t.Context(), s, log, l); err != nil {
		t.Fatal(err)
	}
	kl := map[string]float64{}
	for _, r := range results(t, path).Likelihood {
		kl[r.Method] += r.KL[0]
	}
	if len(kl) != 3 || kl[Joined] == kl[Fovea] || kl[Joined] == 0 {
		t.Errorf("KL divergences %v", kl)
	}
	l.Depths, l.Measure = []int{100}, 1
	oracle := OracleOptions{Methods: methods}
	for what, list := range map[string][]Method{"likelihood": l.withDense(), "oracle": oracle.recalling()} {
		if slices.ContainsFunc(list, func(m Method) bool { return m.Name == Joined }) {
			t.Errorf("%s has %s", what, Joined)
		}
	}
}
