package eval

import (
	"context"
	"fmt"

	"fovea/model/actqkv"
	"fovea/model/trace"
)

// denseAnswer is an answer of dense attention.
type denseAnswer struct {
	ids []int32 // read in its steps: the prompt's last token, then the answer's
	// weights are (steps, layers, positions) softmax weights, summed over the
	// query heads.
	weights [][][]float32
}

// denseAnswers answers the questions about a text.
func denseAnswers(ctx context.Context, s *Subject, text *Sample, steps int) ([]denseAnswer, error) {
	p, err := s.before(text, "")
	if err != nil {
		return nil, err
	}
	room := len(p.ids)
	for _, q := range text.Questions {
		ids, _ := p.ask(q)
		room = max(room, len(p.ids)+len(ids)+steps)
	}
	if room > s.Model.Config.Context {
		return nil, fmt.Errorf("%w: %d of %d tokens; choose a shorter length", errTooLong, room, s.Model.Config.Context)
	}
	settings, err := actqkv.New(actqkv.InfLLM, "paper")
	if err != nil {
		return nil, err
	}
	settings.Local = room
	j := &job{settings: settings, sample: text}
	t, err := s.open(ctx, p, text.Questions, j, nil)
	if err != nil {
		return nil, err
	}
	defer t.close()
	var all []denseAnswer
	for _, q := range text.Questions {
		a, err := t.weigh(ctx, q, steps)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		all = append(all, *a)
	}
	return all, nil
}

// weigh answers a question with the weights of each step.
func (t *readText) weigh(ctx context.Context, q Question, steps int) (*denseAnswer, error) {
	ids, err := t.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	last := len(ids) - 1
	a := &denseAnswer{}
	before, err := t.received()
	if err != nil {
		return nil, err
	}
	written, _, err := t.greedy(ctx, ids[last], steps, false, func(*trace.Step) {})
	if err != nil {
		return nil, err
	}
	// Once more, with a look at the weights after each step.
	a.ids = append([]int32{ids[last]}, written[:max(0, len(written)-1)]...)
	if _, err := t.ask(ctx, q); err != nil {
		return nil, err
	}
	for _, id := range a.ids {
		if _, _, err := t.session.Step(ctx, id); err != nil {
			return nil, err
		}
		after, err := t.received()
		if err != nil {
			return nil, err
		}
		a.weights = append(a.weights, difference(after, before))
		before = after
	}
	return a, nil
}

// received are (layers, positions) of accumulated weights.
func (t *readText) received() (all [][]float64, err error) {
	for layer := range t.subject.Model.Config.Layers {
		_, w, err := t.session.Received(layer)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// difference is what each token received in between; new tokens had nothing.
func difference(after, before [][]float64) [][]float32 {
	all := make([][]float32, len(after))
	for l := range after {
		all[l] = make([]float32, len(after[l]))
		for p, w := range after[l] {
			if p < len(before[l]) {
				w -= before[l][p]
			}
			all[l][p] = float32(w)
		}
	}
	return all
}
