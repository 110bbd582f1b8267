package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fovea/model/actqkv"
	"fovea/model/trace"
)

// OracleOptions say about which questions the blocks that methods recall are
// compared with those that dense attention weighs most.
type OracleOptions struct {
	Samples  []Sample
	Steps    int // tokens of an answer that are compared, at most
	Methods  []Method
	Budgets  []int                            // tokens
	Progress func(done, of int, doing string) // counts texts read; may be nil
}

// Header is that of the results, but for the model and the device.
func (o *OracleOptions) Header() (Header, error) {
	run := Options{Samples: o.Samples, Methods: o.recalling(), Budgets: o.Budgets}
	return run.Header()
}

// recalling are the methods that recall blocks, where the question comes after
// the text, and that have its tokens at the same positions.
func (o *OracleOptions) recalling() []Method {
	return slices.DeleteFunc(slices.Clone(o.Methods), func(m Method) bool {
		return m.Dense() || m.method == actqkv.Streaming || m.Name == Joined
	})
}

// Oracle writes answers with dense attention and notes the weight of every
// token in every layer and step. Then each method reads the same text, the same
// question and the same answer, and the blocks that a layer recalls in a step
// are compared with as many blocks that the same layer weighed most in the same
// step of dense attention. Dense attention here is a local window as long as
// the text: the device then accumulates the softmax weight of every token, and
// the difference that a step makes is that step's attention, summed over the
// query heads. A method's layers stand on what its lower layers attended, so
// even perfect scores of blocks would not overlap entirely.
//
// Texts, with question and answer, must fit the model's window.
func Oracle(ctx context.Context, s *Subject, log *Log, o OracleOptions) error {
	methods := o.recalling()
	if o.Steps < 1 {
		return fmt.Errorf("eval: %d steps of an answer cannot be compared; give 1 or more", o.Steps)
	}
	done, passes := 0, 1
	for _, m := range methods {
		passes += len(budgetsOf(m, o.Budgets))
	}
	tell := func(doing string) {
		if o.Progress != nil {
			o.Progress(done, passes*len(o.Samples), doing)
		}
		done++
	}
	for i := range o.Samples {
		text := &o.Samples[i]
		lacks, err := o.lacking(log, text)
		if err != nil {
			return err
		}
		if len(lacks) == 0 {
			done += passes
			continue
		}
		tell(text.ID + ", dense attention")
		answers, err := denseAnswers(ctx, s, text, o.Steps)
		if err != nil {
			return fmt.Errorf("eval: %s, dense attention: %w", text.ID, err)
		}
		for _, l := range lacks {
			tell(text.ID + ", " + settingsKey(l.Method, l.Budget))
			if err := l.compare(ctx, s, log, text, answers); err != nil {
				return fmt.Errorf("eval: %s, %s: %w", text.ID, settingsKey(l.Method, l.Budget), err)
			}
		}
	}
	return nil
}

// recallPass is a method that reads a text at a budget.
type recallPass struct {
	Cell
	settings actqkv.Settings
}

// lacking lists the passes over a text of which log lacks a question.
func (o *OracleOptions) lacking(log *Log, text *Sample) (lacks []recallPass, err error) {
	for _, m := range o.recalling() {
		for _, budget := range o.Budgets {
			settings, err := m.Settings(budget)
			if err != nil {
				return nil, err
			}
			p := recallPass{cellOf(text, m, budget, false), settings}
			if slices.ContainsFunc(text.Questions, func(q Question) bool { return !log.Has(p.line(q)) }) {
				lacks = append(lacks, p)
			}
		}
	}
	return lacks, nil
}

func (p *recallPass) line(q Question) Line {
	return Line{Oracle: &OracleResult{Cell: p.Cell, Question: q.ID}}
}

// compare reads the text by the pass's method and adds the results.
func (p *recallPass) compare(ctx context.Context, s *Subject, log *Log, text *Sample, answers []denseAnswer) error {
	before, err := s.before(text, "")
	if err != nil {
		return err
	}
	t, err := s.open(ctx, before, text.Questions, &job{settings: p.settings, sample: text}, nil)
	if err != nil {
		return err
	}
	defer t.close()
	for i, q := range text.Questions {
		line := p.line(q)
		if log.Has(line) {
			continue
		}
		if _, err := t.ask(ctx, q); err != nil {
			return err
		}
		sums, needles := newOverlap(s.Model.Config.Layers), before.positions(q.Needles)
		for step, id := range answers[i].ids {
			_, told, err := t.session.Step(ctx, id)
			if err != nil {
				return err
			}
			for l := range told.Layers {
				sums.add(told, l, answers[i].weights[step][l])
				sums.addNeedles(told, l, answers[i].weights[step][l], needles)
			}
		}
		sums.report(line.Oracle, len(answers[i].ids))
		if err := log.Add(line); err != nil {
			return err
		}
	}
	return nil
}

// overlap sums up comparisons per layer.
type overlap struct{ same, weight, chance, needle, kept []float64 }

func newOverlap(layers int) *overlap {
	list := func() []float64 { return make([]float64, layers) }
	return &overlap{list(), list(), list(), list(), list()}
}

// add compares what layer l recalled in a step with the dense weights
// (positions) of that layer and step.
func (o *overlap) add(t *trace.Step, l int, weights []float32) {
	ids := t.Layers[l].IDs
	if len(ids) == 0 { // no blocks yet: nothing was missed
		o.same[l]++
		o.weight[l]++
		o.chance[l]++
		return
	}
	blocks, order := make([]float64, t.Blocks), make([]int, t.Blocks)
	for b := range blocks {
		order[b] = b
		for _, w := range weights[t.First(int32(b)):t.First(int32(b+1))] {
			blocks[b] += float64(w)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(blocks[b], blocks[a]), cmp.Compare(a, b)) })
	best, both, got, most := order[:len(ids)], 0, 0.0, 0.0
	for _, b := range best {
		most += blocks[b]
		if _, found := slices.BinarySearch(ids, int32(b)); found {
			both++
		}
	}
	for _, b := range ids {
		got += blocks[b]
	}
	o.same[l] += float64(both) / float64(len(ids))
	o.chance[l] += float64(len(ids)) / float64(len(blocks))
	if most > 0 {
		o.weight[l] += got / most
	}
}

// addNeedles adds the dense weights (positions) of layer l in a step on needles,
// whose positions are given.
func (o *overlap) addNeedles(t *trace.Step, l int, weights []float32, needles []int) {
	for _, p := range needles {
		if inView(t, p) {
			continue
		}
		o.needle[l] += float64(weights[p])
		if recalled(t, &t.Layers[l], p) {
			o.kept[l] += float64(weights[p])
		}
	}
}

func (o *overlap) report(r *OracleResult, steps int) {
	r.Steps = steps
	for l := range o.same {
		n := float64(max(1, steps))
		r.Overlap = append(r.Overlap, round(o.same[l]/n))
		r.Weight = append(r.Weight, round(o.weight[l]/n))
		r.Chance = append(r.Chance, round(o.chance[l]/n))
		if slices.Max(o.needle) > 0 {
			r.Needle, r.Kept = append(r.Needle, round(o.needle[l]/n)), append(r.Kept, round(o.kept[l]/n))
		}
	}
}
