package eval

import (
	"context"
	"fmt"

	"fovea/model/actqkv"
	"fovea/model/sample"
)

// Answers measures how likely methods find the right answers to questions, and
// how far their predictions on the way are from those of dense attention. It
// tells methods apart with far fewer questions than answers that are right or
// wrong. The model is given the first right answer token by token, as far as an
// answer may go. Of the options, Depths and Measure are not used. It adds to log
// what that does not have. It is an error that a text with its questions exceeds
// the model's window.
func Answers(ctx context.Context, s *Subject, log *Log, o LikelihoodOptions) error {
	passes := 0
	for _, m := range o.withDense() {
		passes += len(budgetsOf(m, o.Budgets))
	}
	done := 0
	for i := range o.Samples {
		text, dense := &o.Samples[i], map[string][][]float32{}
		for _, m := range o.withDense() {
			for _, budget := range budgetsOf(m, o.Budgets) {
				if o.Progress != nil {
					o.Progress(done, passes*len(o.Samples), text.ID+", "+settingsKey(m.Name, budget))
				}
				done++
				settings, err := m.Settings(budget)
				if err != nil {
					return err
				}
				a := answered{subject: s, log: log, cell: cellOf(text, m, budget, false), text: text, dense: dense}
				if m.Dense() && !o.lacksAnswers(log, text) || !m.Dense() && !a.lacks() {
					continue
				}
				if err := a.run(ctx, settings); err != nil {
					return fmt.Errorf("eval: %s, %s: %w", text.ID, settingsKey(m.Name, budget), err)
				}
			}
		}
	}
	return nil
}

// lacksAnswers says whether log lacks a result about a text.
func (o *LikelihoodOptions) lacksAnswers(log *Log, text *Sample) bool {
	for _, m := range o.withDense() {
		for _, budget := range budgetsOf(m, o.Budgets) {
			if a := (&answered{log: log, cell: cellOf(text, m, budget, false), text: text}); a.lacks() {
				return true
			}
		}
	}
	return false
}

// answered is one method reading the right answers about one text.
type answered struct {
	subject *Subject
	log     *Log
	cell    Cell
	text    *Sample
	dense   map[string][][]float32 // by question: log-probabilities (vocabulary) per token, of dense attention
}

func (a *answered) line(q Question) Line {
	return Line{Likelihood: &LikelihoodResult{Cell: a.cell, Depth: a.text.Length, Question: q.ID}}
}

// lacks says whether log lacks a question.
func (a *answered) lacks() bool {
	for _, q := range a.text.Questions {
		if !a.log.Has(a.line(q)) {
			return true
		}
	}
	return false
}

// run reads the text and adds the results that are missing. Dense attention
// fills a.dense, with which all methods are compared.
func (a *answered) run(ctx context.Context, settings actqkv.Settings) error {
	j := &job{Cell: a.cell, settings: settings, sample: a.text}
	before, err := a.subject.prompt(j, "")
	if err != nil {
		return err
	}
	t, err := a.subject.open(ctx, before, a.text.Questions, j, nil)
	if err != nil {
		return err
	}
	defer t.close()
	for _, q := range a.text.Questions {
		line := a.line(q)
		if settings.Method != actqkv.Full && a.log.Has(line) {
			continue
		}
		if err := a.read(ctx, t, q, line.Likelihood); err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
		if a.log.Has(line) {
			continue
		}
		if err := a.log.Add(line); err != nil {
			return err
		}
	}
	return nil
}

// read gives the model a question and, token by token, its right answer.
func (a *answered) read(ctx context.Context, t *readText, q Question, r *LikelihoodResult) error {
	ids, err := t.ask(ctx, q)
	if err != nil {
		return err
	}
	right, next := t.prompt.answer(q), ids[len(ids)-1]
	for i, id := range right {
		logits, _, err := t.session.Step(ctx, next)
		if err != nil {
			return err
		}
		p, err := sample.LogSoftmax(logits)
		if err != nil {
			return err
		}
		if len(a.dense[q.ID]) == i { // this is dense attention, which comes first
			a.dense[q.ID] = append(a.dense[q.ID], floats32(p))
		}
		r.compare(a.dense[q.ID][i], p, id)
		next = id
	}
	return nil
}
