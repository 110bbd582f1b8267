package pages

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// edgeScroll is how far the wheel must turn on at the end of a page, in pixels
// before scaling, to go to the next one: two or three notches, so that nobody
// leaves a page by chance.
const edgeScroll = 60

// pageScroll shows a part of a sheet. The wheel runs on beyond its ends.
type pageScroll struct {
	container.Scroll
	onResize func(fyne.Size)
	onEdge   func(step int) // 1 beyond the end, -1 before the beginning

	beyond float32
}

func newPageScroll(content fyne.CanvasObject) *pageScroll {
	s := &pageScroll{}
	s.Direction, s.Content = container.ScrollBoth, content
	s.ExtendBaseWidget(s)
	return s
}

func (s *pageScroll) Resize(size fyne.Size) {
	if size != s.Size() {
		s.onResize(size) // the sheet's size depends on it
	}
	s.Scroll.Resize(size)
}

func (s *pageScroll) Scrolled(e *fyne.ScrollEvent) {
	before := s.Offset
	s.Scroll.Scrolled(e)
	if s.Offset != before || s.beyond*e.Scrolled.DY > 0 {
		s.beyond = 0 // moved, or turned round
	}
	if s.Offset != before || e.Scrolled.DY == 0 {
		return
	}
	s.beyond -= e.Scrolled.DY
	switch {
	case s.beyond >= edgeScroll:
		s.rest()
		s.onEdge(1)
	case s.beyond <= -edgeScroll:
		s.rest()
		s.onEdge(-1)
	}
}

// rest forgets how far the wheel has turned beyond an end.
func (s *pageScroll) rest() { s.beyond = 0 }

// to scrolls to an offset, or as near as the sheet goes.
func (s *pageScroll) to(p fyne.Position) {
	s.Content.Resize(s.Content.MinSize().Max(s.Size())) // else offsets beyond its old size are refused
	size := s.Content.MinSize().Subtract(s.Size())
	p.X = max(0, min(p.X, size.Width))
	p.Y = max(0, min(p.Y, size.Height))
	s.ScrollToOffset(p)
	s.Refresh()
}
