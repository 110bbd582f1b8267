package chat_test

import (
	"testing"

	"fovea/app/chat/chattest"
	"fovea/internal/tinymodel"
	"fovea/store"
)

// Another conversation about the same documents goes on from the session that
// has read them: neither document nor snapshot is read, and there is one session.
func TestShareSession(t *testing.T) {
	e := &chattest.Engine{}
	d := newDesk(t, e)
	book, other := d.file("book", 20), d.file("other", 5)
	first := d.conversation()
	d.attach(first, book)
	a := d.ask(first, "What?")
	once := e.Read()
	second := d.conversation()
	d.attach(second, book)
	d.idle()
	if v := d.View(second); v.Meter.ReadPages != 20 {
		t.Errorf("%d pages are read", v.Meter.ReadPages)
	}
	d.ask(second, "And what else?")
	d.check(d.Regenerate(t.Context(), d.last(second).ID, nil))
	d.idle()
	d.ask(first, "And then?") // takes it back, with its own turns
	if got := e.Read(); got != once || e.Talks() != 1 {
		t.Errorf("%d tokens of documents were read, %d suffice; %d sessions", got, once, e.Talks())
	}
	// With another document it is of no use behind the first.
	third := d.conversation()
	d.attach(third, other)
	d.idle()
	alone := e.Read() - once
	if v := d.View(first); v.Meter.ReadPages != 20 || e.Talks() != 2 {
		t.Errorf("%d pages are read, %d sessions", v.Meter.ReadPages, e.Talks())
	}
	d.attach(second, other)
	d.idle()
	if got := e.Read(); got != once+2*alone || e.Talks() != 2 {
		t.Errorf("%d tokens of documents were read, %d suffice; %d sessions", got, once+2*alone, e.Talks())
	}
	// Its turns are the conversation's own.
	if log, err := d.Replay(t.Context(), a.ID); err != nil || len(log.Map.Documents) != 1 {
		t.Errorf("the replay of the first answer: %v", err)
	}
	d.check(d.store.SetSystem(t.Context(), first, "Be brief."))
	d.ask(first, "With another system prompt?")
	if got := e.Read(); got != 2*once+2*alone {
		t.Errorf("%d tokens of documents were read, want %d", got, 2*once+2*alone)
	}
	// Deleting the conversation that has the session costs the others the pages.
	d.check(d.store.DeleteConversation(t.Context(), second))
	d.check(d.Drop(second))
	d.until("its session is gone", func() bool { return e.Talks() == 2 })
	d.ask(first, "Still there?")
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

// With a model: the answers are those of conversations of their own. One whose
// session was taken restores its own, where that is kept, so that two which
// are in use do not take it from each other.
func TestShareModel(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	book := r.file("book", 3)
	first, want := r.about(book)
	all, _ := r.took()
	again := func(what string, id store.ConversationID, most int) {
		t.Helper()
		a := r.ask(id, "And then?")
		if tokens, noticed := r.took(); tokens > most || len(noticed) > 0 || a.Status != store.Complete {
			t.Errorf("%s: %d tokens were read of %d; told of %v; %s", what, tokens, all, noticed, a.Status)
		}
	}
	r.check(r.SetSnapshotLimit(t.Context(), 0)) // what comes now is the sessions' own
	second, got := r.about(book)
	if tokens, _ := r.took(); tokens != 0 || got.Content != want.Content {
		t.Errorf("%d tokens were read; answered %q, want %q", tokens, got.Content, want.Content)
	}
	const (
		turns = 120 // tokens of a question and an answer, at most
		next  = 20  // and of what the template has before a question
	)
	again("the session is taken back", first, turns)
	again("and again", second, turns)
	r.close()

	r = newReader(t, dir, path)
	r.check(r.SetSnapshotLimit(t.Context(), 1<<30))
	first, _ = r.about(book)
	r.took()
	second, _ = r.about(book)
	again("restored", first, turns)
	for range 2 {
		again("with a session of its own", second, next)
		again("with a session of its own", first, next)
	}
}

// A document that comes after questions goes before them: it is kept as the
// first ones are, serves other conversations, and is not read again after a
// restart.
func TestLaterDocument(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	one, two := r.file("one", 2), r.file("two", 3)
	id, first := r.about(one)
	r.attach(id, two)
	a := r.ask(id, "And this?")
	kept := r.snapshots()
	if len(kept) != 2 || kept[0].Title != "two" && kept[1].Title != "two" || kept[0].Read != kept[0].Tokens || kept[1].Read != kept[1].Tokens {
		t.Errorf("kept %+v", kept)
	}
	consulted, err := r.store.Consulted(t.Context(), id)
	r.check(err)
	docs := map[store.DocumentID]bool{}
	for _, p := range consulted[a.ID] {
		docs[p.Document] = true
	}
	if len(docs) != 2 {
		t.Errorf("consulted %+v", consulted[a.ID])
	}
	const turns = 120 // tokens of the turns before, at most
	r.took()
	// The first question is still about the first document only.
	r.check(r.Regenerate(t.Context(), first.ID, nil))
	r.idle()
	if again := r.last(id); again.Content != first.Content {
		t.Errorf("answered %q, before %q", again.Content, first.Content)
	}
	if _, err := r.store.Show(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	want := r.ask(id, "And then?")
	if tokens, noticed := r.took(); tokens > 3*turns || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v", tokens, noticed)
	}
	r.close()

	r = newReader(t, dir, path)
	r.check(r.Regenerate(t.Context(), want.ID, nil))
	r.idle()
	if tokens, noticed := r.took(); tokens > 2*turns || len(noticed) > 0 {
		t.Errorf("after a restart %d tokens were read; told of %v", tokens, noticed)
	}
	if got := r.last(id); got.Content != want.Content {
		t.Errorf("after a restart answered %q, before %q", got.Content, want.Content)
	}
	other := r.conversation()
	r.attach(other, one)
	r.attach(other, two)
	r.ask(other, "Both?")
	if tokens, noticed := r.took(); tokens != 0 || len(noticed) > 0 {
		t.Errorf("in another conversation %d tokens were read; told of %v", tokens, noticed)
	}
}

// A reading that an answer from fewer documents interrupts goes on from what was
// kept of it.
func TestReadingInterruptedByBranch(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := openReader(t, dir, path, atOnce)
	r.kept.Every = 0
	id, first := r.about(r.file("one", 2))
	r.idle()
	r.took()
	r.attach(id, r.file("two", 7))
	r.until("pages are read", func() bool { return r.View(id).Meter.ReadPages > 4 })
	r.check(r.Regenerate(t.Context(), first.ID, nil))
	r.answered(id)
	if f := r.figures(r.last(id)); f.Part || f.Chosen.MaxTokens != 8 {
		t.Errorf("figures %+v", f)
	}
	r.until("all is read", func() bool { v := r.View(id); return v.Meter.ReadPages == v.Meter.Pages })
	r.idle()
	tokens, noticed := r.took()
	var two store.Snapshot
	for _, k := range r.snapshots() {
		if k.Title == "two" {
			two = k
		}
	}
	if two.Read == 0 || two.Read != two.Tokens || tokens > two.Tokens || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v; kept %+v", tokens, noticed, two)
	}
}
