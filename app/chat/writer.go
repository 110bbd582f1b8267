package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fovea/app/engine"
	"fovea/model/trace"
	"fovea/store"
)

// writer is an answer in the making. Only the worker uses it.
type writer struct {
	*job
	service *Service
	talk    *talk
	chosen  Settings
	before  string // what the answer already had
	text    strings.Builder
	record  *recorder
	saved   time.Time
	part    *engine.Reading // what had been read where the documents were cut; nil: they were not
	earlier Figures         // of the part of the answer that is continued
	figures Figures
}

// saveEvery is how much of an answer a crash may cost.
const saveEvery = time.Second

// answer writes an answer. Whatever happens, the message is finished.
func (s *Service) answer(j *job) error {
	w := &writer{job: j, service: s}
	a, err := w.run()
	s.with(j.conversation, func(c *state) { c.writing, c.reading = nil, nil })
	s.recover(j, err)
	if saveErr := w.finish(a, err); saveErr != nil {
		return saveErr
	}
	if w.talk != nil && w.talk.part != nil {
		s.with(j.conversation, func(c *state) { c.again = true }) // the reading goes on
	}
	s.addReading(j.conversation) // documents that came in the meantime
	return nil
}

// run writes the answer. Where documents were cut for it, the talk then is where
// their reading stood.
func (w *writer) run() (*engine.Answer, error) {
	a, err := w.write()
	if w.talk != nil && w.talk.cut != nil {
		if w.record != nil {
			w.record.flush() // as long as the talk knows what it read
		}
		err = errors.Join(err, w.talk.uncut())
	}
	return a, err
}

func (w *writer) write() (*engine.Answer, error) {
	s := w.service
	m, err := s.options.Store.Message(w.ctx, w.message)
	if err != nil {
		return nil, err
	}
	w.before = m.Content
	if w.resume {
		if w.earlier, err = FiguresOf(m); err != nil {
			return nil, err
		}
	}
	s.with(w.conversation, func(c *state) {
		c.writing = &Writing{Message: w.message, Text: w.before, Started: time.Now()}
	})
	s.notify(Event{Kind: WorkChanged, Conversation: w.conversation})
	system := ""
	if w.chosen, system, err = s.choices(w.job); err != nil {
		return nil, err
	}
	want, err := s.path(w.ctx, m)
	if err != nil {
		return nil, err
	}
	if !w.resume { // the path ends with the question; the answer to write is not read
		want = want[:len(want)-1]
	}
	last := want[len(want)-1]
	if w.resume {
		return w.goOn(system, textOf(want, nil))
	}
	before := textOf(want[:len(want)-1], last.docs)
	if w.talk, err = s.talkFor(w.job, w.chosen, system, before); err != nil {
		return nil, err
	}
	if err := w.talk.Check(last.text); err != nil {
		return nil, err
	}
	if err := w.forward(before); err != nil {
		return nil, err
	}
	if w.part == nil {
		if _, err := s.readAll(w.job, w.talk); err != nil {
			return nil, err
		}
		if err := w.talk.mark(w.ctx); err != nil {
			return nil, err
		}
	}
	w.record = s.record(w.conversation, w.talk, true)
	a, err := w.talk.Ask(w.ctx, last.text, w.listener())
	if a != nil {
		w.talk.turns = append(w.talk.turns, last, turn{answer: true, text: a.Text})
	}
	return a, err
}

// forward brings the talk to what is wanted, and notes where documents were cut.
func (w *writer) forward(want text) error {
	err := w.service.forward(w.job, w.talk, want)
	if w.talk.cut == nil {
		return err
	}
	w.part = w.talk.part
	w.service.with(w.conversation, func(c *state) {
		if c.writing != nil { // nil: the conversation was deleted meanwhile
			c.writing.Part = w.part
		}
	})
	w.service.notify(Event{Kind: MessagesChanged, Conversation: w.conversation, Message: w.message})
	return err
}

// goOn continues an answer, which want ends with.
func (w *writer) goOn(system string, want text) (*engine.Answer, error) {
	s := w.service
	t, err := s.talkFor(w.job, w.chosen, system, want)
	if err != nil {
		return nil, err
	}
	w.talk = t
	if err := w.forward(want); err != nil {
		return nil, err
	}
	w.record = s.record(w.conversation, t, true)
	if err := w.record.resume(w.ctx, w.message); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	a, err := t.Continue(w.ctx, w.listener())
	if a != nil {
		t.turns[len(t.turns)-1].text += a.Text
	}
	return a, err
}

func (w *writer) listener() engine.Listener {
	s := w.service
	return engine.Listener{Text: w.wrote, Step: func(t *trace.Step) {
		w.record.step(t)
		s.with(w.conversation, func(c *state) {
			c.meter.step(t, w.talk)
			if t.Queries == 1 && c.writing != nil { // nil: the conversation was deleted meanwhile
				if c.writing.First.IsZero() {
					c.writing.First = time.Now()
				}
				c.writing.Tokens++
			}
		})
		w.obey()
	}}
}

// obey takes on the method and the budget that were chosen meanwhile.
func (w *writer) obey() {
	c := w.service.takeChange(w.conversation)
	if c == nil {
		return
	}
	method, err := c.method()
	if err == nil {
		err = w.talk.Change(method)
	}
	if err == nil {
		w.talk.method, w.chosen.Method, w.chosen.Preset, w.chosen.Budget = method, c.Method, c.Preset, c.Budget
	} else if !errors.Is(err, engine.ErrOtherSession) { // which the next answer obeys
		w.service.fail(w.conversation, err)
	}
}

// wrote takes in a piece of the answer.
func (w *writer) wrote(piece string) {
	w.text.WriteString(piece)
	w.record.wrote(piece)
	whole := w.before + w.text.String()
	s := w.service
	s.with(w.conversation, func(c *state) {
		if c.writing != nil {
			c.writing.Text = whole
		}
	})
	s.notify(Event{Kind: WorkChanged, Conversation: w.conversation, Message: w.message})
	if time.Since(w.saved) < saveEvery {
		return
	}
	w.saved = time.Now()
	if err := s.options.Store.SaveAnswer(w.ctx, w.message, store.Answer{Content: whole, Status: store.Writing}); err != nil {
		s.fail(w.conversation, err)
	}
}

// finish saves the answer as it came to be.
func (w *writer) finish(a *engine.Answer, err error) error {
	s := w.service
	saved := store.Answer{Content: w.before + w.text.String(), Status: store.Complete}
	switch {
	case errors.Is(err, context.Canceled):
		saved.Status = store.Stopped
	case err != nil:
		saved.Status = store.Failed
		w.figures.Error = err.Error()
	}
	if w.record != nil {
		w.record.flush()
		saved.Trace = w.record.bytes()
		w.figures.Traced = saved.Trace != nil
		if w.record.err != nil {
			s.fail(w.conversation, fmt.Errorf("chat: what the layers did cannot be kept for a replay: %w", w.record.err))
		}
	}
	if a != nil {
		w.take(a)
		if err != nil {
			w.figures.Stopped = ""
		}
		for _, p := range a.Pages {
			saved.Consulted = append(saved.Consulted, store.Consulted{Document: w.talk.docs[p.Number], Page: p.Page, Share: p.Share})
		}
	}
	var encodeErr error
	if saved.Details, encodeErr = json.Marshal(w.figures); encodeErr != nil {
		return encodeErr
	}
	// Also when the service closes.
	saveErr := s.options.Store.SaveAnswer(context.Background(), w.message, saved)
	s.notify(Event{Kind: MessagesChanged, Conversation: w.conversation, Message: w.message})
	return saveErr
}

// take takes over the figures of an answer.
func (w *writer) take(a *engine.Answer) {
	v, info, f := w.service.View(w.conversation), w.service.Model().Info, &w.figures
	f.Stopped = string(a.Stopped)
	f.Tokens, f.Prompt, f.Attended, f.Held = a.Tokens, a.Prompt, a.Attended, a.Held
	f.FirstToken, f.Rate = a.FirstToken, a.Rate
	if e := w.earlier; e.Tokens > 0 { // both parts are one answer
		f.Tokens, f.Prompt, f.FirstToken = e.Tokens+a.Tokens, e.Prompt, e.FirstToken
	}
	f.ReadPages, f.Pages = v.Meter.ReadPages, v.Meter.Pages
	if w.part != nil {
		f.Part, f.ReadPages, f.Pages = true, w.part.Page, w.part.OfPages
	}
	if w.earlier.Part { // its beginning is from less
		f.Part, f.ReadPages, f.Pages = true, w.earlier.ReadPages, w.earlier.Pages
	}
	f.Model, f.Device = info.Name, info.Device
	f.Settings, f.Chosen, f.Written = w.talk.method, w.chosen, time.Now().UTC()
}
