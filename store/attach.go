package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Attach adds documents at the end of a conversation's list. Those that are
// in it stay where they are.
func (s *Store) Attach(ctx context.Context, conversation ConversationID, documents ...DocumentID) error {
	return s.write(ctx, fmt.Sprintf("attach documents to conversation %d", conversation), func(tx *sql.Tx) error {
		for _, d := range documents {
			_, err := tx.ExecContext(ctx, `INSERT INTO attachment (conversation, document, position)
				VALUES (?1, ?2, (SELECT ifnull(max(position), 0) + 1 FROM attachment WHERE conversation = ?1))
				ON CONFLICT DO NOTHING`, conversation, d)
			if err != nil {
				return err
			}
			if err := s.use(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// Detach takes a document out of a conversation's list. The document itself
// is kept until it is purged, so it can be attached again.
func (s *Store) Detach(ctx context.Context, conversation ConversationID, document DocumentID) error {
	return s.write(ctx, fmt.Sprintf("detach document %d from conversation %d", document, conversation), func(tx *sql.Tx) error {
		if err := change(ctx, tx, "DELETE FROM attachment WHERE conversation = ? AND document = ?", conversation, document); err != nil {
			return err
		}
		return s.use(ctx, tx, document)
	})
}

// use puts off the purge of a document.
func (s *Store) use(ctx context.Context, tx *sql.Tx, document DocumentID) error {
	return change(ctx, tx, "UPDATE document SET used = ? WHERE id = ?", s.now(), document)
}

const documentsQuery = "SELECT " + documentColumns + ` FROM attachment a CROSS JOIN document d ON d.id = a.document
	WHERE a.conversation = ? ORDER BY a.position`

// Documents returns a conversation's list of documents, in order.
func (s *Store) Documents(ctx context.Context, conversation ConversationID) ([]Document, error) {
	return list(ctx, s, fmt.Sprintf("list the documents of conversation %d", conversation), scanDocument, documentsQuery, conversation)
}
