package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// childVariable tells a process of this test binary that it is a child, and
// which one.
const childVariable = "FOVEA_STORE_TEST_CHILD"

// children are what such a process does with the database at a path.
var children = map[string]func(path string) error{}

func TestMain(m *testing.M) {
	name := os.Getenv(childVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := children[name](os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// testClock is a time that goes on only when it is told to.
type testClock struct{ milliseconds atomic.Int64 }

func newClock() *testClock {
	c := new(testClock)
	c.milliseconds.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *testClock) now() time.Time       { return time.UnixMilli(c.milliseconds.Load()) }
func (c *testClock) wait(d time.Duration) { c.milliseconds.Add(d.Milliseconds()) }

// open opens the database in a temporary folder.
func open(t testing.TB, path string, clock *testClock) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Clock: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fresh is an empty store in a file of its own.
func fresh(t testing.TB) (*Store, *testClock) {
	t.Helper()
	clock := newClock()
	return open(t, filepath.Join(t.TempDir(), FileName), clock), clock
}

// must returns a value whose making must not fail.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// converse adds a conversation with a title.
func converse(t testing.TB, s *Store, title string) ConversationID {
	t.Helper()
	return must(s.AddConversation(t.Context(), Conversation{Title: title}))(t).ID
}

// say adds a message below parent.
func say(t testing.TB, s *Store, c ConversationID, parent MessageID, role Role, content string) MessageID {
	t.Helper()
	return must(s.AddMessage(t.Context(), NewMessage{Conversation: c, Parent: parent, Role: role, Content: content}))(t).ID
}

// pagesOf makes pages of texts.
func pagesOf(texts ...string) []Page {
	pages := make([]Page, len(texts))
	for i, text := range texts {
		pages[i] = Page{Number: i + 1, Text: text, NoText: text == ""}
	}
	return pages
}

// keep adds a document whose file has a digit repeated as its SHA-256.
func keep(t testing.TB, s *Store, digit string, texts ...string) DocumentID {
	t.Helper()
	d := Document{Path: "/books/" + digit + ".pdf", Title: "Book " + digit, Format: "PDF", SHA256: strings.Repeat(digit, 64), Size: 1000}
	return must(s.AddDocument(t.Context(), d, pagesOf(texts...)))(t).ID
}

// checkWhole requires that integrity_check finds nothing.
func checkWhole(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}
