package conversation

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// thread is the scrolling list of messages. Only those in view have widgets and exact heights; for the
// others a height is estimated from their length. A widget once made is kept for its message.
type thread struct {
	widget.BaseWidget
	env    *env
	acts   *acts
	slots  []*slot
	byID   map[int64]*slot
	list   *list
	scroll *container.Scroll
	follow bool // the end stays in view
	moving bool // the offset is being set by the thread itself
	width  float32
	epoch  int
	onMove func() // the view was scrolled or the content changed its height
}

// slot is the place of one message.
type slot struct {
	msg   Message
	row   *row // nil until it was in view
	y, h  float32
	exact bool // h was measured at the present width
	dirty bool // the row shows something else than it was laid out for
}

const (
	widest    = 880 // pixels of the column of messages: longer lines are hard to read
	sideRoom  = 10
	threadGap = 6
)

func newThread(e *env, a *acts) *thread {
	t := &thread{env: e, acts: a, byID: map[int64]*slot{}, follow: true}
	t.list = &list{thread: t}
	t.list.ExtendBaseWidget(t.list)
	t.scroll = container.NewVScroll(t.list)
	t.scroll.OnScrolled = t.scrolled
	a.resized = func(id int64) {
		if s := t.byID[id]; s != nil {
			s.exact, s.dirty = false, true
			t.update()
		}
	}
	t.ExtendBaseWidget(t)
	return t
}

// set shows other messages. Slots of messages that were shown before are used again; where none is
// left, another conversation is shown, and the view starts at its end.
func (t *thread) set(messages []Message) {
	byID := make(map[int64]*slot, len(messages))
	slots := make([]*slot, len(messages))
	known := false
	for i, m := range messages {
		s := t.byID[m.ID]
		switch {
		case s == nil:
			s = &slot{msg: m}
			if m.Role == User && i >= len(t.slots) {
				t.follow = true // what was just asked is to be seen
			}
		case !same(s.msg, m):
			known = true
			s.msg, s.exact, s.dirty = m, false, true
			if s.row != nil {
				s.row.show(m, false)
			}
		default:
			known = true
		}
		slots[i], byID[m.ID] = s, s
	}
	t.slots, t.byID = slots, byID
	if !known {
		t.follow = true
	}
	t.update()
}

// grow replaces the text of a message that is being written. It reports whether there is that message.
func (t *thread) grow(id int64, text string) bool {
	s := t.byID[id]
	if s == nil {
		return false
	}
	s.msg.Text, s.msg.State, s.exact, s.dirty = text, Writing, false, true
	if s.row != nil {
		s.row.show(s.msg, true)
	}
	t.update()
	return true
}

// column returns left edge and width of the messages in a view of a width.
func column(width float32) (left, inner float32) {
	inner = min(widest, width-2*sideRoom)
	return (width - inner) / 2, inner
}

func (s *slot) measure(t *thread, width float32) {
	if s.row == nil {
		s.row = newRow(t.env, t.acts, s.msg)
	}
	s.h, s.exact = s.row.height(width), true
}

// estimate guesses the height of a message that is not in view, in pixels.
func (s *slot) estimate(width float32) float32 {
	lines := float32(len(s.msg.Text))*7/width + 1
	return lines*20 + 110
}

// arrange gives every slot its place, measures those in view and moves the offset so that what is seen
// stays where it is while heights above it become exact.
func (t *thread) arrange() {
	view := t.scroll.Size()
	_, width := column(view.Width)
	if width <= 0 {
		return
	}
	if width != t.width || t.epoch != t.env.metrics.epoch {
		t.forget(t.epoch != t.env.metrics.epoch)
		t.width, t.epoch = width, t.env.metrics.epoch
	}
	offset := t.scroll.Offset.Y
	for again := true; again; { // each round but the last measures one slot more
		total := t.stackUp(width)
		if t.follow {
			offset = total - view.Height
		}
		offset = max(0, min(offset, total-view.Height))
		again = false
		for _, s := range t.slots {
			if s.exact || s.y+s.h < offset || s.y > offset+view.Height {
				continue
			}
			before := s.h
			s.measure(t, width)
			again = s.h != before
			if s.y < offset && !t.follow && s.y+before < offset+view.Height && s.row.Size().IsZero() {
				offset += s.h - before
			}
			if again {
				break
			}
		}
	}
	t.scroll.Offset.Y = offset
	t.list.mount(offset, view.Height)
}

// forget makes all heights inexact. When the theme changed, widgets out of view, which nobody told of it,
// are dropped.
func (t *thread) forget(theme bool) {
	for _, s := range t.slots {
		s.exact = false
		if theme {
			s.dirty = true
			if s.row != nil && s.row.editor == nil && !slices.Contains(t.list.mounted, s) {
				s.row = nil
			}
		}
	}
}

// stackUp places all slots by the heights that are known and returns the height of all.
func (t *thread) stackUp(width float32) float32 {
	y := float32(threadGap)
	for _, s := range t.slots {
		if !s.exact && s.h == 0 {
			s.h = s.estimate(width)
		}
		s.y = y
		y += s.h + threadGap
	}
	t.list.total = y
	return y
}

// update arranges the messages again after something changed.
func (t *thread) update() {
	if t.scroll.Size().IsZero() || t.moving {
		return
	}
	t.moving = true
	t.arrange()
	t.list.Resize(fyne.NewSize(t.scroll.Size().Width, max(t.list.total, t.scroll.Size().Height)))
	t.scroll.Refresh()
	t.list.place()
	t.moving = false
	t.onMove()
}

// scrolled is called while the scroller moves its content.
func (t *thread) scrolled(fyne.Position) {
	if t.moving {
		return
	}
	t.follow = t.fromEnd() < 4
	t.moving = true
	t.arrange()
	t.list.place()
	t.moving = false
	t.onMove()
}

// fromEnd returns how far below the view the end is, in pixels.
func (t *thread) fromEnd() float32 {
	return t.list.total - t.scroll.Size().Height - t.scroll.Offset.Y
}

// toEnd shows the end and stays there.
func (t *thread) toEnd() {
	t.follow = true
	t.update()
}

// by scrolls by a number of pixels, down if positive.
func (t *thread) by(dy float32) {
	t.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -dy)})
}

func (t *thread) CreateRenderer() fyne.WidgetRenderer { return &threadRenderer{t} }

type threadRenderer struct{ t *thread }

func (r *threadRenderer) Destroy() {}

func (r *threadRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 80) }

func (r *threadRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.t.scroll} }

func (r *threadRenderer) Refresh() {
	r.t.update()
	canvas.Refresh(r.t)
}

func (r *threadRenderer) Layout(size fyne.Size) {
	r.t.moving = true
	r.t.scroll.Resize(size)
	r.t.moving = false
	r.t.update()
}

// list is what the thread scrolls: the rows in view.
type list struct {
	widget.BaseWidget
	thread  *thread
	total   float32 // height of all messages
	mounted []*slot
}

// mount decides which slots have widgets on the canvas: those in the view.
func (l *list) mount(offset, height float32) {
	l.mounted = l.mounted[:0]
	for _, s := range l.thread.slots {
		if s.exact && s.y+s.h >= offset && s.y <= offset+height {
			l.mounted = append(l.mounted, s)
		}
	}
}

// place puts the mounted rows where they belong.
func (l *list) place() {
	left, width := column(l.thread.scroll.Size().Width)
	for _, s := range l.mounted {
		s.row.Move(fyne.NewPos(left, s.y))
		size := fyne.NewSize(width, s.h)
		s.row.Resize(size)
		if s.dirty {
			s.row.Refresh()
			s.dirty = false
		}
	}
	canvas.Refresh(l)
}

func (l *list) MinSize() fyne.Size { return fyne.NewSize(200, l.total) }

func (l *list) CreateRenderer() fyne.WidgetRenderer { return &listRenderer{l} }

type listRenderer struct{ l *list }

func (r *listRenderer) Destroy() {}

func (r *listRenderer) MinSize() fyne.Size { return r.l.MinSize() }

func (r *listRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.l.mounted))
	for i, s := range r.l.mounted {
		objects[i] = s.row
	}
	return objects
}

func (r *listRenderer) Refresh() { canvas.Refresh(r.l) }

func (r *listRenderer) Layout(fyne.Size) {}
