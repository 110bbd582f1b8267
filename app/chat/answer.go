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

// Send adds a question at the end of the branch that a conversation shows, and
// has it answered. When it returns nil the question is on the disk.
func (s *Service) Send(ctx context.Context, id store.ConversationID, text string) (store.MessageID, error) {
	if strings.TrimSpace(text) == "" {
		return 0, ErrEmpty
	}
	if err := s.free(id); err != nil {
		return 0, err
	}
	c, err := s.options.Store.Conversation(ctx, id)
	if err != nil {
		return 0, err
	}
	b, err := s.shown(ctx, id)
	if err != nil {
		return 0, err
	}
	m, err := s.addQuestion(ctx, store.NewMessage{Conversation: id, Parent: c.Leaf, Content: text, Sent: true}, b.fresh)
	if err != nil {
		return 0, err
	}
	if c.Title == "" {
		if err := s.options.Store.RenameConversation(ctx, id, titleOf(text)); err != nil {
			return m, err
		}
	}
	return m, s.begin(ctx, id, m, nil)
}

// addQuestion adds a question with the documents that go before it.
func (s *Service) addQuestion(ctx context.Context, n store.NewMessage, docs []store.DocumentID) (store.MessageID, error) {
	details, err := json.Marshal(question{docs})
	if err != nil {
		return 0, err
	}
	n.Role, n.Details = store.User, details
	m, err := s.options.Store.AddMessage(ctx, n)
	if err != nil {
		return 0, err
	}
	s.with(n.Conversation, func(c *state) {
		for _, id := range docs {
			for i := range c.docs {
				if c.docs[i].ID == id {
					c.docs[i].Asked = true
				}
			}
		}
	})
	s.notify(Event{Kind: MessagesChanged, Conversation: n.Conversation, Message: m.ID})
	return m.ID, nil
}

// titleOf makes a conversation's title of its first question.
func titleOf(text string) string {
	const most = 60 // characters
	words := strings.Fields(text)
	title := ""
	for _, w := range words {
		if title != "" && len([]rune(title))+1+len([]rune(w)) > most {
			return title + "…"
		}
		title = strings.TrimSpace(title + " " + w)
	}
	if r := []rune(title); len(r) > most {
		return string(r[:most]) + "…"
	}
	return title
}

// begin adds an answer to a question and queues its writing.
func (s *Service) begin(ctx context.Context, id store.ConversationID, question store.MessageID, settings *Settings) error {
	m, err := s.options.Store.AddMessage(ctx, store.NewMessage{
		Conversation: id, Parent: question, Role: store.Assistant, Status: store.Writing,
	})
	if err != nil {
		return err
	}
	s.notify(Event{Kind: MessagesChanged, Conversation: id, Message: m.ID})
	s.with(id, func(c *state) { c.paused = false })
	s.add(&job{conversation: id, message: m.ID, settings: settings})
	return nil
}

// Regenerate writes another answer beside the one with a number, or one to the
// question with the number, with other settings where they are given.
func (s *Service) Regenerate(ctx context.Context, id store.MessageID, settings *Settings) error {
	m, err := s.ready(ctx, id)
	if err != nil {
		return err
	}
	if settings != nil {
		if err := settings.Validate(); err != nil {
			return err
		}
	}
	question := m.ID
	if m.Role == store.Assistant {
		question = m.Parent
	}
	return s.begin(ctx, m.Conversation, question, settings)
}

// Continue goes on with an answer that ended before the model was done.
func (s *Service) Continue(ctx context.Context, id store.MessageID) error {
	m, err := s.ready(ctx, id)
	if err != nil {
		return err
	}
	if err := s.options.Store.Resume(ctx, id); err != nil {
		return err
	}
	s.notify(Event{Kind: MessagesChanged, Conversation: m.Conversation, Message: id})
	s.add(&job{conversation: m.Conversation, message: id, resume: true})
	return nil
}

// Edit adds a changed message beside the one with a number. A question is
// answered where ask is set.
func (s *Service) Edit(ctx context.Context, id store.MessageID, text string, ask bool) error {
	if strings.TrimSpace(text) == "" {
		return ErrEmpty
	}
	m, err := s.options.Store.Message(ctx, id)
	if err == nil && ask {
		m, err = s.ready(ctx, id)
	}
	if err != nil {
		return err
	}
	n := store.NewMessage{Conversation: m.Conversation, Parent: m.Parent, Role: m.Role, Content: text}
	if m.Role != store.User {
		_, err := s.options.Store.AddMessage(ctx, n)
		s.notify(Event{Kind: MessagesChanged, Conversation: m.Conversation})
		return err
	}
	docs, err := documentsOf(m)
	if err != nil {
		return err
	}
	edited, err := s.addQuestion(ctx, n, docs)
	if err != nil || !ask {
		return err
	}
	return s.begin(ctx, m.Conversation, edited, nil)
}

// ready returns a message that an answer can be written beside or below.
func (s *Service) ready(ctx context.Context, id store.MessageID) (store.Message, error) {
	m, err := s.options.Store.Message(ctx, id)
	if err != nil {
		return m, err
	}
	return m, s.free(m.Conversation)
}

// free says what keeps an answer in a conversation from being begun.
func (s *Service) free(id store.ConversationID) error {
	if m := s.Model(); !m.Ready && !m.Loading {
		return ErrNoModel
	}
	if s.busy(id) {
		return ErrBusy
	}
	return nil
}

// choices are the settings of a job and the system prompt.
func (s *Service) choices(j *job) (Settings, string, error) {
	c, err := s.Settings(j.ctx, j.conversation)
	if err != nil {
		return c, "", err
	}
	s.takeChange(j.conversation)
	if j.settings != nil {
		c = *j.settings
	}
	conversation, err := s.options.Store.Conversation(j.ctx, j.conversation)
	return c, conversation.System, err
}

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
	earlier Figures // of the part of the answer that is continued
	figures Figures
}

// saveEvery is how much of an answer a crash may cost.
const saveEvery = time.Second

// answer writes an answer. Whatever happens, the message is finished.
func (s *Service) answer(j *job) error {
	w := &writer{job: j, service: s}
	a, err := w.run()
	s.with(j.conversation, func(c *state) { c.writing, c.reading = nil, nil })
	s.recover(j.conversation, err)
	if saveErr := w.finish(a, err); saveErr != nil {
		return saveErr
	}
	s.addReading(j.conversation) // documents that came in the meantime
	return nil
}

func (w *writer) run() (*engine.Answer, error) {
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
		return w.goOn(system, want)
	}
	if w.talk, err = s.talkFor(w.job, w.chosen, system, want[:len(want)-1], last.docs); err != nil {
		return nil, err
	}
	if err := w.talk.Check(last.text); err != nil {
		return nil, err
	}
	if err := s.readAll(w.job, w.talk); err != nil {
		return nil, err
	}
	if err := w.talk.mark(w.ctx); err != nil {
		return nil, err
	}
	w.record = s.record(w.conversation, w.talk, true)
	a, err := w.talk.Ask(w.ctx, last.text, w.listener())
	if a != nil {
		w.talk.turns = append(w.talk.turns, last, turn{answer: true, text: a.Text})
		w.talk.docs = nil
	}
	return a, err
}

// goOn continues an answer, which want ends with.
func (w *writer) goOn(system string, want []turn) (*engine.Answer, error) {
	s := w.service
	t, err := s.talkFor(w.job, w.chosen, system, want, nil)
	if err != nil {
		return nil, err
	}
	w.talk = t
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
			saved.Consulted = append(saved.Consulted, store.Consulted{Document: w.talk.all[p.Number], Page: p.Page, Share: p.Share})
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
	f.Model, f.Device = info.Name, info.Device
	f.Settings, f.Chosen, f.Written = w.talk.method, w.chosen, time.Now().UTC()
}
