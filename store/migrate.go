package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
)

//go:embed migration/*.sql
var migrationFiles embed.FS

// migration is a step from one version of the database to the next one.
type migration struct {
	name   string // of the file
	script string // SQL
}

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// readMigrations returns the steps in order: the first one leads from version
// 0, an empty file, to version 1.
func readMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, "migration") // in the order of names
	if err != nil {
		return nil, err
	}
	var steps []migration
	for i, e := range entries {
		parts := migrationName.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("migration/%s: a migration's name is like 0001_what_for.sql", e.Name())
		}
		if n, err := strconv.Atoi(parts[1]); err != nil || n != i+1 {
			return nil, fmt.Errorf("migration/%s: number %04d is missing or there twice", e.Name(), i+1)
		}
		script, err := fs.ReadFile(files, "migration/"+e.Name())
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{name: e.Name(), script: string(script)})
	}
	return steps, nil
}

// migrate runs the steps that the database has not seen, each in a
// transaction that also records it.
func (s *Store) migrate(ctx context.Context, steps []migration) error {
	for i, step := range steps {
		if err := s.step(ctx, i+1, step); err != nil {
			return fmt.Errorf("migration/%s: %w", step.name, err)
		}
	}
	return nil
}

func (s *Store) step(ctx context.Context, version int, step migration) error {
	tx, err := s.writer.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Read here, because another program may have done the step meanwhile.
	var current int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&current); err != nil {
		return err
	}
	if current >= version {
		return nil
	}
	if _, err := tx.ExecContext(ctx, step.script); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}
