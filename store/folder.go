package store

import (
	"context"
	"database/sql"
	"time"
)

// FolderID names a folder for good: numbers are never reused. 0 is none.
type FolderID int64

// Folder holds conversations.
type Folder struct {
	ID      FolderID
	Name    string
	Created time.Time
}

// AddFolder makes an empty folder. Several may have the same name.
func (s *Store) AddFolder(ctx context.Context, name string) (Folder, error) {
	f := Folder{Name: name}
	err := s.write(ctx, "add a folder", func(tx *sql.Tx) error {
		now := s.now()
		f.Created = moment(now)
		return tx.QueryRowContext(ctx, "INSERT INTO folder (name, created) VALUES (?, ?) RETURNING id", name, now).Scan(&f.ID)
	})
	if err != nil {
		return Folder{}, err
	}
	return f, nil
}

// RenameFolder changes a folder's name.
func (s *Store) RenameFolder(ctx context.Context, id FolderID, name string) error {
	return s.execute(ctx, "rename a folder", "UPDATE folder SET name = ? WHERE id = ?", name, id)
}

const foldersQuery = "SELECT id, name, created FROM folder WHERE deleted IS NULL ORDER BY name COLLATE NOCASE, id"

// Folders lists all folders that are not deleted, by name.
func (s *Store) Folders(ctx context.Context) ([]Folder, error) {
	return list(ctx, s, "list the folders", func(row scanner) (Folder, error) {
		var f Folder
		var created int64
		err := row.Scan(&f.ID, &f.Name, &created)
		f.Created = moment(created)
		return f, err
	}, foldersQuery)
}
