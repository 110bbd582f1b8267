package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/sample"
	"fovea/model/trace"
)

// errTooLong reports a text that dense attention cannot take.
var errTooLong = errors.New("the text and its questions exceed the model's window")

// reader reads the text of a job and asks its questions.
type reader struct {
	subject *Subject
	job     *job
	options *Options
	log     *Log
	pace    *pace
}

// run reads the text once and asks every question behind it, or reads it for
// every question anew where that stands before it.
func (r *reader) run(ctx context.Context) error {
	if !r.options.Before {
		return r.read(ctx, "", r.job.ask)
	}
	for _, q := range r.job.ask {
		if err := r.read(ctx, q.Text, []Question{q}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) read(ctx context.Context, before string, questions []Question) (err error) {
	p, err := r.subject.prompt(r.job, before)
	if err != nil {
		return err
	}
	start, of := time.Now(), p.tokens()
	read, err := r.subject.open(ctx, p, questions, r.job, func(done int) { r.pace.read(done, of) })
	if err != nil {
		return err
	}
	defer read.close()
	prefill := time.Since(start).Seconds()
	for _, q := range questions {
		result, err := r.answer(ctx, read, q)
		if err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
		result.Prefill = round(prefill)
		if err := r.log.Add(Line{Question: result}); err != nil {
			return err
		}
		r.pace.answered()
	}
	return nil
}

// answer returns to the end of the text, asks a question and scores the answer.
func (r *reader) answer(ctx context.Context, t *readText, q Question) (*QuestionResult, error) {
	start := time.Now()
	ids, err := t.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	w := watcher{needles: t.prompt.positions(q.Needles)}
	written, text, err := t.greedy(ctx, ids[len(ids)-1], q.MaxTokens, q.FirstLine, func(s *trace.Step) { w.watch(s) })
	if err != nil {
		return nil, err
	}
	result := &QuestionResult{
		Cell: r.job.Cell, Question: q.ID, Depth: q.Depth, Answer: text, Answers: q.Answers, Metric: q.Metric,
		Tokens: len(t.prompt.ids) + len(ids), Written: len(written), Seconds: round(time.Since(start).Seconds()),
	}
	if result.Score, err = Score(q, text); err != nil {
		return nil, err
	}
	w.report(result)
	return result, nil
}

// readText is a session that has read a text, with a mark at its end.
type readText struct {
	subject *Subject
	prompt  *prompt
	session *model.Session
	mark    *kvcache.Mark
}

// open reads a prompt in a session with room for the questions. progress, where
// set, is called with the tokens read so far.
func (s *Subject) open(ctx context.Context, p *prompt, questions []Question, j *job, progress func(done int)) (*readText, error) {
	room := 0
	for _, q := range questions {
		ids, _ := p.ask(q)
		room = max(room, len(ids)+q.MaxTokens)
	}
	capacity := len(p.ids) + room
	if p.second != nil {
		capacity += len(p.second.ids) + j.settings.BlockSize
	}
	if j.settings.Method == actqkv.Full && capacity > s.Model.Config.Context {
		return nil, fmt.Errorf("%w: %d of %d tokens", errTooLong, capacity, s.Model.Config.Context)
	}
	ses, err := s.session(j.settings, capacity)
	if err != nil {
		return nil, err
	}
	t := &readText{subject: s, prompt: p, session: ses}
	if n := p.asked[1] - p.asked[0]; n > 0 {
		if err := ses.Ask(p.asked[0], n); err != nil {
			ses.Close()
			return nil, err
		}
	}
	if progress == nil {
		progress = func(int) {}
	}
	if p.second != nil {
		err = t.readJoined(ctx, j, progress)
	} else {
		err = ses.Prefill(ctx, p.ids, func(done int, _ *trace.Step) { progress(done) })
	}
	if err == nil {
		t.mark, err = ses.Mark(ctx)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *readText) close() {
	if t.mark != nil {
		t.mark.Free()
	}
	t.session.Close()
}

// ask returns to the end of the text and reads a question there, up to the last
// token of ids, all that the model reads before it answers.
func (t *readText) ask(ctx context.Context, q Question) (ids []int32, err error) {
	if err := t.session.Return(ctx, t.mark); err != nil {
		return nil, err
	}
	ids, asked := t.prompt.ask(q)
	if err := t.session.Ask(asked[0], asked[1]-asked[0]); err != nil {
		return nil, err
	}
	return ids, t.session.Prefill(ctx, ids[:len(ids)-1], nil)
}

// greedy writes up to most tokens behind the token next, always the most
// likely one, until the model ends its answer, or its first line where only
// that counts. watch hears every step. The tokens and their text are returned.
func (t *readText) greedy(ctx context.Context, next int32, most int, firstLine bool, watch func(*trace.Step)) (ids []int32, text string, err error) {
	sampler, err := sample.New(sample.Options{})
	if err != nil {
		return nil, "", err
	}
	decoder := t.subject.Tokenizer.NewDecoder()
	for len(ids) < most {
		logits, step, err := t.session.Step(ctx, next)
		if err != nil {
			return nil, "", err
		}
		watch(step)
		if next, err = sampler.Next(logits); err != nil {
			return nil, "", err
		}
		if t.subject.Tokenizer.IsEndOfGeneration(next) {
			break
		}
		ids = append(ids, next)
		text += decoder.Add(next)
		if firstLine && strings.Contains(strings.TrimLeft(text, "\n"), "\n") {
			break
		}
	}
	return ids, text + decoder.Flush(), nil
}
