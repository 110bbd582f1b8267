package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Report is what results say, with 95 % confidence intervals: Wilson's for
// answers that are right or wrong, else those of a bootstrap.
type Report struct {
	Header    Header `json:"header"`
	Reference string `json:"reference"` // the method that others are compared with

	Answers    []AnswerCell     `json:"answers"`
	Pairs      []Pair           `json:"pairs"`
	Aims       []Aim            `json:"aims"`
	Layers     []LayerCell      `json:"layers"`
	Heat       []HeatCell       `json:"heat"`
	Likelihood []LikelihoodCell `json:"likelihood"`
	Parts      []LikelihoodCell `json:"parts"` // against fovea-one-look, whose parts they are without
	Oracle     []OracleCell     `json:"oracle"`
}

// Group is a set of results that are summed up together.
type Group struct {
	Task   string `json:"task"` // empty: all tasks
	Length int    `json:"length"`
	Before bool   `json:"question_before"`
	Method string `json:"method"`
	Budget int    `json:"budget"` // tokens; 0: dense attention
}

// AnswerCell is how right answers are, and what they took; means.
type AnswerCell struct {
	Group
	Score    Interval `json:"score"`
	Needle   float64  `json:"needle"`   // share of the needle's tokens attended by a layer; -1: none known
	InView   float64  `json:"in_view"`  // of these without recall; -1: none known
	Attended float64  `json:"attended"` // tokens a layer
	Prefill  float64  `json:"prefill"`  // tokens/s of texts
	Decode   float64  `json:"decode"`   // tokens/s of answers, the question's reading included
	Texts    int      `json:"texts"`
}

// Pair compares the reference with another method on the same questions.
type Pair struct {
	Group                // of the other method, at the reference's budget
	Difference Interval  `json:"difference"` // reference minus other, mean score
	Ratio      *Interval `json:"ratio"`      // reference over other; null where the other's score is 0
	Wins       int       `json:"wins"`       // questions with a better score of the reference
	Losses     int       `json:"losses"`
	P          float64   `json:"p"` // of the exact two-sided sign test
}

// LayerCell is what the layers of a method did; lists have an entry per layer.
type LayerCell struct {
	Group
	Needle  []float64 `json:"needle"`   // share of the needle's tokens attended
	K       []float64 `json:"k"`        // recalled blocks
	KSpread []float64 `json:"k_spread"` // standard deviation of k between questions
	// Over is how K differs between the layers.
	Over Spread `json:"k_over_layers"`
	N    int    `json:"n"` // questions
}

// Spread is how numbers differ.
type Spread struct {
	Least     float64 `json:"least"`
	Median    float64 `json:"median"`
	Most      float64 `json:"most"`
	Deviation float64 `json:"standard_deviation"`
}

// spreadOf is that of numbers, of which there must be one or more.
func spreadOf(v []float64) Spread {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	return Spread{s[0], round((s[(n-1)/2] + s[n/2]) / 2), s[n-1], round(deviation(v))}
}

// HeatCell is the mean of a method's questions about needles of one depth.
type HeatCell struct {
	Group
	Depth  float64 `json:"depth"` // middle of its tenth of the text
	Score  float64 `json:"score"`
	Needle float64 `json:"needle"` // -1: dense attention
	N      int     `json:"n"`
}

// OracleCell compares recalled blocks with those that dense attention weighs
// most; lists have an entry per layer.
type OracleCell struct {
	Group
	Overlap []float64 `json:"overlap"`
	Weight  []float64 `json:"weight"`
	Chance  []float64 `json:"chance"`
	Mean    Interval  `json:"mean"` // of the overlap over the layers, per question
	// Kept is the share of dense attention on the needles that is on recalled
	// blocks, over all layers; null where no needle is known.
	Kept *Interval `json:"kept"`
}

// NewReport sums results up. reference names the method that others are
// compared with.
func NewReport(r *Results, reference string) *Report {
	out := &Report{Header: r.Header, Reference: reference}
	cells := groupBy(r.Questions, func(q *QuestionResult) []Group {
		one := Group{q.Task, q.Length, q.Before, q.Method, q.Budget}
		all := one
		all.Task = ""
		return []Group{one, all}
	})
	for _, g := range sortedGroups(cells) {
		out.Answers = append(out.Answers, answerCell(g, cells[g]))
		if g.Method != reference {
			out.Pairs = append(out.Pairs, out.pairs(g, cells)...)
		}
		if g.Task == "" {
			if l := layerCell(g, cells[g]); len(l.K) > 0 {
				out.Layers = append(out.Layers, l)
			}
			out.Heat = append(out.Heat, heatCells(g, cells[g])...)
		}
	}
	out.Aims = out.aims(r.Questions)
	out.Likelihood, out.Parts = likelihoodCells(r.Likelihood, reference), partCells(r.Likelihood)
	out.Oracle = oracleCells(r.Oracle)
	return out
}

// groupBy puts results into all of their groups.
func groupBy[R any, K comparable](results []R, keys func(*R) []K) map[K][]*R {
	groups := map[K][]*R{}
	for i := range results {
		for _, k := range keys(&results[i]) {
			groups[k] = append(groups[k], &results[i])
		}
	}
	return groups
}

// methodOrder is the place of a method in reports.
func methodOrder(name string) int { return slices.Index(MethodNames(), name) }

func compareGroups(a, b Group) int {
	before := func(g Group) int {
		if g.Before {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(before(a), before(b)), cmp.Compare(a.Length, b.Length), cmp.Compare(a.Task, b.Task),
		cmp.Compare(a.Budget, b.Budget), cmp.Compare(methodOrder(a.Method), methodOrder(b.Method)))
}

func sortedGroups[V any](m map[Group]V) []Group {
	return slices.SortedFunc(maps.Keys(m), compareGroups)
}

// fewTexts is the number of texts below which a bootstrap draws questions
// instead of texts, which would be too few to tell anything.
const fewTexts = 10

// byText groups a number of each question by text, or, where there are few
// texts, leaves each on its own.
func byText(qs []*QuestionResult, of func(*QuestionResult) float64) (groups [][]float64) {
	at := map[string]int{}
	for _, q := range qs {
		key := q.Task + " " + q.Sample
		if _, ok := at[key]; !ok {
			at[key] = len(at)
		}
	}
	if len(at) < fewTexts {
		for _, q := range qs {
			groups = append(groups, []float64{of(q)})
		}
		return groups
	}
	groups = make([][]float64, len(at))
	for _, q := range qs {
		i := at[q.Task+" "+q.Sample]
		groups[i] = append(groups[i], of(q))
	}
	return groups
}

func score(q *QuestionResult) float64 { return q.Score }

// scoreInterval is Wilson's where all answers are right or wrong.
func scoreInterval(qs []*QuestionResult) Interval {
	right := 0
	for _, q := range qs {
		if q.Score == 1 {
			right++
		} else if q.Score != 0 {
			return Bootstrap(byText(qs, score))
		}
	}
	return Wilson(right, len(qs))
}

func answerCell(g Group, qs []*QuestionResult) AnswerCell {
	c := AnswerCell{Group: g, Score: scoreInterval(qs), Needle: -1, InView: -1}
	texts, prefill, read, seconds, written := map[string]bool{}, 0.0, 0.0, 0.0, 0.0
	var needle, view, attended []float64
	for _, q := range qs {
		if key := q.Task + " " + q.Sample; !texts[key] || q.Before {
			texts[key] = true
			prefill += q.Prefill
			read += float64(q.Tokens)
		}
		seconds += q.Seconds
		written += float64(q.Written)
		attended = append(attended, q.Attended)
		if len(q.Needle) > 0 {
			needle, view = append(needle, mean(q.Needle)), append(view, q.InView)
		}
	}
	if len(needle) > 0 {
		c.Needle, c.InView = round(mean(needle)), round(mean(view))
	}
	c.Attended, c.Prefill, c.Decode, c.Texts = round(mean(attended)), rate(read, prefill), rate(written, seconds), len(texts)
	return c
}

func rate(n, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return round(n / seconds)
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func deviation(v []float64) float64 {
	m, sum := mean(v), 0.0
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return math.Sqrt(sum / float64(len(v)))
}
