package sidebar

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// showMenu offers what can be done with a row, at a position in the window.
func (s *Sidebar) showMenu(r row, at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(s)
	if c == nil {
		return
	}
	s.cursor = r.item
	s.tree.place(true)
	widget.ShowPopUpMenuAtPosition(s.menu(r), c, at)
}

func (s *Sidebar) menu(r row) *fyne.Menu {
	rename := fyne.NewMenuItemWithIcon(lang.L("Rename"), theme.DocumentCreateIcon(), func() { s.rename(r) })
	remove := fyne.NewMenuItemWithIcon(lang.L("Delete"), theme.DeleteIcon(), func() { s.remove(r) })
	folder := fyne.NewMenuItemWithIcon(lang.L("New folder"), theme.FolderNewIcon(), func() { s.newFolder(0) })
	if r.item.Folder {
		return fyne.NewMenu("", rename, folder, fyne.NewMenuItemSeparator(), remove)
	}
	move := fyne.NewMenuItemWithIcon(lang.L("Move to folder"), theme.FolderIcon(), nil)
	move.ChildMenu = s.moveMenu(r)
	export := fyne.NewMenuItemWithIcon(lang.L("Export"), theme.DocumentSaveIcon(), nil)
	export.ChildMenu = fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("As Markdown"), func() { s.export(r, Markdown) }),
		fyne.NewMenuItem(lang.L("As JSON"), func() { s.export(r, JSON) }),
	)
	return fyne.NewMenu("", rename, move, export, fyne.NewMenuItemSeparator(), remove)
}

// nameWidth is the most that a folder's name takes in a menu, in pixels.
const nameWidth = 240

func (s *Sidebar) moveMenu(r row) *fyne.Menu {
	m := fyne.NewMenu("")
	for _, f := range s.folders {
		name := elide(f.Name, nameWidth, theme.TextSize(), fyne.TextStyle{})
		item := fyne.NewMenuItem(name, func() { s.move(r.item.ID, f.ID) })
		item.Checked = f.ID == r.talk.Folder
		m.Items = append(m.Items, item)
	}
	if r.inside {
		m.Items = append(m.Items, fyne.NewMenuItem(lang.L("No folder"), func() { s.move(r.item.ID, 0) }))
	}
	if len(m.Items) > 0 {
		m.Items = append(m.Items, fyne.NewMenuItemSeparator())
	}
	m.Items = append(m.Items, fyne.NewMenuItem(lang.L("New folder"), func() { s.newFolder(r.item.ID) }))
	return m
}

func (s *Sidebar) move(conversation, folder int64) {
	if s.OnMove != nil {
		s.OnMove(conversation, folder)
	}
}

func (s *Sidebar) export(r row, f Format) {
	if s.OnExport != nil {
		s.OnExport(r.item.ID, f)
	}
}

// remove deletes what a row shows and offers to undo that.
func (s *Sidebar) remove(r row) {
	if i := s.indexOf(r.item); i >= 0 { // keys then act on its neighbour
		s.step(i, 1, 1)
		if s.cursor == r.item {
			s.step(i, -1, 1)
		}
	}
	if s.OnDelete != nil {
		s.OnDelete(r.item)
	}
	s.undo.offer(r.item)
}

// HideUndo takes the offer to undo a deletion away: there is nothing to undo.
func (s *Sidebar) HideUndo() { s.undo.close() }
