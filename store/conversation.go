package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ConversationID names a conversation for good: numbers are never reused. 0
// is none.
type ConversationID int64

// Conversation is everything about a conversation but its messages and
// documents.
type Conversation struct {
	ID       ConversationID
	Folder   FolderID // 0: in none
	Title    string
	System   string          // the system prompt
	Sampling json.RawMessage // how answers are made, in the form of whoever makes them
	Draft    string          // what is typed and not sent
	Leaf     MessageID       // the last message of the branch that is shown; 0: no messages
	Created  time.Time
	Updated  time.Time // when its last message was added
}

// Summary is what the list of conversations shows.
type Summary struct {
	ID      ConversationID
	Folder  FolderID // 0: in none
	Title   string
	Updated time.Time // when its last message was added
}

// AddConversation adds one with the fields Folder, Title, System, Sampling
// (nil: {}) and Draft of c, and returns it with the other fields set.
func (s *Store) AddConversation(ctx context.Context, c Conversation) (Conversation, error) {
	if c.Sampling == nil {
		c.Sampling = json.RawMessage("{}")
	}
	if err := checkJSON(c.Sampling); err != nil {
		return Conversation{}, s.fail(ctx, "add a conversation", err)
	}
	err := s.write(ctx, "add a conversation", func(tx *sql.Tx) error {
		now := s.now()
		c.Leaf, c.Created, c.Updated = 0, moment(now), moment(now)
		return tx.QueryRowContext(ctx, `INSERT INTO conversation (folder, title, system, sampling, draft, created, updated)
			VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?) RETURNING id`,
			c.Folder, c.Title, c.System, string(c.Sampling), c.Draft, now, now).Scan(&c.ID)
	})
	if err != nil {
		return Conversation{}, err
	}
	return c, nil
}

const conversationQuery = `SELECT id, ifnull(folder, 0), title, system, sampling, draft, ifnull(leaf, 0), created, updated
	FROM conversation WHERE id = ?`

// Conversation returns one conversation, deleted or not.
func (s *Store) Conversation(ctx context.Context, id ConversationID) (Conversation, error) {
	var c Conversation
	var created, updated int64
	err := s.readers.QueryRowContext(ctx, conversationQuery, id).
		Scan(&c.ID, &c.Folder, &c.Title, &c.System, (*[]byte)(&c.Sampling), &c.Draft, &c.Leaf, &created, &updated)
	if err != nil {
		return Conversation{}, s.fail(ctx, fmt.Sprintf("read conversation %d", id), err)
	}
	c.Created, c.Updated = moment(created), moment(updated)
	return c, nil
}

const conversationsQuery = `SELECT c.id, ifnull(c.folder, 0), c.title, c.updated
	FROM conversation c LEFT JOIN folder f ON f.id = c.folder
	WHERE c.deleted IS NULL AND f.deleted IS NULL
	ORDER BY c.updated DESC, c.id DESC`

// Conversations lists all conversations that are not deleted and not in a
// deleted folder, the last one used first.
func (s *Store) Conversations(ctx context.Context) ([]Summary, error) {
	return list(ctx, s, "list the conversations", func(row scanner) (Summary, error) {
		var c Summary
		var updated int64
		err := row.Scan(&c.ID, &c.Folder, &c.Title, &updated)
		c.Updated = moment(updated)
		return c, err
	}, conversationsQuery)
}

// RenameConversation changes a conversation's title.
func (s *Store) RenameConversation(ctx context.Context, id ConversationID, title string) error {
	return s.execute(ctx, "rename a conversation", "UPDATE conversation SET title = ? WHERE id = ?", title, id)
}

// MoveConversation puts a conversation into a folder, or into none (0).
func (s *Store) MoveConversation(ctx context.Context, id ConversationID, folder FolderID) error {
	return s.execute(ctx, "move a conversation", "UPDATE conversation SET folder = nullif(?, 0) WHERE id = ?", folder, id)
}

// SetSystem changes a conversation's system prompt.
func (s *Store) SetSystem(ctx context.Context, id ConversationID, prompt string) error {
	return s.execute(ctx, "save the system prompt", "UPDATE conversation SET system = ? WHERE id = ?", prompt, id)
}

// SetSampling changes how a conversation's answers are made. sampling is JSON.
func (s *Store) SetSampling(ctx context.Context, id ConversationID, sampling json.RawMessage) error {
	const doing = "save how answers are made"
	if err := checkJSON(sampling); err != nil {
		return s.fail(ctx, doing, err)
	}
	return s.execute(ctx, doing, "UPDATE conversation SET sampling = ? WHERE id = ?", string(sampling), id)
}

// SetDraft keeps what is typed and not sent.
func (s *Store) SetDraft(ctx context.Context, id ConversationID, text string) error {
	return s.execute(ctx, "save the draft", "UPDATE conversation SET draft = ? WHERE id = ?", text, id)
}

func checkJSON(text json.RawMessage) error {
	if !json.Valid(text) {
		return errors.New("what was to be saved is not JSON: " + shorten(string(text), 60))
	}
	return nil
}

// shorten cuts a text for a message, to at most n bytes and an ellipsis.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return fmt.Sprintf("%.*s…", n, text)
}
