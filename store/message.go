package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// MessageID names a message for good: numbers are never reused, and a message
// has a larger one than its parent. 0 is none.
type MessageID int64

// Role says who wrote a message.
type Role string

// The roles.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Status says whether a message is finished.
type Status string

// A message that is being written can change; one with another status cannot.
const (
	Complete Status = "complete"
	Writing  Status = "writing" // not finished
	Stopped  Status = "stopped" // ended early, by a person or a crash
	Failed   Status = "failed"  // ended early, by an error
)

// Message is a node in the tree of a conversation.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Parent       MessageID // what it answers or follows; 0: a branch begins with it
	Role         Role
	Content      string // Markdown
	Status       Status
	Details      json.RawMessage // figures and settings of an answer, in the form of whoever made it
	Created      time.Time
	Updated      time.Time

	// Its place among the children of its parent, from 0 in the order in which
	// they were added, and their number. Set by [Store.Branch] only.
	Sibling, Siblings int
}

// NewMessage is a message to add.
type NewMessage struct {
	Conversation ConversationID
	Parent       MessageID // a message of the same conversation; 0: a branch begins with it
	Role         Role
	Content      string
	Status       Status          // empty: Complete
	Details      json.RawMessage // nil: {}
	Sent         bool            // it was the conversation's draft, which is emptied with it
}

// AddMessage adds a message below its parent and makes it the end of the
// branch that is shown. Editing a message is adding one with the same parent.
// When it returns nil the message is on the disk.
func (s *Store) AddMessage(ctx context.Context, n NewMessage) (Message, error) {
	const doing = "add a message"
	if n.Status == "" {
		n.Status = Complete
	}
	if n.Details == nil {
		n.Details = json.RawMessage("{}")
	}
	if err := checkJSON(n.Details); err != nil {
		return Message{}, s.fail(ctx, doing, err)
	}
	m := Message{
		Conversation: n.Conversation, Parent: n.Parent, Role: n.Role, Content: n.Content, Status: n.Status, Details: n.Details,
	}
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		now := s.now()
		m.Created, m.Updated = moment(now), moment(now)
		err := tx.QueryRowContext(ctx, `INSERT INTO message (conversation, parent, role, content, status, details, created, updated)
			VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?) RETURNING id`,
			m.Conversation, m.Parent, m.Role, m.Content, m.Status, string(m.Details), now, now).Scan(&m.ID)
		if err != nil {
			return err
		}
		return change(ctx, tx, "UPDATE conversation SET leaf = ?, updated = ?, draft = iif(?, '', draft) WHERE id = ?",
			m.ID, now, n.Sent, m.Conversation)
	})
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

const messageColumns = "m.id, m.conversation, ifnull(m.parent, 0), m.role, m.content, m.status, m.details, m.created, m.updated"

// scanMessage reads messageColumns and what comes after them.
func scanMessage(row scanner, more ...any) (Message, error) {
	var m Message
	var created, updated int64
	err := row.Scan(append([]any{
		&m.ID, &m.Conversation, &m.Parent, &m.Role, &m.Content, &m.Status, (*[]byte)(&m.Details), &created, &updated,
	}, more...)...)
	m.Created, m.Updated = moment(created), moment(updated)
	return m, err
}

const messageQuery = "SELECT " + messageColumns + " FROM message m WHERE m.id = ?"

// Message returns one message.
func (s *Store) Message(ctx context.Context, id MessageID) (Message, error) {
	m, err := scanMessage(s.readers.QueryRowContext(ctx, messageQuery, id))
	if err != nil {
		return Message{}, s.fail(ctx, fmt.Sprintf("read message %d", id), err)
	}
	return m, nil
}

const messagesQuery = "SELECT " + messageColumns + " FROM message m WHERE m.conversation = ? ORDER BY m.id"

// Messages returns all messages of a conversation, of all branches, in the
// order in which they were added.
func (s *Store) Messages(ctx context.Context, conversation ConversationID) ([]Message, error) {
	return list(ctx, s, fmt.Sprintf("read the messages of conversation %d", conversation),
		func(row scanner) (Message, error) { return scanMessage(row) }, messagesQuery, conversation)
}
