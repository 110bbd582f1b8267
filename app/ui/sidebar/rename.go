package sidebar

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// draftID is the folder that does not exist yet.
const draftID = -1

// nameEntry is the field in a row in which its name is changed.
type nameEntry struct {
	widget.Entry
	item Item
	was  string
	left bool // the focus went elsewhere, and stays there
	done func(e *nameEntry, name string, keep bool)
}

func newNameEntry(item Item, name string, done func(*nameEntry, string, bool)) *nameEntry {
	e := &nameEntry{item: item, was: name, done: done}
	e.ExtendBaseWidget(e)
	e.Scroll = fyne.ScrollNone
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.SetText(name)
	e.OnSubmitted = func(text string) { done(e, text, true) }
	return e
}

// TypedKey is called by Fyne.
func (e *nameEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.done(e, e.Text, false)
		return
	}
	e.Entry.TypedKey(k)
}

// FocusLost is called by Fyne.
func (e *nameEntry) FocusLost() {
	e.Entry.FocusLost()
	e.left = true
	e.done(e, e.Text, true)
}

// rename lets the name of a row be changed in its place.
func (s *Sidebar) rename(r row) {
	s.startEdit(r.item, r.name)
}

// newFolder lets the name of a new folder be typed, into which a conversation
// is put afterwards; 0: none.
func (s *Sidebar) newFolder(conversation int64) {
	s.draft, s.moving = true, conversation
	s.rebuild()
	s.startEdit(Item{Folder: true, ID: draftID}, lang.L("New folder"))
}

func (s *Sidebar) startEdit(item Item, name string) {
	s.edit = newNameEntry(item, name, s.endEdit)
	s.cursor = item
	if i := s.indexOf(item); i >= 0 {
		s.tree.reveal(i)
	}
	s.tree.place(true)
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s.edit)
		s.edit.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// endEdit takes the field away. It may be called again by the focus leaving it.
func (s *Sidebar) endEdit(e *nameEntry, name string, keep bool) {
	if s.edit != e {
		return
	}
	draft, conversation := s.draft, s.moving
	s.edit, s.draft, s.moving = nil, false, 0
	if draft {
		s.rebuild()
	}
	s.tree.place(true)
	if !e.left {
		s.tree.takeFocus()
	}
	name = strings.TrimSpace(name)
	switch {
	case !keep || name == "":
	case draft:
		if s.OnNewFolder != nil {
			s.OnNewFolder(name, conversation)
		}
	case name != e.was && s.OnRename != nil:
		s.OnRename(e.item, name)
	}
}
