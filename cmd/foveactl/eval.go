package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/assets"
	"fovea/internal/eval"
)

// evalCmd measures how right answers are. Its commands add to one file of
// results, of which the last one makes a report.
type evalCmd struct {
	Questions  evalQuestionsCmd  `cmd:"" name:"run" help:"Ask questions about long texts by several methods; note how right the answers are and what every layer attended."`
	Likelihood evalLikelihoodCmd `cmd:"" help:"Compare predictions with those of dense attention: perplexity and KL divergence."`
	Answers    evalAnswersCmd    `cmd:"" help:"Compare how likely right answers are with dense attention: perplexity and KL divergence."`
	Oracle     evalOracleCmd     `cmd:"" help:"Compare recalled blocks with those that dense attention weighs most."`
	Report     evalReportCmd     `cmd:"" help:"Write tables and pictures of results."`
}

// evalOptions are what all measurements choose.
type evalOptions struct {
	Out    string   `required:"" placeholder:"FILE" help:"File of results, JSON lines; a run that was interrupted goes on where it was."`
	Method []string `placeholder:"METHOD" help:"Methods (default: all): full, streaming, infllm, paper, fovea, fovea-one-look, fovea-no-bias, fovea-no-cutoff, fovea-entropy, fovea-small-blocks, fovea-no-question, fovea-joined."`
	Budget []int    `default:"2048" placeholder:"TOKENS" help:"Tokens that a layer attends on average, multiples of 64 (default: ${default})."`
	KV     string   `name:"kv" enum:"f16,f32" default:"f16" help:"Number format of keys and values: ${enum} (default: ${default})."`

	modelOptions
}

// evalTexts choose the texts.
type evalTexts struct {
	Task      []string `placeholder:"TASK" help:"Tasks: passkey, number-string, key-value, needle, multi-needle, variables, common-words, document (default: all; with --file none)."`
	Length    []int    `default:"4000" placeholder:"TOKENS" help:"Lengths of the texts (default: ${default})."`
	Questions int      `default:"10" help:"Questions of a task and a length; as many texts are made (default: ${default})."`
	Facts     int      `default:"10" help:"Questions to a text, which is read once for all of them (default: ${default})."`
	Seed      uint64   `default:"1" help:"Another seed makes other texts."`
	Haystack  []string `sep:"none" placeholder:"FILE" help:"Document to hide needles in; may be given several times (default: Newton's Opticks, which Go has among its test data)."`
	File      []string `sep:"none" placeholder:"FILE" help:"File of LongBench or infinity-Bench, such as qasper.jsonl; may be given several times."`
	Prompts   string   `placeholder:"FILE" help:"Prompts of a benchmark's own instead of ours: a JSON object, as LongBench's dataset2prompt.json."`
}

// evalBench is a model with the methods that are measured.
type evalBench struct {
	*evalOptions
	engine  *engine.Engine
	subject *eval.Subject
	methods []eval.Method
	status  *status
	std     *streams
}

// bench loads the model; the caller closes what it returns.
func (o *evalOptions) bench(ctx context.Context, std *streams) (*evalBench, error) {
	names := o.Method
	if len(names) == 0 {
		names = eval.MethodNames()
	}
	methods, err := eval.MethodsNamed(names)
	if err != nil {
		return nil, err
	}
	b := &evalBench{evalOptions: o, methods: methods, status: newStatus(std.err), std: std}
	if b.engine, err = o.open(ctx, b.status); err != nil {
		return nil, err
	}
	kv := methodOptions{KV: o.KV}
	b.subject = &eval.Subject{Model: b.engine.Model, Tokenizer: b.engine.Tokenizer, Template: b.engine.Template, KV: kv.kv()}
	return b, nil
}

func (b *evalBench) close() error {
	b.status.clear()
	return b.engine.Close()
}

// notice tells what is left out.
func (b *evalBench) notice(text string) {
	b.status.clear()
	fmt.Fprintln(b.std.err, oneLine(text))
}

// log opens the file of results for a run with such a header.
func (b *evalBench) log(h eval.Header, err error) (*eval.Log, error) {
	if err != nil {
		return nil, err
	}
	path, err := modelPath(b.Model)
	if err != nil {
		return nil, err
	}
	b.status.set("reading the model's checksum")
	if h.Hash, err = eval.HashFile(path); err != nil {
		return nil, err
	}
	h.Model, h.Device, h.KV = b.engine.Name, b.engine.Info.Name, b.KV
	return eval.OpenLog(b.Out, h)
}

// samples makes the texts.
func (t *evalTexts) samples(ctx context.Context, b *evalBench) ([]eval.Sample, error) {
	b.status.set("making texts")
	defer b.status.clear()
	names := t.Task
	if len(names) == 0 && len(t.File) == 0 {
		for _, task := range eval.Tasks() {
			names = append(names, task.Name)
		}
		names = append(names, eval.DocumentTask)
	}
	o := eval.TaskOptions{Seed: t.Seed, Facts: t.Facts, Count: b.subject.Count}
	var sources []eval.Source
	for _, name := range names {
		s, err := t.source(ctx, name, &o)
		if err != nil {
			return nil, err
		}
		sources = append(sources, eval.Source{Task: name, Sample: b.sparing(s)})
	}
	for _, path := range t.File {
		s, err := t.benchmark(path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return eval.Collect(sources, t.Length, t.Questions)
}

// sparing leaves out lengths that a task cannot have, and says so.
func (b *evalBench) sparing(sample func(length, index int) (eval.Sample, error)) func(length, index int) (eval.Sample, error) {
	return func(length, index int) (eval.Sample, error) {
		s, err := sample(length, index)
		if errors.Is(err, eval.ErrTooShort) || errors.Is(err, eval.ErrUsedUp) {
			b.notice(fmt.Sprintf("left out: %d tokens of a text: %v", length, err))
			return s, io.EOF
		}
		return s, err
	}
}

// source makes the texts of a task; o gets a haystack where one is needed.
func (t *evalTexts) source(ctx context.Context, name string, o *eval.TaskOptions) (func(length, index int) (eval.Sample, error), error) {
	if name == eval.DocumentTask {
		return manualSource(ctx, *o)
	}
	task, err := eval.TaskNamed(name)
	if err != nil {
		return nil, fmt.Errorf("%w, or %s", err, eval.DocumentTask)
	}
	if task.RealText && o.Haystack == nil {
		if len(t.Haystack) > 0 {
			o.Haystack, err = eval.ReadHaystack(ctx, t.Haystack...)
		} else {
			o.Haystack, err = eval.Opticks(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
	options := *o
	return func(length, index int) (eval.Sample, error) {
		options.Length, options.Index = length, index
		return task.Generate(options)
	}, nil
}

// manualSource asks about the sample document.
func manualSource(ctx context.Context, o eval.TaskOptions) (func(length, index int) (eval.Sample, error), error) {
	doc, err := document.Parse(ctx, assets.ManualName, assets.Manual, document.Options{})
	if err != nil {
		return nil, err
	}
	known, err := assets.Questions()
	if err != nil {
		return nil, err
	}
	var questions []eval.PageQuestion
	for _, q := range known {
		questions = append(questions, eval.PageQuestion{Question: q.Question, Answer: q.Answer, Page: q.Page})
	}
	return func(length, index int) (eval.Sample, error) {
		o.Length, o.Index = length, index
		return eval.DocumentSample(doc, questions, o)
	}, nil
}

// benchmark reads a benchmark's file, as far as its questions are wanted.
func (t *evalTexts) benchmark(path string) (eval.Source, error) {
	o := eval.ReadOptions{Lines: t.Questions}
	if t.Prompts != "" {
		var err error
		if o.Prompts, err = eval.ReadPrompts(t.Prompts); err != nil {
			return eval.Source{}, err
		}
	}
	samples, err := eval.ReadBenchmark(path, o)
	if err != nil {
		return eval.Source{}, err
	}
	hash, err := eval.HashFile(path)
	if err != nil {
		return eval.Source{}, err
	}
	return eval.Source{Task: strings.TrimSuffix(filepath.Base(path), ".jsonl"), Fixed: true, Sample: func(_, index int) (eval.Sample, error) {
		if index == len(samples) {
			return eval.Sample{}, io.EOF
		}
		s := samples[index]
		s.Source = fmt.Sprintf("%s (SHA-256 %.12s)", filepath.Base(path), hash)
		return s, nil
	}}, nil
}
