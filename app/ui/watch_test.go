package ui

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/app/ui/retention"
	"fovea/internal/uicheck"
	"fovea/model/actqkv"
)

// shown is the log that the retention pane shows.
func (d *desk) shown() (l struct{ Entries []json.RawMessage }) {
	d.Helper()
	var b bytes.Buffer
	d.check(d.retention.Export(retention.JSON)(&b))
	d.check(json.Unmarshal(b.Bytes(), &l))
	return l
}

// settings are those of the open conversation.
func (d *desk) settings() chat.Settings {
	d.Helper()
	s, err := d.chat.Settings(d.Context(), d.open.id)
	d.check(err)
	return s
}

func TestMethodAndBudget(t *testing.T) {
	d := newDesk(t, setup{engine: slow()})
	d.retention.OnBudget(1024) // of a conversation that is not kept yet
	d.until("it is kept", func() bool { return d.open.id != 0 })
	d.idle()
	if s := d.settings(); s.Budget != 1024 || s.Method != chat.Defaults().Method {
		t.Errorf("the settings are %v", s)
	}
	d.shows("1,024 tokens")
	d.drop(d.text("Long", 40))
	d.shows("Read, 40 pages")
	d.ask("the tides")
	d.shows("About the tides and on")
	d.retention.OnMethod(string(actqkv.InfLLM))
	d.retention.OnBudget(100) // less than there can be
	d.until("the settings are kept", func() bool { s := d.settings(); return s.Method == actqkv.InfLLM && s.Budget == chat.MinBudget })
	d.shows("608 tokens")
	// The answer that is being written obeys.
	d.until("the next tokens attend less", func() bool { return d.chat.View(d.open.id).Meter.Attending <= chat.MinBudget+64 })
	d.retention.OnMethod(string(actqkv.Full))
	d.shows("The next answer reads the text again for this method.")
	d.tap("Stop")
	d.idle()
	f, err := chat.FiguresOf(d.last())
	d.check(err)
	if f.Settings.Method != actqkv.InfLLM || f.Chosen.Budget != chat.MinBudget {
		t.Errorf("the answer was written with %v, %v", f.Settings, f.Chosen)
	}
	id := d.open.id
	d.choose("New conversation")
	d.shows("2,048 tokens") // the settings are the other's
	d.sidebar.OnSelect(int64(id))
	d.shows("608 tokens")
}

// TestTrace follows an answer, replays an old one, and follows again.
func TestTrace(t *testing.T) {
	d := newDesk(t, setup{engine: &chattest.Engine{Delay: 4 * time.Millisecond}})
	d.drop(d.text("Long", 30))
	d.until("reading is followed", func() bool { return len(d.shown().Entries) > 3 })
	d.shows("Read, 30 pages")
	first := d.answered("one two three four five six")
	if n := len(d.shown().Entries); n != 7 {
		t.Errorf("the pane has %d entries, want the question and 6 words", n)
	}
	if at := d.retention.At(); at != 6 {
		t.Errorf("entry %d is shown, want the last one", at)
	}
	d.answered("seven eight nine")
	if n := len(d.shown().Entries); n != 4 {
		t.Errorf("the pane has %d entries, want those of the second answer", n)
	}
	d.talk.OnReplay(int64(first.ID))
	d.until("the first is replayed", func() bool { return len(d.shown().Entries) == 7 && d.retention.At() == 0 })
	d.answered("ten eleven")
	if n, at := len(d.shown().Entries), d.retention.At(); n != 3 || at != 2 {
		t.Errorf("the pane has %d entries and shows number %d, want the end of the third answer", n, at)
	}
	// A conversation that is opened shows what its last answer recalled.
	id := d.open.id
	d.choose("New conversation")
	if n := len(d.shown().Entries); n != 0 {
		t.Errorf("the pane has %d entries of another conversation", n)
	}
	d.sidebar.OnSelect(int64(id))
	d.until("the last answer is shown", func() bool { return len(d.shown().Entries) == 3 })
	d = d.again()
	d.until("the last answer is shown after a new start", func() bool { return len(d.shown().Entries) == 3 })
	// New documents are followed, too.
	d.drop(d.text("More", 20))
	d.until("reading is followed", func() bool { return len(d.shown().Entries) > 4 })
}

func TestHover(t *testing.T) {
	d := newDesk(t, setup{})
	d.drop(d.text("Harbours", 3))
	d.shows("Read, 3 pages")
	d.answered("where?")
	var text string
	hover := func(at retention.Place) string {
		text = ""
		d.hover(at, &d.watch.shown, func(_ retention.Place, s string) { text = s })
		d.until("there is a text", func() bool { return text != "" })
		return text
	}
	page2 := 0
	for _, s := range d.watch.shown.Spans {
		if s.Page == 2 {
			page2 = s.Pos
			break
		}
	}
	if got := hover(retention.Place{Doc: 1, Page: 2, Pos: page2, End: page2 + 8}); !strings.Contains(got, "Page 2 of Harbours") {
		t.Errorf("the text is %q", got)
	}
	end := d.watch.shown.Spans[len(d.watch.shown.Spans)-1].Pos
	if got := hover(retention.Place{Pos: end, End: end + 1}); got != "(part of the conversation)" {
		t.Errorf("the text is %q", got)
	}
	d.openPlace(retention.Place{Doc: 1, Page: 2, Pos: page2, End: page2 + 8})
	d.until("the page is shown", func() bool { return d.viewer.Page() == 2 })
}

func TestComparison(t *testing.T) {
	d := newDesk(t, setup{})
	d.drop(d.text("Long", 30))
	d.shows("Read, 30 pages")
	a := d.answered("one two three")
	d.talk.OnCompare(int64(a.ID))
	d.shows("The question is answered once more")
	d.tap("Answer and compare")
	d.until("there is a second window", func() bool { return d.watch.comparison != nil })
	d.idle()
	c := d.watch.comparison
	if n, m := len(c.runs[0].Log.Entries), len(c.runs[1].Log.Entries); n != 4 || m != 4 {
		t.Errorf("the runs have %d and %d entries, want 4 each", n, m)
	}
	if got := uicheck.Words(c.window.Canvas()); !strings.Contains(got, "ActQKV, 2,048") || !strings.Contains(got, "InfLLM, 2,048") {
		t.Errorf("the window says: %s", got)
	}
	f, err := chat.FiguresOf(d.last())
	d.check(err)
	if f.Settings.Method != actqkv.InfLLM {
		t.Errorf("the second answer was written by %s", f.Settings.Method)
	}
	if s := d.settings(); s.Method != actqkv.ActQKV {
		t.Errorf("the conversation's method became %s", s.Method)
	}
	if b := d.branch(); len(b) != 2 || b[1].Siblings != 2 {
		t.Errorf("the answers are not beside each other: %v", b)
	}
	// What comes after is not the comparison's.
	d.answered("another question")
	if m := len(c.runs[1].Log.Entries); m != 4 {
		t.Errorf("the second run has %d entries after another question, want 4", m)
	}
	c.window.Close()
	if d.watch.comparison != nil {
		t.Error("the comparison is still there")
	}
}

// TestManyWindows requires that a long reading does not fill the memory.
func TestManyWindows(t *testing.T) {
	d := newDesk(t, setup{})
	d.drop(d.text("Endless", maxWindows+600))
	d.shows("Read, ")
	d.idle()
	if n := len(d.watch.live.Entries); n > maxWindows || n == 0 {
		t.Errorf("%d windows are kept, want at most %d", n, maxWindows)
	}
}

func TestOwnWindow(t *testing.T) {
	d := newDesk(t, setup{})
	d.shows("Show recently recalled")
	d.choose("Retention in its own window")
	d.lacks("Show recently recalled")
	own := d.watch.own
	if got := uicheck.Words(own.Canvas()); !strings.Contains(got, "Show recently recalled") {
		t.Errorf("the window of its own says: %s", got)
	}
	if !d.menu.own.Checked {
		t.Error("the menu does not say so")
	}
	own.Close()
	d.shows("Show recently recalled")
	if d.layout.state().Hidden[paneRetention] {
		t.Error("the pane is hidden")
	}
}
