package chat_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/model/actqkv"
	"fovea/store"
)

// desk is a service over a store in a temporary folder.
type desk struct {
	*testing.T
	*chat.Service
	store  *store.Store
	engine *chattest.Engine
	path   string

	mu     sync.Mutex
	failed []error
}

func newDesk(t *testing.T, e *chattest.Engine) *desk {
	t.Helper()
	return reopen(t, e, filepath.Join(t.TempDir(), store.FileName))
}

// reopen starts a program on the store at path and loads the model.
func reopen(t *testing.T, e *chattest.Engine, path string) *desk {
	t.Helper()
	d := &desk{T: t, engine: e, path: path}
	var err error
	if d.store, err = store.Open(t.Context(), path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	d.Service, err = chat.New(t.Context(), chat.Options{Store: d.store, Open: e.Open, Notify: d.note})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	d.Load("model.gguf")
	return d
}

func (d *desk) note(e chat.Event) {
	if e.Kind == chat.Failed {
		d.mu.Lock()
		d.failed = append(d.failed, e.Err)
		d.mu.Unlock()
	}
}

// errors takes the errors that were told so far.
func (d *desk) errors() []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := d.failed
	d.failed = nil
	return errs
}

func (d *desk) close() {
	if d.store == nil {
		return
	}
	d.Service.Close()
	if err := d.store.Close(); err != nil {
		d.Error(err)
	}
	d.store = nil
	for _, err := range d.errors() {
		d.Errorf("told of: %v", err)
	}
}

func (d *desk) check(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) conversation() store.ConversationID {
	d.Helper()
	c, err := d.store.AddConversation(d.Context(), store.Conversation{})
	d.check(err)
	return c.ID
}

// until waits for a condition.
func (d *desk) until(what string, condition func() bool) {
	d.Helper()
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("waited in vain until %s", what)
		}
	}
}

// idle waits until nothing is done or queued.
func (d *desk) idle() {
	d.Helper()
	d.until("all is done", func() bool { return d.Model().Ready && len(d.Busy()) == 0 })
}

// file writes a text of some pages and returns its path.
func (d *desk) file(name string, pages int) string {
	d.Helper()
	var b strings.Builder
	for p := range pages {
		if p > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "Page %d of %s.\n\n%s", p+1, name, strings.Repeat("Words that fill the page without end. ", 12))
	}
	path := filepath.Join(d.TempDir(), name+".txt")
	d.check(os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// attach attaches a file and waits until it is opened.
func (d *desk) attach(id store.ConversationID, path string) {
	d.Helper()
	n := len(d.View(id).Docs)
	d.Attach(id, path)
	d.until("the document is open", func() bool {
		v := d.View(id)
		return len(v.Docs) > n && v.Docs[n].ID != 0
	})
}

// ask sends a question, waits for the answer, and returns it.
func (d *desk) ask(id store.ConversationID, text string) store.Message {
	d.Helper()
	_, err := d.Send(d.Context(), id, text)
	d.check(err)
	d.idle()
	return d.last(id)
}

// last is the last message that a conversation shows.
func (d *desk) last(id store.ConversationID) store.Message {
	d.Helper()
	branch, err := d.store.Branch(d.Context(), id)
	d.check(err)
	return branch[len(branch)-1]
}

func (d *desk) figures(m store.Message) chat.Figures {
	d.Helper()
	f, err := chat.FiguresOf(m)
	d.check(err)
	return f
}

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
	e := &chattest.Engine{Delay: 5 * time.Millisecond, Answer: func(string) string { return strings.Repeat("word ", 60) }}
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
	if n := len(strings.Fields(a.Content)); a.Status != store.Stopped || n < 5 || n > 50 {
		t.Fatalf("stopped with %d words, %s", n, a.Status)
	}
	d.check(d.Continue(t.Context(), a.ID))
	d.idle()
	b := d.last(id)
	if b.ID != a.ID || b.Status != store.Complete || b.Content != strings.Repeat("word ", 60) {
		t.Errorf("continued to %q, %s", b.Content, b.Status)
	}
	log, err := d.Replay(t.Context(), a.ID)
	d.check(err)
	if n := len(log.Entries); n < 60 {
		t.Errorf("the trace has %d entries for 60 words", n)
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

// A question interrupts the reading of another conversation, which then goes
// on where it was.
func TestAnswersGoFirst(t *testing.T) {
	e := &chattest.Engine{Delay: 5 * time.Millisecond}
	d := newDesk(t, e)
	long, short := d.conversation(), d.conversation()
	d.attach(long, d.file("long", 80))
	d.until("some pages are read", func() bool { return d.View(long).Meter.ReadPages > 5 })
	_, err := d.Send(t.Context(), short, "Quick?")
	d.check(err)
	d.until("it is answered", func() bool { return d.last(short).Status == store.Complete })
	if v := d.View(long); v.Meter.ReadPages > 70 {
		t.Errorf("the answer came after %d of 80 pages", v.Meter.ReadPages)
	}
	d.Pause(long)
	d.until("reading pauses", func() bool { v := d.View(long); return v.Paused && v.Reading == nil })
	at := d.View(long).Meter.ReadPages
	time.Sleep(30 * time.Millisecond)
	if v := d.View(long); v.Meter.ReadPages != at || at == 80 {
		t.Errorf("read on from page %d to %d though paused", at, v.Meter.ReadPages)
	}
	d.Resume(long)
	d.idle()
	if v := d.View(long); v.Meter.ReadPages != 80 {
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
	d.Attach(id, filepath.Join(t.TempDir(), "nothing.pdf"), t.TempDir())
	d.until("the errors are told", func() bool { v := d.View(id); return len(v.Docs) == 3 && v.Docs[2].Err != nil })
	if errs := d.errors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "has no documents") {
		t.Errorf("an empty folder: %v", errs)
	}
}

// The next token obeys the budget and the method that are chosen meanwhile.
func TestChange(t *testing.T) {
	e := &chattest.Engine{Delay: 4 * time.Millisecond, Answer: func(string) string { return strings.Repeat("word ", 50) }}
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
