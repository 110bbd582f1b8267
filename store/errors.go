package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ncruces/go-sqlite3"
)

// What may go wrong. Test with [errors.Is]; the messages of the errors that
// are returned name the file and the cure.
var (
	ErrNotFound = errors.New("there is no such thing in the database")
	ErrFinished = errors.New("the message is finished: only one that is being written can change")
	ErrFull     = errors.New("the disk is full")
	ErrReadOnly = errors.New("the database cannot be written")
	ErrDamaged  = errors.New("the database is damaged")
	ErrNewer    = errors.New("the database was written by a newer version of Fovea")
	ErrForeign  = errors.New("the file is a database of another program")
	ErrBusy     = errors.New("another program is writing to the database")
)

// fail tells what was being done and, for errors that a person can do
// something about, what.
func (s *Store) fail(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", doing, explain(ctx, s.path, err))
}

// explain finds the error of this package that err amounts to.
func explain(ctx context.Context, path string, err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case errors.Is(err, sqlite3.FULL):
		return full(path, err)
	case errors.Is(err, sqlite3.READONLY), errors.Is(err, sqlite3.PERM):
		return readOnly(path, err)
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return damaged(path, err)
	case errors.Is(err, sqlite3.BUSY):
		return fmt.Errorf("%w %s: wait for it or close it, and try again: %w", ErrBusy, path, err)
	case errors.Is(err, sqlite3.IOERR), errors.Is(err, sqlite3.CANTOPEN):
		return diagnose(path, err)
	case ctx.Err() != nil:
		// SQLite was interrupted, or database/sql had closed a statement or the
		// transaction before it was used.
		return ctx.Err()
	}
	return err
}

func full(path string, err error) error {
	return fmt.Errorf("%w: free some space where %s is and try again, nothing that was saved is lost: %w", ErrFull, path, err)
}

func readOnly(path string, err error) error {
	return fmt.Errorf("%w: make %s and its folder writable, or choose another folder by FOVEA_DATA: %w", ErrReadOnly, path, err)
}

func damaged(path string, err error) error {
	return fmt.Errorf("%w: put a backup in the place of %s, or move it away (and its -wal and -shm files) to begin anew: %w", ErrDamaged, path, err)
}

// diagnose asks the system what SQLite does not tell: whether a failure at
// the database file comes from a full disk or from missing permission.
func diagnose(path string, err error) error {
	cause := probe(path)
	switch {
	case cause == nil:
		return fmt.Errorf("%s: %w", path, err)
	case isFull(cause):
		return full(path, errors.Join(err, cause))
	case isReadOnly(cause):
		return readOnly(path, errors.Join(err, cause))
	}
	return fmt.Errorf("%s: %w", path, errors.Join(err, cause))
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func isReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// probe opens the database's files to write, makes a file beside them, gives
// it some bytes and a size slightly above theirs, and removes it. SQLite's
// locks belong to the files as SQLite opened them, so closing them here
// releases none.
func probe(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err == nil {
			f.Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "fovea-*.probe")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const some = 1 << 16
	if _, err := f.Write(make([]byte, some)); err != nil {
		return err
	}
	if err := f.Truncate(max(fileSize(path), fileSize(path+"-wal")) + some); err != nil {
		return err
	}
	return f.Sync()
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
