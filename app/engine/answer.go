package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fovea/model/sample"
	"fovea/model/template"
	"fovea/model/trace"
)

// Answer is a finished answer.
type Answer struct {
	Text     string `json:"text"`
	Stopped  Stop   `json:"stopped"`
	Pages    []Page `json:"pages"`   // whose blocks were recalled, most attention first
	InView   []Page `json:"in_view"` // whose tokens every layer attended when the answer began
	Tokens   int    `json:"tokens"`  // generated
	Prompt   int    `json:"prompt_tokens"`
	Attended int    `json:"attended_tokens"` // by a layer in the last step, on average
	Held     int    `json:"held_tokens"`     // of the conversation so far
	// FirstToken is the time to the first token in seconds, Rate the tokens
	// generated per second after it.
	FirstToken float64 `json:"first_token_seconds"`
	Rate       float64 `json:"tokens_per_second"`
}

// Stop says why an answer ended.
type Stop string

// The reasons.
const (
	StopEnd    Stop = "end"    // the model was done
	StopLength Stop = "length" // ConversationOptions.MaxTokens were written, or the model's window is full
	StopLoop   Stop = "loop"   // the model wrote the same passage over and over
)

// Listener hears what happens while an answer is written. Any field may be nil.
type Listener struct {
	Reading func(Reading) // documents that were not read yet are read first
	Text    func(string)  // pieces of the answer, whole characters
	Step    func(*trace.Step)
}

// Check says what is wrong with a question, before documents are read for it.
func (c *Conversation) Check(question string) error {
	if strings.TrimSpace(question) == "" {
		return errors.New("engine: the question is empty")
	}
	if n, window := len(c.engine.Tokenizer.Encode(question, false)), c.engine.Model.Config.Context; n > window {
		return fmt.Errorf("%w: it has %d tokens, the model's window is %d; put long text into a document", ErrQuestionTooLong, n, window)
	}
	return nil
}

// Ask asks a question. When ctx ends it, what was written so far is kept in
// the conversation and returned beside the error.
func (c *Conversation) Ask(ctx context.Context, question string, l Listener) (*Answer, error) {
	if err := c.Check(question); err != nil {
		return nil, err
	}
	sampler, err := sample.New(c.options.Sampling)
	if err != nil {
		return nil, err
	}
	if err := c.Read(ctx, l.Reading); err != nil {
		return nil, err
	}
	var p prompt
	if !c.begun { // Read has begun the first message
		head, tail, err := c.scaffold()
		if err != nil {
			return nil, err
		}
		c.tail = tail
		p.marks(head)
	}
	p.write(question)
	p.marks(c.tail)
	prompt, _ := c.encode(&p)
	c.begun = false
	c.queue(prompt)
	c.history = append(c.history, template.Message{Role: "user", Content: question})

	g := generation{c: c, sampler: sampler, listener: l, mass: map[place]float64{}}
	err = g.run(ctx)
	c.history = append(c.history, template.Message{Role: "assistant", Content: g.out.String()})
	return g.answer(len(prompt)), err
}

// generation is one answer being written.
type generation struct {
	c        *Conversation
	sampler  *sample.Sampler
	listener Listener

	out         strings.Builder
	ids         []int32 // generated
	stopped     Stop
	asked       time.Time
	first, last time.Time // of the generated tokens
	mass        map[place]float64
	inView      []Page
	lastStep    *trace.Step
}

func (g *generation) run(ctx context.Context) error {
	c := g.c
	g.asked, g.stopped = time.Now(), StopLength
	for _, t := range c.pending {
		g.sampler.Accept(t.id)
	}
	// The last token's step gives the first logits.
	next := c.pending[len(c.pending)-1]
	c.pending = c.pending[:len(c.pending)-1]
	err := c.read(ctx, nil)
	c.queue([]placed{next})
	if err != nil {
		return err
	}
	dec := c.engine.Tokenizer.NewDecoder()
	defer func() { g.emit(dec.Flush()) }()
	for len(g.ids) < c.options.MaxTokens && !c.full() {
		logits, t, err := c.session.Step(ctx, next.id)
		if err != nil {
			return err
		}
		c.places = append(c.places, next.place)
		c.pending = nil
		g.watch(t)
		id, err := g.sampler.Next(logits)
		if err != nil {
			return err
		}
		g.last = time.Now()
		if len(g.ids) == 0 {
			g.first = g.last
		}
		if c.engine.Tokenizer.IsEndOfGeneration(id) {
			g.stopped = StopEnd
			return nil
		}
		g.ids = append(g.ids, id)
		g.sampler.Accept(id)
		g.emit(dec.Add(id))
		next = placed{id: id}
		c.pending = []placed{next} // read by the next step, or before the next question
		if loops(g.ids) {
			g.stopped = StopLoop
			return nil
		}
	}
	return nil
}

// full says that dense attention has come to the end of the model's window.
func (c *Conversation) full() bool { return c.session.Pos() >= c.session.Limit() }

func (g *generation) emit(piece string) {
	g.out.WriteString(piece)
	if g.listener.Text != nil && piece != "" {
		g.listener.Text(piece)
	}
}

func (g *generation) answer(prompt int) *Answer {
	a := &Answer{
		Text: g.out.String(), Stopped: g.stopped, Tokens: len(g.ids), Prompt: prompt, Held: g.c.session.Pos(),
		Pages: g.pages(), InView: g.inView,
	}
	if g.lastStep != nil {
		a.Attended = g.lastStep.Attended()
	}
	if !g.first.IsZero() {
		a.FirstToken = g.first.Sub(g.asked).Seconds()
	}
	if n := len(g.ids); n > 1 {
		a.Rate = float64(n-1) / g.last.Sub(g.first).Seconds()
	}
	return a
}
