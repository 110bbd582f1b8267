package chat_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/store"
)

// A question interrupts the reading of another conversation, which then goes
// on where it was.
func TestAnswersGoFirst(t *testing.T) {
	e := &chattest.Engine{Delay: 5 * time.Millisecond}
	d := newDesk(t, e)
	long, short := d.conversation(), d.conversation()
	d.attach(long, d.file("long", 400))
	d.until("some pages are read", func() bool { return d.View(long).Meter.ReadPages > 5 })
	_, err := d.Send(t.Context(), short, "Quick?")
	d.check(err)
	d.until("it is answered", func() bool { return d.last(short).Status == store.Complete })
	if v := d.View(long); v.Meter.ReadPages > 390 {
		t.Errorf("the answer came after %d of 400 pages", v.Meter.ReadPages)
	}
	d.Pause(long)
	d.until("reading pauses", func() bool { v := d.View(long); return v.Paused && v.Reading == nil })
	at := d.View(long).Meter.ReadPages
	time.Sleep(30 * time.Millisecond)
	if v := d.View(long); v.Meter.ReadPages != at || at == 400 {
		t.Errorf("read on from page %d to %d though paused", at, v.Meter.ReadPages)
	}
	d.Resume(long)
	d.idle()
	if v := d.View(long); v.Meter.ReadPages != 400 {
		t.Errorf("%d pages are read", v.Meter.ReadPages)
	}
}

// What goes wrong is in the message, and the conversation goes on.
func TestFailures(t *testing.T) {
	e := &chattest.Engine{Fail: func(q string) error {
		if strings.Contains(q, "break") {
			return errors.New("the device is lost; restart the program")
		}
		return nil
	}}
	d := newDesk(t, e)
	id := d.conversation()
	a := d.ask(id, "Please break at once.")
	if f := d.figures(a); a.Status != store.Failed || f.Error != "the device is lost; restart the program" || a.Content != "Please break " {
		t.Errorf("failed as %q, %+v", a.Content, f)
	}
	if a := d.ask(id, "Better?"); a.Status != store.Complete {
		t.Errorf("afterwards %+v", a)
	}
	if _, err := d.Send(t.Context(), id, " \n"); !errors.Is(err, chat.ErrEmpty) {
		t.Errorf("an empty question: %v", err)
	}
	d.check(d.store.SetDraft(t.Context(), id, "kept"))
	d.Load("missing.gguf")
	d.until("loading fails", func() bool { return d.Model().Err != nil })
	if _, err := d.Send(t.Context(), id, "kept"); !errors.Is(err, chat.ErrNoModel) {
		t.Errorf("without a model: %v", err)
	}
	if c, err := d.store.Conversation(t.Context(), id); err != nil || c.Draft != "kept" {
		t.Errorf("the draft is %q (%v)", c.Draft, err)
	}
	d.Load("model.gguf")
	d.ask(id, "kept")
}

// A device that is lost is opened again, and the conversation goes on.
func TestDeviceLost(t *testing.T) {
	lost := true
	e := &chattest.Engine{Fail: func(string) error {
		if lost {
			lost = false
			return fmt.Errorf("vulkan: submitting: %w", engine.ErrDeviceLost)
		}
		return nil
	}}
	d := newDesk(t, e)
	id := d.conversation()
	d.attach(id, d.file("book", 5))
	if a := d.ask(id, "What is it?"); a.Status != store.Failed {
		t.Errorf("the answer is %s", a.Status)
	}
	if a := d.ask(id, "And now?"); a.Status != store.Complete {
		t.Errorf("afterwards the answer is %s", a.Status)
	}
	if n := e.Loads(); n != 2 {
		t.Errorf("the model was loaded %d times, want 2", n)
	}
}

// A file that cannot be read says so in its place, and can be removed.
func TestDocuments(t *testing.T) {
	e := &chattest.Engine{Delay: time.Millisecond}
	d := newDesk(t, e)
	id := d.conversation()
	folder := t.TempDir()
	d.check(os.WriteFile(filepath.Join(folder, "bad.pdf"), []byte("%PDF-1.7 cut"), 0o600))
	d.check(os.WriteFile(filepath.Join(folder, "good.md"), []byte("# Good\n\nText."), 0o600))
	d.check(os.WriteFile(filepath.Join(folder, "picture.png"), []byte("no text"), 0o600))
	d.Attach(id, folder)
	d.until("the files are opened", func() bool {
		v := d.View(id)
		return len(v.Docs) == 2 && v.Docs[0].Err != nil && v.Docs[1].ID != 0
	})
	if err := d.View(id).Docs[0].Err; !strings.Contains(err.Error(), "bad.pdf") {
		t.Errorf("the error does not name the file: %v", err)
	}
	d.check(d.Detach(t.Context(), id, 0))
	d.Attach(id, filepath.Join(folder, "good.md")) // the same bytes are one document
	d.until("it is opened again", func() bool { v := d.View(id); return len(v.Docs) == 1 && v.Docs[0].ID != 0 })
	d.ask(id, "What is good?")
	if err := d.Detach(t.Context(), id, 0); !errors.Is(err, chat.ErrInUse) {
		t.Errorf("detaching a document that was asked about: %v", err)
	}
	// Documents that come later go before the next question.
	d.attach(id, d.file("later", 40))
	d.check(d.Detach(t.Context(), id, 1))
	d.attach(id, d.file("other", 10))
	a := d.ask(id, "And now?")
	consulted, err := d.store.Consulted(t.Context(), id)
	d.check(err)
	if c := consulted[a.ID]; len(c) != 1 || c[0].Document != d.View(id).Docs[1].ID {
		t.Errorf("consulted %+v of %+v", c, d.View(id).Docs)
	}
	d.close()
	d = reopen(t, e, d.path)
	d.check(d.Service.Documents(t.Context(), id))
	if v := d.View(id); len(v.Docs) != 2 || !v.Docs[0].Asked || !v.Docs[1].Asked || v.Docs[1].Title != "other" {
		t.Errorf("after a restart %+v", v.Docs)
	}
	d.idle()
	if v := d.View(id); v.Meter.ReadPages != 0 {
		t.Errorf("%d pages were read again, though nobody asked for it", v.Meter.ReadPages)
	}
	d.Resume(id)
	d.until("all is read again", func() bool { v := d.View(id); return v.Meter.ReadPages == v.Meter.Pages })
	before := e.Read()
	d.ask(id, "And after the restart?")
	if got := e.Read(); got != before {
		t.Errorf("%d tokens were read twice", got-before)
	}
	d.Attach(id, filepath.Join(t.TempDir(), "nothing.pdf"), t.TempDir())
	d.until("the errors are told", func() bool { v := d.View(id); return len(v.Docs) == 3 && v.Docs[2].Err != nil })
	if errs := d.errors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "has no documents") {
		t.Errorf("an empty folder: %v", errs)
	}
}

// The next token obeys the budget and the method that are chosen meanwhile.
func TestChange(t *testing.T) {
	e := &chattest.Engine{Delay: 4 * time.Millisecond, Answer: func(string) string { return strings.Repeat("word ", 400) }}
	d := newDesk(t, e)
	id := d.conversation()
	d.attach(id, d.file("book", 40))
	d.idle()
	_, err := d.Send(t.Context(), id, "Write.")
	d.check(err)
	d.until("some words are written", func() bool { v := d.View(id); return v.Writing != nil && v.Writing.Tokens > 5 })
	c := chat.Defaults()
	c.Budget = 4096
	d.check(d.SetSettings(t.Context(), id, c))
	d.idle()
	a := d.last(id)
	log, err := d.Replay(t.Context(), a.ID)
	d.check(err)
	first, last := log.Entries[2].Step.Layers[0].K, log.Entries[len(log.Entries)-1].Step.Layers[0].K
	if last <= first || d.figures(a).Settings.Budget() != 4096 {
		t.Errorf("recalled %d blocks, then %d, figures %+v", first, last, d.figures(a))
	}
	c.Method = actqkv.Full // the text is read again for it, by the next answer
	d.check(d.SetSettings(t.Context(), id, c))
	before := e.Read()
	if f := d.figures(d.ask(id, "Dense?")); f.Settings.Method != actqkv.Full || e.Read() <= before {
		t.Errorf("answered with %+v", f.Settings)
	}
	c.Budget = 10
	c.Method = actqkv.ActQKV
	if err := d.SetSettings(t.Context(), id, c); err == nil || !strings.Contains(err.Error(), "budget") {
		t.Errorf("a budget of 10 tokens: %v", err)
	}
}

// Live tells each step once, also to somebody who comes late.
func TestLive(t *testing.T) {
	d := newDesk(t, &chattest.Engine{Delay: time.Millisecond})
	id := d.conversation()
	d.attach(id, d.file("book", 20))
	d.idle()
	var log, seen, entries int
	text := ""
	_, err := d.Send(t.Context(), id, "one two three four five six seven")
	d.check(err)
	for done := false; !done; {
		done = len(d.Busy()) == 0
		l := d.Live(id, log, seen)
		if l.Log != log {
			text, entries = "", 0
		}
		log, seen, entries = l.Log, l.Seen, entries+len(l.Entries)
		for _, e := range l.Entries {
			text += e.Text
		}
	}
	if text != "one two three four five six seven" || entries != seen {
		t.Errorf("heard %q in %d entries of %d", text, entries, seen)
	}
	if l := d.Live(id, 0, 0); len(l.Entries) != entries || len(l.Map.Spans) == 0 {
		t.Errorf("who comes late hears %d entries", len(l.Entries))
	}
}

// Conversations that are deleted end, and can come back.
func TestDrop(t *testing.T) {
	d := newDesk(t, &chattest.Engine{Delay: 3 * time.Millisecond})
	id := d.conversation()
	d.attach(id, d.file("book", 60))
	_, err := d.Send(t.Context(), id, "What?")
	d.check(err)
	d.check(d.store.DeleteConversation(t.Context(), id))
	d.check(d.Drop(id))
	d.idle()
	d.check(d.store.RestoreConversation(t.Context(), id))
	d.check(d.Service.Documents(t.Context(), id))
	if a := d.last(id); a.Status != store.Stopped {
		t.Errorf("the answer is %s", a.Status)
	}
	d.check(d.Regenerate(t.Context(), d.last(id).ID, nil))
	d.idle()
	if a := d.last(id); a.Status != store.Complete {
		t.Errorf("after the return the answer is %s", a.Status)
	}
}

// A conversation can be deleted at any moment of an answer.
func TestDropWhileAnswering(t *testing.T) {
	d := newDesk(t, &chattest.Engine{Delay: time.Millisecond, Answer: func(string) string { return strings.Repeat("word ", 30) }})
	for i := range 40 {
		id := d.conversation()
		_, err := d.Send(t.Context(), id, "What?")
		d.check(err)
		time.Sleep(time.Duration(i) * time.Millisecond / 2)
		d.check(d.store.DeleteConversation(t.Context(), id))
		d.check(d.Drop(id))
	}
	d.idle()
	d.ask(d.conversation(), "And now?")
}

func TestExport(t *testing.T) {
	d := newDesk(t, &chattest.Engine{})
	id := d.conversation()
	d.attach(id, d.file("book", 5))
	first := d.ask(id, "What?")
	d.check(d.Edit(t.Context(), first.ID, "Another answer.", false))
	var md, js strings.Builder
	d.check(d.ExportMarkdown(t.Context(), id, &md))
	d.check(d.ExportJSON(t.Context(), id, &js))
	want := "# What?\n\n- book (plain text, 5 pages)\n\n## user\n\nWhat?\n\n## assistant\n\nAnother answer.\n"
	if md.String() != want {
		t.Errorf("Markdown:\n%s\nwant\n%s", md.String(), want)
	}
	for _, s := range []string{`"title": "What?"`, `"Another answer."`, `"page": 2`, `"sha256"`, `"shown": [`} {
		if !strings.Contains(js.String(), s) {
			t.Errorf("the JSON lacks %s:\n%s", s, js.String())
		}
	}
	if _, err := d.Replay(context.Background(), 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a replay of nothing: %v", err)
	}
}
