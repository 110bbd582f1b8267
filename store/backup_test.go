package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackup copies a database while others write to it: each copy must be
// whole, and have what was committed before it began.
func TestBackup(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	pages := make([]string, 500)
	for i := range pages {
		pages[i] = strings.Repeat(fmt.Sprintf("page %d ", i), 200)
	}
	check(t, s.Attach(ctx, c, keep(t, s, "a", pages...)))

	stop := make(chan struct{})
	wrote := make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				wrote <- nil
				return
			default:
			}
			if _, err := s.AddMessage(ctx, NewMessage{Conversation: c, Role: User, Content: fmt.Sprint("meanwhile ", i)}); err != nil {
				wrote <- err
				return
			}
		}
	}()
	folder := t.TempDir()
	for i := range 5 {
		before := must(s.Messages(ctx, c))(t)
		path := filepath.Join(folder, fmt.Sprintf("backup%d.db", i))
		check(t, s.Backup(ctx, path))
		backup := open(t, path, clock)
		checkWhole(t, backup)
		after := must(backup.Messages(ctx, c))(t)
		if len(after) < len(before) {
			t.Errorf("the backup has %d messages of %d", len(after), len(before))
		}
		if got := must(backup.Pages(ctx, 1))(t); len(got) != len(pages) || got[499].Text != pages[499] {
			t.Errorf("the backup has %d pages", len(got))
		}
		if hits := must(backup.SearchPages(ctx, Query{Text: "499"}))(t); len(hits) != 1 {
			t.Errorf("found %+v in the backup", hits)
		}
		check(t, backup.Close())
	}
	close(stop)
	check(t, <-wrote)
	if entries := must(os.ReadDir(folder))(t); len(entries) != 5 {
		t.Errorf("files were left: %v", entries)
	}
	checkWhole(t, s)
}

func TestBackupFails(t *testing.T) {
	s, _ := fresh(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "precious.txt")
	check(t, os.WriteFile(path, []byte("precious"), 0o600))
	if err := s.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if got := must(os.ReadFile(path))(t); !bytes.Equal(got, []byte("precious")) {
		t.Errorf("the file became %q", got)
	}
	if err := s.Backup(t.Context(), s.Path()); err == nil {
		t.Error("the database was backed up over itself")
	}
	if err := s.Backup(t.Context(), filepath.Join(folder, "nowhere", "b.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the folder does not exist", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(cancelled, filepath.Join(folder, "b.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if entries := must(os.ReadDir(folder))(t); len(entries) != 1 {
		t.Errorf("files were left: %v", entries)
	}
	converse(t, s, "the store still works")
	checkWhole(t, s)
}
