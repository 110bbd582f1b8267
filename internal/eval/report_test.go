package eval

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"fovea/model/actqkv"
)

// made are results whose sums are known: of 20 questions about two texts fovea
// answers 15, infllm 10 of these, dense attention 16.
func made() *Results {
	r := &Results{Header: Header{
		Model: "made", Hash: strings.Repeat("ab", 32), Device: "none", KV: "f16", Sources: map[string]string{"tell": "sentences"},
		Settings: map[string]actqkv.Settings{Full: {Method: actqkv.Full}, "fovea at 512": {Method: actqkv.ActQKV, TopK: 7, KMin: 4, KMax: 14}},
	}}
	for i := range 20 {
		add := func(method string, budget int, right bool, layers ...float64) {
			q := QuestionResult{
				Cell: Cell{"tell", fmt.Sprint("text", i%2), 1000, method, budget, false}, Question: fmt.Sprint(i),
				Depth: (float64(i) + 0.5) / 20, Score: truth(right), Tokens: 1000, Written: 5, Prefill: 10, Seconds: 1,
			}
			if layers != nil {
				q.K, q.KSpread, q.Needle = layers, []float64{0, 0}, []float64{0.5, float64(i%2) / 2}
			}
			r.Questions = append(r.Questions, q)
		}
		add(Full, 0, i < 16)
		add("infllm", 512, i < 10, 7, 7)
		add(Fovea, 512, i < 15, 4, 10)
		r.Likelihood = append(r.Likelihood, LikelihoodResult{
			Cell: Cell{"tell", fmt.Sprint(i), 1000, Fovea, 512, false}, Depth: 100, NLL: []float64{math.Ln2, math.Ln2}, KL: []float64{0.25, 0.75}, Same: 1,
		})
		r.Oracle = append(r.Oracle, OracleResult{
			Cell: Cell{"tell", fmt.Sprint(i), 1000, Fovea, 512, false}, Steps: 1, Overlap: []float64{0.25, 0.75}, Weight: []float64{0.5, 1}, Chance: []float64{0.1, 0.1},
		})
	}
	return r
}

func TestReport(t *testing.T) {
	r := NewReport(made(), Fovea)
	if len(r.Answers) != 6 { // the task, and all tasks, by three methods
		t.Fatalf("%d cells", len(r.Answers))
	}
	want := map[string]int{Full: 16, "infllm": 10, Fovea: 15}
	for _, c := range r.Answers {
		if c.Score != Wilson(want[c.Method], 20) || c.Texts != 2 {
			t.Errorf("%+v", c)
		}
		near(t, "prefill tokens/s", c.Prefill, 100, 0)
		near(t, "decode tokens/s", c.Decode, 5, 0)
		if c.Method == Full && c.Needle != -1 || c.Method != Full && c.Needle != 0.375 {
			t.Errorf("%+v", c)
		}
	}
	pairs := 0
	for _, p := range r.Pairs {
		if p.Budget != 512 {
			t.Errorf("%+v", p)
		}
		if p.Task != "" {
			continue
		}
		pairs++
		switch p.Method {
		case "infllm":
			if p.Wins != 5 || p.Losses != 0 || p.P != SignTest(5, 0) || p.Difference.Value != 0.25 || p.Difference.Low <= 0 {
				t.Errorf("%+v", p)
			}
			near(t, "ratio", p.Ratio.Value, 1.5, 1e-12)
		case Full:
			if p.Wins != 0 || p.Losses != 1 {
				t.Errorf("%+v", p)
			}
			near(t, "ratio", p.Ratio.Value, 15.0/16, 1e-12)
		}
	}
	if pairs != 2 {
		t.Errorf("%d pairs", pairs)
	}
	for _, l := range r.Layers {
		if want := map[string]Spread{"infllm": {7, 7, 7, 0}, Fovea: {4, 7, 10, 3}}[l.Method]; l.Over != want || l.Needle[0] != 0.5 || l.Needle[1] != 0.25 {
			t.Errorf("%+v", l)
		}
	}
	if len(r.Heat) != 30 || r.Heat[0].N != 2 || r.Heat[0].Score != 1 {
		t.Errorf("%d cells, the first %+v", len(r.Heat), r.Heat[0])
	}
	l := r.Likelihood[0]
	near(t, "perplexity", l.Perplexity, 2, 1e-9)
	near(t, "KL", l.KL.Value, 0.5, 1e-9)
	if l.Same != Wilson(20, 40) || l.KL.Low != 0.5 { // texts are drawn whole, and all are alike
		t.Errorf("%+v", l)
	}
	o := r.Oracle[0]
	if o.Overlap[1] != 0.75 || o.Weight[0] != 0.5 || o.Mean.Value != 0.5 || o.Mean.N != 20 {
		t.Errorf("%+v", o)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// Methods that were asked other questions are compared on those that both had.
func TestPairsOfSharedQuestions(t *testing.T) {
	results := made()
	for i := range results.Questions {
		if q := &results.Questions[i]; q.Method == "infllm" && q.Question >= "5" {
			q.Question += " another"
		}
	}
	n := 0
	for _, p := range NewReport(results, Fovea).Pairs {
		if p.Method == "infllm" {
			if n++; p.Difference.N != 15 { // 0 to 4 and 10 to 19
				t.Errorf("%+v", p)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d pairs", n)
	}
}

// Beside dense attention 15 of 16 are short of the aim, 15 beside 10 hold it.
func TestAims(t *testing.T) {
	r := NewReport(made(), Fovea)
	if len(r.Aims) != 2 || r.Aims[0].Method != Full || r.Aims[0].Held || r.Aims[1].Method != "infllm" || !r.Aims[1].Held {
		t.Errorf("aims %+v", r.Aims)
	}
	p := Pair{Group: Group{Method: "streaming"}, Difference: Interval{Value: 0.1, Low: -0.01, High: 0.2}}
	if _, held := aimOf(p); held {
		t.Error("a difference that may be none holds the aim")
	}
	p.Difference.Low = 0.01
	if _, held := aimOf(p); !held {
		t.Error("a difference beyond its interval does not hold the aim")
	}
	p.Method, p.Difference.Value = "paper", -0.01
	if _, held := aimOf(p); held {
		t.Error("a worse score holds the aim")
	}
	weak := made()
	for i := range weak.Questions {
		weak.Questions[i].Score = 0
	}
	if r := NewReport(weak, Fovea); len(r.Aims) != 0 {
		t.Errorf("aims on a task that the model cannot do: %+v", r.Aims)
	}
}

// Parts are compared with what they are parts of, by right answers only.
func TestParts(t *testing.T) {
	results := made()
	for i, kl := range map[string]float64{OneLook: 0.5, "fovea-no-cutoff": 0.75, "infllm": 2} {
		for _, question := range []string{"", "q"} {
			results.Likelihood = append(results.Likelihood, LikelihoodResult{
				Cell: Cell{"tell", "text", 1000, i, 512, false}, Question: question, Depth: 100, NLL: []float64{1, 1}, KL: []float64{kl, kl},
			})
		}
	}
	r := NewReport(results, Fovea)
	if len(r.Parts) != 1 || r.Parts[0].Method != "fovea-no-cutoff" || r.Parts[0].MoreKL.Value != 0.25 {
		t.Errorf("parts %+v", r.Parts)
	}
	if text := string(r.Markdown("", "")); !strings.Contains(text, "| tell | 100 | 512 | cutoff | +0.0000 (+0.0000 to +0.0000) | +0.2500 (+0.2500 to +0.2500) | 2 |") {
		t.Error(text)
	}
}

func TestMarkdown(t *testing.T) {
	text := string(NewReport(made(), Fovea).Markdown("make eval", "images", "[here](here.md)"))
	for _, want := range []string{
		"`make eval`", "SHA-256 abababababab", "| task | questions | full | infllm | fovea |",
		"| **all** | 20 | 0.80 (0.58–0.92) | 0.50 (0.30–0.70) | 0.75 (0.53–0.89) |",
		"| 1K | 512 | after | infllm | 0.25 (", "| 5 : 0 | 0.062 | 20 |", "| 4.0 | 7.0 | 10.0 | 3.00 |",
		"| 100 | 512 | fovea | 2.00 | 0.5000 (0.5000–0.5000) |", "![", "| at least 0.95 of dense attention | ", "| **missed** |", "What was tried: [here](here.md).", "](images/depth-score.svg)", "](images/kl.svg)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	if strings.Contains(text, "NaN") {
		t.Error("the document has numbers that are none")
	}
	columns := 0
	for line := range strings.Lines(text) {
		n := strings.Count(line, "|")
		if columns > 0 && n > 0 && n != columns {
			t.Errorf("%d columns in a table of %d: %s", n-1, columns-1, line)
		}
		columns = n
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Where the model cannot do a task with dense attention, the report says so.
func TestWeakTasks(t *testing.T) {
	results := made()
	for i := range results.Questions {
		results.Questions[i].Score = 0
	}
	if text := string(NewReport(results, Fovea).Markdown("", "")); !strings.Contains(text, "scores below 0.25 here in: tell") {
		t.Error(text)
	}
}

// Pictures are XML, draw inside their borders, and have what they are about.
func TestPlots(t *testing.T) {
	plots := NewReport(made(), Fovea).Plots()
	names := map[string]bool{}
	for _, p := range plots {
		names[p.Name] = true
		d := xml.NewDecoder(strings.NewReader(string(p.SVG)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
		}
		text := string(p.SVG)
		if !strings.Contains(text, ">fovea<") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("%s: %s", p.Name, text)
		}
		var width, height float64
		if _, err := fmt.Sscanf(text[strings.Index(text, "viewBox"):], `viewBox="0 0 %f %f"`, &width, &height); err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:cx|x|x1|x2)="([-0-9.]+)" (?:cy|y|y1|y2)="([-0-9.]+)"`).FindAllStringSubmatch(text, -1) {
			var x, y float64
			if _, err := fmt.Sscan(m[1]+" "+m[2], &x, &y); err != nil || x < 0 || y < 0 || x > width || y > height {
				t.Errorf("%s draws at %v, %v of %v, %v", p.Name, x, y, width, height)
			}
		}
	}
	for _, want := range []string{"depth-score", "depth-recall", "budget", "layers-recall", "layers-k", "layers-oracle", "kl"} {
		if !names[want+".svg"] {
			t.Errorf("there is no %s among %v", want, names)
		}
	}
	if len(NewReport(&Results{}, Fovea).Plots()) != 0 {
		t.Error("pictures of nothing")
	}
}

func TestTicks(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 0.03: 0.05, 1: 1, 7: 10, 12: 20, 0.2: 0.2} {
		near(t, fmt.Sprintf("the round number above %v", v), roundUp(v), want, 1e-12)
	}
	for v, want := range map[float64]string{4000: "4K", 512: "512", 0.25: "0.25", 1024: "1024"} {
		if got := number(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{-1: "#2d1455", 0: "#2d1455", 1: "#fae63c", 0.5: "#28918c"} {
		if got := heatColour(v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}
