package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fovea/internal/testutil"
)

func init() { children["writer"] = writeUntilKilled }

// writeUntilKilled has conversations as fast as it can. It tells of each
// message that is committed in a line: its number and content.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	if _, err := s.StopWriting(ctx); err != nil {
		return err
	}
	for i := 0; ; i++ {
		c, err := s.AddConversation(ctx, Conversation{Title: fmt.Sprint(i)})
		if err != nil {
			return err
		}
		var parent MessageID
		for range 4 {
			if parent, err = exchange(ctx, s, c.ID, parent); err != nil {
				return err
			}
		}
		if i%3 == 2 {
			if err := s.DeleteConversation(ctx, c.ID-1); err != nil {
				return err
			}
		}
	}
}

// exchange adds a question, and an answer in two steps.
func exchange(ctx context.Context, s *Store, c ConversationID, parent MessageID) (MessageID, error) {
	question, err := s.AddMessage(ctx, NewMessage{Conversation: c, Parent: parent, Role: User, Content: token(), Sent: true})
	if err != nil {
		return 0, err
	}
	fmt.Println(question.ID, question.Content)
	answer, err := s.AddMessage(ctx, NewMessage{Conversation: c, Parent: question.ID, Role: Assistant, Status: Writing})
	if err != nil {
		return 0, err
	}
	d, err := s.AddDocument(ctx, Document{SHA256: fmt.Sprintf("%064x", c)}, pagesOf("one", "two"))
	if err != nil {
		return 0, err
	}
	a := Answer{
		Content: token(), Status: Complete, Trace: bytes.Repeat([]byte("trace"), rand.IntN(20_000)),
		Consulted: []Consulted{{Document: d.ID, Page: 1, Share: 1}},
	}
	if err := s.SaveAnswer(ctx, answer.ID, a); err != nil {
		return 0, err
	}
	fmt.Println(answer.ID, a.Content)
	return answer.ID, nil
}

// token is a text that no other one equals.
func token() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// TestKill kills a program that writes, at 200 random moments: while it
// opens, writes and commits. Each time the database must be whole and have
// every message that the program had told of.
func TestKill(t *testing.T) {
	const kills = 200
	var path string
	var told map[string]string // content by number
	early, total := 0, 0
	for i := range kills {
		if i%40 == 0 { // begin anew, so that a new database is killed as well
			path, told = filepath.Join(t.TempDir(), FileName), make(map[string]string)
		}
		lines, _ := testutil.KillOnce(t, testutil.Child(childVariable, "writer", path), false, rand.N(120*time.Millisecond))
		total += len(lines)
		if len(lines) == 0 {
			early++
		}
		for _, line := range lines {
			id, content, _ := strings.Cut(line, " ")
			told[id] = content
		}
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, s)
		requireTold(t, s, told)
		check(t, s.Close())
		if t.Failed() {
			return
		}
	}
	t.Logf("%d messages were told of; %d times none was yet", total, early)
	if total < kills {
		t.Errorf("only %d messages were written before the kills", total)
	}
}

func requireTold(t *testing.T, s *Store, told map[string]string) {
	t.Helper()
	rows := must(s.readers.QueryContext(t.Context(), "SELECT id, content FROM message"))(t)
	defer rows.Close()
	there := make(map[string]string)
	for rows.Next() {
		var id, content string
		check(t, rows.Scan(&id, &content))
		there[id] = content
	}
	check(t, rows.Err())
	for id, content := range told {
		if there[id] != content {
			t.Errorf("message %s was told of as %q and is %q", id, content, there[id])
		}
	}
}
