package pages

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

// sheetOf is a page with an image that is twice as high as the view.
func sheetOf(r Request) Page { return Page{Image: drawing(r.Width, r.Width*2), Text: "text"} }

// wheel turns the wheel over the page; negative is down, as in Fyne.
func (s *scene) wheel(notches int, dy float32) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.scroll).AddXY(20, 20)
	for range notches {
		test.Scroll(s.window.Canvas(), at, 0, dy)
	}
}

// typed types into what has the keyboard.
func (s *scene) typed(t *testing.T, text string) {
	t.Helper()
	focused := s.window.Canvas().Focused()
	if focused == nil {
		t.Fatalf("nothing takes %q", text)
	}
	for _, c := range text {
		focused.TypedRune(c)
	}
}

func (s *scene) wantPage(t *testing.T, number int, y float32) {
	t.Helper()
	if s.Page() != number || s.scroll.Offset.Y != y || s.sheet.top != y {
		t.Errorf("page %d at %g (drawn at %g), want page %d at %g", s.Page(), s.scroll.Offset.Y, s.sheet.top, number, y)
	}
}

func TestWheel(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 400))
	s.Open("A", 3, 2, nil)
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.wantPage(t, 2, 0)
	bottom := s.sheet.MinSize().Height - s.scroll.Size().Height
	if bottom < 100 {
		t.Fatalf("the page is only %g higher than the view", bottom)
	}
	s.wheel(40, -25)
	s.wantPage(t, 3, bottom) // the offset stays until the page is there
	if s.last(t).Number != 3 {
		t.Fatalf("asked for page %d, want 3", s.last(t).Number)
	}
	s.wheel(40, -25)
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.wantPage(t, 3, 0)
	s.wheel(40, -25)
	s.wantPage(t, 3, bottom) // the last page
	s.wheel(20, 1)
	s.wheel(2, 25)
	s.wheel(1, -25)
	s.wheel(2, 25)
	if s.Page() != 3 {
		t.Error("a turn of the wheel within the page left it")
	}
	s.wheel(40, 25)
	if s.Page() != 2 {
		t.Fatalf("page %d after the wheel was turned back, want 2", s.Page())
	}
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.wantPage(t, 2, bottom)
	if got := strings.Join(s.calls, ", "); got != "moved 2, moved 3, moved 2" {
		t.Errorf("callbacks: %s", got)
	}
}

func TestPageKeys(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 300))
	s.Open("A", 2, 1, nil)
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.PageUp()
	s.wantPage(t, 1, 0)
	s.PageDown()
	s.wantPage(t, 1, s.scroll.Size().Height*0.9)
	for range 9 {
		s.PageDown()
	}
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.wantPage(t, 2, 0)
	s.PageUp()
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.wantPage(t, 1, s.sheet.MinSize().Height-s.scroll.Size().Height)
}

func TestLateAnswers(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 400))
	s.Open("A", 9, 3, nil)
	third := s.last(t)
	s.GoTo(5)
	fifth := s.last(t)
	s.SetPage(third, sheetOf(third))
	if !s.sheet.loading {
		t.Error("page 3 was shown as page 5")
	}
	s.SetPage(fifth, sheetOf(fifth))
	if s.sheet.loading {
		t.Error("page 5 was not shown")
	}
	s.Open("B", 9, 5, nil)
	s.SetPage(fifth, sheetOf(fifth))
	if !s.sheet.loading {
		t.Error("a page of document A was shown as one of B")
	}
	s.Clear()
	s.SetPage(s.last(t), sheetOf(fifth))
	if s.Page() != 0 || s.sheet.loading || s.sheet.page.Image != nil || !s.bar.search.Disabled() || s.bar.number.Text != "" {
		t.Errorf("without a document: page %d, loading %v", s.Page(), s.sheet.loading)
	}
	s.Find()
	if s.bar.findRow.Visible() {
		t.Error("a search without a document")
	}
}

// TestWidths asks anew when the width of the page has changed, for images only.
func TestWidths(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 400))
	s.Open("A", 9, 3, nil)
	wide := func(want int, requests int) {
		t.Helper()
		if r := s.last(t); r.Width != want || r.Number != 3 || len(s.requests) != requests {
			t.Errorf("request %d for page %d, %d pixels; want request %d for page 3, %d pixels", len(s.requests), r.Number, r.Width, requests, want)
		}
	}
	wide(276, 1)
	first := s.last(t)
	s.window.Resize(fyne.NewSize(324, 400))
	wide(300, 2)
	s.SetPage(first, sheetOf(first)) // better than nothing
	if s.sheet.loading {
		t.Error("an image of another width was not shown")
	}
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	wide(300, 2)
	s.ZoomIn()
	wide(375, 3)
	s.FitWidth()
	wide(300, 4)
	s.ZoomOut()
	wide(240, 5)
	for range 20 {
		s.ZoomOut()
	}
	wide(300*zoomMin, 8)
	if !s.bar.zoomOut.Disabled() || s.bar.zoomIn.Disabled() {
		t.Error("the buttons do not say that the page is at its smallest")
	}
	s.SetPage(s.last(t), Page{Text: article})
	s.ZoomIn()
	s.window.Resize(fyne.NewSize(500, 400))
	wide(300*zoomMin, 8)
}

// TestZoomPlace keeps what is in the middle of the view there.
func TestZoomPlace(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 400))
	s.Open("A", 1, 1, nil)
	s.SetPage(s.last(t), sheetOf(s.last(t)))
	s.PageDown()
	middle := func() float32 {
		return (s.scroll.Offset.Y + s.scroll.Size().Height/2) / s.sheet.MinSize().Height
	}
	before := middle()
	s.ZoomIn()
	s.ZoomIn()
	if d := middle() - before; d > 0.01 || d < -0.01 || s.scroll.Offset.X < 50 {
		t.Errorf("the middle of the view went from %g to %g, offset %v", before, middle(), s.scroll.Offset)
	}
}

func TestNumber(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(400, 400))
	s.Open("A", 61, 70, nil)
	enter := func(text string, key fyne.KeyName, want int) {
		t.Helper()
		s.EditPage()
		s.typed(t, text)
		s.bar.number.TypedKey(&fyne.KeyEvent{Name: key})
		if s.Page() != want || s.bar.number.Text != fmt.Sprint(want) {
			t.Errorf("%q gave page %d and the number %q, want %d", text, s.Page(), s.bar.number.Text, want)
		}
	}
	enter("", fyne.KeyReturn, 61)
	enter("7", fyne.KeyReturn, 7)
	enter("9", fyne.KeyEscape, 7)
	enter("ix", fyne.KeyReturn, 7)
	enter("0", fyne.KeyReturn, 1)
	if !s.bar.previous.Disabled() || s.bar.next.Disabled() {
		t.Error("the buttons do not say that this is the first page")
	}
	test.Tap(s.bar.next)
	test.Tap(s.bar.next)
	test.Tap(s.bar.previous)
	if s.Page() != 2 {
		t.Errorf("the buttons led to page %d, want 2", s.Page())
	}
	s.EditPage()
	s.typed(t, "5")
	s.window.Canvas().Unfocus()
	if s.bar.number.Text != "2" {
		t.Errorf("the number %q stayed though it was not entered", s.bar.number.Text)
	}
}

func TestFind(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(400, 400))
	s.Open("A", 61, 3, nil)
	s.calls = nil
	test.Tap(s.bar.search)
	s.typed(t, "ab")
	if !s.bar.later.Disabled() {
		t.Error("there is a next hit before there is any")
	}
	s.SetFound(1, 4)
	key := func(k fyne.KeyName) { s.bar.find.TypedKey(&fyne.KeyEvent{Name: k}) }
	key(fyne.KeyReturn)
	s.bar.find.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	key(fyne.KeyEnter)
	s.bar.find.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Tap(s.bar.later)
	test.Tap(s.bar.earlier)
	if s.bar.found.Text != "1 of 4" {
		t.Errorf("found %q", s.bar.found.Text)
	}
	s.SetFound(0, 0)
	if s.bar.found.Text != "No hits" || !s.bar.later.Disabled() {
		t.Errorf("without hits: %q", s.bar.found.Text)
	}
	key(fyne.KeyBackspace)
	key(fyne.KeyEscape)
	want := []string{"find a0", "find ab0", "find ab1", "find ab-1", "find ab1", "find ab-1", "find a0", "find 0"}
	if !slices.Equal(s.calls, want) {
		t.Errorf("callbacks %q, want %q", s.calls, want)
	}
	if s.bar.findRow.Visible() || s.bar.found.Text != "" {
		t.Error("the search is not closed")
	}
}

// TestMarks brings highlights into view.
func TestMarks(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(300, 400))
	text := strings.Repeat("Some words on a line of their own.\n", 100) + "Here it is."
	mark := func(page int, part string, found bool) Mark {
		i := strings.Index(text, part)
		return Mark{page, i, i + len(part), found}
	}
	inView := func(name string) {
		t.Helper()
		y, ok := s.sheet.firstMark()
		if top := s.scroll.Offset.Y; !ok || y < top || y > top+s.scroll.Size().Height-10 {
			t.Errorf("%s: the mark at %g (%v) is not in view at %g", name, y, ok, top)
		}
	}
	s.Open("A", 9, 3, []Mark{mark(3, "Here", false), mark(4, "Some", false)})
	s.SetPage(s.last(t), Page{Text: text})
	inView("opened")
	before := s.scroll.Offset
	s.SetMarks([]Mark{mark(3, "Some", true)})
	s.SetPage(s.last(t), Page{Text: text})
	if s.scroll.Offset != before || len(s.requests) != 2 {
		t.Errorf("other marks moved the page to %v, after %d requests", s.scroll.Offset, len(s.requests))
	}
	s.Highlight(3, []Mark{mark(3, "Some", false), mark(3, "Here", true)})
	s.SetPage(s.last(t), Page{Text: text})
	inView("found")
	s.Highlight(4, []Mark{mark(4, "Here", true)})
	r := s.last(t)
	s.SetPage(r, Page{Image: drawing(r.Width, 4*r.Width), Text: text, Boxes: []Box{{0, 0, 1, 0.1}}, Found: []Box{{0, 0.9, 1, 0.91}, {0, 0.8, 1, 0.81}}})
	inView("image")
	if s.Page() != 4 || s.scroll.Offset.Y < 100 {
		t.Errorf("page %d at %v", s.Page(), s.scroll.Offset)
	}
	s.Highlight(4, []Mark{mark(4, "Some", true)})
	top := Page{Image: drawing(r.Width, 4*r.Width), Text: text, Found: []Box{{0, 0.1, 1, 0.11}}}
	s.SetPage(s.last(t), top)
	inView("image again")
	s.GoTo(5)
	s.SetPage(s.last(t), Page{Text: text})
	s.wantPage(t, 5, 0)
}

func TestClose(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(400, 400))
	buttons := 0
	for _, o := range test.LaidOutObjects(s.Viewer) {
		if b, ok := o.(*iconButton); ok && b.hint == "Close this document" {
			test.Tap(b)
			buttons++
		}
	}
	if buttons != 1 || !slices.Equal(s.calls, []string{"close"}) {
		t.Errorf("%d buttons, callbacks %q", buttons, s.calls)
	}
}
