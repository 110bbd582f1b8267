// Package pages is the page viewer: one document, page by page, as a drawn
// image or as text, with passages highlighted.
//
// A [Viewer] asks for pages by [Viewer.OnPage] and is answered by
// [Viewer.SetPage], at once or later. It reads no files and finds nothing
// itself. Everything here is used on Fyne's UI goroutine.
package pages

import (
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Box is a rectangle on a page, in shares (0 to 1) of the page's width and
// height, from its left and top edge.
type Box struct{ X0, Y0, X1, Y1 float64 }

// Mark is a passage to highlight: the bytes from Start to End of the text of
// page number Page. It may begin before the text and end behind it.
type Mark struct {
	Page       int
	Start, End int
	Found      bool // a search found it; else it was recalled
}

// Request asks for a page.
type Request struct {
	Number int // from 1
	Width  int // of the image, in device pixels

	opened int // which document, as counted by the viewer
}

// Page is what a page holds.
type Page struct {
	Image  image.Image // nil: the text is shown
	Boxes  []Box       // of recalled passages, on the image
	Found  []Box       // of passages that a search found, on the image
	Text   string      // empty, or white space, where there is none
	Notice Notice      // a line above the page
}

// Viewer shows one document. The zero value is of no use: see [NewViewer].
type Viewer struct {
	widget.BaseWidget

	// OnPage asks for a page, each time that another one or another width is
	// needed: while the window is being resized, many times a second. Only the
	// answer to the latest request counts, so whoever draws pages need not
	// draw those before it.
	OnPage func(Request)
	// OnFind is told what to find, whenever that changes, and to go on to the
	// next hit or, with step -1, the previous one; step 0 is the first from
	// this page on. The answer is [Viewer.SetFound]. Text "" ends the search.
	OnFind  func(text string, step int)
	OnClose func()    // the close button
	OnMoved func(int) // another page, by its number, is shown

	title         string
	pages, number int // number is 0 without a document
	marks         []Mark
	opened        int // how many documents so far
	asked         Request
	arrive        arrival

	bar    *bar
	scroll *pageScroll
	sheet  *sheet
	frame  *fyne.Container
	root   fyne.CanvasObject
}

// arrival is where in a page the view is when it appears.
type arrival int

const (
	stay     arrival = iota // where it was
	atTop                   // the page's beginning
	atBottom                // its end, when coming back from the next page
	atMark                  // the first highlight, if it is not in view
)

// NewViewer makes a viewer without a document.
func NewViewer() *Viewer {
	v := &Viewer{sheet: newSheet()}
	v.scroll = newPageScroll(v.sheet)
	v.scroll.onResize = v.fit
	v.scroll.onEdge = v.turn
	v.scroll.OnScrolled = func(p fyne.Position) { v.sheet.scrollTo(p.Y) }
	tip := newTip()
	v.bar = newBar(v, tip)
	v.frame = container.NewBorder(v.bar.box, nil, nil, nil, v.scroll)
	v.root = container.NewStack(v.frame, tip)
	v.ExtendBaseWidget(v)
	v.bar.update()
	return v
}

// CreateRenderer is for Fyne.
func (v *Viewer) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Open shows a page of a document with that many pages, and its first mark.
// A page number beyond them is that of the nearest page.
func (v *Viewer) Open(title string, pages, page int, marks []Mark) {
	v.title, v.pages, v.marks = title, pages, slices.Clone(marks)
	v.opened++
	v.number = 0
	v.sheet.forget()
	v.bar.setFound(-1, 0)
	v.move(page, atMark)
}

// Clear shows no document. Answers that are still under way are ignored.
func (v *Viewer) Clear() { v.Open("", 0, 0, nil) }

// Page is the number of the page that is shown, 0 without a document.
func (v *Viewer) Page() int { return v.number }

// SetMarks replaces what is highlighted and moves nothing. It asks for the page
// again, since its boxes differ.
func (v *Viewer) SetMarks(marks []Mark) {
	v.marks = slices.Clone(marks)
	v.sheet.setMarks(v.marksHere())
	v.asked = Request{}
	v.ask()
}

// Highlight replaces what is highlighted and shows a page and its first mark,
// one that a search found before others.
func (v *Viewer) Highlight(page int, marks []Mark) {
	if page == v.number {
		v.arrive = atMark // when the answer with the new boxes is there
		v.SetMarks(marks)
		return
	}
	v.marks = slices.Clone(marks)
	v.move(page, atMark)
}

// GoTo shows a page. Numbers beyond the document are those of the nearest page.
func (v *Viewer) GoTo(page int) { v.move(page, atMark) }

// Next shows the next page.
func (v *Viewer) Next() { v.move(v.number+1, atTop) }

// Previous shows the previous page.
func (v *Viewer) Previous() { v.move(v.number-1, atTop) }

// move goes to a page and asks for it, unless it is the one that is shown.
func (v *Viewer) move(page int, arrive arrival) {
	page = max(min(page, v.pages), min(1, v.pages))
	if page != v.number {
		v.number, v.arrive = page, arrive
		v.asked = Request{}
		v.sheet.load(page > 0, v.marksHere())
		v.scroll.rest()
		v.ask()
		if v.OnMoved != nil && page > 0 {
			v.OnMoved(page)
		}
	} else if arrive == atMark && !v.sheet.loading {
		v.arrive = arrive
		v.settle()
	}
	v.bar.update()
}

// marksHere are the marks of the page that is shown.
func (v *Viewer) marksHere() []Mark {
	var here []Mark
	for _, m := range v.marks {
		if m.Page == v.number {
			here = append(here, m)
		}
	}
	return here
}

// ask requests the page in the width that it has now, unless that was done.
func (v *Viewer) ask() {
	r := Request{Number: v.number, Width: v.sheet.pixels(), opened: v.opened}
	if v.number == 0 || r.Width == 0 || r == v.asked {
		return
	}
	v.asked = r
	if v.OnPage != nil {
		v.OnPage(r)
	}
}

// SetPage answers a request. An answer that is late, for a page or a document
// that is no longer shown, is ignored.
func (v *Viewer) SetPage(r Request, p Page) {
	if r.opened != v.opened || r.Number != v.number {
		return
	}
	v.sheet.setPage(p)
	v.settle()
	if p.Image != nil {
		v.ask() // the width has changed meanwhile
	}
}

// settle brings the view to where it belongs once the page has its size.
func (v *Viewer) settle() {
	y := v.scroll.Offset.Y
	switch v.arrive {
	case atTop:
		y = 0
	case atBottom:
		y = v.sheet.MinSize().Height
	case atMark:
		at, ok := v.sheet.firstMark()
		view := v.scroll.Size().Height
		if !ok {
			y = 0
		} else if y = v.scroll.Offset.Y; at < y+view/20 || at > y+view*3/4 {
			y = at - view/4
		}
	}
	v.arrive = stay
	v.scroll.to(fyne.NewPos(v.scroll.Offset.X, y))
	v.sheet.scrollTo(v.scroll.Offset.Y)
}

// fit follows a change of the view's size.
func (v *Viewer) fit(size fyne.Size) {
	v.sheet.setView(size)
	if v.sheet.loading || v.sheet.page.Image != nil {
		v.ask()
	}
}

// turn goes to the page before or after by the wheel.
func (v *Viewer) turn(step int) {
	if v.sheet.loading || v.number+step < 1 || v.number+step > v.pages {
		return
	}
	arrive := atTop
	if step < 0 {
		arrive = atBottom
	}
	v.move(v.number+step, arrive)
}

// PageDown scrolls on by one view, and to the next page at the end of one.
func (v *Viewer) PageDown() { v.leaf(1) }

// PageUp scrolls back by one view, and to the previous page at the beginning of
// one.
func (v *Viewer) PageUp() { v.leaf(-1) }

func (v *Viewer) leaf(step int) {
	const overlap = 0.9 // a line or two of the last view stay
	before := v.scroll.Offset
	v.scroll.to(before.AddXY(0, float32(step)*overlap*v.scroll.Size().Height))
	v.sheet.scrollTo(v.scroll.Offset.Y)
	if v.scroll.Offset == before {
		v.turn(step)
	}
}
