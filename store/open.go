package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// FileName is the name of the database in the data folder.
const FileName = "fovea.db"

const (
	applicationID = 0x466f7665 // as in the first migration
	readers       = 4          // connections that read at the same time
	busyTimeout   = 5 * time.Second
)

// Open opens the database file at path, or makes it and its folder. It checks
// all tables for damage (PRAGMA quick_check) and brings an older database up
// to date. A database that it returns ErrNewer, ErrForeign or ErrDamaged
// for is left as it is.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	s := &Store{clock: options.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	var err error
	if s.path, err = place(path); err != nil {
		s.path = path
		return nil, s.fail(ctx, "open the database", err)
	}
	if s.writer, err = connect(s.path, 1, writerPragmas); err != nil {
		return nil, s.fail(ctx, "open the database", err)
	}
	if s.readers, err = connect(s.path, readers, readerPragmas); err != nil {
		s.writer.Close()
		return nil, s.fail(ctx, "open the database", err)
	}
	if err := s.start(ctx); err != nil {
		s.readers.Close()
		s.writer.Close()
		return nil, s.fail(ctx, "open the database", err)
	}
	return s, nil
}

// place makes the folder and the file, for their owner only, and returns the
// file's absolute path without symbolic links, which SQLite would refuse.
func place(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := create(path); isReadOnly(err) {
		return "", readOnly(path, err)
	} else if isFull(err) {
		return "", full(path, err)
	} else if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	return f.Close()
}

const (
	writerPragmas = `PRAGMA synchronous = full;
		PRAGMA foreign_keys = on;
		PRAGMA journal_size_limit = 67108864;`
	readerPragmas = `PRAGMA query_only = on;`
)

// connect returns a pool of at most n connections. They open on first use.
func connect(path string, n int, pragmas string) (*sql.DB, error) {
	db, err := driver.Open(path, func(c *sqlite3.Conn) error {
		return errors.Join(
			c.BusyTimeout(busyTimeout),
			fts5.Register(c),
			registerSegment(c),
			c.Exec(pragmas),
		)
	})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// start makes sure that the file is a sound database of this version.
func (s *Store) start(ctx context.Context) error {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	fresh, err := s.identify(ctx, len(steps))
	if err != nil {
		return err
	}
	if err := s.quickCheck(ctx); err != nil {
		return err
	}
	// Before the first page is written, so that freed pages can be given back.
	// In a database with tables it would have no effect but a needless write.
	if fresh {
		if _, err := s.writer.ExecContext(ctx, "PRAGMA auto_vacuum = incremental"); err != nil {
			return err
		}
	}
	var mode string
	if err := s.writer.QueryRowContext(ctx, "PRAGMA journal_mode = wal").Scan(&mode); err != nil {
		return err
	} else if mode != "wal" {
		return fmt.Errorf("%s: the file system has no shared memory for a write-ahead log (SQLite's journal mode stays %q): choose a folder on a local disk by FOVEA_DATA", s.path, mode)
	}
	if err := s.protect(ctx); err != nil {
		return err
	}
	return s.migrate(ctx, steps)
}

// protect lets those read the log and its index who can read the database.
// SQLite makes them for everyone.
func (s *Store) protect(ctx context.Context) error {
	var tables int // reading something makes the files; nothing is in new ones yet
	if err := s.writer.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	database, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	for _, name := range []string{s.path + "-wal", s.path + "-shm"} {
		info, err := os.Stat(name)
		if err == nil && info.Mode() != database.Mode() {
			err = os.Chmod(name, database.Mode())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// identify refuses the databases of other programs and newer versions, and
// reports whether the file is empty.
func (s *Store) identify(ctx context.Context, latest int) (fresh bool, err error) {
	var id, version, tables int
	for query, value := range map[string]*int{
		"PRAGMA application_id":              &id,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := s.writer.QueryRowContext(ctx, query).Scan(value); err != nil {
			return false, err
		}
	}
	fresh = id == 0 && version == 0 && tables == 0
	if id != applicationID && !fresh {
		return false, fmt.Errorf("%w: move %s away, or choose another folder by FOVEA_DATA", ErrForeign, s.path)
	}
	if version > latest {
		return false, fmt.Errorf("%w: %s has version %d and this program knows versions up to %d: install the newer Fovea, or choose another folder by FOVEA_DATA",
			ErrNewer, s.path, version, latest)
	}
	return fresh, nil
}
