package eval

import (
	"fmt"
	"slices"
)

// writeLayers tells how much of the needles the layers attended, and how the
// blocks were shared out among them.
func (r *Report) writeLayers(m *markdown) {
	cells := map[Group]AnswerCell{}
	for _, c := range r.Answers {
		cells[c.Group] = c
	}
	rows := [][]string{{"length", "budget", "question", "method", "needle attended", "without recall", "attended tokens", "k, mean", "k, least layer", "k, median", "k, most", "k, standard deviation", "prefill tokens/s", "decode tokens/s"}}
	for _, l := range r.Layers {
		c, question, needle, view := cells[l.Group], "after", "–", "–"
		if l.Before {
			question = "before"
		}
		if c.Needle >= 0 {
			needle, view = fmt.Sprintf("%.3f", c.Needle), fmt.Sprintf("%.3f", c.InView)
		}
		rows = append(rows, []string{
			lengthName(l.Length), fmt.Sprint(l.Budget), question, l.Method, needle, view, fmt.Sprintf("%.0f", c.Attended),
			fmt.Sprintf("%.1f", mean(l.K)), fmt.Sprintf("%.1f", l.Over.Least), fmt.Sprintf("%.1f", l.Over.Median), fmt.Sprintf("%.1f", l.Over.Most), fmt.Sprintf("%.2f", l.Over.Deviation),
			fmt.Sprintf("%.0f", c.Prefill), fmt.Sprintf("%.1f", c.Decode),
		})
	}
	if len(rows) > 1 {
		m.para("## What the layers attended")
		m.para("Needle attended: the share of the tokens with the answer that a layer attended while it was written, mean over layers and questions; without recall: that share in initial, recent and not yet blocked tokens, which every method sees. k is the number of blocks a layer recalls, a mean over questions; least, median, most and standard deviation are over the layers.")
		m.table(rows)
	}
}

func (r *Report) writeOracle(m *markdown) {
	rows := [][]string{{"length", "budget", "method", "overlap", "least–most layer", "at random", "weight", "attention on the needle", "questions"}}
	for _, c := range r.Oracle {
		kept := "–"
		if c.Kept != nil {
			kept = c.Kept.String()
		}
		rows = append(rows, []string{
			lengthName(c.Length), fmt.Sprint(c.Budget), c.Method, c.Mean.String(),
			fmt.Sprintf("%.2f–%.2f", slices.Min(c.Overlap), slices.Max(c.Overlap)), fmt.Sprintf("%.2f", mean(c.Chance)),
			fmt.Sprintf("%.2f", mean(c.Weight)), kept, fmt.Sprint(c.Mean.N),
		})
	}
	if len(rows) > 1 {
		m.para("## Recalled blocks beside those that dense attention weighs most")
		m.para("Per step of an answer that dense attention wrote: the share of the blocks recalled by a layer that are among as many blocks which the same layer weighs most with dense attention; what blocks at random would reach; and the dense attention on the recalled blocks over that on the best ones. Attention on the needle: of the dense attention on the tokens with the answer, in all layers, the share that is on recalled blocks.")
		m.table(rows)
	}
}
