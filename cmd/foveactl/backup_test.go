package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fovea/store"
)

func TestBackup(t *testing.T) {
	ownHome(t, nil)
	data := t.TempDir()
	t.Setenv("FOVEA_DATA", data)
	to := filepath.Join(t.TempDir(), "copy.db")
	_, problems, code := foveactl(t, "", "backup", to)
	if code != 1 || !strings.Contains(problems, "no database") {
		t.Errorf("without a database: code %d, %q", code, problems)
	}
	s, err := store.Open(t.Context(), filepath.Join(data, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // it stays open, as the window's does
	if _, err := s.AddConversation(t.Context(), store.Conversation{Title: "kept"}); err != nil {
		t.Fatal(err)
	}
	out, problems, code := foveactl(t, "", "backup", to)
	if code != 0 || strings.TrimSpace(out) != to {
		t.Fatalf("code %d, %q, %q", code, out, problems)
	}
	copied, err := store.Open(t.Context(), to, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if list, err := copied.Conversations(t.Context()); err != nil || len(list) != 1 || list[0].Title != "kept" {
		t.Errorf("the copy has %v (%v)", list, err)
	}
	before, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, problems, code := foveactl(t, "", "backup", to); code != 1 || !strings.Contains(problems, to) {
		t.Errorf("onto a file that is there: code %d, %q", code, problems)
	}
	if after, err := os.ReadFile(to); err != nil || len(after) != len(before) {
		t.Errorf("the file that was there has changed (%v)", err)
	}
}
