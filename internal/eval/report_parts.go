package eval

import (
	"fmt"
	"slices"
	"strings"
)

// partCells compare method fovea-one-look without one of its parts with all of
// it, by right answers.
func partCells(results []LikelihoodResult) []LikelihoodCell {
	return slices.DeleteFunc(likelihoodCells(results, OneLook), func(c LikelihoodCell) bool {
		return c.Task == "" || c.MoreKL == nil || !strings.HasPrefix(c.Method, "fovea-no-")
	})
}

func (r *Report) writeParts(m *markdown) {
	if len(r.Parts) == 0 {
		return
	}
	m.para("### What single parts are good for")
	m.para("The same of " + OneLook + " without one part, beyond what it is with all of them: above 0 the part is good for something. The cut-off is compared with as many blocks in every layer, the same number in all.")
	rows := [][]string{{"task", "depth", "budget", "without", "-ln p", "KL", "tokens"}}
	for _, c := range r.Parts {
		rows = append(rows, []string{c.Task, fmt.Sprint(c.Depth), fmt.Sprint(c.Budget), strings.TrimPrefix(c.Method, "fovea-no-"), signed(c.MoreNLL), signed(c.MoreKL), fmt.Sprint(c.KL.N)})
	}
	m.table(rows)
}
