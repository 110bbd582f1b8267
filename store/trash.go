package store

import (
	"context"
	"database/sql"
	"time"
)

// DeleteConversation makes a conversation vanish from lists and searches.
// [Store.RestoreConversation] undoes it until it is purged.
func (s *Store) DeleteConversation(ctx context.Context, id ConversationID) error {
	return s.execute(ctx, "delete a conversation",
		"UPDATE conversation SET deleted = ? WHERE id = ? AND deleted IS NULL", s.now(), id)
}

// RestoreConversation undoes a deletion. ErrNotFound when the conversation
// was purged or is not deleted. One whose folder is deleted comes back in none.
func (s *Store) RestoreConversation(ctx context.Context, id ConversationID) error {
	return s.execute(ctx, "restore a conversation", `UPDATE conversation SET deleted = NULL,
		folder = (SELECT f.id FROM folder f WHERE f.id = conversation.folder AND f.deleted IS NULL)
		WHERE id = ? AND deleted IS NOT NULL`, id)
}

// DeleteFolder makes a folder vanish with all conversations in it.
// [Store.RestoreFolder] undoes it until it is purged.
func (s *Store) DeleteFolder(ctx context.Context, id FolderID) error {
	return s.execute(ctx, "delete a folder",
		"UPDATE folder SET deleted = ? WHERE id = ? AND deleted IS NULL", s.now(), id)
}

// RestoreFolder undoes a deletion. Conversations that were deleted one by one
// stay deleted. ErrNotFound when the folder was purged or is not deleted.
func (s *Store) RestoreFolder(ctx context.Context, id FolderID) error {
	return s.execute(ctx, "restore a folder",
		"UPDATE folder SET deleted = NULL WHERE id = ? AND deleted IS NOT NULL", id)
}

// Purge removes for good what was deleted longer ago than age, and documents
// that no conversation has, no answer consulted and nobody used for as long.
// The file shrinks by what they took.
func (s *Store) Purge(ctx context.Context, age time.Duration) error {
	const doing = "purge what was deleted"
	before := s.clock().Add(-age).UnixMilli()
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		for _, statement := range []string{purgeFolders, purgeConversations, purgeDocuments} {
			if _, err := tx.ExecContext(ctx, statement, before); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.writer.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return s.fail(ctx, doing, err)
}

const (
	purgeFolders       = "DELETE FROM folder WHERE deleted < ?"
	purgeConversations = "DELETE FROM conversation WHERE deleted < ?"
	purgeDocuments     = `DELETE FROM document WHERE used < ?
		AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.document = document.id)
		AND NOT EXISTS (SELECT 1 FROM consulted c WHERE c.document = document.id)`
)
