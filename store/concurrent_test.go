package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestReadersBesideWriters lets several goroutines write and others read. A
// reader must see each conversation whole: every message of a branch that it
// is told of, and none twice.
func TestReadersBesideWriters(t *testing.T) {
	s, _ := fresh(t)
	const writers, messages = 3, 60
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	conversations := make([]ConversationID, writers)
	for w := range writers {
		conversations[w] = converse(t, s, fmt.Sprint(w))
		writing.Go(func() {
			var parent MessageID
			for i := range messages {
				m, err := s.AddMessage(t.Context(), NewMessage{
					Conversation: conversations[w], Parent: parent, Role: User, Content: fmt.Sprintf("word %d", i),
				})
				if err != nil {
					t.Error(err)
					return
				}
				parent = m.ID
			}
		})
	}
	for range 6 {
		reading.Go(func() {
			seen := 0
			for {
				select {
				case <-done:
					return
				default:
				}
				n, err := readAll(t.Context(), s, conversations)
				if err != nil {
					t.Error(err)
					return
				}
				if n < seen {
					t.Errorf("%d messages were seen before, and %d after", seen, n)
				}
				seen = n
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	if n, err := readAll(t.Context(), s, conversations); err != nil || n != writers*messages {
		t.Errorf("%d messages are there, want %d: %v", n, writers*messages, err)
	}
	checkWhole(t, s)
}

// readAll reads in all ways that there are and counts the messages shown.
func readAll(ctx context.Context, s *Store, conversations []ConversationID) (int, error) {
	total := 0
	for _, c := range conversations {
		branch, err := s.Branch(ctx, c)
		if err != nil {
			return 0, err
		}
		for i, m := range branch {
			if want := fmt.Sprintf("word %d", i); m.Content != want {
				return 0, fmt.Errorf("message %d of %d is %q, want %q", i, len(branch), m.Content, want)
			}
		}
		total += len(branch)
	}
	_, list := s.Conversations(ctx)
	_, found := s.SearchMessages(ctx, Query{Text: "word"})
	return total, errors.Join(list, found)
}

// TestTwoStores has two programs at one file: each waits for the other.
func TestTwoStores(t *testing.T) {
	a, clock := fresh(t)
	b := open(t, a.Path(), clock)
	c := converse(t, a, "c")
	var both sync.WaitGroup
	for _, s := range []*Store{a, b} {
		both.Go(func() {
			for range 30 {
				if _, err := s.AddMessage(t.Context(), NewMessage{Conversation: c, Role: User, Content: "x"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	if got := must(b.Messages(t.Context(), c))(t); len(got) != 60 {
		t.Errorf("%d messages are there, want 60", len(got))
	}
	checkWhole(t, a)
}

func TestCancelled(t *testing.T) {
	s, _ := fresh(t)
	c := converse(t, s, "c")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, added := s.AddMessage(cancelled, NewMessage{Conversation: c, Role: User, Content: "x"})
	_, read := s.Conversations(cancelled)
	_, found := s.SearchMessages(cancelled, Query{Text: "x"})
	_, opened := Open(cancelled, filepath.Join(t.TempDir(), FileName), Options{})
	for name, err := range map[string]error{"write": added, "read": read, "search": found, "open": opened} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	say(t, s, c, 0, User, "the store still works")
	if got := must(s.Messages(t.Context(), c))(t); len(got) != 1 {
		t.Errorf("%d messages are there, want 1", len(got))
	}
}

// TestCancelledMidway stops long work at moments within it, which must leave
// nothing of it and a store that works.
func TestCancelledMidway(t *testing.T) {
	s, _ := fresh(t)
	texts := make([]string, 300)
	for i := range texts {
		texts[i] = fmt.Sprintf("page %d with some words that take time to index", i)
	}
	stopped := 0
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		d := Document{SHA256: fmt.Sprintf("%064x", i), Path: "p"}
		_, err := s.AddDocument(ctx, d, pagesOf(texts...))
		cancel()
		_, there := s.DocumentBySHA256(t.Context(), d.SHA256)
		switch {
		case err == nil && there == nil:
		case errors.Is(err, context.DeadlineExceeded) && errors.Is(there, ErrNotFound):
			stopped++
		default:
			t.Errorf("after %d ms: %v, and then %v", i, err, there)
		}
	}
	if stopped == 0 {
		t.Error("nothing was stopped")
	}
	checkWhole(t, s)
}

// TestLocked requires an error when another program holds the lock for long.
func TestLocked(t *testing.T) {
	s, _ := fresh(t)
	other := must(connect(s.Path(), 1, ""))(t)
	defer other.Close()
	_, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	check(t, err)
	if _, err := s.AddFolder(t.Context(), "f"); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	_, err = other.ExecContext(t.Context(), "COMMIT")
	check(t, err)
	must(s.AddFolder(t.Context(), "f"))(t)
}
