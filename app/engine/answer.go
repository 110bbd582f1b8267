package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fovea/model/kvcache"
	"fovea/model/lookup"
	"fovea/model/sample"
	"fovea/model/tokenizer"
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
	// Drafted tokens were looked up in the text, of which Accepted were written.
	Drafted  int `json:"drafted_tokens"`
	Accepted int `json:"accepted_tokens"`
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
	// Step is called for each prefill window of the question and each decoded
	// token, before the text that the token makes.
	Step func(*trace.Step)
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
	before := len(c.pending)
	if err := c.question(question); err != nil {
		return nil, err
	}
	c.say("assistant", "")
	return c.generate(ctx, sampler, l, len(c.pending)-before)
}

// ErrNothingToContinue reports an answer that the model has ended itself.
var ErrNothingToContinue = errors.New("the answer is at its end")

// CanContinue says whether there is an answer that Continue can go on with.
func (c *Conversation) CanContinue() bool {
	return !c.begun && len(c.pending) > 0 && c.answered()
}

// Continue goes on with the last answer, which ended before the model was
// done. The answer that it returns is what it added.
func (c *Conversation) Continue(ctx context.Context, l Listener) (*Answer, error) {
	if !c.CanContinue() {
		return nil, fmt.Errorf("engine: %w; ask a question", ErrNothingToContinue)
	}
	sampler, err := sample.New(c.options.Sampling)
	if err != nil {
		return nil, err
	}
	return c.generate(ctx, sampler, l, len(c.pending))
}

// generate writes on the last answer. prompt is the number of tokens that are
// pending.
func (c *Conversation) generate(ctx context.Context, sampler *sample.Sampler, l Listener, prompt int) (*Answer, error) {
	g := generation{c: c, sampler: sampler, listener: l, mass: map[place]float64{}}
	err := g.run(ctx)
	c.history[len(c.history)-1].Content += g.out.String()
	return g.answer(prompt), err
}

// generation is one answer being written.
type generation struct {
	c        *Conversation
	sampler  *sample.Sampler
	listener Listener

	out         strings.Builder
	ids         []int32 // generated
	next        placed  // the last one, or of the prompt, that is yet to be read
	dec         *tokenizer.Decoder
	drafter     *lookup.Drafter // nil: nothing is looked up
	drafted     int
	accepted    int
	stopped     Stop // "": not yet
	asked       time.Time
	first, last time.Time // of the generated tokens
	mass        map[place]float64
	inView      []Page
	lastStep    *trace.Step
}

func (g *generation) run(ctx context.Context) error {
	c := g.c
	g.asked = time.Now()
	for _, t := range c.pending {
		g.sampler.Accept(t.id)
	}
	// The last token's step gives the first logits.
	g.next = c.pending[len(c.pending)-1]
	c.pending = c.pending[:len(c.pending)-1]
	err := c.read(ctx, func(r Reading) {
		if g.listener.Step != nil {
			g.listener.Step(r.Trace)
		}
	})
	c.pending = append(c.pending, g.next)
	if err != nil {
		return err
	}
	c.session.Watch = kvcache.Watch{Mass: true}
	if c.looksUp() {
		g.drafter = lookup.NewDrafter(append(slices.Clip(c.ids), g.next.id))
	}
	g.dec = c.engine.Tokenizer.NewDecoder()
	defer func() { g.emit(g.dec.Flush()) }()
	for g.stopped == "" && len(g.ids) < c.options.MaxTokens && !c.full() {
		if err := g.write(ctx); err != nil {
			return err
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
		Text: g.out.String(), Stopped: cmp.Or(g.stopped, StopLength), Drafted: g.drafted, Accepted: g.accepted, Tokens: len(g.ids), Prompt: prompt, Held: g.c.session.Pos(),
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
