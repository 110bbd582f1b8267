package sidebar

import (
	"image/color"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	colors "fovea/app/ui/theme"
)

// Sidebar is the list of conversations. Its callbacks are set before it is
// shown and run on the UI goroutine; one that is nil is not called. It changes
// none of the data itself: after each callback it shows what SetItems gives it.
type Sidebar struct {
	widget.BaseWidget

	OnNew       func()                   // a new conversation
	OnSelect    func(conversation int64) // open one
	OnRename    func(item Item, name string)
	OnMove      func(conversation, folder int64)        // folder 0: out of its folder
	OnNewFolder func(name string, conversation int64)   // and put a conversation into it; 0: none
	OnExport    func(conversation int64, format Format) //
	OnDelete    func(item Item)                         // a folder with the conversations in it
	OnUndo      func(item Item)                         // what OnDelete did last
	OnCollapse  func(folder int64, collapsed bool)      // for whoever remembers it
	OnSearch    func(text string)                       // answer with SetResults; not called with ""
	OnResult    func(r Result)                          // open it

	folders       []Folder
	conversations []Conversation
	collapsed     map[int64]bool
	rows          []row
	selected      int64
	cursor        Item
	focused       bool

	edit    *nameEntry // the name that is being changed; nil: none
	draft   bool       // it is a new folder's
	moving  int64      // the conversation that the new folder is for; 0: none
	dragged int64      // the conversation that is dragged; 0: none
	target  *Item      // onto which; nil: nothing that takes it

	tree    *list
	search  *searchBox
	undo    *undoBar
	content fyne.CanvasObject
	ground  *canvas.Rectangle

	now   func() time.Time
	later func(time.Duration, func()) (stop func())
}

// New makes an empty one.
func New() *Sidebar {
	s := &Sidebar{collapsed: map[int64]bool{}, now: time.Now, later: later}
	s.tree = newList()
	s.tree.height = func(i int) float32 { return s.rows[i].height() }
	s.tree.create = func() fyne.CanvasObject { return newTreeRow(s) }
	s.tree.update = func(i int, o fyne.CanvasObject) { o.(*treeRow).set(s.rows[i], s.stateOf(s.rows[i])) }
	s.tree.key = s.typed
	s.tree.focus = func(on bool) { s.focused = on; s.tree.place(true) }
	s.search = newSearchBox(s)
	s.undo = newUndoBar(s)

	start := widget.NewButtonWithIcon(lang.L("New conversation"), theme.ContentAddIcon(), func() {
		if s.OnNew != nil {
			s.OnNew()
		}
	})
	start.Importance = widget.HighImportance
	folder := widget.NewButtonWithIcon("", theme.FolderNewIcon(), func() { s.newFolder(0) })
	folder.Importance = widget.LowImportance
	head := container.New(layout.NewCustomPaddedLayout(8, 4, 8, 8), container.NewVBox(
		container.NewBorder(nil, nil, nil, folder, start), s.search.entry))
	s.ground = canvas.NewRectangle(color.Transparent)
	s.content = container.NewStack(s.ground, container.NewBorder(head, s.undo, nil, nil,
		container.NewStack(s.tree, s.search.results)))
	s.ExtendBaseWidget(s)
	return s
}

// later runs a function on the UI goroutine after a while, unless it is
// stopped before.
func later(d time.Duration, f func()) (stop func()) {
	var stopped atomic.Bool // f may be on its way to the UI goroutine already
	t := time.AfterFunc(d, func() {
		fyne.Do(func() {
			if !stopped.Load() {
				f()
			}
		})
	})
	return func() {
		stopped.Store(true)
		t.Stop()
	}
}

// CreateRenderer is called by Fyne.
func (s *Sidebar) CreateRenderer() fyne.WidgetRenderer {
	s.ground.FillColor = theme.Color(colors.ColorNameSidebar)
	return widget.NewSimpleRenderer(s.content)
}

// Refresh is called by Fyne, when the theme changes as well.
func (s *Sidebar) Refresh() {
	s.ground.FillColor = theme.Color(colors.ColorNameSidebar)
	s.BaseWidget.Refresh()
	s.tree.place(true)
	s.search.list.list.place(true)
}

// SetItems shows other data. Conversations are shown in the order given: the
// last one used first.
func (s *Sidebar) SetItems(conversations []Conversation, folders []Folder) {
	s.conversations, s.folders = conversations, folders
	s.rebuild()
	s.search.titlesChanged()
}

// SetActivity shows what one conversation is busy with; progress is 0 to 1, or
// negative where it is not known. It costs less than SetItems.
func (s *Sidebar) SetActivity(conversation int64, a Activity, progress float64) {
	for i := range s.conversations {
		if c := &s.conversations[i]; c.ID == conversation {
			c.Activity, c.Progress = a, progress
		}
	}
	for i := range s.rows {
		if r := &s.rows[i]; !r.item.Folder && r.heading == "" && r.item.ID == conversation {
			r.talk.Activity, r.talk.Progress = a, progress
			if o, ok := s.tree.shown[i]; ok {
				s.tree.update(i, o)
			}
		}
	}
}

// SetSelected marks the conversation that is open, in view, and opens the
// folder that it is in; 0: none is.
func (s *Sidebar) SetSelected(conversation int64) {
	s.selected = conversation
	s.cursor = Item{ID: conversation}
	for _, c := range s.conversations {
		if c.ID == conversation && s.collapsed[c.Folder] {
			s.collapse(c.Folder, false)
		}
	}
	s.tree.place(true)
	if i := s.indexOf(s.cursor); i >= 0 {
		s.tree.reveal(i)
	}
}

// SetCollapsed closes these folders and opens all others.
func (s *Sidebar) SetCollapsed(folders []int64) {
	clear(s.collapsed)
	for _, f := range folders {
		s.collapsed[f] = true
	}
	s.rebuild()
}

// FocusSearch puts the cursor into the search field.
func (s *Sidebar) FocusSearch() { s.search.takeFocus() }

func (s *Sidebar) rebuild() {
	folders := s.folders
	if s.draft {
		folders = append([]Folder{{ID: draftID}}, folders...)
	}
	s.rows = rowsOf(folders, s.conversations, s.collapsed, s.now())
	s.tree.reload(len(s.rows))
}

func (s *Sidebar) stateOf(r row) state {
	if r.heading != "" {
		return state{}
	}
	st := state{
		selected: !r.item.Folder && r.item.ID == s.selected,
		cursor:   s.focused && r.item == s.cursor,
		dragged:  !r.item.Folder && r.item.ID == s.dragged,
		target:   s.target != nil && r.item == *s.target,
	}
	if s.edit != nil && s.edit.item == r.item {
		st.edited = s.edit
	}
	return st
}

// indexOf is the row of an item, or -1.
func (s *Sidebar) indexOf(item Item) int {
	for i, r := range s.rows {
		if r.heading == "" && r.item == item {
			return i
		}
	}
	return -1
}

func (s *Sidebar) tapped(r row) {
	s.cursor = r.item
	s.tree.takeFocus()
	s.open(r)
}

// open shows a conversation; a folder is opened or closed.
func (s *Sidebar) open(r row) {
	if r.item.Folder {
		s.collapse(r.item.ID, r.open)
	} else if s.OnSelect != nil {
		s.OnSelect(r.item.ID)
	}
}

func (s *Sidebar) collapse(folder int64, closed bool) {
	s.collapsed[folder] = closed
	s.rebuild()
	if s.OnCollapse != nil {
		s.OnCollapse(folder, closed)
	}
}
