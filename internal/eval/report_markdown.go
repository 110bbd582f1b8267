package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fovea/model/actqkv"
)

// Markdown writes the report as a document. command is the command line that
// makes it, images the folder of the plots as seen from the document, see links to
// what was tried where an aim is missed.
func (r *Report) Markdown(command, images string, see ...string) []byte {
	m := &markdown{}
	m.para("# Quality")
	m.para("Methods side by side, each layer attending the same number of tokens on average. This document is written by `" + command + "`; it is not edited by hand.")
	r.writeAims(m, see)
	r.writeSubject(m)
	for _, before := range []bool{false, true} {
		r.writeAnswers(m, before)
	}
	r.writePairs(m)
	r.writeLayers(m)
	r.writeLikelihood(m)
	r.writeOracle(m)
	if plots := r.Plots(); len(plots) > 0 {
		m.para("## Pictures")
		for _, p := range plots {
			m.para(fmt.Sprintf("![%s](%s/%s)", p.Title, images, p.Name))
		}
	}
	return []byte(strings.TrimRight(m.String(), "\n") + "\n")
}

// markdown is a document being written.
type markdown struct{ strings.Builder }

func (m *markdown) para(text string) { m.WriteString(text + "\n\n") }

// table writes rows of cells; the first row is the head.
func (m *markdown) table(rows [][]string) {
	for i, row := range rows {
		m.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			m.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	m.WriteString("\n")
}

func (i Interval) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", i.Value, i.Low, i.High) }

func (r *Report) writeSubject(m *markdown) {
	h := r.Header
	m.para(fmt.Sprintf("Model: %s (SHA-256 %.12s…), keys and values in %s, on %s. Answers are written greedily. Intervals hold 95 %%: Wilson's where answers are right or wrong, else those of a bootstrap that draws whole texts, or single questions where there are fewer than %d texts.",
		h.Model, h.Hash, h.KV, h.Device, fewTexts))
	for _, task := range slices.Sorted(maps.Keys(h.Sources)) {
		m.WriteString(fmt.Sprintf("- Texts of task %s: %s\n", task, h.Sources[task]))
	}
	if len(h.Sources) > 0 {
		m.WriteString("\n")
	}
	rows := [][]string{{"settings", "block", "n_init", "n_local", "window", "top-k", "k_min–k_max", "shares by", "tau", "question weight", "top-k for the question", "switched off"}}
	keys := slices.Collect(maps.Keys(h.Settings))
	slices.SortFunc(keys, compareSettingsKeys)
	for _, key := range keys {
		s := h.Settings[key]
		off := "–"
		switch {
		case s.MeanProbe:
			off = "activation bias"
		case s.FixedK:
			off = "cut-off"
		}
		row := []string{key, fmt.Sprint(s.BlockSize), fmt.Sprint(s.Init), fmt.Sprint(s.Local), fmt.Sprint(s.Window), fmt.Sprint(s.TopK), fmt.Sprintf("%d–%d", s.KMin, s.KMax), sharesBy(s), fmt.Sprint(s.Tau), fmt.Sprint(s.QuestionWeight), fmt.Sprint(s.Asking().TopK), off}
		if !s.Recalls() {
			for i := 5; i < len(row); i++ {
				row[i] = "–"
			}
		}
		if strings.HasPrefix(key, Full) {
			row[2], row[3] = "–", "all"
		}
		rows = append(rows, row)
	}
	m.table(rows)
}

// sharesBy names what the layers share the blocks by.
func sharesBy(s actqkv.Settings) string {
	switch {
	case s.SharesBySpread():
		return "spread"
	case s.CutsOff():
		return "entropy"
	}
	return "equal"
}

// compareSettingsKeys orders them by budget and method.
func compareSettingsKeys(a, b string) int {
	split := func(key string) Group {
		var g Group
		g.Method, _, _ = strings.Cut(key, " at ")
		_, _ = fmt.Sscanf(key, g.Method+" at %d", &g.Budget) // dense attention has none
		return g
	}
	return compareGroups(split(a), split(b))
}

// weakScore is the score of dense attention below which a task says little
// about methods.
const weakScore = 0.25

// writeAnswers has a table a length and budget, a row a task and a column a
// method.
func (r *Report) writeAnswers(m *markdown, before bool) {
	cells := map[Group]AnswerCell{}
	var lengths, budgets []int
	for _, c := range r.Answers {
		if c.Before != before {
			continue
		}
		cells[c.Group] = c
		lengths = append(lengths, c.Length)
		if c.Budget > 0 {
			budgets = append(budgets, c.Budget)
		}
	}
	if len(cells) == 0 {
		return
	}
	if before {
		m.para("## Answers, the question before the text, too")
	} else {
		m.para("## Answers, the question after the text")
	}
	for _, length := range distinctSorted(lengths) {
		for _, budget := range distinctSorted(append(budgets, 0)) {
			if rows := r.answerTable(cells, length, budget, before); rows != nil {
				m.para(fmt.Sprintf("### %s tokens, budget %d", lengthName(length), budget))
				m.table(rows)
			}
		}
		if weak := weakTasks(cells, length, before); weak != "" {
			m.para("With dense attention the model itself scores below " + fmt.Sprint(weakScore) + " here in: " + weak + ". These tasks say little about methods by their scores; what tells is how much of the needle was attended, below.")
		}
	}
}

func distinctSorted(v []int) []int {
	v = slices.Clone(v)
	slices.Sort(v)
	return slices.Compact(v)
}

// answerTable is nil where nothing was measured at the budget; dense attention
// stands beside every budget, alone only where there is no other method.
func (r *Report) answerTable(cells map[Group]AnswerCell, length, budget int, before bool) [][]string {
	var methods, tasks []string
	for g := range cells {
		if g.Length != length || g.Before != before || g.Budget != budget && g.Budget != 0 {
			continue
		}
		methods, tasks = append(methods, g.Method), append(tasks, g.Task)
	}
	slices.SortFunc(methods, func(a, b string) int { return methodOrder(a) - methodOrder(b) })
	methods = slices.Compact(methods)
	others := slices.ContainsFunc(r.Answers, func(c AnswerCell) bool {
		return c.Length == length && c.Before == before && c.Budget > 0 && (budget == 0 || c.Budget == budget)
	})
	if (budget == 0) == others || len(methods) == 0 {
		return nil
	}
	slices.Sort(tasks)
	tasks = slices.Compact(tasks)
	rows := [][]string{append([]string{"task", "questions"}, methods...)}
	for _, task := range append(tasks[1:], "") { // all tasks last
		name, n := task, 0
		if task == "" {
			name = "**all**"
		}
		var row []string
		for _, method := range methods {
			at := budget
			if method == Full {
				at = 0
			}
			c, ok := cells[Group{task, length, before, method, at}]
			if !ok {
				row = append(row, "–")
				continue
			}
			n = max(n, c.Score.N)
			row = append(row, c.Score.String())
		}
		rows = append(rows, append([]string{name, fmt.Sprint(n)}, row...))
	}
	return rows
}

func weakTasks(cells map[Group]AnswerCell, length int, before bool) string {
	var weak []string
	for g, c := range cells {
		if g.Task != "" && g.Length == length && g.Before == before && g.Method == Full && c.Score.Value < weakScore {
			weak = append(weak, g.Task)
		}
	}
	slices.Sort(weak)
	return strings.Join(weak, ", ")
}

func (r *Report) writePairs(m *markdown) {
	rows := [][]string{{"length", "budget", "question", r.Reference + " against", "difference", "ratio", "better : worse", "p", "questions"}}
	for _, p := range r.Pairs {
		if p.Task != "" {
			continue
		}
		ratio, question := "–", "after"
		if p.Ratio != nil {
			ratio = p.Ratio.String()
		}
		if p.Before {
			question = "before"
		}
		rows = append(rows, []string{
			lengthName(p.Length), fmt.Sprint(p.Budget), question, p.Method, p.Difference.String(), ratio,
			fmt.Sprintf("%d : %d", p.Wins, p.Losses), fmt.Sprintf("%.3f", p.P), fmt.Sprint(p.Difference.N),
		})
	}
	if len(rows) > 1 {
		m.para("## Compared on the same questions")
		m.para("The difference of mean scores over all tasks, and the ratio; p is that of the exact two-sided sign test.")
		m.table(rows)
	}
}
