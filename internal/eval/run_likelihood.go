package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fovea/model/actqkv"
	"fovea/model/sample"
)

// LikelihoodOptions say where in texts methods are compared with dense
// attention.
type LikelihoodOptions struct {
	Samples  []Sample // whose texts are read as they are, without a chat template or questions
	Depths   []int    // tokens before the tokens that are measured, ascending
	Measure  int      // tokens measured at each depth, as decode steps
	Methods  []Method
	Budgets  []int                            // tokens
	Progress func(done, of int, doing string) // counts tokens; may be nil
}

// Header is that of the results, but for the model and the device.
func (o *LikelihoodOptions) Header() (Header, error) {
	run := Options{Samples: o.Samples, Methods: o.withDense(), Budgets: o.Budgets}
	return run.Header()
}

// withDense are the methods with dense attention first; where depths of texts are
// measured, and nothing is asked nor joined, only those that differ then.
func (o *LikelihoodOptions) withDense() []Method {
	asks := len(o.Depths) == 0
	rest := slices.DeleteFunc(slices.Clone(o.Methods), func(m Method) bool {
		return m.Dense() || !asks && (m.Name == NoQuestion || m.Name == OneLook || m.Name == Joined)
	})
	return append([]Method{Methods()[0]}, rest...)
}

// end is the number of tokens that are read of a text.
func (o *LikelihoodOptions) end() int { return o.Depths[len(o.Depths)-1] + o.Measure }

// check says what is wrong with the options.
func (o *LikelihoodOptions) check(s *Subject) error {
	if len(o.Depths) == 0 || !slices.IsSorted(o.Depths) || o.Depths[0] < 1 || o.Measure < 1 {
		return fmt.Errorf("eval: depths %v and %d measured tokens: give ascending depths and 1 token or more", o.Depths, o.Measure)
	}
	for i, d := range o.Depths[1:] {
		if d < o.Depths[i]+o.Measure {
			return fmt.Errorf("eval: depth %d lies among the %d tokens measured at %d; choose depths further apart", d, o.Measure, o.Depths[i])
		}
	}
	if o.end() > s.Model.Config.Context {
		return fmt.Errorf("eval: depth %d with %d measured tokens exceeds the model's window of %d, which dense attention cannot pass; choose lower depths",
			o.Depths[len(o.Depths)-1], o.Measure, s.Model.Config.Context)
	}
	return nil
}

// Likelihood measures how well methods predict texts at growing depth, and how
// far their predictions are from those of dense attention: perplexity and KL
// divergence. It adds to log what that does not have. A text that is shorter
// than the greatest depth is an error.
func Likelihood(ctx context.Context, s *Subject, log *Log, o LikelihoodOptions) error {
	if err := o.check(s); err != nil {
		return err
	}
	passes := 0
	for _, m := range o.withDense() {
		passes += len(budgetsOf(m, o.Budgets))
	}
	done, all := 0, passes*len(o.Samples)*o.end()
	for i := range o.Samples {
		text := &o.Samples[i]
		ids := s.Tokenizer.Sequence(text.Context, false)
		if len(ids) <= o.end() {
			return fmt.Errorf("eval: text %s has %d tokens, and depth %d needs more than %d; choose longer texts or lower depths",
				text.ID, len(ids), o.Depths[len(o.Depths)-1], o.end())
		}
		var dense [][]float32
		for _, m := range o.withDense() {
			for _, budget := range budgetsOf(m, o.Budgets) {
				c := comparison{
					subject: s, log: log, options: &o, cell: cellOf(text, m, budget, false), ids: ids,
					tell: func(read int) {
						if o.Progress != nil {
							o.Progress(done+read, all, text.ID+", "+settingsKey(m.Name, budget))
						}
					},
				}
				settings, err := m.Settings(budget)
				if err != nil {
					return err
				}
				if err := c.run(ctx, settings, &dense, m.Dense() && o.lacks(log, text)); err != nil {
					return fmt.Errorf("eval: %s, %s: %w", text.ID, settingsKey(m.Name, budget), err)
				}
				done += o.end()
			}
		}
	}
	return nil
}

// lacks says whether log lacks a result about a text.
func (o *LikelihoodOptions) lacks(log *Log, text *Sample) bool {
	for _, m := range o.withDense() {
		for _, budget := range budgetsOf(m, o.Budgets) {
			for _, depth := range o.Depths {
				if !log.Has(Line{Likelihood: &LikelihoodResult{Cell: cellOf(text, m, budget, false), Depth: depth}}) {
					return true
				}
			}
		}
	}
	return false
}

// comparison is one method reading one text.
type comparison struct {
	subject *Subject
	log     *Log
	options *LikelihoodOptions
	cell    Cell
	ids     []int32
	tell    func(read int)
}

// run reads the text and adds the results that are missing. Log-probabilities
// (vocabulary) per measured token, in order of depth, are compared with those
// in dense, which dense attention, read first, fills. always reads a text even
// if nothing is missing, because other methods need them.
func (c *comparison) run(ctx context.Context, settings actqkv.Settings, dense *[][]float32, always bool) error {
	missing := false
	for _, depth := range c.options.Depths {
		missing = missing || !c.log.Has(c.line(depth))
	}
	if !missing && !always {
		return nil
	}
	ses, err := c.subject.session(settings, c.options.end())
	if err != nil {
		return err
	}
	defer ses.Close()
	for i, depth := range c.options.Depths {
		if err := ses.Prefill(ctx, c.ids[ses.Pos():depth], nil); err != nil {
			return err
		}
		line := c.line(depth)
		for t := range c.options.Measure {
			logits, _, err := ses.Step(ctx, c.ids[depth+t])
			if err != nil {
				return err
			}
			p, err := sample.LogSoftmax(logits)
			if err != nil {
				return err
			}
			if settings.Method == actqkv.Full {
				*dense = append(*dense, floats32(p))
			}
			line.Likelihood.compare((*dense)[i*c.options.Measure+t], p, c.ids[depth+t+1])
		}
		c.tell(ses.Pos())
		if c.log.Has(line) {
			continue
		}
		if err := c.log.Add(line); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) line(depth int) Line {
	return Line{Likelihood: &LikelihoodResult{Cell: c.cell, Depth: depth}}
}

// compare adds a prediction p (natural logarithms), beside that of dense
// attention, of the token that followed.
func (r *LikelihoodResult) compare(dense []float32, p []float64, followed int32) {
	kl, best, denseBest := 0.0, 0, 0
	for i, d := range dense {
		kl += math.Exp(float64(d)) * (float64(d) - p[i])
		if p[i] > p[best] {
			best = i
		}
		if d > dense[denseBest] {
			denseBest = i
		}
	}
	r.NLL = append(r.NLL, round(-p[followed]))
	r.KL = append(r.KL, math.Round(max(0, kl)*1e6)/1e6)
	if best == denseBest {
		r.Same++
	}
}

// floats32 halves the memory of predictions, which are the vocabulary's size.
func floats32(p []float64) []float32 {
	out := make([]float32, len(p))
	for i, v := range p {
		out[i] = float32(v)
	}
	return out
}
