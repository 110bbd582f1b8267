package engine

import (
	"context"
	"errors"
	"slices"

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
	// Question, where it is known before the first documents are read, is put
	// before them, so that it has a part in what is recalled while they are read.
	Question string
	// Snapshots, where set, keep what is read before the first question, and save
	// reading it again. What is read must not depend on a question for that, so
	// they are not used beside Question.
	Snapshots *Snapshots
	// Exact reads every document behind those before it, as they are in this
	// conversation. Else a document of which a snapshot is kept that was read alone
	// is taken from there.
	Exact   bool
	Lookup  Lookup
	Highest Highest
}

// Conversation is a chat over documents. It is used by one goroutine at a
// time. A call that its context ends loses nothing: the next one goes on.
type Conversation struct {
	engine  *Engine
	options ConversationOptions
	docs    []*document.Document
	told    int // of docs, how many are read or pending
	session *model.Session
	history []template.Message // documents are left out of the contents
	places  []place            // per position
	ids     []int32            // per position
	spans   []trace.Span       // of the positions so far
	pending []placed           // tokens that the session has yet to read
	asking  [2]int             // positions of the tokens of the last question
	tail    string             // what follows the user's message that was begun
	begun   bool

	parts    []part  // the documents before the first question
	keeper   *keeper // nil: nothing is kept
	restored int     // tokens that came from a snapshot
}

// NewConversation makes a conversation with documents before its first
// question. It reads nothing yet.
func (e *Engine) NewConversation(o ConversationOptions, docs ...*document.Document) *Conversation {
	if o.MaxTokens == 0 {
		o.MaxTokens = defaultMaxTokens
	}
	c := &Conversation{engine: e, options: o, docs: docs}
	if o.System != "" {
		c.history = append(c.history, template.Message{Role: "system", Content: o.System})
	}
	return c
}

const defaultMaxTokens = 512

// Attach puts documents before the next question.
func (c *Conversation) Attach(docs ...*document.Document) { c.docs = append(c.docs, docs...) }

// Turn is a message of a conversation.
type Turn struct {
	Answer    bool                 // the model wrote it; else a person
	Documents []*document.Document // that go before a question
	Text      string
}

// Remember adds turns that were said before, a question first, then question
// and answer in turn. They are read by the next call of Read, Ask or Continue.
func (c *Conversation) Remember(turns ...Turn) error {
	for _, t := range turns {
		if t.Answer != c.asked() {
			return errors.New("engine: the remembered turns are not a question and an answer in turn")
		}
		if t.Answer {
			c.write(t.Text)
			c.say("assistant", t.Text)
			continue
		}
		c.Attach(t.Documents...)
		if err := c.question(t.Text); err != nil {
			return err
		}
	}
	return nil
}

// asked says whether the conversation waits for an answer.
func (c *Conversation) asked() bool {
	return len(c.history) > 0 && c.history[len(c.history)-1].Role == "user"
}

func (c *Conversation) say(role, text string) {
	c.history = append(c.history, template.Message{Role: role, Content: text})
}

// Read reads the documents and what was remembered: everything that precedes
// the next question. progress is called after each window, where set.
func (c *Conversation) Read(ctx context.Context, progress func(Reading)) error {
	if err := c.begin(); err != nil {
		return err
	}
	return c.read(ctx, progress)
}

// begin queues the user's next message up to the question.
func (c *Conversation) begin() error {
	p := &prompt{}
	if !c.begun {
		head, tail, err := c.scaffold()
		if err != nil {
			return err
		}
		c.tail, c.begun = tail, true
		p.marks(head)
	}
	first := c.told == 0
	if c.told < len(c.docs) && c.asking[1] > 0 { // the question before has no part in further documents
		at := len(c.places) + len(c.pending)
		c.asking = [2]int{at, at}
	}
	for ; c.told < len(c.docs); c.told++ {
		if q := c.options.Question; first && c.told == 0 && q != "" {
			p.ask(q)
		}
		// Each document by itself, so that its tokens are the same whatever follows.
		p.document(c.told, c.docs[c.told])
		if err := c.queue(p); err != nil {
			return err
		}
		c.addPart(c.told, c.docs[c.told])
		p = &prompt{}
	}
	return c.queue(p)
}

// question queues the rest of the user's message: the question, and what the
// template has between it and the answer.
func (c *Conversation) question(text string) error {
	if err := c.begin(); err != nil {
		return err
	}
	p := &prompt{asked: [2]int{0, len(text)}}
	p.write(text)
	p.marks(c.tail)
	c.begun = false
	c.say("user", text)
	return c.queue(p)
}

// write queues an answer that was written before.
func (c *Conversation) write(text string) {
	p := &prompt{}
	p.write(text)
	tokens, _ := c.encode(p)
	c.pending = append(c.pending, tokens...)
}

// queue adds a prompt's tokens to those that the session has yet to read.
func (c *Conversation) queue(p *prompt) error {
	if len(p.parts) == 0 {
		return nil
	}
	tokens, asked := c.encode(p)
	if len(c.places)+len(c.pending) == 0 {
		if bos, ok := c.engine.Tokenizer.MissingBOS(idsOf(tokens[:min(1, len(tokens))])); ok {
			tokens = slices.Insert(tokens, 0, placed{id: bos})
			asked[0], asked[1] = asked[0]+1, asked[1]+1
		}
	}
	if first := len(c.places) + len(c.pending); asked[1] > asked[0] {
		c.asking = [2]int{first + asked[0], first + asked[1]}
	}
	c.pending = append(c.pending, tokens...)
	return nil
}

// ask tells the session where the last question is that it has yet to read. It has
// a weight in what is recalled from there on.
func (c *Conversation) ask() error {
	if skip := c.asking[0] - len(c.places); skip >= 0 && c.asking[1] > 0 {
		return c.session.Ask(skip, c.asking[1]-c.asking[0])
	}
	return nil
}

// open opens a session, where there is none, with room for what is pending.
func (c *Conversation) open() error {
	if c.session != nil {
		return nil
	}
	// Room for the text, and for some answers before the store has to grow.
	capacity := len(c.pending) + 2*c.options.MaxTokens + c.options.Settings.Window
	if c.options.Settings.Method == actqkv.Full { // which cannot grow, nor exceed the window
		capacity = max(len(c.pending), c.engine.Model.Config.Context)
	}
	s, err := c.engine.Model.NewSession(model.SessionOptions{
		Settings: c.options.Settings, KV: c.options.KV, Capacity: capacity, Highest: c.findsHighest(),
	})
	if err != nil {
		return err
	}
	c.session = s
	return nil
}

// Pos is the number of tokens that the conversation has read and written.
func (c *Conversation) Pos() int {
	if c.session == nil {
		return 0
	}
	return c.session.Pos()
}

// Restored is the number of tokens that came from a snapshot instead of being
// read.
func (c *Conversation) Restored() int { return c.restored }

// Memory says what the conversation holds on the device, without its marks.
func (c *Conversation) Memory() kvcache.Memory {
	if c.session == nil {
		return kvcache.Memory{}
	}
	return c.session.Memory()
}

// Map says which text the positions read so far hold. Documents have the
// numbers 0, 1, ... in the order in which they were attached. It must not be
// written to.
func (c *Conversation) Map() trace.Map {
	m := trace.Map{Spans: slices.Clip(c.spans)}
	for i, d := range c.docs[:c.told] {
		m.Documents = append(m.Documents, trace.Document{ID: int64(i), Title: d.Title, Pages: len(d.Pages), Bytes: len(d.Text())})
	}
	return m
}

// Close frees the conversation's memory on the device.
func (c *Conversation) Close() {
	c.keeper.stop()
	c.keeper = nil
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}
