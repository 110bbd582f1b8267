package conversation

import (
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	look "fovea/app/ui/theme"
)

// TestFollowsTheEnd streams an answer, scrolls up while it grows, and returns.
func TestFollowsTheEnd(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 500)
	p.SetMessages([]Message{{ID: 1, Role: User, Text: "?"}, {ID: 2, Role: Assistant, State: Writing}})
	text := ""
	more := func() {
		text += "A paragraph of the answer.\n\n"
		p.Grow(2, text)
	}
	for range 60 {
		more()
		if d := p.thread.fromEnd(); d > 1 {
			t.Fatalf("%.0f pixels below the view", d)
		}
	}
	if p.toEnd.Visible() {
		t.Error("the way to the end is offered at the end")
	}
	p.thread.by(-300)
	offset := p.thread.scroll.Offset.Y
	for range 10 {
		more()
	}
	if p.thread.scroll.Offset.Y != offset {
		t.Errorf("scrolled up, the view moved from %.0f to %.0f", offset, p.thread.scroll.Offset.Y)
	}
	if !p.toEnd.Visible() {
		t.Error("the way to the end is not offered")
	}
	p.toEnd.Tapped(nil)
	more()
	if d := p.thread.fromEnd(); d > 1 || p.toEnd.Visible() {
		t.Errorf("%.0f pixels below the view after going to the end", d)
	}
}

func TestGrowOfAnotherConversationIsIgnored(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 500)
	p.SetMessages(conversation())
	p.Grow(99, "text")
	if len(p.thread.slots) != 3 {
		t.Errorf("%d messages", len(p.thread.slots))
	}
}

// TestScrollsThroughAll goes through many messages in both directions: each shows up, what is seen moves
// by what was scrolled, and few have widgets at a time.
func TestScrollsThroughAll(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 600)
	p.SetMessages(hundreds(200))
	seen := map[int64]bool{}
	for i := 0; p.thread.scroll.Offset.Y > 0; i++ {
		if i > 5000 {
			t.Fatal("the start is never reached")
		}
		anchor := p.thread.list.mounted[len(p.thread.list.mounted)-1]
		before := anchor.y - p.thread.scroll.Offset.Y
		at := p.thread.scroll.Offset.Y
		p.thread.by(-100)
		moved := anchor.y - p.thread.scroll.Offset.Y - before
		if at > 200 && p.thread.scroll.Offset.Y > 0 && (moved < 99 || moved > 101) {
			t.Fatalf("scrolled by 100 pixels, message %d moved by %.1f", anchor.msg.ID, moved)
		}
		for _, s := range p.thread.list.mounted {
			seen[s.msg.ID] = true
		}
		if n := len(p.thread.list.mounted); n > 12 {
			t.Fatalf("%d messages have widgets on the canvas", n)
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d of 200 messages were seen", len(seen))
	}
	p.ScrollToEnd()
	if last := p.thread.list.mounted[len(p.thread.list.mounted)-1]; last.msg.ID != 200 {
		t.Errorf("message %d is at the end", last.msg.ID)
	}
}

func TestUnchangedMessagesKeepTheirWidgets(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 3000)
	p.SetMessages(conversation())
	old := p.thread.byID[3].row
	view := old.body.parts[0].view
	messages := append(conversation(), Message{ID: 4, Role: User, Text: "next"})
	messages[2].Text += "\n\nMore."
	p.SetMessages(messages)
	row := p.thread.byID[3].row
	if row != old || row.body.parts[0].view != view {
		t.Error("widgets were made anew")
	}
	if got := row.body.parts[len(row.body.parts)-1].block.runs[0].text; got != "More." {
		t.Errorf("the last block is %q", got)
	}
}

// TestThemeChangeReachesAll compares a pane whose theme changed with one that had the theme all along.
// Some messages are out of view during the change.
func TestThemeChangeReachesAll(t *testing.T) {
	show := func(choice look.Choice) (*Pane, fyne.Window) {
		p, w := open(t, choice, 800, 500)
		p.SetMessages(conversation())
		p.SetDocuments(documents())
		p.SetStatus(Status{PagesRead: 512, Pages: 512, Attending: 2048})
		p.thread.by(-10_000)
		p.ScrollToEnd()
		return p, w
	}
	want, wantWindow := show(look.Light)
	want.thread.by(-10_000)
	image := wantWindow.Canvas().Capture()
	got, gotWindow := show(look.Dark)
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Light))
	got.thread.by(-10_000)
	if !reflect.DeepEqual(gotWindow.Canvas().Capture(), image) {
		t.Error("after a change of the theme the pane looks different from one that always had it")
	}
}

func TestSelection(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 1500)
	var copied string
	p.OnCopy = func(text string) { copied = text }
	p.SetMessages([]Message{{ID: 1, Role: Assistant, Text: "One two\n\n- *three* four\n- five\n\n|a|b|\n|-|-|\n|c|d|\n\n```\ncode\n```"}})
	b := p.thread.byID[1].row.body
	flows := b.flows()
	from, to := flows[0], flows[1]
	b.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from.at.AddXY(from.offset(from.lines[0], 4)+1, 5)}, Button: desktop.MouseButtonPrimary})
	b.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to.at.AddXY(to.offset(to.lines[0], 5)+1, 5)}})
	b.TypedShortcut(&fyne.ShortcutCopy{})
	if copied != "two\n• three" {
		t.Errorf("copied %q", copied)
	}
	b.TypedShortcut(&fyne.ShortcutSelectAll{})
	b.TypedShortcut(&fyne.ShortcutCopy{})
	if want := "One two\n• three four\n• five\na\tb\nc\td\ncode"; copied != want {
		t.Errorf("copied %q, want %q", copied, want)
	}
	button(t, b, "Copy code").Tapped(nil)
	if copied != "code" {
		t.Errorf("copied %q", copied)
	}
}

func TestDoubleClickSelectsAWord(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 500)
	p.SetMessages([]Message{{ID: 1, Role: User, Text: "One twofold three"}})
	b := p.thread.byID[1].row.body
	f := b.flows()[0]
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: f.at.AddXY(f.offset(f.lines[0], 6)+1, 5)}, Button: desktop.MouseButtonPrimary}
	b.MouseDown(e)
	b.MouseDown(e)
	if got := b.selected(); got != "twofold" {
		t.Errorf("selected %q", got)
	}
}

// TestLinksAskFirst clicks on links: only the button of the question that follows opens them, and only
// those that a browser opens.
func TestLinksAskFirst(t *testing.T) {
	p, w := open(t, look.Dark, 800, 500)
	var opened string
	p.OnLink = func(target string) { opened = target }
	p.SetMessages([]Message{{ID: 1, Role: Assistant, Text: "[here](https://example.org)\n\n[bad](file:///etc/passwd)"}})
	b := p.thread.byID[1].row.body
	for i, want := range []bool{true, false} {
		f := b.flows()[i]
		b.Tapped(&fyne.PointEvent{Position: f.at.AddXY(4, 5)})
		overlay := w.Canvas().Overlays().Top()
		if overlay == nil {
			t.Fatal("no question")
		}
		if opened != "" {
			t.Fatalf("%q was opened unasked", opened)
		}
		texts := renderedTexts(overlay)
		if strings.Contains(texts, "Open\n") != want {
			t.Errorf("the question is %q", texts)
		}
		w.Canvas().Overlays().Remove(overlay)
	}
	p.confirmLink("https://example.org")
	tapLabelled(t, w.Canvas().Overlays().Top(), "Open")
	if opened != "https://example.org" {
		t.Errorf("opened %q", opened)
	}
}

func TestOpenable(t *testing.T) {
	for target, want := range map[string]bool{
		"https://a.b": true, "HTTP://a": true, "mailto:a@b": true,
		"https:": false, "file:///etc": false, "javascript:x": false, "a.b": false, "": false, "%zz": false,
	} {
		if openable(target) != want {
			t.Errorf("openable(%q) is %v", target, !want)
		}
	}
}

func TestWheelOverCodeScrollsThePage(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 400)
	p.SetMessages(conversation())
	before := p.thread.scroll.Offset.Y
	for _, part := range p.thread.byID[3].row.body.parts {
		if v, ok := part.view.(*codeView); ok {
			v.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 50)})
			if got := p.thread.scroll.Offset.Y; got != before-50 {
				t.Errorf("offset %.0f, want %.0f", got, before-50)
			}
			v.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(-30, 0)})
			if v.scroll.Offset.X != 30 {
				t.Errorf("code scrolled by %.0f, want 30", v.scroll.Offset.X)
			}
			return
		}
	}
	t.Fatal("no code")
}
