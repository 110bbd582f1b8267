package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Check reads the whole database and every index (PRAGMA integrity_check,
// PRAGMA foreign_key_check) and returns ErrDamaged, with what it found, when
// something is wrong. It takes seconds for a gigabyte.
func (s *Store) Check(ctx context.Context) error {
	if err := s.check(ctx, s.readers, "PRAGMA integrity_check(10)"); err != nil {
		return s.fail(ctx, "check the database", err)
	}
	var orphans int
	err := s.readers.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&orphans)
	if err == nil && orphans > 0 {
		err = damaged(s.path, fmt.Errorf("%d rows refer to rows that are not there", orphans))
	}
	return s.fail(ctx, "check the database", err)
}

// quickCheck looks through every table of the file. It goes by tables because
// quick_check of everything would also weigh every word of the search
// indexes, which takes a hundred times as long; [Store.Check] does that.
func (s *Store) quickCheck(ctx context.Context) error {
	rows, err := s.writer.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
	if err != nil {
		return err
	}
	defer rows.Close()
	names := []string{"sqlite_schema"}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.check(ctx, s.writer, "PRAGMA quick_check("+sqlite3.QuoteIdentifier(name)+")"); err != nil {
			return err
		}
	}
	return nil
}

// check runs a pragma whose only row is "ok" for a sound file.
func (s *Store) check(ctx context.Context, db *sql.DB, pragma string) error {
	rows, err := db.QueryContext(ctx, pragma)
	if err != nil {
		return err
	}
	defer rows.Close()
	var found error
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			found = errors.Join(found, errors.New(line))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if found != nil {
		return damaged(s.path, found)
	}
	return nil
}
