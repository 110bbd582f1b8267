package sidebar

import "fyne.io/fyne/v2"

// drag moves a conversation over the list; at is in the window.
func (s *Sidebar) drag(r row, at fyne.Position) {
	if r.heading != "" || r.item.Folder || s.edit != nil {
		return
	}
	s.dragged = r.item.ID
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.tree)
	y := at.Y - origin.Y
	switch height := s.tree.Size().Height; {
	case y < 0:
		s.tree.scrollTo(s.tree.scroll.Offset.Y - rowHeight/2)
	case y > height:
		s.tree.scrollTo(s.tree.scroll.Offset.Y + rowHeight/2)
	}
	s.target = s.targetAt(y)
	s.tree.place(true)
}

// targetAt is the folder at a height of the list: that of a conversation in
// one, too. Over what is in no folder it is folder 0.
func (s *Sidebar) targetAt(y float32) *Item {
	i := s.tree.rowAt(y)
	if i < 0 || y < 0 || y > s.tree.Size().Height {
		return nil
	}
	switch r := s.rows[i]; {
	case r.item.Folder:
		return &r.item
	case r.inside:
		return &Item{Folder: true, ID: r.talk.Folder}
	}
	return &Item{Folder: true}
}

// drop puts the conversation that was dragged where it is.
func (s *Sidebar) drop() {
	conversation, target := s.dragged, s.target
	s.dragged, s.target = 0, nil
	s.tree.place(true)
	if conversation == 0 || target == nil {
		return
	}
	for _, c := range s.conversations {
		if c.ID == conversation && c.Folder != target.ID {
			s.move(conversation, target.ID)
		}
	}
}
