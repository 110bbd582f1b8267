package ui

import (
	"maps"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"

	"fovea/store"
)

// windowName is the main window's in the store.
const windowName = "main"

// The panes that can be hidden, by their names in the store.
const (
	paneSidebar   = "sidebar"
	paneRetention = "retention"
	paneViewer    = "viewer"
)

// The borders that can be moved, by their names in the store, with where they
// are at first.
const (
	splitSidebar = "sidebar" // between the sidebar and the rest
	splitRight   = "right"   // between the conversation and what is beside it
	splitViewer  = "viewer"  // between the page viewer and the retention pane below it
)

var firstSplits = map[string]float64{splitSidebar: 0.19, splitRight: 0.58, splitViewer: 0.5}

// layout is where the panes are.
type layout struct {
	w      *window
	root   *fyne.Container
	middle *fyne.Container // the conversation or the first steps
	hidden map[string]bool
	splits map[string]float64
	places map[string]*container.Split // that are in use now
	first  bool                        // the first steps are shown
}

func newLayout(w *window) *layout {
	l := &layout{w: w, middle: container.NewStack(), hidden: map[string]bool{}, splits: maps.Clone(firstSplits)}
	l.root = container.NewBorder(nil, w.status.object, nil, nil)
	return l
}

// restore takes over how the window was left.
func (l *layout) restore(s store.Window) {
	maps.Copy(l.splits, s.Splits)
	maps.Copy(l.hidden, s.Hidden)
	l.hidden[paneViewer] = true // its document is not open any more
	l.build()
}

// state is how the window is.
func (l *layout) state() store.Window {
	l.note()
	size := l.w.window.Canvas().Size()
	hidden := map[string]bool{paneSidebar: l.hidden[paneSidebar], paneRetention: l.hidden[paneRetention] && l.w.watch.own == nil}
	return store.Window{
		Width: size.Width, Height: size.Height, FullScreen: l.w.window.FullScreen(),
		Splits: maps.Clone(l.splits), Hidden: hidden, Conversation: l.w.open.id,
	}
}

// same says whether two states are the same to a person.
func same(a, b store.Window) bool {
	return a.Width == b.Width && a.Height == b.Height && a.FullScreen == b.FullScreen && a.Conversation == b.Conversation &&
		maps.Equal(a.Splits, b.Splits) && maps.Equal(a.Hidden, b.Hidden)
}

// note remembers where the borders are.
func (l *layout) note() {
	for name, s := range l.places {
		l.splits[name] = s.Offset
	}
}

// setHidden hides a pane or shows it.
func (l *layout) setHidden(pane string, hidden bool) {
	if l.hidden[pane] != hidden {
		l.hidden[pane] = hidden
		l.note()
		l.build()
	}
}

// showWelcome shows the first steps in place of the conversation.
func (l *layout) showWelcome(first bool) {
	if l.first != first {
		l.first = first
		l.note()
		l.build()
	}
}

// build puts the panes that are shown together.
func (l *layout) build() {
	l.places = map[string]*container.Split{}
	l.middle.Objects = []fyne.CanvasObject{l.w.talk}
	if l.first {
		l.middle.Objects = []fyne.CanvasObject{l.w.welcome}
	}
	l.middle.Refresh()
	var content fyne.CanvasObject = l.middle
	if right := l.right(); right != nil {
		content = l.split(splitRight, container.NewHSplit(content, right))
	}
	if !l.hidden[paneSidebar] && !l.first {
		content = l.split(splitSidebar, container.NewHSplit(l.w.sidebar, content))
	}
	l.root.Objects = []fyne.CanvasObject{l.w.status.object, content}
	l.root.Layout = fynelayout.NewBorderLayout(nil, l.w.status.object, nil, nil)
	l.root.Refresh()
	l.w.menu.refresh(l)
}

// right is what stands beside the conversation: the page viewer, the retention
// pane, one above the other, or nothing.
func (l *layout) right() fyne.CanvasObject {
	viewer, retention := !l.hidden[paneViewer], !l.hidden[paneRetention] && l.w.watch.own == nil && !l.first
	switch {
	case viewer && retention:
		return l.split(splitViewer, container.NewVSplit(l.w.viewer, l.w.retention))
	case viewer:
		return l.w.viewer
	case retention:
		return l.w.retention
	}
	return nil
}

func (l *layout) split(name string, s *container.Split) *container.Split {
	s.SetOffset(l.splits[name])
	l.places[name] = s
	return s
}

// detachRetention moves the retention pane into a window of its own, or back.
func (w *window) detachRetention() {
	if own := w.watch.own; own != nil {
		own.Close()
		return
	}
	own := w.app.NewWindow("Fovea")
	w.watch.own = own
	w.layout.note()
	w.layout.build()
	own.SetContent(w.retention)
	own.Resize(fyne.NewSize(900, 700))
	own.SetOnClosed(func() {
		w.watch.own = nil
		w.layout.hidden[paneRetention] = false
		w.layout.note()
		w.layout.build()
	})
	own.Show()
}
