package chat_test

import (
	"fmt"
	"testing"

	"fovea/app/chat/chattest"
	"fovea/store"
)

// Conversations about the same documents share the session that has read them,
// also when all of them are in use: neither documents nor turns are read again.
func TestShareSession(t *testing.T) {
	e := &chattest.Engine{}
	d := newDesk(t, e)
	book, other := d.file("book", 20), d.file("other", 5)
	first := d.conversation()
	d.attach(first, book)
	a := d.ask(first, "What?")
	once := e.Read()
	same := func(what string, read, again, talks int) {
		t.Helper()
		if e.Read() != read || e.Again() != again || e.Talks() != talks {
			t.Errorf("%s: %d tokens of documents were read, %d suffice, %d of turns instead of %d, by %d sessions instead of %d",
				what, e.Read(), read, e.Again(), again, e.Talks(), talks)
		}
	}
	second, third := d.conversation(), d.conversation()
	for _, id := range []store.ConversationID{second, third} {
		d.attach(id, book)
		d.idle()
		if v := d.View(id); v.Meter.ReadPages != 20 {
			t.Errorf("%d pages are read", v.Meter.ReadPages)
		}
	}
	for _, what := range []string{"then", "else"} {
		for i, id := range []store.ConversationID{second, first, third} {
			q := fmt.Sprintf("And %s in %d?", what, i)
			if m := d.ask(id, q); m.Content != q {
				t.Errorf("answered %q", m.Content)
			}
		}
	}
	d.check(d.Regenerate(t.Context(), d.last(third).ID, nil))
	d.idle()
	same("in turn", once, 0, 1)
	// What one has behind a mark in its turns is gone when it comes back.
	d.check(d.Regenerate(t.Context(), d.last(second).ID, nil))
	d.idle()
	same("another answer", once, 2*len([]string{"And", "then", "in", "0?"}), 1)
	// Its turns are the conversation's own.
	if log, err := d.Replay(t.Context(), a.ID); err != nil || len(log.Map.Documents) != 1 {
		t.Errorf("the replay of the first answer: %v", err)
	}
	// With another document it is of no use behind the first.
	fourth := d.conversation()
	d.attach(fourth, other)
	d.idle()
	alone, again := e.Read()-once, e.Again()
	same("another document", once+alone, again, 2)
	// The one that has the session is deleted, and one that has not; a session goes
	// with the last.
	for i, id := range []store.ConversationID{second, third} {
		d.check(d.store.DeleteConversation(t.Context(), id))
		d.check(d.Drop(id))
		d.ask(first, "Still there?")
		same(fmt.Sprint(i, " was deleted"), once+alone, again, 2)
	}
	d.check(d.store.SetSystem(t.Context(), first, "Be brief."))
	d.ask(first, "With another system prompt?")
	if e.Read() != 2*once+alone || e.Talks() != 2 {
		t.Errorf("%d tokens of documents were read, want %d; %d sessions", e.Read(), 2*once+alone, e.Talks())
	}
}

// A reading goes on in another conversation about the same document where the
// first one's stands.
func TestShareReading(t *testing.T) {
	e := &chattest.Engine{}
	d, first := slowBook(t, e)
	second := d.conversation()
	d.attach(second, d.View(first).Docs[0].Path)
	_, err := d.Send(t.Context(), second, "What so far?")
	d.check(err)
	if f := d.figures(d.answered(second)); !f.Part || f.ReadPages < 3 {
		t.Errorf("figures %+v", f)
	}
	d.idle()
	once := e.Read()
	for _, id := range []store.ConversationID{first, second} {
		if v := d.View(id); v.Meter.ReadPages != 300 {
			t.Errorf("%d pages are read", v.Meter.ReadPages)
		}
		if f := d.figures(d.ask(id, "And now?")); f.Part || f.ReadPages != 300 {
			t.Errorf("figures %+v", f)
		}
	}
	alone := d.conversation()
	d.attach(alone, d.file("like it", 300))
	d.idle()
	if got := e.Read() - once; got < once*9/10 || got > once*11/10 {
		t.Errorf("%d tokens of the book were read in two conversations, %d in one of another like it", once, got)
	}
}

// A conversation that reads another document behind the one that it shares is
// interrupted by those that share it, which come back to their turns, and goes on.
func TestShareWhileReading(t *testing.T) {
	e := &chattest.Engine{}
	d, first := slowBook(t, e)
	d.idle()
	once := e.Read()
	d.ask(first, "What?")
	second := d.conversation()
	d.attach(second, d.View(first).Docs[0].Path)
	d.idle()
	d.ask(second, "Who?")
	d.attach(first, d.file("other", 100))
	d.until("some pages are read", func() bool { return d.View(first).Meter.ReadPages > 303 })
	_, err := d.Send(t.Context(), second, "And else?")
	d.check(err)
	if f := d.figures(d.answered(second)); f.Part || f.ReadPages != 300 {
		t.Errorf("figures %+v", f)
	}
	if got := e.Again(); got != 0 {
		t.Errorf("%d tokens of turns were read again", got)
	}
	d.idle()
	if v := d.View(first); v.Meter.ReadPages != 400 || e.Talks() != 1 || e.Read() > once*16/10 {
		t.Errorf("%d pages are read by %d sessions, %d tokens, %d of the first document", v.Meter.ReadPages, e.Talks(), e.Read(), once)
	}
	for range 2 {
		again := e.Again()
		if f := d.figures(d.ask(second, "So?")); f.Pages != 300 || e.Again() != again {
			t.Errorf("%d tokens of turns were read again; figures %+v", e.Again()-again, f)
		}
		if f := d.figures(d.ask(first, "And now?")); f.Pages != 400 || f.ReadPages != 400 {
			t.Errorf("figures %+v", f)
		}
	}
}
