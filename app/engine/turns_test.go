package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/trace"
)

// A conversation that remembers what another one was told and answered goes on
// like that one, also with an answer that was not finished.
func TestRemember(t *testing.T) {
	e := tiny(t, nil)
	o := options(t, actqkv.ActQKV)
	one, two := book(t, "one", 6), book(t, "two", 5)
	c := conversation(t, e, o, one)
	first := ask(t, c, "What?")
	c.Attach(two)
	second := ask(t, c, "And this?")

	r := conversation(t, e, o)
	err := r.Remember(Turn{Documents: c.docs[:1], Text: "What?"}, Turn{Answer: true, Text: first.Text})
	if err != nil {
		t.Fatal(err)
	}
	r.Attach(two)
	// An answer of random weights is not always encoded as it was generated, so
	// only what must be the same is compared.
	again := ask(t, r, "And this?")
	if again.Held < second.Held*9/10 || again.Held > second.Held*11/10 {
		t.Errorf("holds %d tokens, the first conversation %d", again.Held, second.Held)
	}
	want := []string{"user", "assistant", "user", "assistant"}
	for i, m := range r.history {
		if m.Role != want[i] {
			t.Errorf("turn %d is of %s", i, m.Role)
		}
	}
	if err := r.Remember(Turn{Answer: true}); err == nil {
		t.Error("two answers in a row were remembered")
	}
}

// An answer that ended early goes on, in the conversation that wrote it and in
// one that remembers it.
func TestContinue(t *testing.T) {
	e := tiny(t, nil)
	o := options(t, actqkv.ActQKV)
	doc := book(t, "book", 6)
	whole := conversation(t, e, o, doc)
	want := ask(t, whole, "What?")
	if want.Stopped != StopLength {
		t.Fatalf("the answer ended by %q: %q", want.Stopped, want.Text)
	}

	c := conversation(t, e, o, doc)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	part, err := c.Ask(ctx, "What?", Listener{Step: func(s *trace.Step) {
		if n += s.Queries; s.Queries == 1 && n > 8 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c.Sample(o.Sampling, want.Tokens-part.Tokens)
	rest, err := c.Continue(context.Background(), Listener{})
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Text + rest.Text; got != want.Text {
		t.Errorf("continued to %q, want %q", got, want.Text)
	}
	if got := c.history[len(c.history)-1].Content; got != want.Text {
		t.Errorf("the conversation has %q, want %q", got, want.Text)
	}

	r := conversation(t, e, o)
	if err := r.Remember(Turn{Documents: c.docs, Text: "What?"}, Turn{Answer: true, Text: part.Text}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Continue(context.Background(), Listener{}); err != nil {
		t.Error(err)
	}
	if _, err := conversation(t, e, o).Continue(context.Background(), Listener{}); !errors.Is(err, ErrNothingToContinue) {
		t.Errorf("continuing nothing: %v", err)
	}
}

// After a return the same question gives the same answer, and so does another
// one what it would have given.
func TestMark(t *testing.T) {
	e := tiny(t, nil)
	o := options(t, actqkv.ActQKV)
	doc := book(t, "book", 8)
	c := conversation(t, e, o, doc)
	empty, err := c.Mark(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	mark, err := c.Mark(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer mark.Free()
	if mark.Bytes() == 0 || empty.Bytes() != 0 {
		t.Errorf("the marks hold %d and %d bytes", mark.Bytes(), empty.Bytes())
	}
	want := ask(t, c, "What?")
	spans := len(c.Map().Spans)
	ask(t, c, "And then?")
	for _, m := range []*Mark{mark, mark, empty} {
		if err := c.Return(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, c, "What?"); got.Text != want.Text || got.Held != want.Held {
			t.Errorf("after a return %q at %d, want %q at %d", got.Text, got.Held, want.Text, want.Held)
		}
		if got := len(c.Map().Spans); got != spans || len(c.places) != c.Pos() {
			t.Errorf("%d spans and %d places after a return, want %d and %d", got, len(c.places), spans, c.Pos())
		}
	}
}

// The map knows the text at every position.
func TestMap(t *testing.T) {
	e := tiny(t, nil)
	one, two := book(t, "one", 3), book(t, "two", 40)
	c := conversation(t, e, options(t, actqkv.ActQKV), one, two)
	ask(t, c, "What?")
	m := c.Map()
	if len(m.Documents) != 2 || m.Documents[1].Pages != 40 || m.Documents[0].Bytes != len(one.Text()) {
		t.Errorf("documents %+v", m.Documents)
	}
	pages := map[[2]int]bool{}
	for i, s := range m.Spans {
		if i > 0 && (s.Pos <= m.Spans[i-1].Pos || s.Pos-m.Spans[i-1].Pos > spanTokens) {
			t.Fatalf("span %d begins at %d, the one before at %d", i, s.Pos, m.Spans[i-1].Pos)
		}
		if s.Doc >= 0 {
			pages[[2]int{s.Doc, s.Page}] = true
			if got := c.docs[s.Doc].PageAt(s.Offset); got != s.Page {
				t.Errorf("span %d is of page %d, its byte of page %d", i, s.Page, got)
			}
		}
	}
	if len(pages) != 43 {
		t.Errorf("%d pages in the map, want 43", len(pages))
	}
	if last := m.Spans[len(m.Spans)-1]; last.Doc != -1 || last.Page != 0 {
		t.Errorf("the answer is of %+v", last)
	}
}

// The next token obeys another budget, asked for while an answer is written.
func TestChange(t *testing.T) {
	e := tiny(t, nil)
	o := options(t, actqkv.ActQKV)
	c := conversation(t, e, o, book(t, "book", 12))
	more := o.Settings
	more.SetTopK(12)
	var recalled []int
	_, err := c.Ask(context.Background(), "What?", Listener{Step: func(s *trace.Step) {
		if s.Queries > 1 {
			return
		}
		recalled = append(recalled, s.Layers[0].K)
		if len(recalled) == 2 {
			if err := c.Change(more); err != nil {
				t.Error(err)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(recalled) < 4 || recalled[1] > 8 || recalled[2] <= 8 {
		t.Errorf("recalled %v blocks", recalled)
	}
	dense := more
	dense.Method = actqkv.Full
	if err := c.Change(dense); !errors.Is(err, kvcache.ErrOtherSession) || !strings.Contains(err.Error(), "read again") {
		t.Errorf("error %v", err)
	}
}
