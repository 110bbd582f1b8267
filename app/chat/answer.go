package chat

import (
	"context"
	"encoding/json"
	"strings"

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
