package sidebar

import "fyne.io/fyne/v2"

// typed acts on the row that the cursor is on.
func (s *Sidebar) typed(e *fyne.KeyEvent) {
	i := s.indexOf(s.cursor)
	switch e.Name {
	case fyne.KeyUp:
		s.step(i, -1, 1)
		return
	case fyne.KeyDown:
		s.step(i, 1, 1)
		return
	case fyne.KeyPageUp:
		s.step(i, -1, s.page())
		return
	case fyne.KeyPageDown:
		s.step(i, 1, s.page())
		return
	case fyne.KeyHome:
		s.step(-1, 1, 1)
		return
	case fyne.KeyEnd:
		s.step(len(s.rows), -1, 1)
		return
	}
	if i < 0 {
		return
	}
	r := s.rows[i]
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		s.open(r)
	case fyne.KeyLeft:
		s.left(r)
	case fyne.KeyRight:
		if r.item.Folder && !r.open {
			s.collapse(r.item.ID, false)
		}
	case fyne.KeyF2:
		s.rename(r)
	case fyne.KeyDelete:
		s.remove(r)
	}
}

// page is how many rows are in view.
func (s *Sidebar) page() int { return max(1, int(s.tree.Size().Height/rowHeight)-1) }

// step moves the cursor from row i by n rows that are no headings, as far as
// there are any.
func (s *Sidebar) step(i, direction, n int) {
	last := -1
	for i += direction; i >= 0 && i < len(s.rows) && n > 0; i += direction {
		if s.rows[i].heading == "" {
			last = i
			n--
		}
	}
	if last < 0 {
		return
	}
	s.cursor = s.rows[last].item
	s.tree.reveal(last)
	if last == 1 {
		s.tree.reveal(0) // the heading above it
	}
	s.tree.place(true)
}

// left closes a folder, or goes to the folder that a conversation is in.
func (s *Sidebar) left(r row) {
	if r.item.Folder {
		if r.open {
			s.collapse(r.item.ID, true)
		}
		return
	}
	if r.inside {
		s.cursor = Item{Folder: true, ID: r.talk.Folder}
		s.tree.reveal(s.indexOf(s.cursor))
		s.tree.place(true)
	}
}
