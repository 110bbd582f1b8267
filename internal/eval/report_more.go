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
	rows := [][]string{{"length", "budget", "question", "method", "needle attended", "without recall", "attended tokens", "k, mean", "k, least–most layer", "k, spread over layers", "prefill tokens/s", "decode tokens/s"}}
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
			fmt.Sprintf("%.1f", mean(l.K)), fmt.Sprintf("%.1f–%.1f", slices.Min(l.K), slices.Max(l.K)), fmt.Sprintf("%.2f", l.Over),
			fmt.Sprintf("%.0f", c.Prefill), fmt.Sprintf("%.1f", c.Decode),
		})
	}
	if len(rows) > 1 {
		m.para("## What the layers attended")
		m.para("Needle attended: the share of the tokens with the answer that a layer attended while it was written, mean over layers and questions; without recall: that share in initial, recent and not yet blocked tokens, which every method sees. k is the number of blocks a layer recalls; its spread is the standard deviation, over the layers, of their means.")
		m.table(rows)
	}
}

func (r *Report) writeLikelihood(m *markdown) {
	rows := [][]string{{"depth", "budget", "method", "perplexity", "KL, nats a token", "same best token", "tokens"}}
	for _, c := range r.Likelihood {
		budget := fmt.Sprint(c.Budget)
		if c.Budget == 0 {
			budget = "–"
		}
		rows = append(rows, []string{
			fmt.Sprint(c.Depth), budget, c.Method, fmt.Sprintf("%.2f", c.Perplexity),
			fmt.Sprintf("%.4f (%.4f–%.4f)", c.KL.Value, c.KL.Low, c.KL.High), c.Same.String(), fmt.Sprint(c.KL.N),
		})
	}
	if len(rows) > 1 {
		m.para("## Predictions beside dense attention's")
		m.para("Perplexity, and KL divergence of a method's prediction from that of dense attention on the same tokens, within the model's window.")
		m.table(rows)
	}
}

func (r *Report) writeOracle(m *markdown) {
	rows := [][]string{{"length", "budget", "method", "overlap", "least–most layer", "at random", "weight", "questions"}}
	for _, c := range r.Oracle {
		rows = append(rows, []string{
			lengthName(c.Length), fmt.Sprint(c.Budget), c.Method, c.Mean.String(),
			fmt.Sprintf("%.2f–%.2f", slices.Min(c.Overlap), slices.Max(c.Overlap)), fmt.Sprintf("%.2f", mean(c.Chance)),
			fmt.Sprintf("%.2f", mean(c.Weight)), fmt.Sprint(c.Mean.N),
		})
	}
	if len(rows) > 1 {
		m.para("## Recalled blocks beside those that dense attention weighs most")
		m.para("Per step of an answer that dense attention wrote: the share of the blocks recalled by a layer that are among as many blocks which the same layer weighs most with dense attention; what blocks at random would reach; and the dense attention on the recalled blocks over that on the best ones.")
		m.table(rows)
	}
}
