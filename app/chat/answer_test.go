package chat_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/model/actqkv"
	"fovea/store"
)

// A document is opened, read and asked about; what is kept of the answer is
// all that the window shows later.
func TestAnswer(t *testing.T) {
	d := newDesk(t, &chattest.Engine{})
	id := d.conversation()
	d.attach(id, d.file("book", 30))
	d.until("the document is read", func() bool { v := d.View(id); return v.Meter.ReadPages == 30 && v.Meter.Pages == 30 })
	a := d.ask(id, "What is told of the first page of this remarkable book, and where does it say so?")
	if a.Status != store.Complete || a.Content != "What is told of the first page of this remarkable book, and where does it say so?" {
		t.Errorf("the answer is %q (%s)", a.Content, a.Status)
	}
	f := d.figures(a)
	if f.Stopped != "end" || f.Tokens == 0 || f.ReadPages != 30 || f.Pages != 30 || f.Model != "Test model" || !f.Traced || f.Settings.Method != actqkv.ActQKV {
		t.Errorf("figures %+v", f)
	}
	consulted, err := d.store.Consulted(t.Context(), id)
	d.check(err)
	if c := consulted[a.ID]; len(c) != 1 || c[0].Page != 2 || c[0].Share != 0.5 {
		t.Errorf("consulted %+v", c)
	}
	log, err := d.Replay(t.Context(), a.ID)
	d.check(err)
	text := ""
	for _, e := range log.Entries {
		text += e.Text
	}
	docs := log.Map.Documents
	if text != a.Content || len(docs) != 1 || docs[0].ID != int64(d.View(id).Docs[0].ID) || docs[0].Pages != 30 {
		t.Errorf("the trace says %q of %+v", text, docs)
	}
	c, err := d.store.Conversation(t.Context(), id)
	d.check(err)
	if c.Title != "What is told of the first page of this remarkable book, and…" {
		t.Errorf("the title is %q", c.Title)
	}
	passages, err := d.Recalled(t.Context(), log, store.DocumentID(docs[0].ID), 2)
	d.check(err)
	if len(passages) == 0 {
		t.Error("no passage of page 2 was recalled")
	}
	for i, p := range passages {
		if p.Share <= 0 || p.Share > 1 || i > 0 && p.Share > passages[i-1].Share || p.Text == "" {
			t.Errorf("passage %+v", p)
		}
	}
}

// Another answer to a question costs no second reading, also after the
// conversation went on, and after a restart reads the document once.
func TestRegenerate(t *testing.T) {
	e := &chattest.Engine{}
	d := newDesk(t, e)
	id := d.conversation()
	d.attach(id, d.file("book", 20))
	first := d.ask(id, "What?")
	once := e.Read()
	d.ask(id, "And then?")
	d.check(d.Regenerate(t.Context(), first.ID, nil))
	d.idle()
	again := d.last(id)
	if again.ID == first.ID || again.Parent != first.Parent || again.Siblings != 2 || again.Status != store.Complete {
		t.Errorf("the other answer is %+v", again)
	}
	less := chat.Defaults()
	less.Budget, less.Method = 1024, actqkv.InfLLM
	d.check(d.Regenerate(t.Context(), first.Parent, &less))
	d.idle()
	if f := d.figures(d.last(id)); f.Settings.Method != actqkv.InfLLM || f.Settings.Budget() != 1024 || f.Chosen != less {
		t.Errorf("answered with %+v", f.Settings)
	}
	if _, err := d.store.Show(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	d.ask(id, "On the first branch?")
	if got := e.Read(); got != once {
		t.Errorf("%d tokens of documents were read, %d suffice", got, once)
	}
	d.close()

	d = reopen(t, e, d.path)
	d.check(d.Regenerate(t.Context(), first.ID, nil))
	d.idle()
	d.ask(id, "And after the restart?")
	d.check(d.Regenerate(t.Context(), d.last(id).ID, nil))
	d.idle()
	if got := e.Read(); got != 2*once {
		t.Errorf("%d tokens of documents were read after a restart, %d suffice", got-once, once)
	}
}

// An answer that is stopped keeps what was written, and can be continued, also
// after a restart.
func TestStopContinue(t *testing.T) {
	e := &chattest.Engine{Delay: 5 * time.Millisecond, Answer: func(string) string { return strings.Repeat("word ", 400) }}
	d := newDesk(t, e)
	id := d.conversation()
	_, err := d.Send(t.Context(), id, "Write much.")
	d.check(err)
	if _, err := d.Send(t.Context(), id, "Another."); !errors.Is(err, chat.ErrBusy) {
		t.Errorf("a second question meanwhile: %v", err)
	}
	d.until("some words are written", func() bool { v := d.View(id); return v.Writing != nil && v.Writing.Tokens > 5 })
	d.check(d.Stop(id))
	d.idle()
	a := d.last(id)
	if n := len(strings.Fields(a.Content)); a.Status != store.Stopped || n < 5 || n > 390 {
		t.Fatalf("stopped with %d words, %s", n, a.Status)
	}
	d.check(d.Continue(t.Context(), a.ID))
	d.idle()
	b := d.last(id)
	if b.ID != a.ID || b.Status != store.Complete || b.Content != strings.Repeat("word ", 400) {
		t.Errorf("continued to %q, %s", b.Content, b.Status)
	}
	log, err := d.Replay(t.Context(), a.ID)
	d.check(err)
	if n := len(log.Entries); n < 400 {
		t.Errorf("the trace has %d entries for 400 words", n)
	}
	less := chat.Defaults()
	less.MaxTokens = 3
	d.check(d.SetSettings(t.Context(), id, less))
	short := d.ask(id, "Again.")
	if f := d.figures(short); f.Stopped != "length" || f.Tokens != 3 {
		t.Errorf("figures %+v", f)
	}
	d.close()

	d = reopen(t, e, d.path)
	d.check(d.Continue(t.Context(), short.ID))
	d.idle()
	if got := d.last(id); got.ID != short.ID || !strings.HasPrefix(got.Content, short.Content) || len(got.Content) <= len(short.Content) {
		t.Errorf("continued %q to %q", short.Content, got.Content)
	}
}

// Edited messages are new branches; nothing is lost.
func TestEdit(t *testing.T) {
	d := newDesk(t, &chattest.Engine{})
	id := d.conversation()
	first := d.ask(id, "One?")
	d.check(d.Edit(t.Context(), first.Parent, "Two?", true))
	d.idle()
	if a := d.last(id); a.Content != "Two?" {
		t.Errorf("the edited question is answered by %q", a.Content)
	}
	d.check(d.Edit(t.Context(), first.ID, "A better answer.", false))
	d.idle()
	if a := d.last(id); a.Content != "A better answer." || a.Siblings != 2 || a.Status != store.Complete {
		t.Errorf("the edited answer is %+v", a)
	}
	d.ask(id, "Go on.")
	// A question that is not answered joins the next one.
	d.check(d.Edit(t.Context(), first.Parent, "Three?", false))
	d.idle()
	d.ask(id, "Four?")
	all, err := d.store.Messages(t.Context(), id)
	d.check(err)
	if len(all) != 10 {
		t.Errorf("%d messages, want 10", len(all))
	}
	if err := d.Edit(t.Context(), first.ID, " ", false); !errors.Is(err, chat.ErrEmpty) {
		t.Errorf("an empty text: %v", err)
	}
}
