package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fovea/internal/testutil"
)

func init() {
	children["full"] = writeUntilFull
	children["readonly"] = openReadOnly
}

// runChild runs a child in a process of its own and requires that it finds
// nothing wrong.
func runChild(t *testing.T, name, path string) {
	t.Helper()
	if out, err := testutil.Child(childVariable, name, path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFull limits how large files may become, which the system enforces like
// the end of a disk.
func TestFull(t *testing.T) {
	runChild(t, "full", filepath.Join(t.TempDir(), FileName))
}

func writeUntilFull(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	c, err := s.AddConversation(ctx, Conversation{Draft: "typed"})
	if err != nil {
		return err
	}
	var unlimited syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		return err
	}
	for round := range 3 {
		limit := unlimited
		limit.Cur = uint64(max(fileSize(path), fileSize(path+"-wal"))) + 300_000
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		if err := fill(ctx, s, c.ID); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		limit.Cur = uint64(fileSize(path) / 2)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		target := filepath.Join(filepath.Dir(path), "backup.db")
		if err := s.Backup(ctx, target); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), target) {
			return fmt.Errorf("backup: %v, want ErrFull and the file's name", err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
			return err
		}
		m, err := s.AddMessage(ctx, NewMessage{Conversation: c.ID, Role: User, Content: "there is room again"})
		if err != nil {
			return err
		}
		if err := s.Check(ctx); err != nil {
			return err
		}
		if got, err := s.Message(ctx, m.ID); err != nil || got.Content != m.Content {
			return fmt.Errorf("wrote %+v, read %+v: %w", m, got, err)
		}
	}
	return s.Close()
}

// fill adds messages until the disk is full, and requires that all others
// and the draft are there then.
func fill(ctx context.Context, s *Store, c ConversationID) error {
	before, err := s.Messages(ctx, c)
	if err != nil {
		return err
	}
	text := strings.Repeat("0123456789 ", 2000)
	n := len(before)
	for ; n < len(before)+1000; n++ {
		if _, err = s.AddMessage(ctx, NewMessage{Conversation: c, Role: User, Content: text, Sent: true}); err != nil {
			break
		}
		if err := s.SetDraft(ctx, c, "typed"); err != nil && !errors.Is(err, ErrFull) {
			return err
		}
	}
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), s.Path()) {
		return fmt.Errorf("after %d messages: %v, want ErrFull and the file's name", n-len(before), err)
	}
	after, err := s.Messages(ctx, c)
	if err != nil || len(after) != n {
		return fmt.Errorf("%d messages are there, want %d: %w", len(after), n, err)
	}
	return nil
}

// TestFullDraft requires that a draft stays when its message cannot be saved.
// SQLite itself limits the file here.
func TestFullDraft(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	text := strings.Repeat("0123456789 ", 20_000)
	c := must(s.AddConversation(ctx, Conversation{Draft: text}))(t)
	var pages int
	check(t, s.writer.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages))
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages+10))
	check(t, err)
	send := NewMessage{Conversation: c.ID, Role: User, Content: text, Sent: true}
	if _, err := s.AddMessage(ctx, send); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	if got := must(s.Conversation(ctx, c.ID))(t); got.Draft != text || got.Leaf != 0 {
		t.Errorf("the draft has %d bytes, want %d; the leaf is %d", len(got.Draft), len(text), got.Leaf)
	}
	_, err = s.writer.ExecContext(ctx, "PRAGMA max_page_count = 1000000")
	check(t, err)
	must(s.AddMessage(ctx, send))(t)
	checkWhole(t, s)
}

// TestReadOnly opens databases where nothing can be written.
func TestReadOnly(t *testing.T) {
	// Not t.TempDir, which only its owner may enter.
	folder := must(os.MkdirTemp("", "fovea-store-"))(t)
	t.Cleanup(func() {
		check(t, os.Chmod(folder, 0o700))
		check(t, os.RemoveAll(folder))
	})
	path := filepath.Join(folder, FileName)
	s := must(Open(t.Context(), path, Options{}))(t)
	say(t, s, converse(t, s, "c"), 0, User, "hello")
	check(t, s.Close())
	before := must(os.ReadFile(path))(t)
	check(t, os.Chmod(path, 0o644))
	check(t, os.Chmod(folder, 0o555))
	runChild(t, "readonly", path)
	check(t, os.Chmod(path, 0o666)) // the file can be written, its folder cannot
	runChild(t, "readonly", path)
	if after := must(os.ReadFile(path))(t); string(after) != string(before) {
		t.Error("the database was changed")
	}
	check(t, os.Chmod(folder, 0o700))
	checkWhole(t, open(t, path, newClock()))
}

// openReadOnly becomes a user without rights, because root may write
// everywhere.
func openReadOnly(path string) error {
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	if _, err := os.ReadFile(path); err != nil {
		return fmt.Errorf("the database cannot even be read: %w", err)
	}
	folder := filepath.Dir(path)
	for _, p := range []string{path, filepath.Join(folder, "new.db"), filepath.Join(folder, "new", FileName)} {
		s, err := Open(context.Background(), p, Options{})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), p) || !strings.Contains(err.Error(), "FOVEA_DATA") {
			return fmt.Errorf("got %v, want ErrReadOnly, the file's name and the cure", err)
		}
	}
	elsewhere, err := os.MkdirTemp("", "fovea-store-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	s, err := Open(context.Background(), filepath.Join(elsewhere, FileName), Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	target := filepath.Join(folder, "backup.db")
	if err := s.Backup(context.Background(), target); !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), target) {
		return fmt.Errorf("backup: got %v, want ErrReadOnly and the file's name", err)
	}
	return nil
}
