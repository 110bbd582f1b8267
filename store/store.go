// Package store keeps conversations, documents and settings in one SQLite
// file.
//
// A conversation is a tree of messages that loses nothing: editing or
// regenerating a message adds a sibling, and the conversation remembers the
// last message of the branch that is shown ([Store.Branch]). Documents are
// kept as pages of text. [Store.SearchMessages] and [Store.SearchPages] find
// words in both. What is deleted can be restored until it is purged.
//
// A method that writes has committed to the disk when it returns nil
// (write-ahead log, synchronous=FULL): what it wrote survives a crash of the
// program and of the machine. There is one writer at a time; readers go on
// beside it and see what was committed when they began. All methods may be
// called at the same time from several goroutines. A method whose context is
// done returns the context's error and has written nothing.
//
// Errors that a person can do something about are [ErrFull], [ErrReadOnly],
// [ErrDamaged], [ErrNewer], [ErrForeign] and [ErrBusy]; their messages say
// what. Times are in UTC, to the millisecond.
package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Options changes how a store works; the zero value suits programs.
type Options struct {
	Clock func() time.Time // the time of what is written; nil: time.Now
}

// Store is an open database. See [Open].
type Store struct {
	path    string
	clock   func() time.Time
	writer  *sql.DB // one connection
	readers *sql.DB // connections that cannot write
}

// Path is the absolute path of the database file.
func (s *Store) Path() string { return s.path }

// Close waits for calls that are under way and closes the database.
func (s *Store) Close() error {
	// The writer last: the last connection to close empties the log, which
	// readers may not.
	err := errors.Join(s.readers.Close(), s.writer.Close())
	return s.fail(context.Background(), "close the database", err)
}

// now is the time to write, in milliseconds since 1970 in UTC.
func (s *Store) now() int64 { return s.clock().UnixMilli() }

// moment is the time that now was.
func moment(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }

// write runs f in a transaction that is committed when f returns nil and
// leaves no trace otherwise. doing is for the error's message.
func (s *Store) write(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	// Serializable is BEGIN IMMEDIATE: the lock is taken before anything is
	// read, so that what was read still holds when it is written.
	tx, err := s.writer.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return s.fail(ctx, doing, err)
	}
	defer tx.Rollback() // does nothing after a commit
	if err := f(tx); err != nil {
		return s.fail(ctx, doing, err)
	}
	return s.fail(ctx, doing, tx.Commit())
}

// execute runs one statement in a transaction of its own and requires that it
// changes a row.
func (s *Store) execute(ctx context.Context, doing, statement string, args ...any) error {
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		return change(ctx, tx, statement, args...)
	})
}

// change runs a statement that changes rows; ErrNotFound when there are none.
func change(ctx context.Context, tx *sql.Tx, statement string, args ...any) error {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrNotFound
	}
	return nil
}

// list returns all rows of a query. scan reads one.
func list[T any](ctx context.Context, s *Store, doing string, scan func(row scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fail(ctx, doing, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, s.fail(ctx, doing, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fail(ctx, doing, err)
	}
	return all, nil
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }
