package chat_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/internal/tinymodel"
	"fovea/store"
)

// slowBook begins to read a book of 300 pages, and waits for the first of them.
func slowBook(t *testing.T, e *chattest.Engine) (*desk, store.ConversationID) {
	t.Helper()
	e.Delay = 3 * time.Millisecond
	d := openDesk(t, e, filepath.Join(t.TempDir(), store.FileName), atOnce)
	id := d.conversation()
	d.attach(id, d.file("book", 300))
	d.until("some pages are read", func() bool { return d.View(id).Meter.ReadPages > 3 })
	return d, id
}

// writing waits until some words of an answer are written.
func (d *desk) writing(id store.ConversationID) {
	d.Helper()
	d.until("words are written", func() bool { v := d.View(id); return v.Writing != nil && v.Writing.Tokens > 3 })
}

// answered waits until the last answer is written.
func (d *desk) answered(id store.ConversationID) store.Message {
	d.Helper()
	d.until("it is answered", func() bool { return d.last(id).Status != store.Writing && !busy(d, id) })
	return d.last(id)
}

func busy(d *desk, id store.ConversationID) bool {
	v := d.View(id)
	return v.Writing != nil || v.Waiting != 0
}

// Questions are answered while a document is read, from the pages read so far,
// which the answers say; the reading goes on by itself, and no page is read
// twice. When it has ended, a question can be asked again.
func TestAskWhileReading(t *testing.T) {
	e := &chattest.Engine{}
	d, id := slowBook(t, e)
	pages := 0
	var first store.Message
	for i, question := range []string{"What so far?", "And now?"} {
		_, err := d.Send(t.Context(), id, question)
		d.check(err)
		a := d.answered(id)
		f := d.figures(a)
		if !f.Part || f.ReadPages <= pages || f.ReadPages >= f.Pages || f.Pages != 300 || a.Content != question {
			t.Errorf("answer %d is %q, from %d of %d pages: %+v", i, a.Content, f.ReadPages, f.Pages, f)
		}
		if i == 0 {
			first = a
		}
		pages = f.ReadPages
		d.until("the reading goes on", func() bool { return d.View(id).Meter.ReadPages > pages+3 })
	}
	d.idle()
	if v := d.View(id); v.Meter.ReadPages != 300 {
		t.Errorf("%d pages are read", v.Meter.ReadPages)
	}
	once := e.Read()
	if f := d.figures(d.ask(id, "And at the end?")); f.Part || f.ReadPages != 300 {
		t.Errorf("figures %+v", f)
	}
	d.check(d.Regenerate(t.Context(), first.ID, nil))
	d.idle()
	a := d.last(id)
	if f := d.figures(a); f.Part || f.ReadPages != 300 || a.Parent != first.Parent {
		t.Errorf("regenerated, figures %+v", f)
	}
	other := d.conversation()
	d.attach(other, d.file("short", 2))
	d.idle()
	if extra := e.Read() - once; extra > once/100 {
		t.Errorf("%d tokens of the book were read twice, of %d", extra, once)
	}
	var md strings.Builder
	_, err := d.store.Show(t.Context(), first.ID)
	d.check(err)
	d.check(d.ExportMarkdown(t.Context(), id, &md))
	if !strings.Contains(md.String(), "of 300, while the rest was yet to be read") {
		t.Errorf("the export does not say from which pages the answer is:\n%s", md.String())
	}
}

// Stop ends the answer and not the reading, also while the answer is continued,
// which goes on from what was read so far; a reading that is paused stays so.
func TestStopWhileReading(t *testing.T) {
	d, id := slowBook(t, &chattest.Engine{Answer: func(string) string { return strings.Repeat("word ", 400) }})
	d.Pause(id)
	d.until("it pauses", func() bool { return d.View(id).Reading == nil })
	at := d.View(id).Meter.ReadPages
	_, err := d.Send(t.Context(), id, "What?")
	d.check(err)
	d.writing(id)
	d.check(d.Stop(id))
	a := d.answered(id)
	if f := d.figures(a); a.Status != store.Stopped || a.Content == "" || !f.Part || f.ReadPages != at {
		t.Errorf("%q (%s), figures %+v; paused at page %d", a.Content, a.Status, f, at)
	}
	d.check(d.Continue(t.Context(), a.ID))
	b := d.answered(id)
	if f := d.figures(b); b.ID != a.ID || b.Status != store.Complete || len(b.Content) <= len(a.Content) || !f.Part || f.ReadPages != at {
		t.Errorf("continued to %q (%s), figures %+v", b.Content, b.Status, f)
	}
	time.Sleep(20 * time.Millisecond)
	if v := d.View(id); !v.Paused || v.Meter.ReadPages != at {
		t.Errorf("read on from page %d to %d though paused", at, v.Meter.ReadPages)
	}
	d.Resume(id)
	d.until("the reading goes on", func() bool { return d.View(id).Meter.ReadPages > at })
	_, err = d.Send(t.Context(), id, "And now?")
	d.check(err)
	d.writing(id)
	d.check(d.Stop(id))
	d.idle()
	if v := d.View(id); v.Meter.ReadPages != 300 {
		t.Errorf("%d pages are read", v.Meter.ReadPages)
	}
	// The beginning of what is continued at the end is still from less.
	stopped := d.last(id)
	before := d.figures(stopped)
	d.check(d.Continue(t.Context(), stopped.ID))
	d.idle()
	if f := d.figures(d.last(id)); !f.Part || f.ReadPages != before.ReadPages || f.Tokens <= before.Tokens {
		t.Errorf("continued at the end, figures %+v, before %+v", f, before)
	}
}

// What goes wrong with an answer in the middle of the reading, a restart, and a
// conversation that is deleted, cost nothing but that answer.
func TestTroubleWhileReading(t *testing.T) {
	e := &chattest.Engine{
		Answer: func(string) string { return strings.Repeat("word ", 400) },
		Fail: func(q string) error {
			if strings.Contains(q, "break") {
				return chat.ErrEmpty
			}
			return nil
		},
	}
	d, id := slowBook(t, e)
	_, err := d.Send(t.Context(), id, "Please break.")
	d.check(err)
	if a := d.answered(id); a.Status != store.Failed {
		t.Errorf("the answer is %s", a.Status)
	}
	d.until("the reading goes on", func() bool { return d.View(id).Meter.ReadPages > 8 })
	_, err = d.Send(t.Context(), id, "And now?")
	d.check(err)
	d.writing(id)
	d.close()
	d = openDesk(t, e, d.path, atOnce)
	if a := d.last(id); a.Status != store.Stopped || !strings.HasPrefix(a.Content, "word word") {
		t.Errorf("after the restart the answer is %q (%s)", a.Content, a.Status)
	}
	d.check(d.Service.Documents(t.Context(), id))
	// Nobody reads now, so the next answer is about all pages.
	if f := d.figures(d.ask(id, "All of it?")); f.Part || f.ReadPages != 300 {
		t.Errorf("figures %+v", f)
	}
	other := d.conversation()
	d.attach(other, d.file("other", 300))
	d.until("some pages are read", func() bool { return d.View(other).Meter.ReadPages > 3 })
	_, err = d.Send(t.Context(), other, "What?")
	d.check(err)
	d.writing(other)
	d.check(d.store.DeleteConversation(t.Context(), other))
	d.check(d.Drop(other))
	d.idle()
	d.ask(id, "And now?")
}

// Without memory for the way back the answer waits until all is read, and says
// so.
func TestNoMemoryForPart(t *testing.T) {
	e := &chattest.Engine{NoMarks: true}
	d, id := slowBook(t, e)
	a := d.ask(id, "What so far?")
	if f := d.figures(a); a.Status != store.Complete || f.Part || f.ReadPages != 300 {
		t.Errorf("%s, figures %+v", a.Status, f)
	}
	if told := d.notices(); len(told) != 1 || !errors.Is(told[0], chat.ErrWaits) {
		t.Errorf("told of %v", told)
	}
}

// What takes but a moment is read to its end before the answer.
func TestSoon(t *testing.T) {
	d := openDesk(t, &chattest.Engine{Delay: 3 * time.Millisecond}, filepath.Join(t.TempDir(), store.FileName), 0)
	id := d.conversation()
	d.attach(id, d.file("book", 60)) // a page takes a second, says the engine
	d.until("some pages are read", func() bool { return d.View(id).Meter.ReadPages > 3 })
	a := d.ask(id, "What?")
	if f := d.figures(a); !f.Part {
		t.Errorf("50 s before the end, figures %+v", f)
	}
	long := d.conversation()
	d.attach(long, d.file("other", 60))
	d.until("the last pages are read", func() bool { return d.View(long).Meter.ReadPages > 52 })
	a = d.ask(long, "What?")
	if f := d.figures(a); f.Part {
		t.Errorf("8 s before the end, figures %+v", f)
	}
}

// With a model: an answer in the middle of the reading changes nothing about
// what is read and kept, and comes from what was read.
func TestKeptWhileAsking(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := openReader(t, dir, path, atOnce)
	r.kept.Every = 0
	book := r.file("book", 8)
	id := r.conversation()
	c := chat.Defaults()
	c.Temperature, c.Seed, c.MaxTokens = 0, 1, 8
	r.check(r.SetSettings(t.Context(), id, c))
	r.attach(id, book)
	for i := range 2 {
		r.until("pages are read", func() bool { return r.View(id).Meter.ReadPages > 1+2*i })
		_, err := r.Send(t.Context(), id, "What so far?")
		r.check(err)
		a := r.answered(id)
		f := r.figures(a)
		consulted, err := r.store.Consulted(t.Context(), id)
		r.check(err)
		for _, p := range consulted[a.ID] {
			if p.Page > f.ReadPages {
				t.Errorf("page %d was consulted when %d were read", p.Page, f.ReadPages)
			}
		}
		if !f.Part || f.ReadPages >= 8 || len(consulted[a.ID]) == 0 || a.Status != store.Complete {
			t.Errorf("figures %+v, %d pages consulted, %s", f, len(consulted[a.ID]), a.Status)
		}
		if _, err := r.Replay(t.Context(), a.ID); err != nil {
			t.Error(err)
		}
	}
	r.idle()
	kept := r.snapshots()
	if len(kept) != 1 || kept[0].Read != kept[0].Tokens {
		t.Errorf("kept %+v", kept)
	}
	_, want := r.about(book) // takes the session
	r.close()
	r = newReader(t, dir, path)
	_, got := r.about(book)
	if tokens, noticed := r.took(); tokens != 0 || len(noticed) != 0 || got.Content != want.Content {
		t.Errorf("%d tokens were read again; told of %v; answered %q, want %q", tokens, noticed, got.Content, want.Content)
	}
}
