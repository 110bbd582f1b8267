package chat_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/internal/testutil"
	"fovea/store"
)

// killVariable names the database that a process of this test binary chats
// over until it is killed.
const killVariable = "FOVEA_CHAT_TEST_DATABASE"

func TestMain(m *testing.M) {
	path := os.Getenv(killVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, chatUntilKilled(path))
	os.Exit(1)
}

// chatUntilKilled asks, stops, continues, edits and regenerates as fast as it
// can. It tells of each question whose Send returned nil, and of each answer
// that is complete, in a line: number and text.
func chatUntilKilled(path string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	e := &chattest.Engine{Delay: 200 * time.Microsecond, Answer: func(q string) string { return strings.Repeat("To "+q+": ", 3) }}
	c, err := chat.New(ctx, chat.Options{Store: s, Open: e.Open, Notify: func(e chat.Event) {
		if e.Kind == chat.Failed {
			fmt.Fprintln(os.Stderr, e.Err)
			os.Exit(1)
		}
	}})
	if err != nil {
		return err
	}
	c.Load("model.gguf")
	idle := func() {
		for !c.Model().Ready || len(c.Busy()) > 0 {
			time.Sleep(100 * time.Microsecond)
		}
	}
	for {
		made, err := s.AddConversation(ctx, store.Conversation{})
		if err != nil {
			return err
		}
		for range 4 {
			idle()
			if err := exchange(ctx, s, c, made.ID, idle); err != nil {
				return err
			}
		}
	}
}

// exchange sends a question and does something about the answer.
func exchange(ctx context.Context, s *store.Store, c *chat.Service, id store.ConversationID, idle func()) error {
	question := fmt.Sprintf("%016x", rand.Uint64())
	sent, err := c.Send(ctx, id, question)
	if err != nil {
		return err
	}
	fmt.Println(sent, question)
	chance := rand.IntN(4)
	if chance == 0 {
		if err := c.Stop(id); err != nil {
			return err
		}
	}
	idle()
	branch, err := s.Branch(ctx, id)
	if err != nil {
		return err
	}
	answer := branch[len(branch)-1]
	if answer.Status == store.Complete {
		fmt.Println(answer.ID, answer.Content)
	}
	switch {
	case chance == 0 && answer.Status == store.Stopped:
		return c.Continue(ctx, answer.ID)
	case chance == 1:
		return c.Edit(ctx, sent, question+" again", true)
	case chance == 2:
		return c.Regenerate(ctx, answer.ID, nil)
	}
	return nil
}

// TestKillWhileChatting kills a program that chats, at 200 random moments: half
// of them while it chats, half at any time since its start. Each time the
// database must be whole, and have every message that the program had told of.
func TestKillWhileChatting(t *testing.T) {
	const kills = 200
	var path string
	var told map[store.MessageID]string
	total, early := 0, 0
	began := time.Now()
	testutil.KillOnce(t, testutil.Child(killVariable, filepath.Join(t.TempDir(), store.FileName)), true, 0)
	start := time.Since(began) // how long it takes to its first message
	for i := range kills {
		if i%50 == 0 { // begin anew, so that a new database is killed as well
			path, told = filepath.Join(t.TempDir(), store.FileName), map[store.MessageID]string{}
		}
		while, moments := i%2 == 0, 120*time.Millisecond
		if !while {
			moments = start
		}
		lines, _ := testutil.KillOnce(t, testutil.Child(killVariable, path), while, rand.N(moments))
		if total += len(lines); len(lines) == 0 {
			early++
		}
		for _, line := range lines {
			number, text, _ := strings.Cut(line, " ")
			id, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				t.Fatalf("the program told of %q", line)
			}
			told[store.MessageID(id)] = text
		}
		requireTold(t, path, told)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d messages were told of; %d times none was yet", total, early)
	if total < kills/2 || early > kills*3/4 {
		t.Errorf("of %d times that the program was killed, it had told of nothing %d times; of %d messages in all", kills, early, total)
	}
}

// requireTold requires a whole database with all messages that were told of.
func requireTold(t *testing.T, path string, told map[store.MessageID]string) {
	t.Helper()
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, text := range told {
		m, err := s.Message(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if m.Content != text {
			t.Errorf("message %d was told of as %q and is %q (%s)", id, text, m.Content, m.Status)
		}
	}
}
