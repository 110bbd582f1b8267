package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fovea/model"
	"fovea/model/actqkv"
)

// Options say what a run measures.
type Options struct {
	Samples  []Sample // with their questions
	Methods  []Method
	Budgets  []int          // tokens
	Before   bool           // the question stands before the text, too, so a text is read again for each
	Progress func(Progress) // may be nil
	Notice   func(string)   // hears what is left out and why; may be nil
}

// Progress tells how far a run is.
type Progress struct {
	Done, Of int           // questions, without those that were answered before the run
	Left     time.Duration // estimated; 0: not known yet
	Doing    string
}

// Header is that of the run's results, but for the model and the device. It is
// an error that a method cannot have a budget.
func (o *Options) Header() (h Header, err error) {
	h.Sources = map[string]string{}
	for i := range o.Samples {
		if s := &o.Samples[i]; s.Source != "" {
			h.Sources[s.Task] = s.Source
		}
	}
	h.Settings, err = allSettings(o.Methods, o.Budgets)
	return h, err
}

// allSettings are those of methods at budgets, by settingsKey.
func allSettings(methods []Method, budgets []int) (map[string]actqkv.Settings, error) {
	all := map[string]actqkv.Settings{}
	for _, m := range methods {
		for _, budget := range budgetsOf(m, budgets) {
			s, err := m.Settings(budget)
			if err != nil {
				return nil, err
			}
			all[settingsKey(m.Name, budget)] = s
		}
	}
	return all, nil
}

// budgetsOf are the budgets that a method is measured at: dense attention has
// none, which is 0.
func budgetsOf(m Method, budgets []int) []int {
	if m.Dense() {
		return []int{0}
	}
	return budgets
}

// job is a text read by one method at one budget, with the questions that are
// still to be asked.
type job struct {
	Cell
	sample   *Sample
	settings actqkv.Settings
	ask      []Question
	tokens   int // of the text, as planned
}

// answerCost is what a question costs, in tokens of a text: one token written
// costs as much as ten or more that are read.
const answerCost = 300

func (j *job) cost(before bool) float64 {
	if before {
		return float64(len(j.ask) * (j.tokens + answerCost))
	}
	return float64(j.tokens + len(j.ask)*answerCost)
}

// Run asks all questions of all methods at all budgets that log does not have
// yet, and adds the answers to it as they come. Short texts come first, and
// all methods answer about a text before the next one, so that an interrupted
// run compares what it has.
func Run(ctx context.Context, s *Subject, log *Log, o Options) error {
	notice := o.Notice
	if notice == nil {
		notice = func(string) {}
	}
	jobs, err := plan(s, log, o, notice)
	if err != nil {
		return err
	}
	p := newPace(o.Progress, jobs, o.Before)
	for i := range jobs {
		j := &jobs[i]
		p.begin(j)
		r := reader{subject: s, job: j, options: &o, log: log, pace: p}
		err := r.run(ctx)
		if errors.Is(err, errTooLong) || errors.Is(err, model.ErrNothingToJoin) {
			notice(fmt.Sprintf("left out: %s of %s, %v", j.Method, j.Sample, err))
		} else if err != nil {
			return fmt.Errorf("eval: %s, %s: %w", j.Sample, settingsKey(j.Method, j.Budget), err)
		}
		p.end(j)
	}
	return nil
}

// plan lists the jobs.
func plan(s *Subject, log *Log, o Options, notice func(string)) (jobs []job, err error) {
	long := 0
	samples := slices.Clone(o.Samples)
	slices.SortStableFunc(samples, func(a, b Sample) int { return cmp.Compare(a.Length, b.Length) })
	for i := range samples {
		if tokensOf(s, &samples[i]) > s.Model.Config.Context {
			long++
		}
		more, err := jobsOf(s, log, o, &samples[i])
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	if dense := slices.ContainsFunc(o.Methods, Method.Dense); dense && long > 0 {
		notice(fmt.Sprintf("left out: %s of %d texts, which are longer than the model's window of %d tokens", Full, long, s.Model.Config.Context))
	}
	return jobs, nil
}

// tokensOf is the length of a text, about.
func tokensOf(s *Subject, sample *Sample) int {
	if sample.Length > 0 {
		return sample.Length
	}
	return s.Count(sample.Context)
}

// jobsOf are those of one text.
func jobsOf(s *Subject, log *Log, o Options, sample *Sample) (jobs []job, err error) {
	tokens := tokensOf(s, sample)
	for _, m := range o.Methods {
		if m.Dense() && tokens > s.Model.Config.Context {
			continue
		}
		for _, budget := range budgetsOf(m, o.Budgets) {
			j := job{
				Cell:   cellOf(sample, m, budget, o.Before),
				sample: sample, tokens: tokens,
			}
			if j.settings, err = m.Settings(budget); err != nil {
				return nil, err
			}
			for _, q := range sample.Questions {
				if !log.Has(Line{Question: &QuestionResult{Cell: j.Cell, Question: q.ID}}) {
					j.ask = append(j.ask, q)
				}
			}
			if len(j.ask) > 0 {
				jobs = append(jobs, j)
			}
		}
	}
	return jobs, nil
}
