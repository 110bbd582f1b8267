package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Consulted is a page that was recalled while a message was written.
type Consulted struct {
	Document DocumentID
	Page     int     // from 1
	Share    float64 // of the attention that all recalled pages got, 0 to 1
}

// Answer is the state of a message that is being written.
type Answer struct {
	Content   string // all of it so far
	Status    Status // Writing while there is more to come
	Details   json.RawMessage
	Consulted []Consulted
	Trace     []byte // what the layers did, in the form of whoever made it
}

// SaveAnswer replaces what a message that is being written holds. Details,
// Consulted and Trace that are nil leave what was saved before. ErrFinished
// for messages that are not being written.
func (s *Store) SaveAnswer(ctx context.Context, id MessageID, a Answer) error {
	doing := fmt.Sprintf("save message %d", id)
	var details any // NULL leaves what is there
	if a.Details != nil {
		if err := checkJSON(a.Details); err != nil {
			return s.fail(ctx, doing, err)
		}
		details = string(a.Details)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		if err := requireWriting(ctx, tx, id); err != nil {
			return err
		}
		err := change(ctx, tx, "UPDATE message SET content = ?, status = ?, details = ifnull(?, details), updated = ? WHERE id = ?",
			a.Content, a.Status, details, s.now(), id)
		if err != nil {
			return err
		}
		if a.Trace != nil {
			if _, err := tx.ExecContext(ctx, "REPLACE INTO trace (message, data) VALUES (?, ?)", id, a.Trace); err != nil {
				return err
			}
		}
		if a.Consulted != nil {
			return replaceConsulted(ctx, tx, id, a.Consulted)
		}
		return nil
	})
}

func requireWriting(ctx context.Context, tx *sql.Tx, id MessageID) error {
	var status Status
	if err := tx.QueryRowContext(ctx, "SELECT status FROM message WHERE id = ?", id).Scan(&status); err != nil {
		return err
	}
	if status != Writing {
		return ErrFinished
	}
	return nil
}

func replaceConsulted(ctx context.Context, tx *sql.Tx, id MessageID, pages []Consulted) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM consulted WHERE message = ?", id); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO consulted (message, document, page, share) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, p := range pages {
		if _, err := insert.ExecContext(ctx, id, p.Document, p.Page, p.Share); err != nil {
			return err
		}
	}
	return nil
}

// Resume makes a finished message one that is being written again, so that it
// can be continued.
func (s *Store) Resume(ctx context.Context, id MessageID) error {
	return s.execute(ctx, fmt.Sprintf("resume message %d", id),
		"UPDATE message SET status = 'writing', updated = ? WHERE id = ?", s.now(), id)
}

const writingQuery = "SELECT id FROM message WHERE status = 'writing'"

// StopWriting ends all messages that are being written, as Stopped, and
// returns how many there were. A program calls it before it writes its first
// message: what is being written then was left so by a crash.
func (s *Store) StopWriting(ctx context.Context) (int, error) {
	var n int64
	err := s.write(ctx, "end the messages that a crash left", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE message SET status = 'stopped', updated = ? WHERE id IN ("+writingQuery+")", s.now())
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

const traceQuery = "SELECT data FROM trace WHERE message = ?"

// Trace returns what was saved of what the layers did while a message was
// written. ErrNotFound when nothing was.
func (s *Store) Trace(ctx context.Context, id MessageID) ([]byte, error) {
	var data []byte
	if err := s.readers.QueryRowContext(ctx, traceQuery, id).Scan(&data); err != nil {
		return nil, s.fail(ctx, fmt.Sprintf("read the trace of message %d", id), err)
	}
	return data, nil
}

const consultedQuery = `SELECT c.message, c.document, c.page, c.share
	FROM message m CROSS JOIN consulted c ON c.message = m.id
	WHERE m.conversation = ? ORDER BY m.id, c.document, c.page`

// Consulted returns the pages consulted by all messages of a conversation, by
// message. Those of a message are in the order of documents and pages.
func (s *Store) Consulted(ctx context.Context, conversation ConversationID) (map[MessageID][]Consulted, error) {
	pages := make(map[MessageID][]Consulted)
	_, err := list(ctx, s, fmt.Sprintf("read the pages consulted in conversation %d", conversation), func(row scanner) (none struct{}, err error) {
		var message MessageID
		var p Consulted
		err = row.Scan(&message, &p.Document, &p.Page, &p.Share)
		pages[message] = append(pages[message], p)
		return none, err
	}, consultedQuery, conversation)
	if err != nil {
		return nil, err
	}
	return pages, nil
}
