package chat

import (
	"context"
	"encoding/json"
	"time"

	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/store"
)

// recorder notes what the layers do while an answer is written, for those who
// watch and for the store. Only the worker uses it.
type recorder struct {
	service      *Service
	conversation store.ConversationID
	talk         *talk
	encoder      *trace.Encoder
	last         *trace.Step // whose token's text is not complete yet
	text         string
	spans        int   // of the map, that are encoded
	err          error // the trace is not kept; the answer is
}

// record begins a live log; what it notes is also encoded for the store where
// keep is set.
func (s *Service) record(id store.ConversationID, t *talk, keep bool) *recorder {
	r := &recorder{service: s, conversation: id, talk: t}
	settings, err := json.Marshal(t.method)
	if keep {
		r.encoder, r.err = trace.NewEncoder(settings), err
	}
	s.with(id, func(c *state) { c.log.begin(settings) })
	return r
}

// positions is the talk's map, with the store's numbers of documents.
func (t *talk) positions() trace.Map {
	m := t.Map()
	for i := range m.Documents {
		m.Documents[i].ID = int64(t.docs[i])
	}
	return m
}

// step notes a step, and completes the one before.
func (r *recorder) step(t *trace.Step) {
	r.flush()
	r.last = t
	if t.Queries > 1 {
		r.flush()
	}
}

// wrote notes text that the last step's token made.
func (r *recorder) wrote(text string) { r.text += text }

// flush notes the last step as complete.
func (r *recorder) flush() {
	if r.last == nil {
		return
	}
	e, m := trace.Entry{Step: r.last, Text: r.text}, r.talk.positions()
	r.last, r.text = nil, ""
	r.service.with(r.conversation, func(c *state) { c.log.add(e, m) })
	r.service.notify(Event{Kind: TraceGrew, Conversation: r.conversation})
	if r.encoder == nil || r.err != nil {
		return
	}
	// A session that was made anew to continue an answer is on its way to where
	// the map ends.
	if len(m.Spans) > r.spans {
		r.err, r.spans = r.encoder.Extend(m), len(m.Spans)
	}
	if r.err == nil {
		r.err = r.encoder.Add(e)
	}
}

// resume notes what an earlier part of the answer noted.
func (r *recorder) resume(ctx context.Context, id store.MessageID) error {
	b, err := r.service.options.Store.Trace(ctx, id)
	if err != nil {
		return err
	}
	log, err := trace.Decode(b)
	if err != nil {
		return err
	}
	r.encoder = trace.NewEncoder(log.Settings)
	if err := r.encoder.Extend(log.Map); err != nil {
		return err
	}
	r.spans = len(log.Map.Spans)
	for _, e := range log.Entries {
		if err := r.encoder.Add(e); err != nil {
			return err
		}
	}
	r.service.with(r.conversation, func(c *state) {
		for _, e := range log.Entries {
			c.log.add(e, log.Map)
		}
	})
	return nil
}

// bytes is the trace so far for the store; nil: there is none.
func (r *recorder) bytes() []byte {
	if r.encoder == nil || r.err != nil {
		return nil
	}
	return r.encoder.Bytes()
}

// Replay returns what the layers did while a message was written.
// store.ErrNotFound when nothing was kept.
func (s *Service) Replay(ctx context.Context, id store.MessageID) (*trace.Log, error) {
	b, err := s.options.Store.Trace(ctx, id)
	if err != nil {
		return nil, err
	}
	return trace.Decode(b)
}

// Figures are what is kept of an answer beside its text.
type Figures struct {
	Stopped    string          `json:"stopped"` // why it ended: end, length, loop; empty: a person or an error ended it
	Error      string          `json:"error,omitempty"`
	Tokens     int             `json:"tokens"`
	Prompt     int             `json:"prompt_tokens"`
	Attended   int             `json:"attended_tokens"`
	Held       int             `json:"held_tokens"`
	FirstToken float64         `json:"first_token_seconds"`
	Rate       float64         `json:"tokens_per_second"`
	ReadPages  int             `json:"read_pages"`
	Pages      int             `json:"pages"`
	Part       bool            `json:"part,omitempty"` // it came from the first ReadPages of Pages, while the rest was yet to be read
	Model      string          `json:"model"`
	Device     string          `json:"device"`
	Settings   actqkv.Settings `json:"settings"`
	Chosen     Settings        `json:"chosen"`
	Traced     bool            `json:"traced"` // Replay has something
	Written    time.Time       `json:"written"`
}

// question is what is kept of a question beside its text.
type question struct {
	Documents []store.DocumentID `json:"documents,omitempty"` // that go before it
}

// FiguresOf reads the figures of an answer.
func FiguresOf(m store.Message) (f Figures, err error) {
	err = json.Unmarshal(m.Details, &f)
	return f, err
}
