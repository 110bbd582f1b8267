// Package chat runs conversations: it opens documents, has a model read them,
// writes questions and answers into the store and tells what is going on. It
// knows no window.
//
// One goroutine owns the model and its sessions; it answers before it reads,
// one thing after the other. The methods of [Service] may be called from any
// goroutine. They wait for the disk at most, never for the model, and what
// they set in motion is told by [Options].Notify and seen by [Service.View].
// What they return without an error is on the disk.
package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/sample"
	"fovea/model/trace"
	"fovea/store"
)

// What may go wrong, beside the errors of other packages.
var (
	ErrNoModel = errors.New("no model is loaded; choose one first")
	ErrBusy    = errors.New("this conversation is being answered; wait for the end or stop it first")
	ErrInUse   = errors.New("questions were asked about this document, so it belongs to the conversation; begin a new conversation to be without it")
	ErrEmpty   = errors.New("there is no text to send")
)

// Engine is a loaded model.
type Engine interface {
	Info() ModelInfo
	Begin(o engine.ConversationOptions, docs ...*document.Document) Talk
	Close() error
}

// Talk is one text that a model reads and continues; *engine.Conversation is
// one.
type Talk interface {
	Attach(docs ...*document.Document)
	Remember(turns ...engine.Turn) error
	Check(question string) error
	Read(ctx context.Context, progress func(engine.Reading)) error
	Ask(ctx context.Context, question string, l engine.Listener) (*engine.Answer, error)
	CanContinue() bool
	Continue(ctx context.Context, l engine.Listener) (*engine.Answer, error)
	Mark(ctx context.Context) (*engine.Mark, error)
	Return(ctx context.Context, m *engine.Mark) error
	SetAside(m *engine.Mark, most int64) (*engine.Branch, error) // most bytes
	TakeUp(ctx context.Context, b *engine.Branch) error
	Change(to actqkv.Settings) error
	Sample(o sample.Options, maxTokens int)
	Map() trace.Map
	Snapshots() []string // of the documents attached first, in order
	Joined() []int       // documents that were not read behind those before them; see engine.Conversation
	Kept() (int, error)  // tokens
	CanCut() bool
	Cut() error
	Pos() int // tokens read and written
	Memory() kvcache.Memory
	Close()
}

// ModelInfo describes a loaded model and its device.
type ModelInfo struct {
	Name   string
	Path   string
	Device string
	Layers int
	Window int   // tokens that the model was trained for
	Memory int64 // of the device, in bytes; 0: not known
	Host   int64 // most bytes of the computer's memory to use; 0: what is free
}

// Options are what a service works with.
type Options struct {
	Store *store.Store
	// Open loads a model. progress is the share that is loaded, 0 to 1.
	Open func(ctx context.Context, path string, progress func(float64)) (Engine, error)
	// Documents are the options for reading files; their Progress is not used.
	Documents document.Options
	// Snapshots, where set, keep what models read. The service sets what they
	// are told of.
	Snapshots *engine.Snapshots
	// Soon is how long the rest of documents that are being read may take to be
	// read before a question about them is answered. Where it takes longer, the
	// answer comes from what was read so far; 0: [DefaultSoon].
	Soon time.Duration
	// Aside is the most bytes of the computer's memory for what conversations have
	// behind documents while others about the same documents use their session; 0:
	// an eighth of what is free, or of ModelInfo.Host.
	Aside int64
	// Notify is called when something changed, from several goroutines. It must
	// return soon and may not call the service.
	Notify func(Event)
}

// Kind says what an event is about.
type Kind int

// The kinds of events.
const (
	ModelChanged     Kind = iota // what Service.Model returns
	DocumentsChanged             // a conversation's documents
	MessagesChanged              // a conversation's messages, its title or its documents in the store
	WorkChanged                  // how far reading is, or an answer's text; what Service.View returns
	TraceGrew                    // what Service.Live returns
	Failed                       // Event.Err happened to a conversation, or to all (0)
	Noticed                      // Event.Err says why a document is read again, is not kept, or is taken as it was read alone; all goes on
)

// Event tells that something changed.
type Event struct {
	Kind         Kind
	Conversation store.ConversationID
	Message      store.MessageID // where one message is meant
	Err          error
}

// Service runs conversations.
type Service struct {
	options Options
	ctx     context.Context // ends with Close
	end     context.CancelFunc
	wake    chan struct{} // something was queued
	done    sync.WaitGroup
	opening chan struct{} // one document is opened at a time

	engine Engine                         // the worker's
	talks  map[store.ConversationID]*talk // several may have one

	listing sync.Mutex // of snapshots

	mu      sync.Mutex
	exact   bool
	model   ModelState
	wanted  string // path of the model to load; empty: none
	chats   map[store.ConversationID]*state
	queue   []*job
	running *job
	gone    []store.ConversationID // whose sessions the worker frees
	library map[store.DocumentID]*document.Document
}

// New starts a service. Messages that a crash left unfinished are ended, so
// only one program may use the store.
func New(ctx context.Context, o Options) (*Service, error) {
	if _, err := o.Store.StopWriting(ctx); err != nil {
		return nil, err
	}
	if o.Soon == 0 {
		o.Soon = DefaultSoon
	}
	s := &Service{
		options: o, wake: make(chan struct{}, 1), opening: make(chan struct{}, 1),
		talks: map[store.ConversationID]*talk{}, chats: map[store.ConversationID]*state{},
		library: map[store.DocumentID]*document.Document{},
	}
	if err := s.startSnapshots(ctx); err != nil {
		return nil, err
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.done.Add(1)
	go s.work()
	return s, nil
}

// Close ends what is going on, keeps what was written of an answer, and frees
// the model. The store stays open.
func (s *Service) Close() {
	s.end()
	s.done.Wait()
}

func (s *Service) notify(e Event) {
	if s.options.Notify != nil {
		s.options.Notify(e)
	}
}

func (s *Service) fail(id store.ConversationID, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.notify(Event{Kind: Failed, Conversation: id, Err: err})
	}
}

// with calls f with the live state of a conversation, made where there is none.
func (s *Service) with(id store.ConversationID, f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		c = &state{}
		s.chats[id] = c
	}
	f(c)
}
