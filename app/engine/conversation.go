package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"fovea/app/document"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/sample"
	"fovea/model/template"
	"fovea/model/trace"
	"fovea/shaders"
)

// ErrQuestionTooLong reports a question that exceeds the model's window.
var ErrQuestionTooLong = errors.New("the question is too long")

// ConversationOptions are the choices of one conversation.
type ConversationOptions struct {
	Settings  actqkv.Settings
	KV        shaders.KV
	Sampling  sample.Options
	System    string // system prompt; empty: the template's own
	MaxTokens int    // of one answer; 0: 512
	// Question, where it is known before the documents are read, is put before
	// them, so that it has a part in what is recalled while they are read.
	Question string
}

// Conversation is a chat over documents. It is used by one goroutine at a
// time. A call that its context ends loses nothing: the next one goes on.
type Conversation struct {
	engine  *Engine
	options ConversationOptions
	docs    []*document.Document
	session *model.Session
	history []template.Message // documents are left out of the contents
	places  []place            // per position
	pending []placed           // tokens that the session has yet to read
	tail    string             // what follows the user's message that was begun
	begun   bool
}

// NewConversation makes a conversation over documents, which it does not read
// yet.
func (e *Engine) NewConversation(o ConversationOptions, docs ...*document.Document) *Conversation {
	if o.MaxTokens == 0 {
		o.MaxTokens = 512
	}
	c := &Conversation{engine: e, options: o, docs: docs}
	if o.System != "" {
		c.history = append(c.history, template.Message{Role: "system", Content: o.System})
	}
	return c
}

// Reading tells how far the reading of documents is.
type Reading struct {
	Tokens, OfTokens int
	Page, OfPages    int           // counted over all documents
	PerSecond        float64       // tokens
	Left             time.Duration // estimated
	Trace            *trace.Step
}

// Read reads the documents: everything of the first message that precedes the
// question. progress is called after each window, where set. Without documents
// there is nothing to read.
func (c *Conversation) Read(ctx context.Context, progress func(Reading)) error {
	if c.session == nil {
		if err := c.begin(); err != nil {
			return err
		}
	}
	return c.read(ctx, progress)
}

// begin queues the first message up to the question and opens a session with
// room for it.
func (c *Conversation) begin() error {
	head, tail, err := c.scaffold()
	if err != nil {
		return err
	}
	ids, asked := c.encode(c.opening(head))
	if bos, ok := c.engine.Tokenizer.MissingBOS(firstIDs(ids)); ok {
		ids = slices.Insert(ids, 0, placed{id: bos})
		asked[0], asked[1] = asked[0]+1, asked[1]+1
	}
	// Room for the text, and for some answers before the store has to grow.
	capacity := len(ids) + 2*c.options.MaxTokens + c.options.Settings.Window
	if c.options.Settings.Method == actqkv.Full { // which cannot grow, nor exceed the window
		capacity = max(len(ids), c.engine.Model.Config.Context)
	}
	s, err := c.engine.Model.NewSession(model.SessionOptions{Settings: c.options.Settings, KV: c.options.KV, Capacity: capacity})
	if err != nil {
		return err
	}
	s.Watch = kvcache.Watch{Mass: true}
	if n := asked[1] - asked[0]; n > 0 {
		s.Ask(asked[0], n)
	}
	c.session, c.tail, c.begun = s, tail, true
	c.queue(ids)
	return nil
}

func firstIDs(tokens []placed) []int32 {
	if len(tokens) == 0 {
		return nil
	}
	return []int32{tokens[0].id}
}

func (c *Conversation) queue(tokens []placed) { c.pending = append(c.pending, tokens...) }

// read reads what is pending.
func (c *Conversation) read(ctx context.Context, progress func(Reading)) error {
	all := c.pending
	ids := make([]int32, len(all))
	for i, t := range all {
		ids[i] = t.id
	}
	start, from, pages := time.Now(), c.session.Pos(), 0
	for _, d := range c.docs {
		pages += len(d.Pages)
	}
	return c.session.Prefill(ctx, ids, func(done int, t *trace.Step) {
		for _, token := range all[len(c.places)-from : done] {
			c.places = append(c.places, token.place)
		}
		c.pending = all[done:]
		if progress != nil {
			rate := float64(done) / time.Since(start).Seconds()
			progress(Reading{
				Tokens: done, OfTokens: len(ids), Page: c.pageNumber(from + done - 1), OfPages: pages, PerSecond: rate,
				Left: time.Duration(float64(len(ids)-done) / rate * float64(time.Second)), Trace: t,
			})
		}
	})
}

// pageNumber is the page of the token at pos, or of the one before that has
// one, counted over all documents.
func (c *Conversation) pageNumber(pos int) int {
	for ; pos >= 0; pos-- {
		if p := c.places[pos]; p.page > 0 {
			n := int(p.page)
			for _, d := range c.docs[:p.doc] {
				n += len(d.Pages)
			}
			return n
		}
	}
	return 0
}

// Pos is the number of tokens that the conversation has read and written.
func (c *Conversation) Pos() int {
	if c.session == nil {
		return 0
	}
	return c.session.Pos()
}

// Memory says what the conversation holds on the device.
func (c *Conversation) Memory() kvcache.Memory {
	if c.session == nil {
		return kvcache.Memory{}
	}
	return c.session.Memory()
}

// Close frees the conversation's memory on the device.
func (c *Conversation) Close() {
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}
