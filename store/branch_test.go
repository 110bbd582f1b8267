package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// shown is the branch that a conversation shows: contents with their places
// among siblings.
func shown(t *testing.T, s *Store, c ConversationID) string {
	t.Helper()
	var all []string
	for _, m := range must(s.Branch(t.Context(), c))(t) {
		all = append(all, fmt.Sprintf("%s %d/%d", m.Content, m.Sibling+1, m.Siblings))
	}
	return strings.Join(all, ", ")
}

func TestBranches(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	other := converse(t, s, "other")
	say(t, s, other, 0, User, "unrelated")
	if got := shown(t, s, c); got != "" {
		t.Errorf("an empty conversation shows %q", got)
	}
	want := func(step, want string) {
		t.Helper()
		if got := shown(t, s, c); got != want {
			t.Errorf("%s: shows %q, want %q", step, got, want)
		}
	}
	q1 := say(t, s, c, 0, User, "q1")
	a1 := say(t, s, c, q1, Assistant, "a1")
	q2 := say(t, s, c, a1, User, "q2")
	a2 := say(t, s, c, q2, Assistant, "a2")
	want("asked twice", "q1 1/1, a1 1/1, q2 1/1, a2 1/1")

	a2b := say(t, s, c, q2, Assistant, "a2b")
	want("regenerated", "q1 1/1, a1 1/1, q2 1/1, a2b 2/2")
	q1b := say(t, s, c, 0, User, "q1b")
	want("first question edited", "q1b 2/2")
	say(t, s, c, q1b, Assistant, "a1b")
	want("and answered", "q1b 2/2, a1b 1/1")

	if leaf := must(s.Show(ctx, q1))(t); leaf != a2b {
		t.Errorf("showed as far as %d, want %d", leaf, a2b)
	}
	want("back", "q1 1/2, a1 1/1, q2 1/1, a2b 2/2")
	must(s.Show(ctx, a2))(t)
	want("the first answer", "q1 1/2, a1 1/1, q2 1/1, a2 1/2")
	if got := must(s.Siblings(ctx, a2b))(t); !reflect.DeepEqual(got, []MessageID{a2, a2b}) {
		t.Errorf("siblings %v", got)
	}
	if got := must(s.Siblings(ctx, q1b))(t); !reflect.DeepEqual(got, []MessageID{q1, q1b}) {
		t.Errorf("siblings %v", got)
	}
	var all []string
	for _, m := range must(s.Messages(ctx, c))(t) {
		all = append(all, m.Content)
	}
	if got := strings.Join(all, " "); got != "q1 a1 q2 a2 a2b q1b a1b" {
		t.Errorf("all messages: %q", got)
	}
}

// TestLongBranch has more messages one below the other than SQLite has levels
// of triggers (1,000), and deletes them.
func TestLongBranch(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	// One insertion, because 3,000 commits take long on slow disks.
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 3000)
		INSERT INTO message (conversation, parent, role, content, status, details, created, updated)
		SELECT %d, nullif(value - 1, 0), 'user', 'm' || value, 'complete', '{}', 0, 0 FROM n`, c))
	check(t, err)
	if leaf := must(s.Show(ctx, 1))(t); leaf != 3000 {
		t.Fatalf("the last message is %d", leaf)
	}
	branch := must(s.Branch(ctx, c))(t)
	if len(branch) != 3000 || branch[0].Content != "m1" || branch[2999].Content != "m3000" {
		t.Fatalf("%d messages are shown", len(branch))
	}
	check(t, s.DeleteConversation(ctx, c))
	clock.wait(time.Second)
	check(t, s.Purge(ctx, 0))
	if got := must(s.Messages(ctx, c))(t); len(got) != 0 {
		t.Errorf("%d messages are left", len(got))
	}
	checkWhole(t, s)
}

func TestAnswer(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	d := keep(t, s, "a", "one", "two")
	q := say(t, s, c, 0, User, "q")
	added := must(s.AddMessage(ctx, NewMessage{Conversation: c, Parent: q, Role: Assistant, Status: Writing}))(t)
	clock.wait(time.Second)
	check(t, s.SaveAnswer(ctx, added.ID, Answer{Content: "Li", Status: Writing}))
	consulted := []Consulted{{Document: d, Page: 1, Share: 0.25}, {Document: d, Page: 2, Share: 0.75}}
	trace := []byte{0, 1, 2, 255}
	check(t, s.SaveAnswer(ctx, added.ID, Answer{
		Content: "Light is", Status: Stopped, Details: json.RawMessage(`{"tokens":2}`), Consulted: consulted, Trace: trace,
	}))
	want := added
	want.Content, want.Status, want.Details, want.Updated = "Light is", Stopped, json.RawMessage(`{"tokens":2}`), clock.now().UTC()
	if got := must(s.Message(ctx, added.ID))(t); !reflect.DeepEqual(got, want) {
		t.Errorf("saved %+v, want %+v", got, want)
	}
	if got := must(s.Trace(ctx, added.ID))(t); !reflect.DeepEqual(got, trace) {
		t.Errorf("trace %v", got)
	}
	if got := must(s.Consulted(ctx, c))(t); !reflect.DeepEqual(got, map[MessageID][]Consulted{added.ID: consulted}) {
		t.Errorf("consulted %v", got)
	}

	for _, id := range []MessageID{q, added.ID} {
		if err := s.SaveAnswer(ctx, id, Answer{Content: "other", Status: Complete}); !errors.Is(err, ErrFinished) {
			t.Errorf("a finished message was changed: %v", err)
		}
	}
	check(t, s.Resume(ctx, added.ID))
	check(t, s.SaveAnswer(ctx, added.ID, Answer{Content: "Light is a wave", Status: Complete}))
	if got := must(s.Message(ctx, added.ID))(t); got.Content != "Light is a wave" || string(got.Details) != `{"tokens":2}` {
		t.Errorf("continued %+v", got)
	}
	if got := must(s.Trace(ctx, added.ID))(t); !reflect.DeepEqual(got, trace) {
		t.Errorf("trace %v", got)
	}
}

// TestLargeTrace keeps what a long answer leaves: 4,000 tokens of 8 KiB.
func TestLargeTrace(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	m := must(s.AddMessage(ctx, NewMessage{Conversation: converse(t, s, "c"), Role: Assistant, Status: Writing}))(t)
	trace := make([]byte, 4000<<13)
	for i := range trace {
		trace[i] = byte(i * i >> 7)
	}
	check(t, s.SaveAnswer(ctx, m.ID, Answer{Status: Complete, Trace: trace}))
	if got := must(s.Trace(ctx, m.ID))(t); !bytes.Equal(got, trace) {
		t.Errorf("the trace has %d bytes, want %d, or others", len(got), len(trace))
	}
}

// TestUnknownPage requires that an answer is saved whole or not at all.
func TestUnknownPage(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	m := must(s.AddMessage(ctx, NewMessage{Conversation: c, Role: Assistant, Status: Writing, Content: "before"}))(t)
	err := s.SaveAnswer(ctx, m.ID, Answer{Content: "after", Status: Complete, Trace: []byte{1}, Consulted: []Consulted{{Document: 99, Page: 1}}})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if got := must(s.Message(ctx, m.ID))(t); !reflect.DeepEqual(got, m) {
		t.Errorf("left %+v, want %+v", got, m)
	}
	if _, err := s.Trace(ctx, m.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("left a trace: %v", err)
	}
}

func TestStopWriting(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	whole := say(t, s, c, 0, User, "q")
	cut := must(s.AddMessage(ctx, NewMessage{Conversation: c, Parent: whole, Role: Assistant, Status: Writing, Content: "half"}))(t)
	for _, want := range []int{1, 0} {
		if n := must(s.StopWriting(ctx))(t); n != want {
			t.Errorf("stopped %d, want %d", n, want)
		}
	}
	if got := must(s.Message(ctx, cut.ID))(t); got.Status != Stopped || got.Content != "half" {
		t.Errorf("stopped %+v", got)
	}
	if got := must(s.Message(ctx, whole))(t); got.Status != Complete {
		t.Errorf("a complete message became %s", got.Status)
	}
}

func TestBadRole(t *testing.T) {
	s, _ := fresh(t)
	c := converse(t, s, "c")
	for _, n := range []NewMessage{{Role: "tool"}, {Role: ""}, {Role: User, Status: "done"}} {
		n.Conversation = c
		if _, err := s.AddMessage(t.Context(), n); err == nil {
			t.Errorf("role %q and status %q were accepted", n.Role, n.Status)
		}
	}
}
