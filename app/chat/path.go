package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fovea/store"
)

// documentsOf are the documents that go before a question.
func documentsOf(m store.Message) ([]store.DocumentID, error) {
	var q question
	if m.Role != store.User {
		return nil, nil
	}
	if err := json.Unmarshal(m.Details, &q); err != nil {
		return nil, fmt.Errorf("chat: the details of message %d: %w", m.ID, err)
	}
	return q.Documents, nil
}

// path is the turns from the first message of a branch to m.
func (s *Service) path(ctx context.Context, m store.Message) ([]turn, error) {
	all, err := s.options.Store.Messages(ctx, m.Conversation)
	if err != nil {
		return nil, err
	}
	byID := map[store.MessageID]store.Message{}
	for _, other := range all {
		byID[other.ID] = other
	}
	var branch []store.Message
	for m, ok := byID[m.ID]; ok; m, ok = byID[m.Parent] {
		branch = append(branch, m)
	}
	slices.Reverse(branch)
	return turnsOf(branch)
}

// turnsOf makes turns of messages: a question and an answer in turn. Questions
// that follow each other, because one was not answered, are one turn.
func turnsOf(branch []store.Message) ([]turn, error) {
	var turns []turn
	for _, m := range branch {
		docs, err := documentsOf(m)
		if err != nil {
			return nil, err
		}
		t := turn{answer: m.Role == store.Assistant, docs: docs, text: m.Content}
		n := len(turns)
		switch {
		case n == 0 && t.answer:
			return nil, fmt.Errorf("chat: the branch of message %d begins with an answer", m.ID)
		case n > 0 && turns[n-1].answer == t.answer:
			last := &turns[n-1]
			last.docs, last.text = slices.Concat(last.docs, t.docs), last.text+"\n\n"+t.text
		default:
			turns = append(turns, t)
		}
	}
	return turns, nil
}

// branch is what a conversation shows, as the model reads it.
type branch struct {
	turns []turn             // up to the last answer
	next  []store.DocumentID // that go before the question to come
	fresh []store.DocumentID // those of next that no question of the branch has
}

// shown returns the branch that a conversation shows. A question at its end
// that has no answer is a part of the question to come.
func (s *Service) shown(ctx context.Context, id store.ConversationID) (b branch, err error) {
	messages, err := s.options.Store.Branch(ctx, id)
	if err != nil {
		return b, err
	}
	if b.turns, err = turnsOf(messages); err != nil {
		return b, err
	}
	docs, err := s.options.Store.Documents(ctx, id)
	if err != nil {
		return b, err
	}
	for _, d := range docs {
		if !slices.ContainsFunc(b.turns, func(t turn) bool { return slices.Contains(t.docs, d.ID) }) {
			b.fresh = append(b.fresh, d.ID)
		}
	}
	b.next = b.fresh
	if n := len(b.turns); n > 0 && !b.turns[n-1].answer {
		b.next = slices.Concat(b.turns[n-1].docs, b.fresh)
		b.turns = b.turns[:n-1]
	}
	return b, nil
}
