package store

import (
	"context"
	"database/sql"
	"fmt"
)

const branchQuery = `WITH RECURSIVE branch (id, height) AS (
		SELECT leaf, 0 FROM conversation WHERE id = ?1 AND leaf IS NOT NULL
		UNION ALL
		SELECT m.parent, height + 1 FROM branch JOIN message m ON m.id = branch.id WHERE m.parent IS NOT NULL
	)
	SELECT ` + messageColumns + `,
		(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent AND s.id < m.id),
		(SELECT count(*) FROM message s WHERE s.conversation = m.conversation AND s.parent IS m.parent)
	FROM branch CROSS JOIN message m ON m.id = branch.id
	ORDER BY branch.height DESC`

// Branch returns the messages that a conversation shows: those from the first
// one to its leaf, each with its place among its siblings.
func (s *Store) Branch(ctx context.Context, conversation ConversationID) ([]Message, error) {
	return list(ctx, s, fmt.Sprintf("read the messages of conversation %d", conversation),
		func(row scanner) (Message, error) {
			var sibling, siblings int
			m, err := scanMessage(row, &sibling, &siblings)
			m.Sibling, m.Siblings = sibling, siblings
			return m, err
		}, branchQuery, conversation)
}

const siblingsQuery = `SELECT s.id FROM message m
	CROSS JOIN message s ON s.conversation = m.conversation AND s.parent IS m.parent
	WHERE m.id = ? ORDER BY s.id`

// Siblings returns a message and those with the same parent, in the order in
// which they were added.
func (s *Store) Siblings(ctx context.Context, id MessageID) ([]MessageID, error) {
	return list(ctx, s, fmt.Sprintf("read the siblings of message %d", id), func(row scanner) (MessageID, error) {
		var sibling MessageID
		err := row.Scan(&sibling)
		return sibling, err
	}, siblingsQuery, id)
}

// The last message added below another one has no children itself.
const lastBelowQuery = `WITH RECURSIVE below (id, conversation) AS (
		SELECT id, conversation FROM message WHERE id = ?1
		UNION ALL
		SELECT m.id, m.conversation FROM below CROSS JOIN message m ON m.conversation = below.conversation AND m.parent = below.id
	)
	SELECT max(id), conversation FROM below HAVING count(*) > 0`

// Show makes a conversation show the branch with a message, as far as the
// last message that was added below it, and returns that one's number.
func (s *Store) Show(ctx context.Context, id MessageID) (leaf MessageID, err error) {
	doing := fmt.Sprintf("show message %d", id)
	err = s.write(ctx, doing, func(tx *sql.Tx) error {
		var conversation ConversationID
		if err := tx.QueryRowContext(ctx, lastBelowQuery, id).Scan(&leaf, &conversation); err != nil {
			return err
		}
		return change(ctx, tx, "UPDATE conversation SET leaf = ? WHERE id = ?", leaf, conversation)
	})
	if err != nil {
		return 0, err
	}
	return leaf, nil
}
