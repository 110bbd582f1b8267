package eval

import (
	"math"
)

// pairs compares the reference with the method of g: at its budget, or at every
// budget of the reference where g is dense attention.
func (r *Report) pairs(g Group, cells map[Group][]*QuestionResult) (all []Pair) {
	for _, ref := range sortedGroups(cells) {
		if ref.Method != r.Reference || ref.Task != g.Task || ref.Length != g.Length || ref.Before != g.Before ||
			ref.Budget != g.Budget && g.Budget != 0 {
			continue
		}
		if p, ok := pair(g, cells[ref], cells[g]); ok {
			p.Budget = ref.Budget
			all = append(all, p)
		}
	}
	return all
}

// pair compares the answers to the questions that both have.
func pair(g Group, reference, other []*QuestionResult) (Pair, bool) {
	type id struct{ task, sample, question string }
	others := map[id]*QuestionResult{}
	for _, q := range other {
		others[id{q.Task, q.Sample, q.Question}] = q
	}
	var both, theirs []*QuestionResult
	p := Pair{Group: g}
	for _, q := range reference {
		o, ok := others[id{q.Task, q.Sample, q.Question}]
		if !ok {
			continue
		}
		both, theirs = append(both, q), append(theirs, o)
		switch {
		case q.Score > o.Score:
			p.Wins++
		case q.Score < o.Score:
			p.Losses++
		}
	}
	if len(both) == 0 {
		return p, false
	}
	otherScore := map[*QuestionResult]float64{}
	for i, q := range both {
		otherScore[q] = theirs[i].Score
	}
	p.Difference = Bootstrap(byText(both, func(q *QuestionResult) float64 { return q.Score - otherScore[q] }))
	ratio := BootstrapRatio(byText(both, score), byText(both, func(q *QuestionResult) float64 { return otherScore[q] }))
	if !math.IsNaN(ratio.Low) && !math.IsInf(ratio.Value, 0) && !math.IsNaN(ratio.Value) {
		p.Ratio = &ratio
	}
	p.P = SignTest(p.Wins, p.Losses)
	return p, true
}

// perLayer sums lists per layer.
type perLayer struct{ sum, square []float64 }

func (p *perLayer) add(v []float64) {
	if p.sum == nil {
		p.sum, p.square = make([]float64, len(v)), make([]float64, len(v))
	}
	for i, x := range v {
		p.sum[i] += x
		p.square[i] += x * x
	}
}

// means are the means and standard deviations of n lists.
func (p *perLayer) means(n int) (means, spread []float64) {
	for i := range p.sum {
		m := p.sum[i] / float64(n)
		means = append(means, round(m))
		spread = append(spread, round(math.Sqrt(max(0, p.square[i]/float64(n)-m*m))))
	}
	return means, spread
}

func layerCell(g Group, qs []*QuestionResult) LayerCell {
	c, needle, k, needles := LayerCell{Group: g, N: len(qs)}, perLayer{}, perLayer{}, 0
	for _, q := range qs {
		k.add(q.K)
		if len(q.Needle) > 0 {
			needle.add(q.Needle)
			needles++
		}
	}
	c.Needle, _ = needle.means(max(1, needles))
	c.K, c.KSpread = k.means(len(qs))
	if len(c.K) > 0 {
		c.Over = spreadOf(c.K)
	}
	return c
}

// depths is the number of rows of a heat map.
const depths = 10

func heatCells(g Group, qs []*QuestionResult) (cells []HeatCell) {
	for row := range depths {
		c := HeatCell{Group: g, Depth: (float64(row) + 0.5) / depths, Needle: -1}
		var scores, needles []float64
		for _, q := range qs {
			if q.Depth < 0 || min(depths-1, int(q.Depth*depths)) != row {
				continue
			}
			scores = append(scores, q.Score)
			if len(q.Needle) > 0 {
				needles = append(needles, mean(q.Needle))
			}
		}
		if c.N = len(scores); c.N == 0 {
			continue
		}
		c.Score = round(mean(scores))
		if len(needles) > 0 {
			c.Needle = round(mean(needles))
		}
		cells = append(cells, c)
	}
	return cells
}

func oracleCells(results []OracleResult) (cells []OracleCell) {
	groups := groupBy(results, func(r *OracleResult) []Group { return []Group{{"", r.Length, r.Before, r.Method, r.Budget}} })
	for _, g := range sortedGroups(groups) {
		same, weight, chance := perLayer{}, perLayer{}, perLayer{}
		var means, kept, needle [][]float64
		for _, r := range groups[g] {
			same.add(r.Overlap)
			weight.add(r.Weight)
			chance.add(r.Chance)
			means = append(means, []float64{mean(r.Overlap)})
			if len(r.Needle) > 0 {
				kept, needle = append(kept, []float64{mean(r.Kept)}), append(needle, []float64{mean(r.Needle)})
			}
		}
		c := OracleCell{Group: g, Mean: Bootstrap(means)}
		c.Overlap, _ = same.means(len(means))
		c.Weight, _ = weight.means(len(means))
		c.Chance, _ = chance.means(len(means))
		if len(needle) > 0 {
			share := BootstrapRatio(kept, needle)
			c.Kept = &share
		}
		cells = append(cells, c)
	}
	return cells
}
