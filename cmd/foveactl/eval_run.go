package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fovea/internal/eval"
)

type evalQuestionsCmd struct {
	Before bool `help:"Put the question before the text, too; the text is read again for each."`

	evalTexts
	evalOptions
}

func (c *evalQuestionsCmd) Run(ctx context.Context, std *streams) (err error) {
	b, err := c.bench(ctx, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	samples, err := c.samples(ctx, b)
	if err != nil {
		return err
	}
	o := eval.Options{
		Samples: samples, Methods: b.methods, Budgets: c.Budget, Before: c.Before, Notice: b.notice,
		Progress: func(p eval.Progress) {
			b.status.set(fmt.Sprintf("%d of %d questions%s; %s", p.Done, p.Of, leftText(p.Left), p.Doing))
		},
	}
	return b.measure(o.Header, func(log *eval.Log) error { return eval.Run(ctx, b.subject, log, o) }, func(r *eval.Report) *eval.Report {
		return &eval.Report{Header: r.Header, Answers: r.Answers, Layers: r.Layers}
	})
}

// leftText says how much time is left; nothing where it is not known.
func leftText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ", " + d.Round(time.Second).String() + " left"
}

// measure adds the results of a command to the file and prints that part of it.
func (b *evalBench) measure(h func() (eval.Header, error), run func(*eval.Log) error, part func(*eval.Report) *eval.Report) error {
	log, err := b.log(h())
	if err != nil {
		return err
	}
	if err := errors.Join(run(log), log.Close()); err != nil {
		return err
	}
	r, err := eval.ReadResults(b.Out)
	if err != nil {
		return err
	}
	b.status.clear()
	printEval(b.std.out, part(eval.NewReport(r, eval.Fovea)))
	return nil
}

// likelihoods is the part of a report about predictions.
func likelihoods(r *eval.Report) *eval.Report {
	return &eval.Report{Header: r.Header, Reference: r.Reference, Likelihood: r.Likelihood}
}

// readings shows how many texts were read.
func (b *evalBench) readings(done, of int, doing string) {
	b.status.set(fmt.Sprintf("%d of %d readings; %s", done, of, doing))
}

type evalLikelihoodCmd struct {
	Depth   []int  `default:"1024,2048,4096,6144,8000" placeholder:"TOKENS" help:"Tokens before those that are measured, within the model's window (default: ${default})."`
	Measure int    `default:"32" help:"Tokens measured at each depth (default: ${default})."`
	Texts   int    `default:"1" help:"Texts (default: ${default})."`
	Seed    uint64 `default:"1" help:"Another seed makes other texts."`

	Haystack []string `sep:"none" placeholder:"FILE" help:"Document to take prose from; may be given several times (default: Newton's Opticks, which Go has among its test data)."`

	evalOptions
}

// margin is by how much texts are longer than what is measured in them, in
// tokens: they are a little shorter than asked for.
const margin = 400

func (c *evalLikelihoodCmd) Run(ctx context.Context, std *streams) (err error) {
	b, err := c.bench(ctx, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	end := c.Measure + margin
	if len(c.Depth) > 0 {
		end += c.Depth[len(c.Depth)-1]
	}
	texts := evalTexts{Task: []string{"needle"}, Haystack: c.Haystack, Length: []int{end}, Seed: c.Seed, Facts: eval.DefaultFacts, Questions: c.Texts * eval.DefaultFacts}
	o := eval.LikelihoodOptions{
		Depths: c.Depth, Measure: c.Measure, Methods: b.methods, Budgets: c.Budget,
		Progress: func(done, of int, doing string) {
			b.status.set(fmt.Sprintf("%d %% of all texts; %s", 100*done/of, doing))
		},
	}
	if o.Samples, err = texts.samples(ctx, b); err != nil {
		return err
	}
	return b.measure(o.Header, func(log *eval.Log) error { return eval.Likelihood(ctx, b.subject, log, o) }, likelihoods)
}

type evalAnswersCmd struct {
	evalTexts
	evalOptions
}

func (c *evalAnswersCmd) Run(ctx context.Context, std *streams) (err error) {
	b, err := c.bench(ctx, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	o := eval.LikelihoodOptions{
		Methods: b.methods, Budgets: c.Budget,
		Progress: b.readings,
	}
	if o.Samples, err = c.samples(ctx, b); err != nil {
		return err
	}
	return b.measure(o.Header, func(log *eval.Log) error { return eval.Answers(ctx, b.subject, log, o) }, likelihoods)
}

type evalOracleCmd struct {
	Steps int `default:"8" help:"Tokens of an answer that are compared, at most (default: ${default})."`

	evalTexts
	evalOptions
}

func (c *evalOracleCmd) Run(ctx context.Context, std *streams) (err error) {
	b, err := c.bench(ctx, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	o := eval.OracleOptions{
		Steps: c.Steps, Methods: b.methods, Budgets: c.Budget,
		Progress: b.readings,
	}
	if o.Samples, err = c.samples(ctx, b); err != nil {
		return err
	}
	return b.measure(o.Header, func(log *eval.Log) error { return eval.Oracle(ctx, b.subject, log, o) }, func(r *eval.Report) *eval.Report {
		return &eval.Report{Header: r.Header, Oracle: r.Oracle}
	})
}
