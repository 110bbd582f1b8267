package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// backupPages are copied between two looks at the context: 16 MiB.
const backupPages = 4096

// Backup copies the database, as it is now, into a new file at path, which is
// a database that [Open] opens. Others may read and write meanwhile. A file
// that is there already is an error: nothing is overwritten. The new file is
// there whole or not at all.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.backup(ctx, path); err != nil {
		return fmt.Errorf("store: back up %s: %w", s.path, explain(ctx, path, err))
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: choose another name", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".fovea-*.backup") // for its owner only
	if err != nil {
		return diagnose(path, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := s.copyTo(ctx, f.Name()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// copyTo overwrites the file at path.
func (s *Store) copyTo(ctx context.Context, path string) error {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		source := c.(driver.Conn).Raw()
		// Within a transaction the source stays as it is. Without one, every
		// write of others would make the copy begin anew.
		if err := source.Exec("BEGIN; SELECT count(*) FROM sqlite_schema"); err != nil {
			return err
		}
		err := copySteps(ctx, source, path)
		return errors.Join(err, source.Exec("ROLLBACK"))
	})
}

func copySteps(ctx context.Context, source *sqlite3.Conn, path string) error {
	b, err := source.BackupInit("main", path)
	if err != nil {
		return err
	}
	for done := false; err == nil && !done; {
		if err = ctx.Err(); err == nil {
			done, err = b.Step(backupPages)
		}
	}
	return errors.Join(err, b.Close())
}

// syncFolder makes a new name in a folder last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
