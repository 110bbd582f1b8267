// Package chattest is an engine without a model, for tests of what is built on
// package chat: it reads a word as a token, writes given answers at a given
// speed, and makes traces like those of a real model.
package chattest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/sample"
	"fovea/model/trace"
)

// Engine is an engine without a model. Its fields must be set before it is
// used.
type Engine struct {
	Layers int           // 0: 4
	Delay  time.Duration // of a window and of a decoded token
	// Pages lets a page be read with each value, and all when it is closed; nil:
	// nothing holds the reading up.
	Pages chan struct{}
	// Answer writes the answer to a question; nil: it repeats the question.
	Answer func(question string) string
	// Fail is the error of an answer, after its first words, where it is not nil.
	Fail func(question string) error
	// NoMarks has marks fail for want of memory.
	NoMarks bool

	mu    sync.Mutex
	read  int // tokens of documents, by all talks
	again int // and of turns that were said before
	open  int // talks
	loads int
}

// Loads is how often the engine was loaded.
func (e *Engine) Loads() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.loads
}

// Talks is how many talks are open.
func (e *Engine) Talks() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// Read is the number of tokens of documents that were read in all.
func (e *Engine) Read() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.read
}

// Again is the number of tokens of turns that were read again in all.
func (e *Engine) Again() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.again
}

// Open is a [chat.Options].Open that loads this engine.
func (e *Engine) Open(ctx context.Context, path string, progress func(float64)) (chat.Engine, error) {
	if strings.Contains(path, "missing") {
		return nil, fmt.Errorf("%s: no such model", path)
	}
	for i := range 4 {
		progress(float64(i) / 4)
	}
	if e.Layers == 0 {
		e.Layers = 4
	}
	e.mu.Lock()
	e.loads++
	e.mu.Unlock()
	return &opened{e, path}, ctx.Err()
}

type opened struct {
	*Engine
	path string
}

func (o *opened) Info() chat.ModelInfo {
	return chat.ModelInfo{Name: "Test model", Path: o.path, Device: "no device", Layers: o.Layers, Window: 2048, Memory: 1 << 30}
}

func (o *opened) Begin(options engine.ConversationOptions, docs ...*document.Document) chat.Talk {
	o.mu.Lock()
	o.open++
	o.mu.Unlock()
	return &talk{engine: o.Engine, state: state{docs: docs}, settings: options.Settings, most: options.MaxTokens, marks: map[*engine.Mark]state{}, branches: map[*engine.Branch]branch{}}
}

// Close closes the engine; talks that are still open are an error.
func (o *opened) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open != 0 {
		return fmt.Errorf("chattest: %d talks are open", o.open)
	}
	return nil
}

// state is what a mark keeps.
type state struct {
	docs    []*document.Document
	read    int // of docs
	cut     bool
	pos     int
	spans   []trace.Span
	pending string // the rest of an answer that was not finished
	heard   []string
}

type talk struct {
	engine   *Engine
	settings actqkv.Settings
	most     int
	closed   bool
	marks    map[*engine.Mark]state
	branches map[*engine.Branch]branch
	state
}

// branch is what a branch keeps.
type branch struct {
	mark *engine.Mark
	state
}

func (t *talk) Attach(docs ...*document.Document) { t.docs = append(t.docs, docs...) }

func (t *talk) Remember(turns ...engine.Turn) error {
	for _, turn := range turns {
		t.Attach(turn.Documents...)
		from := t.pos
		t.words(turn.Text, -1, 0, 0)
		t.engine.mu.Lock()
		t.engine.again += t.pos - from
		t.engine.mu.Unlock()
		t.heard = append(t.heard, turn.Text)
		t.pending = ""
		if turn.Answer {
			t.pending = " and so on"
		}
	}
	return nil
}

// words takes in the words of a text; those of a document are of a page.
func (t *talk) words(text string, doc, page, offset int) {
	at := 0
	for _, word := range strings.Fields(text) {
		at += strings.Index(text[at:], word)
		if n := len(t.spans); n == 0 || t.spans[n-1].Doc != doc || t.spans[n-1].Page != page || t.pos-t.spans[n-1].Pos >= 32 {
			t.spans = append(t.spans, trace.Span{Pos: t.pos, Doc: doc, Page: page, Offset: offset + at})
		}
		t.pos++
	}
}

func (t *talk) Check(question string) error {
	if len(question) > 1<<20 {
		return engine.ErrQuestionTooLong
	}
	return nil
}

// Read reads a page as a window.
func (t *talk) Read(ctx context.Context, progress func(engine.Reading)) error {
	if t.cut {
		return nil
	}
	pages, before := 0, 0
	for i, d := range t.docs {
		pages += len(d.Pages)
		if i < t.read {
			before += len(d.Pages)
		}
	}
	for ; t.read < len(t.docs); t.read++ {
		d := t.docs[t.read]
		first := 0
		if n := len(t.spans); n > 0 && t.spans[n-1].Doc == t.read {
			first = t.spans[n-1].Page // read before the last call was stopped
		}
		for _, p := range d.Pages[first:] {
			if err := t.wait(ctx); err != nil {
				return err
			}
			if t.engine.Pages != nil {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-t.engine.Pages:
				}
			}
			from := t.pos
			t.words(p.Text, t.read, p.Number, d.PageStart(p.Number))
			t.engine.mu.Lock()
			t.engine.read += t.pos - from
			t.engine.mu.Unlock()
			if progress != nil && t.pos > from {
				progress(engine.Reading{
					Tokens: t.pos, OfTokens: t.pos * pages / (before + p.Number), Page: before + p.Number, OfPages: pages,
					PerSecond: 200, Left: time.Duration(pages-before-p.Number) * time.Second, Trace: t.step(from, t.pos-from),
				})
			}
		}
		before += len(d.Pages)
	}
	return nil
}

func (t *talk) wait(ctx context.Context) error {
	if t.closed {
		return errors.New("chattest: the talk is closed")
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(t.engine.Delay):
		return nil
	}
}

func (t *talk) Ask(ctx context.Context, question string, l engine.Listener) (*engine.Answer, error) {
	if err := t.Read(ctx, l.Reading); err != nil {
		return nil, err
	}
	from := t.pos
	t.words(question, -1, 0, 0)
	t.heard = append(t.heard, question)
	if l.Step != nil && t.pos > from {
		l.Step(t.step(from, t.pos-from))
	}
	t.pending = question
	if t.engine.Answer != nil {
		t.pending = t.engine.Answer(question)
	}
	if t.engine.Fail != nil {
		if err := t.engine.Fail(question); err != nil {
			a, _ := t.write(ctx, l, 2)
			return a, err
		}
	}
	return t.write(ctx, l, t.most)
}

func (t *talk) CanContinue() bool { return t.pending != "" }

func (t *talk) Continue(ctx context.Context, l engine.Listener) (*engine.Answer, error) {
	if !t.CanContinue() {
		return nil, engine.ErrNothingToContinue
	}
	return t.write(ctx, l, t.most)
}

// write writes what is pending, at most some words of it.
func (t *talk) write(ctx context.Context, l engine.Listener, most int) (*engine.Answer, error) {
	a := &engine.Answer{Stopped: engine.StopEnd, FirstToken: 0.5, Rate: 25}
	var err error
	for _, word := range strings.SplitAfter(t.pending, " ") {
		if err = t.wait(ctx); err != nil {
			break
		}
		if a.Tokens == most {
			a.Stopped = engine.StopLength
			break
		}
		s := t.step(t.pos, 1)
		t.words("x", -1, 0, 0)
		if l.Step != nil {
			l.Step(s)
		}
		if l.Text != nil {
			l.Text(word)
		}
		a.Text += word
		a.Tokens++
		a.Attended = s.Attended()
	}
	t.pending = t.pending[len(a.Text):]
	t.heard = append(t.heard, a.Text)
	a.Held = t.pos
	for i, d := range t.docs {
		if len(d.Pages) > 1 {
			a.Pages = append(a.Pages, engine.Page{Number: i, Document: d.Title, Page: 2, Share: 0.5 / float64(len(t.docs))})
		}
	}
	return a, err
}

// step makes a trace: layers recall neighbouring blocks, each its own and a
// little further with every token.
func (t *talk) step(pos, queries int) *trace.Step {
	s := t.settings
	blocks := max(0, pos-s.Init-s.Local) / s.BlockSize
	step := &trace.Step{
		Pos: pos, Queries: queries, Inits: min(s.Init, pos), Blocks: blocks, BlockSize: s.BlockSize, InitEnd: s.Init,
		RemFirst: s.Init + blocks*s.BlockSize, RemEnd: max(s.Init+blocks*s.BlockSize, pos-s.Local),
	}
	if pos < s.Init {
		step.RemFirst, step.RemEnd = pos, pos
	}
	if s.Method == actqkv.Full {
		return step
	}
	r := rand.New(rand.NewPCG(7, uint64(pos/8)))
	for l := range t.engine.Layers {
		k := 0
		if s.Recalls() {
			k = min(blocks, max(1, s.TopK+(l-t.engine.Layers/2)*s.TopK/t.engine.Layers))
		}
		layer := trace.Layer{K: k, H: float32(0.7 + 0.25*math.Sin(float64(l)+float64(pos)/40)), Left: float32(s.TopK * (t.engine.Layers - l)), Top: 0.8, Low: -0.2, Gap: 0.01}
		layer.Entropy = layer.H * float32(math.Log(float64(max(blocks, 2))))
		ids := map[int32]bool{}
		for len(ids) < k {
			ids[int32(min(blocks-1, int(math.Abs(r.NormFloat64())*float64(blocks)/3)))] = true
			ids[int32(r.IntN(blocks))] = true
		}
		for id := range ids {
			layer.IDs = append(layer.IDs, id)
		}
		slices.Sort(layer.IDs)
		layer.IDs = layer.IDs[:k]
		for i := range layer.IDs {
			if queries == 1 {
				layer.Mass = append(layer.Mass, 1/float32(1+(i+l)%7))
			}
		}
		for q := range queries {
			if queries == 1 { // decode steps have no window to weigh
				break
			}
			layer.Bias = append(layer.Bias, 1+float32((q*7+pos)%13))
		}
		step.Layers = append(step.Layers, layer)
	}
	return step
}

func (t *talk) Mark(context.Context) (*engine.Mark, error) {
	if t.engine.NoMarks {
		return nil, engine.ErrOutOfMemory
	}
	m := &engine.Mark{}
	t.marks[m] = t.state.clone()
	return m, nil
}

func (s state) clone() state {
	s.docs, s.spans, s.heard = slices.Clone(s.docs), slices.Clone(s.spans), slices.Clone(s.heard)
	return s
}

// SetAside and TakeUp keep branches, which have no size, of talks whose beginning
// is that at the mark.
func (t *talk) SetAside(m *engine.Mark, _ int64) (*engine.Branch, error) {
	if s, ok := t.marks[m]; !ok || !t.begins(s) {
		return nil, engine.ErrMarkGone
	}
	b := &engine.Branch{}
	t.branches[b] = branch{m, t.state.clone()}
	return b, nil
}

func (t *talk) TakeUp(_ context.Context, b *engine.Branch) error {
	kept, ok := t.branches[b]
	if !ok || !t.begins(t.marks[kept.mark]) {
		return engine.ErrMarkGone
	}
	t.state = kept.state.clone()
	return nil
}

// begins says whether the talk's documents begin with those of a mark.
func (t *talk) begins(m state) bool {
	return len(m.docs) <= len(t.docs) && slices.Equal(m.docs, t.docs[:len(m.docs)])
}

func (t *talk) Return(_ context.Context, m *engine.Mark) error {
	s, ok := t.marks[m]
	if !ok {
		return errors.New("chattest: a mark of another talk")
	}
	t.state = s.clone()
	return nil
}

func (t *talk) Change(to actqkv.Settings) error {
	if (to.Method == actqkv.Full) != (t.settings.Method == actqkv.Full) {
		return engine.ErrOtherSession
	}
	t.settings = to
	return nil
}

func (t *talk) Sample(_ sample.Options, most int) { t.most = most }

func (t *talk) Map() trace.Map {
	m := trace.Map{Spans: slices.Clip(t.spans)}
	for i, d := range t.docs {
		m.Documents = append(m.Documents, trace.Document{ID: int64(i), Title: d.Title, Pages: len(d.Pages), Bytes: len(d.Text())})
	}
	return m
}

func (t *talk) Snapshots() []string { return nil }

func (t *talk) Kept() (int, error) { return 0, nil }

func (t *talk) Joined() []int { return nil }

func (t *talk) Pos() int { return t.pos }

// CanCut and Cut end the documents behind the page that was read last.
func (t *talk) CanCut() bool { return !t.cut && t.read < len(t.docs) && t.pos > 0 }

func (t *talk) Cut() error {
	if !t.CanCut() {
		return errors.New("chattest: no document is being read")
	}
	t.cut = true
	return nil
}

func (t *talk) Memory() kvcache.Memory {
	return kvcache.Memory{Store: int64(t.pos) * 1000, Fixed: 1 << 20}
}

func (t *talk) Close() {
	if !t.closed {
		t.closed = true
		t.engine.mu.Lock()
		t.engine.open--
		t.engine.mu.Unlock()
	}
}
