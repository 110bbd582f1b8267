package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// LikelihoodCell compares predictions with those of dense attention.
type LikelihoodCell struct {
	likelihoodKey
	Perplexity float64  `json:"perplexity"`
	KL         Interval `json:"kl"`   // nats a token
	Same       Interval `json:"same"` // share of tokens with the same best prediction
	// MoreNLL and MoreKL are by how many nats a token -ln p and the KL divergence
	// are greater than the reference's at the same budget on the same tokens; null
	// where that has none.
	MoreNLL *Interval `json:"more_nll"`
	MoreKL  *Interval `json:"more_kl"`
}

// likelihoodKey says which results a cell sums up.
type likelihoodKey struct {
	Task   string `json:"task"` // whose right answers were read; empty: text was
	Depth  int    `json:"depth"`
	Method string `json:"method"`
	Budget int    `json:"budget"`
}

func (k likelihoodKey) of(method string) likelihoodKey {
	k.Method = method
	return k
}

func keyOf(r *LikelihoodResult) likelihoodKey {
	k := likelihoodKey{"", r.Depth, r.Method, r.Budget}
	if r.Question != "" {
		k.Task = r.Task
	}
	return k
}

func likelihoodCells(results []LikelihoodResult, reference string) (cells []LikelihoodCell) {
	groups := groupBy(results, func(r *LikelihoodResult) []likelihoodKey { return []likelihoodKey{keyOf(r)} })
	for k, rs := range groups {
		c := LikelihoodCell{likelihoodKey: k}
		var nll []float64
		var kl [][]float64
		same, n := 0, 0
		for _, r := range rs {
			nll = append(nll, r.NLL...)
			kl = append(kl, r.KL)
			same += r.Same
			n += len(r.KL)
		}
		c.Perplexity, c.KL, c.Same = round(math.Exp(mean(nll))), Bootstrap(drawn(kl)), Wilson(same, n)
		if k.Method != reference {
			others := groups[k.of(reference)]
			c.MoreNLL = more(rs, others, func(r *LikelihoodResult) []float64 { return r.NLL })
			c.MoreKL = more(rs, others, func(r *LikelihoodResult) []float64 { return r.KL })
		}
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b LikelihoodCell) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.Budget, b.Budget), cmp.Compare(methodOrder(a.Method), methodOrder(b.Method)))
	})
	return cells
}

// more is by how much a number of tokens is greater in these results than in the
// others, of the same texts and questions; nil where they have none in common.
func more(these, others []*LikelihoodResult, numbers func(*LikelihoodResult) []float64) *Interval {
	name := func(r *LikelihoodResult) string { return r.Sample + " " + r.Question }
	known := map[string][]float64{}
	for _, r := range others {
		known[name(r)] = numbers(r)
	}
	var all [][]float64
	for _, r := range these {
		if other := known[name(r)]; other != nil {
			var d []float64
			for i, v := range numbers(r) {
				d = append(d, v-other[i])
			}
			all = append(all, d)
		}
	}
	if all == nil {
		return nil
	}
	i := Bootstrap(drawn(all))
	return &i
}

// drawn are the groups that a bootstrap draws: whole texts or answers, single
// tokens where there are few of them.
func drawn(groups [][]float64) [][]float64 {
	if len(groups) >= fewTexts {
		return groups
	}
	var all [][]float64
	for _, g := range groups {
		for _, v := range g {
			all = append(all, []float64{v})
		}
	}
	return all
}

func (r *Report) writeLikelihood(m *markdown) {
	texts := [][]string{{"depth", "budget", "method", "perplexity", "KL, nats a token", "same best token", "-ln p beyond " + r.Reference + "'s", "KL beyond " + r.Reference + "'s", "tokens"}}
	answers := [][]string{append([]string{"task"}, texts[0]...)}
	for _, c := range r.Likelihood {
		budget := fmt.Sprint(c.Budget)
		if c.Budget == 0 {
			budget = "–"
		}
		row := []string{
			fmt.Sprint(c.Depth), budget, c.Method, fmt.Sprintf("%.2f", c.Perplexity),
			fmt.Sprintf("%.4f (%.4f–%.4f)", c.KL.Value, c.KL.Low, c.KL.High), c.Same.String(), signed(c.MoreNLL), signed(c.MoreKL), fmt.Sprint(c.KL.N),
		}
		if c.Task == "" {
			texts = append(texts, row)
		} else {
			answers = append(answers, append([]string{c.Task}, row...))
		}
	}
	if len(texts)+len(answers) > 2 {
		m.para("## Predictions beside dense attention's")
		m.para("Perplexity, and KL divergence of a method's prediction from that of dense attention on the same tokens, within the model's window.")
	}
	if len(texts) > 1 {
		m.para("Of texts:")
		m.table(texts)
	}
	if len(answers) > 1 {
		m.para("Of the right answers to questions behind a text, which the model is given token by token:")
		m.table(answers)
	}
	r.writeParts(m)
}

// signed is a difference with its interval, or a dash.
func signed(i *Interval) string {
	if i == nil {
		return "–"
	}
	return fmt.Sprintf("%+.4f (%+.4f to %+.4f)", i.Value, i.Low, i.High)
}
