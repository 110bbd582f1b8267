package conversation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

func press(o fyne.Focusable, keys ...fyne.KeyName) {
	for _, k := range keys {
		o.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func TestEnterSends(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	var sent []string
	p.OnSend = func(text string) { sent = append(sent, text) }
	entry := p.composer.entry
	press(entry, fyne.KeyReturn)
	test.Type(entry, "One")
	entry.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	press(entry, fyne.KeyReturn)
	entry.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Type(entry, "two")
	if p.Draft() != "One\ntwo" {
		t.Errorf("draft is %q", p.Draft())
	}
	press(entry, fyne.KeyEnter)
	if !slices.Equal(sent, []string{"One\ntwo"}) || p.Draft() != "" {
		t.Errorf("sent %q, draft %q", sent, p.Draft())
	}
}

func TestDraftComesBackWhenSendingFails(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	p.OnSend = func(text string) { p.SetDraft(text) }
	p.OnDraft = func(text string) { t.Errorf("draft %q reported, it was set by the caller", text) }
	p.SetDraft("Ask")
	test.Tap(p.composer.send)
	if p.Draft() != "Ask" {
		t.Errorf("draft is %q", p.Draft())
	}
	test.Type(p.composer.entry, "ing")
	if p.Draft() != "Asking" {
		t.Errorf("draft is %q: the cursor was not behind the text", p.Draft())
	}
}

func TestDraftIsDebounced(t *testing.T) {
	p, w := open(t, look.Dark, 800, 600)
	var drafts []string
	p.OnDraft = func(text string) { drafts = append(drafts, text) }
	var pending func()
	p.composer.after = func(d time.Duration, f func()) func() {
		if d != 500*time.Millisecond {
			t.Errorf("waits %v", d)
		}
		pending = f
		return func() { pending = nil }
	}
	test.Type(p.composer.entry, "abc")
	if len(drafts) != 0 || pending == nil {
		t.Fatalf("drafts %q before the delay", drafts)
	}
	pending()
	p.FocusComposer()
	test.Type(p.composer.entry, "d")
	w.Canvas().Unfocus()
	w.Canvas().Unfocus()
	if !slices.Equal(drafts, []string{"abc", "abcd"}) {
		t.Errorf("drafts %q", drafts)
	}
}

func TestBusy(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	stops := 0
	p.OnStop = func() { stops++ }
	p.OnSend = func(text string) { t.Errorf("%q was sent while an answer is written", text) }
	if p.Escape() {
		t.Error("Escape stopped what is not there")
	}
	p.SetDraft("Next")
	p.SetBusy(true)
	if p.composer.send.Visible() || !p.composer.stop.Visible() {
		t.Error("there is no button to stop")
	}
	press(p.composer.entry, fyne.KeyReturn, fyne.KeyEscape)
	test.Tap(p.composer.stop)
	if stops != 2 || p.Draft() != "Next" {
		t.Errorf("%d stops, draft %q", stops, p.Draft())
	}
}

func TestComposerGrows(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 900)
	var heights []float32
	for n := range 12 {
		p.SetDraft(strings.Repeat("line\n", n) + "line")
		heights = append(heights, p.composer.Size().Height)
	}
	for i := 1; i < 8; i++ {
		if heights[i] <= heights[i-1] {
			t.Errorf("%d lines are %.0f high, %d are %.0f", i+1, heights[i], i, heights[i-1])
		}
	}
	if heights[11] != heights[7] {
		t.Errorf("12 lines are %.0f high, 8 are %.0f", heights[11], heights[7])
	}
	p.SetDraft("")
	if got := p.composer.Size().Height; got != heights[0] {
		t.Errorf("empty again it is %.0f high, was %.0f", got, heights[0])
	}
}

func TestLongPasteBecomesADocument(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	var offered string
	p.OnPasteLong = func(text string) { offered = text }
	clipboard := test.NewClipboard()
	long := strings.Repeat("é", 1<<19)
	clipboard.SetContent(long)
	start := time.Now()
	p.composer.entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	if d := time.Since(start); d > 100*time.Millisecond {
		t.Errorf("pasting 1 MB took %v", d)
	}
	if p.Draft() != "" {
		t.Error("the text went into the entry")
	}
	button(t, p.offer, "Add as a document").Tapped(nil)
	if offered != long || p.offer.Size().Height != 0 {
		t.Errorf("%d bytes offered, offer still %.0f high", len(offered), p.offer.Size().Height)
	}
	clipboard.SetContent("short")
	p.composer.entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	if p.Draft() != "short" {
		t.Errorf("draft %q", p.Draft())
	}
}

func TestActions(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 2000)
	var got []string
	note := func(name string) func(int64) {
		return func(id int64) { got = append(got, fmt.Sprintf("%s %d", name, id)) }
	}
	p.OnRegenerate, p.OnContinue, p.OnReplay, p.OnCompare = note("regenerate"), note("continue"), note("replay"), note("compare")
	p.OnCopy = func(text string) { got = append(got, "copy "+text) }
	p.OnShowSibling = func(id int64, delta int) { got = append(got, fmt.Sprintf("sibling %d %d", id, delta)) }
	p.OnPage = func(id, document int64, page int) {
		got = append(got, fmt.Sprintf("page %d %d %d", id, document, page))
	}
	p.SetMessages([]Message{{
		ID: 7, Role: Assistant, Text: "*It*", State: Stopped, Trace: true, Sibling: 1, Siblings: 3,
		Pages: []Consulted{{Document: 5, Title: "A", Page: 12, Share: 0.5}},
	}})
	want := []string{
		"copy *It*", "regenerate 7", "continue 7", "replay 7", "compare 7",
		"sibling 7 -1", "sibling 7 1", "page 7 5 12",
	}
	for _, label := range []string{
		"Copy message", "Answer again", "Continue the answer", "Replay what was retained",
		"Compare with other settings", "Previous version", "Next version", "Page 12 · 50%",
	} {
		b := button(t, p, label)
		b.FocusGained()
		press(b, fyne.KeySpace)
		b.FocusLost()
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestSwitcherEndsAreDisabled(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	p.OnShowSibling = func(id int64, delta int) { t.Errorf("sibling %d of the only end", delta) }
	p.SetMessages([]Message{{ID: 1, Role: User, Text: "a", Sibling: 0, Siblings: 2}})
	button(t, p, "Previous version").Tapped(nil)
}

func TestEdit(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 800)
	var got []string
	p.OnEdit = func(id int64, text string, ask bool) { got = append(got, fmt.Sprintf("%d %s %v", id, text, ask)) }
	messages := []Message{{ID: 1, Role: User, Text: "a"}, {ID: 2, Role: Assistant, Text: "b"}}
	p.SetMessages(messages)
	edit := func(id int64, text, label string) {
		r := p.thread.byID[id].row
		button(t, r, "Edit").Tapped(nil)
		r.editor.entry.SetText(text)
		p.SetMessages(slices.Clone(messages)) // must not end it
		for _, o := range r.editor.buttons.items {
			if b := o.(*widget.Button); b.Text == label {
				test.Tap(b)
				if r.editor != nil {
					t.Errorf("%q did not end editing", label)
				}
				return
			}
		}
		t.Errorf("no button %q", label)
	}
	edit(1, "a1", "Save and ask")
	edit(1, "a2", "Save")
	edit(1, "a3", "Cancel")
	edit(2, "b1", "Save")
	button(t, p.thread.byID[2].row, "Edit").Tapped(nil)
	press(p.thread.byID[2].row.editor.entry, fyne.KeyEscape)
	if p.thread.byID[2].row.editor != nil {
		t.Error("Esc did not end editing")
	}
	if want := []string{"1 a1 true", "1 a2 false", "2 b1 false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDocuments(t *testing.T) {
	p, w := open(t, look.Dark, 800, 600)
	var got []string
	note := func(name string) func(int64) {
		return func(id int64) { got = append(got, fmt.Sprintf("%s %d", name, id)) }
	}
	p.OnOpenDocument, p.OnPauseDocument, p.OnResumeDocument, p.OnRemoveDocument = note("open"), note("pause"), note("resume"), note("remove")
	docs := documents()
	p.SetDocuments(docs)
	first := p.chips.all[2]
	test.Tap(first)
	first.hold.Tapped(nil)
	first.away.Tapped(nil)
	docs[2].State = ChipPaused
	p.SetDocuments(docs)
	if p.chips.all[2] != first {
		t.Error("the widget of a document was not kept")
	}
	first.hold.Tapped(nil)
	if want := []string{"open 3", "pause 3", "remove 3", "resume 3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	test.Tap(p.chips.all[6])
	if w.Canvas().Overlays().Top() == nil {
		t.Error("the reason of a failure is not shown")
	}
}

// That the model has a document as it was read alone stands on its chip, where that
// is narrow, too, and pages without text in its hint.
func TestJoinedDocument(t *testing.T) {
	for _, l := range looks {
		speak(t, l.language)
		p, _ := open(t, l.choice, 400, 300)
		p.SetDocuments([]Chip{{ID: 1, Title: "Book.pdf", State: ChipRead, Page: 3, Pages: 3, EmptyText: 2, Joined: true}})
		c := p.chips.all[0]
		said := c.texts[1]
		if said == "" || said == c.c.withoutText() || c.lines[1].Text != said || !strings.Contains(c.hint(), c.c.withoutText()) {
			t.Errorf("%s: on the chip stands %q of %q, its hint is %q", l.name, c.lines[1].Text, said, c.hint())
		}
	}
}

func TestManyDocumentsScroll(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	var docs []Chip
	for i := range 50 {
		docs = append(docs, Chip{ID: int64(i + 1), Title: "d", State: ChipRead, Pages: 3})
	}
	p.SetDocuments(docs)
	row := p.chips.all[0].Size().Height
	if h := p.chips.Size().Height; h > 2.5*row {
		t.Errorf("50 chips are %.0f high, a chip %.0f", h, row)
	}
	if h := p.chips.grid.MinSize().Height; h < 15*row {
		t.Errorf("the chips scroll over %.0f pixels, a chip is %.0f high", h, row)
	}
	p.SetDocuments(nil)
	if h := p.chips.Size().Height; h != 0 {
		t.Errorf("no chips are %.0f high", h)
	}
}

func TestStatus(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	acted := false
	for want, s := range map[string]Status{
		"":                       {},
		"attending 2,048 tokens": {Attending: 2048},
		"read 3 of 512 pages":    {PagesRead: 3, Pages: 512},
		"A question is answered from the pages read so far: 3 of 512": {PagesRead: 3, Pages: 512, Attending: 600, Part: true},
		"Waits until another answer is written":                       {Queue: 1, Pages: 2},
		"broken":                                                      {Error: "broken", Queue: 2, Action: "Repair", OnAction: func() { acted = true }},
	} {
		p.SetStatus(s)
		if got := p.status.text.runs[0].text; got != want {
			t.Errorf("status %q, want %q", got, want)
		}
		if s.Action != "" {
			button(t, p.status, "Repair").Tapped(nil)
		}
	}
	if !acted {
		t.Error("the action of an error was not called")
	}
}

func TestEmptyState(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	var got []string
	p.OnAttach = func() { got = append(got, "attach") }
	p.OnSample = func() { got = append(got, "sample") }
	test.Tap(p.empty.open)
	test.Tap(p.empty.try)
	p.composer.attach.Tapped(nil)
	if want := []string{"attach", "sample", "attach"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	p.SetMessages(conversation())
	if p.empty.Visible() || !p.thread.Visible() {
		t.Error("the empty state stays")
	}
	p.SetMessages(nil)
	if !p.empty.Visible() || p.thread.Visible() {
		t.Error("the empty state does not come back")
	}
}
