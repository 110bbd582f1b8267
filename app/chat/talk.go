package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/store"
)

// turn is a message as the model reads it.
type turn struct {
	answer bool
	docs   []store.DocumentID // that go before a question
	text   string
}

func (t turn) equal(o turn) bool {
	return t.answer == o.answer && t.text == o.text && slices.Equal(t.docs, o.docs)
}

// talk is a session of the model with what it has read.
type talk struct {
	Talk
	method actqkv.Settings
	system string
	turns  []turn
	docs   []store.DocumentID // attached to the question to come
	all    []store.DocumentID // attached so far, in order
	marks  []mark
	used   time.Time
}

// mark is a state to which a talk can return.
type mark struct {
	*engine.Mark
	turns, docs, all int // lengths
}

func (t *talk) close() {
	t.drop(0)
	t.Talk.Close()
}

// drop frees all marks but the first n.
func (t *talk) drop(n int) {
	for _, m := range t.marks[n:] {
		m.Free()
	}
	t.marks = t.marks[:n]
}

// maxMarks is the most marks of a talk. The first one is worth the most: it
// stands behind the documents.
const maxMarks = 4

// mark remembers the talk as it is, before a question.
func (t *talk) mark(ctx context.Context) error {
	m, err := t.Mark(ctx)
	if errors.Is(err, engine.ErrOutOfMemory) {
		return nil // another answer to the question will cost reading again
	}
	if err != nil {
		return err
	}
	if len(t.marks) == maxMarks {
		t.marks[1].Free()
		t.marks = slices.Delete(t.marks, 1, 2)
	}
	t.marks = append(t.marks, mark{m, len(t.turns), len(t.docs), len(t.all)})
	return nil
}

// leads says whether a talk with these turns, and with docs attached to the
// question to come, is on the way to the turns that are wanted and to next,
// the documents of the question after them.
func leads(turns []turn, docs []store.DocumentID, want []turn, next []store.DocumentID) bool {
	if len(turns) > len(want) || !slices.EqualFunc(turns, want[:len(turns)], turn.equal) {
		return false
	}
	if len(turns) < len(want) {
		next = want[len(turns)].docs
	}
	return len(docs) <= len(next) && slices.Equal(docs, next[:len(docs)])
}

// back takes the talk back to where it leads to what is wanted, and says
// whether there is such a place. With open, the last of the wanted turns is an
// answer to go on with.
func (t *talk) back(ctx context.Context, want []turn, next []store.DocumentID, open bool) (bool, error) {
	open = open && !t.CanContinue()
	if leads(t.turns, t.docs, want, next) && !(open && len(t.turns) == len(want)) {
		return true, nil
	}
	for i := len(t.marks) - 1; i >= 0; i-- {
		m := t.marks[i]
		docs := t.all[m.all-m.docs : m.all]
		if !leads(t.turns[:m.turns], docs, want, next) || open && m.turns == len(want) {
			continue
		}
		if err := t.Return(ctx, m.Mark); err != nil {
			return false, err
		}
		t.turns, t.docs, t.all = t.turns[:m.turns], slices.Clone(docs), t.all[:m.all]
		t.drop(i + 1)
		return true, nil
	}
	return false, nil
}

// forward brings a talk to the wanted turns and attaches the documents of the
// question to come. Documents are read before what follows them, and a mark is
// set behind them, so that they need not be read again for another question.
func (s *Service) forward(j *job, t *talk, want []turn, next []store.DocumentID) error {
	for _, w := range want[len(t.turns):] {
		if len(w.docs) > 0 {
			if err := s.attach(j.ctx, t, w.docs); err != nil {
				return err
			}
			if err := s.readAll(j, t); err != nil {
				return err
			}
			if err := t.mark(j.ctx); err != nil {
				return err
			}
		}
		if err := t.Remember(engine.Turn{Answer: w.answer, Text: w.text}); err != nil {
			return err
		}
		t.turns, t.docs = append(t.turns, w), nil
	}
	return s.attach(j.ctx, t, next)
}

// attach attaches those of the documents that are not attached yet.
func (s *Service) attach(ctx context.Context, t *talk, next []store.DocumentID) error {
	docs, err := s.documents(ctx, next[len(t.docs):])
	if err != nil {
		return err
	}
	t.Attach(docs...)
	t.all = append(t.all, next[len(t.docs):]...)
	t.docs = slices.Clone(next)
	return nil
}

// talkFor returns the talk of a conversation that has read, or is about to
// read, the wanted turns and next, the documents of the question after them.
func (s *Service) talkFor(j *job, c Settings, system string, want []turn, next []store.DocumentID) (*talk, error) {
	id := j.conversation
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	t := s.talks[id]
	if t != nil {
		fits := t.system == system
		if fits {
			if fits, err = t.back(j.ctx, want, next, j.resume); err != nil {
				fits = false // a session that failed is made anew
			}
		}
		if fits {
			if err = t.Change(method); errors.Is(err, engine.ErrOtherSession) {
				fits = false
			} else if err != nil {
				return nil, err
			}
		}
		if !fits {
			t.close()
			delete(s.talks, id)
			t = nil
		}
	}
	if t == nil {
		t = &talk{system: system, Talk: s.engine.Begin(engine.ConversationOptions{
			Settings: method, System: system, Snapshots: s.options.Snapshots,
		})}
		s.talks[id] = t
	}
	t.method, t.used = method, time.Now()
	t.Sample(c.sampling(), c.MaxTokens)
	s.makeRoom(id)
	return t, s.forward(j, t, want, next)
}

// makeRoom frees the sessions that were not used for longest, until the others
// leave half of the device's memory to the one that is used now.
func (s *Service) makeRoom(id store.ConversationID) {
	limit := s.engine.Info().Memory / 2
	for {
		held, oldest := int64(0), store.ConversationID(0)
		for other, t := range s.talks {
			if other == id {
				continue
			}
			m := t.Memory()
			held += m.Store + m.Fixed
			for _, mark := range t.marks {
				held += mark.Bytes()
			}
			if oldest == 0 || t.used.Before(s.talks[oldest].used) {
				oldest = other
			}
		}
		if limit == 0 || held <= limit || oldest == 0 {
			return
		}
		s.forget(oldest)
	}
}

// forgetOthers frees the sessions of all other conversations, and says whether
// there were any.
func (s *Service) forgetOthers(id store.ConversationID) bool {
	any := false
	for other := range s.talks {
		if other != id {
			s.forget(other)
			any = true
		}
	}
	return any
}

// forget frees the session of a conversation.
func (s *Service) forget(id store.ConversationID) {
	if t := s.talks[id]; t != nil {
		t.close()
		delete(s.talks, id)
	}
	s.with(id, func(c *state) {
		for i := range c.docs {
			c.docs[i].readPages = 0
		}
	})
	s.notify(Event{Kind: WorkChanged, Conversation: id})
}

// documents returns documents, out of the store where need be.
func (s *Service) documents(ctx context.Context, ids []store.DocumentID) ([]*document.Document, error) {
	var docs []*document.Document
	for _, id := range ids {
		d, err := s.document(ctx, id)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}
