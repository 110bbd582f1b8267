package sidebar

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// list scrolls through rows of different heights and makes objects only for
// those that can be seen. Its functions are set before it is shown.
type list struct {
	widget.BaseWidget
	height func(i int) float32 // of row i, in pixels
	create func() fyne.CanvasObject
	update func(i int, row fyne.CanvasObject) // makes an object show row i
	key    func(*fyne.KeyEvent)               // while the list has the focus
	focus  func(bool)                         // it got or lost the focus; may be nil

	scroll  *container.Scroll
	content *fyne.Container
	tops    []float32 // rows + 1: where each begins, and the end
	shown   map[int]fyne.CanvasObject
	pool    []fyne.CanvasObject
}

var _ fyne.Focusable = (*list)(nil)

func newList() *list {
	l := &list{tops: []float32{0}, shown: map[int]fyne.CanvasObject{}}
	l.content = container.New(listLayout{l})
	l.scroll = container.NewVScroll(l.content)
	l.scroll.OnScrolled = func(fyne.Position) { l.place(false) }
	l.ExtendBaseWidget(l)
	return l
}

// listLayout leaves the rows where place has put them.
type listLayout struct{ list *list }

func (listLayout) Layout([]fyne.CanvasObject, fyne.Size) {}

func (l listLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, l.list.tops[len(l.list.tops)-1])
}

// CreateRenderer is called by Fyne.
func (l *list) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.scroll) }

// Resize is called by Fyne.
func (l *list) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.scroll.Resize(s)
	l.place(true)
}

// reload shows other rows, n of them.
func (l *list) reload(n int) {
	l.tops = make([]float32, n+1)
	for i := range n {
		l.tops[i+1] = l.tops[i] + l.height(i)
	}
	l.scroll.Refresh() // keeps the offset within the new height
	l.place(true)
}

// place puts objects where rows can be seen; all of them are updated, or only
// those that were not shown before.
func (l *list) place(all bool) {
	size := l.scroll.Size()
	first, end := l.visible(size.Height)
	for i, o := range l.shown {
		if i < first || i >= end {
			delete(l.shown, i)
			l.pool = append(l.pool, o)
		}
	}
	objects := make([]fyne.CanvasObject, 0, end-first)
	for i := first; i < end; i++ {
		o, ok := l.shown[i]
		if !ok {
			o = l.object()
			l.shown[i] = o
		}
		o.Move(fyne.NewPos(0, l.tops[i]))
		o.Resize(fyne.NewSize(size.Width, l.tops[i+1]-l.tops[i]))
		if all || !ok {
			l.update(i, o)
		}
		objects = append(objects, o)
	}
	l.content.Objects = objects
	l.content.Resize(fyne.NewSize(size.Width, max(size.Height, l.tops[len(l.tops)-1])))
}

func (l *list) object() fyne.CanvasObject {
	if n := len(l.pool); n > 0 {
		o := l.pool[n-1]
		l.pool = l.pool[:n-1]
		return o
	}
	return l.create()
}

// visible is the range of rows that are at least partly in view.
func (l *list) visible(height float32) (first, end int) {
	n := len(l.tops) - 1
	if n == 0 || height <= 0 {
		return 0, 0
	}
	top := l.scroll.Offset.Y
	first = l.rowAt(0)
	end = sort.Search(n, func(i int) bool { return l.tops[i] >= top+height })
	return max(first, 0), end
}

// rowAt is the row at a height below the list's top edge, in pixels, or -1.
func (l *list) rowAt(y float32) int {
	y += l.scroll.Offset.Y
	n := len(l.tops) - 1
	i := sort.Search(n, func(i int) bool { return l.tops[i+1] > y })
	if y < 0 || i == n {
		return -1
	}
	return i
}

// reveal scrolls just as far as it takes to see row i.
func (l *list) reveal(i int) {
	top, height := l.scroll.Offset.Y, l.scroll.Size().Height
	switch {
	case l.tops[i] < top:
		top = l.tops[i]
	case l.tops[i+1] > top+height:
		top = l.tops[i+1] - height
	}
	l.scrollTo(top)
}

// scrollTo puts a height of the content, in pixels, at the list's top edge.
func (l *list) scrollTo(top float32) {
	most := l.tops[len(l.tops)-1] - l.scroll.Size().Height
	l.scroll.ScrollToOffset(fyne.NewPos(0, max(0, min(top, most))))
	l.place(false)
}

// takeFocus asks for the keyboard.
func (l *list) takeFocus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// FocusGained is called by Fyne.
func (l *list) FocusGained() {
	if l.focus != nil {
		l.focus(true)
	}
}

// FocusLost is called by Fyne.
func (l *list) FocusLost() {
	if l.focus != nil {
		l.focus(false)
	}
}

// TypedRune is called by Fyne.
func (l *list) TypedRune(rune) {}

// TypedKey is called by Fyne.
func (l *list) TypedKey(e *fyne.KeyEvent) {
	if l.key != nil {
		l.key(e)
	}
}
