package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"fovea/app/chat/chattest"
	"fovea/app/ui/conversation"
	"fovea/store"
)

// slow is an engine that writes many words, one every few milliseconds.
func slow() *chattest.Engine {
	return &chattest.Engine{Delay: 5 * time.Millisecond, Answer: func(q string) string {
		return "About " + q + strings.Repeat(" and on", 2000)
	}}
}

// numbered is an engine whose answers have numbers.
func numbered() *chattest.Engine {
	n := 0
	return &chattest.Engine{Answer: func(q string) string { n++; return fmt.Sprintf("Answer number %d to %s", n, q) }}
}

func TestAsk(t *testing.T) {
	d := newDesk(t, setup{engine: &chattest.Engine{Answer: func(string) string { return "The **lighthouse** stands on a rock." }}})
	d.drop(d.text("Harbours", 3))
	d.shows("Read, 3 pages")
	a := d.answered("Where does it stand?")
	for _, text := range []string{
		"The lighthouse stands on a rock.", "6 tokens", "25.0 tokens/s", "Page 2 · 50%", "read 3 of 3 pages", "Test model · no device",
	} {
		d.shows(text)
	}
	if a.Status != store.Complete || a.Content != "The **lighthouse** stands on a rock." {
		t.Errorf("kept is %q, %s", a.Content, a.Status)
	}
	if title := d.window.window.Title(); title != "Where does it stand? — Fovea" {
		t.Errorf("the window is called %q", title)
	}
	if d.talk.Draft() != "" {
		t.Errorf("the draft is %q after it was sent", d.talk.Draft())
	}
}

func TestStop(t *testing.T) {
	d := newDesk(t, setup{engine: slow()})
	d.ask("the tides")
	d.shows("About the tides and on")
	d.tap("Stop")
	d.shows("Stopped before the end.")
	d.idle()
	a := d.last()
	if a.Status != store.Stopped || !strings.HasPrefix(a.Content, "About the tides and on") {
		t.Errorf("kept is %q, %s", a.Content, a.Status)
	}
	if d.button("Send") == nil {
		t.Error("the next question cannot be sent")
	}
	d.talk.OnContinue(int64(a.ID))
	d.until("it goes on", func() bool {
		v := d.chat.View(d.open.id)
		return v.Writing != nil && len(v.Writing.Text) > len(a.Content)
	})
	d.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.idle()
	if b := d.last(); b.ID != a.ID || len(b.Content) <= len(a.Content) || !strings.HasPrefix(b.Content, a.Content) {
		t.Errorf("kept is %q, want it longer than %q", b.Content, a.Content)
	}
}

func TestRegenerate(t *testing.T) {
	d := newDesk(t, setup{engine: numbered()})
	first := d.answered("why?")
	d.shows("Answer number 1")
	d.talk.OnRegenerate(int64(first.ID))
	d.shows("Answer number 2")
	d.shows("2 / 2")
	d.idle()
	second := d.last()
	if second.ID == first.ID || second.Parent != first.Parent {
		t.Errorf("the second answer is %d below %d, the first %d below %d", second.ID, second.Parent, first.ID, first.Parent)
	}
	d.talk.OnShowSibling(int64(second.ID), -1)
	d.shows("Answer number 1")
	d.shows("1 / 2")
	if strings.Contains(saying(d.talk), "Answer number 2") {
		t.Error("both answers are shown")
	}
	d.talk.OnShowSibling(int64(first.ID), -1) // there is none before the first
	d.idle()
	if got := d.last().ID; got != first.ID {
		t.Errorf("message %d is shown, want %d", got, first.ID)
	}
}

func TestEdit(t *testing.T) {
	d := newDesk(t, setup{engine: numbered()})
	a := d.answered("first words?")
	d.talk.OnEdit(int64(a.Parent), "other words?", true)
	d.shows("Answer number 2 to other words?")
	d.idle()
	if d.says("first words?") && !strings.Contains(d.window.window.Title(), "first words?") {
		t.Error("the question before the change is shown")
	}
	b := d.last()
	d.talk.OnEdit(int64(b.ID), "Corrected by hand.", false)
	d.shows("Corrected by hand.")
	if got := d.last().Content; got != "Corrected by hand." {
		t.Errorf("kept is %q", got)
	}
	d.talk.OnShowSibling(int64(d.last().ID), -1)
	d.shows("Answer number 2 to other words?")
	d.idle()
	d.talk.OnShowSibling(int64(d.last().Parent), -1)
	d.shows("Answer number 1 to first words?")
}

// TestOtherConversation reads another conversation while one is answered.
func TestOtherConversation(t *testing.T) {
	d := newDesk(t, setup{engine: &chattest.Engine{Delay: 5 * time.Millisecond}})
	d.answered("the first one")
	first := d.open.id
	d.choose("New conversation")
	long := strings.TrimSpace(strings.Repeat("a long question ", 30))
	d.ask(long)
	d.until("the answer has begun", func() bool { v := d.chat.View(d.open.id); return v.Writing != nil && v.Writing.Tokens > 5 })
	second := d.open.id
	if second == first {
		t.Fatal("the second question went into the first conversation")
	}
	d.sidebar.OnSelect(int64(first))
	d.shows("You the first one")
	if v := d.chat.View(second); v.Writing == nil {
		t.Error("the answer ended before the other conversation was shown")
	}
	if d.button("Send") == nil || d.button("Stop") != nil {
		t.Error("the first conversation is shown as the one that is answered")
	}
	d.sidebar.OnSelect(int64(second))
	d.shows("is writing…")
	d.idle()
	if a := d.last(); a.Content != long || a.Status != store.Complete {
		t.Errorf("the answer is %q, %s", a.Content, a.Status)
	}
	d.until("the answer is shown whole", func() bool { return !d.says("is writing…") && strings.Count(d.words(), "long question") >= 60 })
}

func TestDraft(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("one")
	one := d.open.id
	d.compose("not sent yet")
	d.choose("New conversation") // at once, as quick typists do
	if draft := d.talk.Draft(); draft != "" {
		t.Errorf("the new conversation has the draft %q", draft)
	}
	d.compose("begun elsewhere")
	d.sidebar.OnSelect(int64(one))
	d.until("the draft is back", func() bool { return d.talk.Draft() == "not sent yet" })
	d.idle()
	var other store.ConversationID
	for _, c := range d.list.items {
		if store.ConversationID(c.ID) != one {
			other = store.ConversationID(c.ID)
		}
	}
	if other == 0 {
		t.Fatal("what was begun in a new conversation is lost")
	}
	d.sidebar.OnSelect(int64(other))
	d.until("the other draft is back", func() bool { return d.talk.Draft() == "begun elsewhere" })
	d.compose(" and more")
	d = d.again()
	d.until("the draft is back after a new start", func() bool { return d.talk.Draft() == "begun elsewhere and more" })
	d.choose("New conversation")
	d.compose("typed at the end")
	d = d.again()
	d.until("the last draft is back", func() bool { return d.talk.Draft() == "typed at the end" })
}

// TestDraftAndSend sends at the moment when the draft is kept, which must not
// make two conversations.
func TestDraftAndSend(t *testing.T) {
	d := newDesk(t, setup{})
	d.compose("twice")
	d.keepDraft("twice")
	d.press(fyne.KeyReturn)
	d.shows("You twice")
	d.idle()
	if n := len(d.list.items); n != 1 {
		t.Errorf("there are %d conversations, want 1", n)
	}
	if b := d.branch(); len(b) != 2 {
		t.Errorf("the open conversation has %d messages, want 2", len(b))
	}
	d.answered("again")
	d = d.again()
	d.shows("You again")
	if draft := d.talk.Draft(); draft != "" {
		t.Errorf("the draft %q was sent and is back", draft)
	}
}

func TestSendFails(t *testing.T) {
	failing := map[string]func(d *desk){
		"no model": func(d *desk) {},
		"store closed": func(d *desk) {
			d.check(d.store.Close())
		},
	}
	for name, breaks := range failing {
		for _, in := range []string{"new conversation", "old conversation"} {
			t.Run(name+", "+in, func(t *testing.T) {
				s := setup{}
				if name == "no model" {
					s.model = "none"
				}
				d := newDesk(t, s)
				if in == "old conversation" {
					d.compose("begun")
					d.idle()
					d.until("the draft is kept", func() bool { return d.open.id != 0 })
					d.talk.SetDraft("")
				}
				breaks(d)
				d.ask("What did I write?")
				d.shows("Something went wrong")
				d.until("the draft is back", func() bool { return d.talk.Draft() == "What did I write?" })
				if name == "no model" {
					d.shows("No model is loaded. Choose one first.")
				}
				if name == "store closed" {
					d.closed = true // it cannot be closed again
					d.window.close()
					d.until("the program ends", func() bool { return d.program.quit })
				}
			})
		}
	}
}

// TestAnswerFails shows why an answer failed, and that it can be tried again.
func TestAnswerFails(t *testing.T) {
	fails := true
	d := newDesk(t, setup{engine: &chattest.Engine{Fail: func(string) error {
		if fails {
			return fmt.Errorf("engine: the device was lost; start again")
		}
		return nil
	}}})
	a := d.answered("a question of four words")
	d.shows("the device was lost; start again")
	if a.Status != store.Failed {
		t.Errorf("the answer is %s", a.Status)
	}
	for d.button("Close") != nil {
		d.tap("Close")
	}
	fails = false
	d.talk.OnRegenerate(int64(a.ID))
	d.shows("2 / 2")
	d.idle()
	if a := d.last(); a.Status != store.Complete {
		t.Errorf("the second answer is %s", a.Status)
	}
}

func TestLongPaste(t *testing.T) {
	d := newDesk(t, setup{})
	text := strings.Repeat("A line of a long text that was pasted.\n", 800)
	d.talk.FocusComposer()
	d.app.Clipboard().SetContent(text)
	d.window.window.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: d.app.Clipboard()})
	d.tap("Add as a document")
	d.shows("Read, ")
	d.idle()
	v := d.chat.View(d.open.id)
	if len(v.Docs) != 1 || v.Docs[0].Err != nil {
		t.Fatalf("the documents are %v", v.Docs)
	}
	p, err := d.store.Pages(t.Context(), v.Docs[0].ID)
	d.check(err)
	kept := ""
	for _, p := range p {
		kept += p.Text + "\n"
	}
	if got := strings.Count(kept, "A line of a long text that was pasted."); got != 800 {
		t.Errorf("%d lines were kept, want 800", got)
	}
}

// TestDocuments shows documents that cannot be opened, and takes some off.
func TestDocuments(t *testing.T) {
	d := newDesk(t, setup{engine: &chattest.Engine{Delay: 20 * time.Millisecond}})
	d.drop("nowhere.txt", d.text("Long", 400))
	d.shows("Failed")
	d.shows("Reading page")
	d.talk.OnPauseDocument(2)
	d.shows("Paused at page")
	d.talk.OnResumeDocument(2)
	d.shows("Reading page")
	d.talk.OnRemoveDocument(1)
	d.lacks("Failed")
	d.talk.OnRemoveDocument(1)
	d.lacks("Reading page")
	d.idle()
	if v := d.chat.View(d.open.id); len(v.Docs) != 0 {
		t.Errorf("the documents are %v", v.Docs)
	}
	d.drop(d.text("Short", 2))
	d.shows("Read, 2 pages")
	d.answered("what?")
	d.talk.OnRemoveDocument(1)
	d.shows("Questions were asked about this document")
}

// TestChips tells apart what may be with a document.
func TestChips(t *testing.T) {
	for state, want := range map[conversation.ChipState]string{conversation.ChipRead: "Read, 1 page"} {
		d := newDesk(t, setup{})
		d.drop(d.text("One", 1))
		d.shows(want)
		v := d.chat.View(d.open.id)
		if c := chips(&v); len(c) != 1 || c[0].State != state || c[0].Title == "" {
			t.Errorf("the chips are %v", c)
		}
	}
}
