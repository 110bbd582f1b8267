package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// old makes a database of an older version.
func old(t *testing.T, path string, version int) {
	t.Helper()
	check(t, create(path))
	db := must(connect(path, 1, "PRAGMA auto_vacuum = incremental;"+writerPragmas))(t)
	s := &Store{path: path, writer: db}
	check(t, s.migrate(t.Context(), must(readMigrations(migrationFiles))(t)[:version]))
	for i, script := range []string{
		`INSERT INTO conversation (title, system, sampling, draft, created, updated) VALUES ('old', '', '{}', '', 1, 2);
		INSERT INTO message (conversation, role, content, status, details, created, updated) VALUES (1, 'user', 'needle 视网膜', 'complete', '{}', 3, 4);
		UPDATE conversation SET leaf = 1;`,
		`INSERT INTO document (sha256, path, title, format, size, pages, digest, added, used) VALUES ('', 'p', 't', 'f', 1, 1, '', 5, 6);
		INSERT INTO page (document, number, text, no_text, problem) VALUES (1, 1, 'needle', 0, '');
		INSERT INTO attachment (conversation, document, position) VALUES (1, 1, 1);`,
	} {
		if i < version {
			_, err := db.ExecContext(t.Context(), script)
			check(t, err)
		}
	}
	check(t, db.Close())
}

// schema is all that CREATE statements made.
func schema(t *testing.T, s *Store) map[string]string {
	t.Helper()
	rows := must(s.readers.QueryContext(t.Context(), "SELECT name, ifnull(sql, '') FROM sqlite_schema"))(t)
	defer rows.Close()
	all := make(map[string]string)
	for rows.Next() {
		var name, text string
		check(t, rows.Scan(&name, &text))
		all[name] = text
	}
	check(t, rows.Err())
	return all
}

func TestMigrations(t *testing.T) {
	latest := len(must(readMigrations(migrationFiles))(t))
	s, clock := fresh(t)
	want := schema(t, s)
	if len(want) < 20 {
		t.Fatalf("the schema is %v", want)
	}
	for version := range latest + 1 {
		path := filepath.Join(t.TempDir(), FileName)
		old(t, path, version)
		s := open(t, path, clock)
		if got := schema(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("from version %d: schema %v, want %v", version, got, want)
		}
		var recorded int
		check(t, s.readers.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&recorded))
		if recorded != latest {
			t.Errorf("from version %d: version %d is recorded", version, recorded)
		}
		if version >= 1 {
			if got := must(s.Branch(t.Context(), 1))(t); len(got) != 1 || got[0].Content != "needle 视网膜" {
				t.Errorf("from version %d: messages %+v", version, got)
			}
			if got := must(s.SearchMessages(t.Context(), Query{Text: "网膜 needle"}))(t); len(got) != 1 {
				t.Errorf("from version %d: found %+v", version, got)
			}
		}
		if version >= 2 {
			if got := must(s.SearchPages(t.Context(), Query{Text: "needle"}))(t); len(got) != 1 {
				t.Errorf("from version %d: found %+v", version, got)
			}
		}
		say(t, s, converse(t, s, "new"), 0, User, "works")
		checkWhole(t, s)
	}
}

// TestFailedMigration requires that a step which fails half-way leaves the
// version before it, whole.
func TestFailedMigration(t *testing.T) {
	s, _ := fresh(t)
	want := schema(t, s)
	known := must(readMigrations(migrationFiles))(t)
	steps := append(known,
		migration{"good.sql", "CREATE TABLE good (x)"},
		migration{"bad.sql", "CREATE TABLE half (x); INSERT INTO good VALUES (1); INSERT INTO nowhere VALUES (1)"},
		migration{"never.sql", "CREATE TABLE never (x)"})
	if err := s.migrate(t.Context(), steps); err == nil || !strings.Contains(err.Error(), "bad.sql") {
		t.Errorf("got %v, want an error with the file's name", err)
	}
	want["good"] = "CREATE TABLE good (x)"
	if got := schema(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("schema %v, want %v", got, want)
	}
	var version, rows int
	check(t, s.readers.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	check(t, s.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM good").Scan(&rows))
	if version != len(known)+1 || rows != 0 {
		t.Errorf("version %d with %d rows", version, rows)
	}
}

func TestMigrationNames(t *testing.T) {
	for name, files := range map[string][]string{
		"a gap": {"0001_a.sql", "0003_b.sql"}, "two of a number": {"0001_a.sql", "0001_b.sql"},
		"from 2": {"0002_a.sql"}, "no number": {"a.sql"}, "a note": {"0001_a.sql", "README"},
	} {
		fs := fstest.MapFS{}
		for _, f := range files {
			fs["migration/"+f] = &fstest.MapFile{}
		}
		if steps, err := readMigrations(fs); err == nil {
			t.Errorf("%s: %v", name, steps)
		}
	}
}

// refused requires that a database is refused with an error that names it,
// and left as it is.
func refused(t *testing.T, path string, want error) {
	t.Helper()
	before := must(os.ReadFile(path))(t)
	s, err := Open(t.Context(), path, Options{})
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want %v and the file's name", err, want)
	}
	if !bytes.Equal(must(os.ReadFile(path))(t), before) {
		t.Error("the file was changed")
	}
	if entries := must(os.ReadDir(filepath.Dir(path)))(t); len(entries) != 1 {
		t.Errorf("files were left: %v", entries)
	}
}

func edit(t *testing.T, path, script string) {
	t.Helper()
	check(t, create(path))
	db := must(connect(path, 1, ""))(t)
	_, err := db.ExecContext(t.Context(), script)
	check(t, errors.Join(err, db.Close()))
}

func TestNewer(t *testing.T) {
	latest := len(must(readMigrations(migrationFiles))(t))
	path := filepath.Join(t.TempDir(), FileName)
	check(t, must(Open(t.Context(), path, Options{}))(t).Close())
	edit(t, path, fmt.Sprintf("PRAGMA user_version = %d", latest+1))
	refused(t, path, ErrNewer)
}

func TestForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	edit(t, path, "CREATE TABLE bookmark (url)")
	refused(t, path, ErrForeign)

	path = filepath.Join(t.TempDir(), FileName)
	edit(t, path, "PRAGMA application_id = 7")
	refused(t, path, ErrForeign)
}

// TestPragmas requires the settings that keep what was written.
func TestPragmas(t *testing.T) {
	s, _ := fresh(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "auto_vacuum": "2", "application_id": fmt.Sprint(applicationID),
	} {
		var got string
		check(t, s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	var got sql.NullInt64
	if err := s.readers.QueryRowContext(t.Context(), "INSERT INTO folder (name, created) VALUES ('', 0) RETURNING id").Scan(&got); !errors.Is(explain(t.Context(), "", err), ErrReadOnly) {
		t.Errorf("a reader wrote: %v, %v", got, err)
	}
}

// TestFiles requires that only the owner can read the database's files, and
// that the database may be a symbolic link.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	check(t, os.Chmod(folder, 0o755))
	s := open(t, filepath.Join(folder, "new", FileName), newClock())
	converse(t, s, "c")
	for _, name := range []string{filepath.Dir(s.Path()), s.Path(), s.Path() + "-wal", s.Path() + "-shm"} {
		info := must(os.Stat(name))(t)
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("the mode of %s is %v", info.Name(), mode)
		}
	}
	link := filepath.Join(folder, "link.db")
	check(t, os.Symlink(s.Path(), link))
	linked := open(t, link, newClock())
	if got := must(linked.Conversations(t.Context()))(t); len(got) != 1 {
		t.Errorf("the link leads to %v", got)
	}
}
