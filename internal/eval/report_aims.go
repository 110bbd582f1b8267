package eval

import (
	"fmt"
	"slices"
	"strings"
)

// Aim is what the reference method should reach beside another one, on the same
// questions of tasks that the model can do.
type Aim struct {
	Pair
	Aim  string `json:"aim"`
	Held bool   `json:"held"`
}

// denseShare of dense attention's score is the aim within the model's window.
const denseShare = 0.95

// aimOf says what the aim beside a method is and whether a pair holds it; nothing
// of methods that only show what a part is good for.
func aimOf(p Pair) (aim string, held bool) {
	switch p.Method {
	case Full:
		return fmt.Sprintf("at least %.2f of dense attention", denseShare), p.Ratio != nil && p.Ratio.Value >= denseShare
	case "streaming":
		return "above streaming, with its interval", p.Difference.Low > 0
	case "infllm", "paper":
		return "at or above " + p.Method, p.Difference.Value >= 0
	}
	return "", false
}

// aims are those of answers to questions behind the text, by length and budget.
func (r *Report) aims(questions []QuestionResult) (all []Aim) {
	tasks := r.able()
	cells := groupBy(questions, func(q *QuestionResult) []Group {
		if q.Before || !slices.Contains(tasks, q.Task) {
			return nil
		}
		return []Group{{"", q.Length, false, q.Method, q.Budget}}
	})
	for _, g := range sortedGroups(cells) {
		for _, p := range r.pairs(g, cells) {
			if aim, held := aimOf(p); aim != "" {
				all = append(all, Aim{p, aim, held})
			}
		}
	}
	return all
}

// able are the tasks that dense attention was measured on and is not weak at.
func (r *Report) able() (tasks []string) {
	weak := map[string]bool{}
	for _, c := range r.Answers {
		if c.Task == "" || c.Before || c.Method != Full {
			continue
		}
		tasks = append(tasks, c.Task)
		weak[c.Task] = weak[c.Task] || c.Score.Value < weakScore
	}
	slices.Sort(tasks)
	return slices.DeleteFunc(slices.Compact(tasks), func(t string) bool { return weak[t] })
}

// writeAims says which aims hold. see are documents that tell what was tried
// where one is missed.
func (r *Report) writeAims(m *markdown, see []string) {
	if len(r.Aims) == 0 {
		return
	}
	m.para("## What was aimed at")
	m.para(fmt.Sprintf("Of %s, on the same questions as another method, of the tasks that the model can do with dense attention: %s.", r.Reference, strings.Join(r.able(), ", ")))
	rows := [][]string{{"length", "budget", "aim", "difference", "ratio", "questions", ""}}
	missed := false
	for _, a := range r.Aims {
		held, ratio := "held", "–"
		if !a.Held {
			held, missed = "**missed**", true
		}
		if a.Ratio != nil {
			ratio = a.Ratio.String()
		}
		rows = append(rows, []string{lengthName(a.Length), fmt.Sprint(a.Budget), a.Aim, a.Difference.String(), ratio, fmt.Sprint(a.Difference.N), held})
	}
	m.table(rows)
	if missed && len(see) > 0 {
		m.para("What was tried: " + strings.Join(see, ", ") + ".")
	}
}
