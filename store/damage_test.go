package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamage overwrites each page of a database in turn.
// Every time Open must say so, name the file and the cure, and leave it.
func TestDamage(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, FileName)
	s := must(Open(t.Context(), path, Options{}))(t)
	c := converse(t, s, "c")
	for range 20 {
		say(t, s, c, 0, User, strings.Repeat("words ", 1000))
	}
	check(t, s.Attach(t.Context(), c, keep(t, s, "a", strings.Repeat("text ", 3000))))
	check(t, s.Close())
	sound := must(os.ReadFile(path))(t)
	const pageSize = 4096
	if len(sound) < 30*pageSize {
		t.Fatalf("the database has %d bytes", len(sound))
	}
	for offset := 0; offset < len(sound); offset += pageSize {
		bad := []byte(string(sound))
		copy(bad[offset:], strings.Repeat("\xfe", pageSize))
		check(t, os.WriteFile(path, bad, 0o600))
		refused(t, path, ErrDamaged)
		if t.Failed() {
			t.Fatalf("page %d", offset/pageSize+1)
		}
	}
	check(t, os.WriteFile(path, sound[:len(sound)-pageSize], 0o600))
	refused(t, path, ErrDamaged)
	check(t, os.WriteFile(path, []byte(strings.Repeat("This is a diary. ", 1000)), 0o600))
	refused(t, path, ErrDamaged)

	_, err := Open(t.Context(), path, Options{})
	for _, part := range []string{path, "backup", "-wal"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the message says nothing of %s: %v", part, err)
		}
	}
	check(t, os.WriteFile(path, sound, 0o600))
	s = must(Open(t.Context(), path, Options{}))(t)
	checkWhole(t, s)
	check(t, s.Close())
}

// TestDamageWhileOpen requires that damage that comes later is named as well.
func TestDamageWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := must(Open(t.Context(), path, Options{}))(t)
	c := converse(t, s, "c")
	for range 20 {
		say(t, s, c, 0, User, strings.Repeat("words ", 1000))
	}
	check(t, s.Close())

	s = must(Open(t.Context(), path, Options{}))(t)
	defer s.Close()
	f := must(os.OpenFile(path, os.O_WRONLY, 0))(t)
	defer f.Close()
	size := fileSize(path)
	for offset := int64(4096); offset < size; offset += 4096 {
		_, err := f.WriteAt([]byte(strings.Repeat("\xfe", 64)), offset)
		check(t, err)
	}
	if _, err := s.Messages(t.Context(), c); !errors.Is(err, ErrDamaged) {
		t.Errorf("reading: %v, want ErrDamaged", err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("checking: %v, want ErrDamaged", err)
	}
}
