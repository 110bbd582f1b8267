package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"fovea/app/ui/settings"
	"fovea/app/ui/sidebar"
)

// menu is the window's menu. Every shortcut is in it, which is also how Fyne
// hears of shortcuts whatever has the keyboard.
type menu struct {
	main  *fyne.MainMenu
	panes map[string]*fyne.MenuItem // that show and hide panes
	own   *fyne.MenuItem
}

func ctrl(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
}

func ctrlShift(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
}

func item(label string, shortcut fyne.Shortcut, action func()) *fyne.MenuItem {
	i := fyne.NewMenuItem(label, action)
	i.Shortcut = shortcut
	return i
}

func newMenu(w *window) *menu {
	m := &menu{panes: map[string]*fyne.MenuItem{}}
	pane := func(label string, shortcut fyne.Shortcut, name string) *fyne.MenuItem {
		m.panes[name] = item(label, shortcut, func() { w.layout.setHidden(name, !w.layout.hidden[name]) })
		return m.panes[name]
	}
	quit := item(lang.L("Quit"), ctrl(fyne.KeyQ), w.close)
	quit.IsQuit = true
	file := fyne.NewMenu(lang.L("File"),
		item(lang.L("New conversation"), ctrl(fyne.KeyN), w.newConversation),
		item(lang.L("Open documents…"), ctrl(fyne.KeyO), w.chooseDocuments),
		item(lang.L("Open a folder…"), ctrlShift(fyne.KeyO), w.chooseFolder),
		item(lang.L("Open the sample document"), nil, w.openSample),
		fyne.NewMenuItemSeparator(),
		item(lang.L("Export as Markdown…"), ctrl(fyne.KeyE), func() { w.exportConversation(w.open.id, sidebar.Markdown) }),
		item(lang.L("Export as JSON…"), ctrlShift(fyne.KeyE), func() { w.exportConversation(w.open.id, sidebar.JSON) }),
		fyne.NewMenuItemSeparator(),
		item(lang.L("Models…"), ctrl(fyne.KeyL), w.showChooser),
		item(lang.L("Settings…"), ctrl(fyne.KeyComma), w.showPreferences),
		fyne.NewMenuItemSeparator(),
		quit,
	)
	edit := fyne.NewMenu(lang.L("Edit"),
		item(lang.L("Search everything…"), ctrl(fyne.KeyK), func() { w.palette.Show(w.window.Canvas(), w.list.items) }),
		item(lang.L("Find"), ctrl(fyne.KeyF), w.find),
		item(lang.L("Go to page…"), ctrl(fyne.KeyG), w.goToPage),
		fyne.NewMenuItemSeparator(),
		item(lang.L("Settings of this conversation…"), ctrlShift(fyne.KeyComma), w.showConversationSettings),
		item(lang.L("Delete this conversation"), ctrlShift(fyne.KeyDelete), w.deleteOpen),
	)
	m.panes[paneViewer] = item(lang.L("Document"), ctrl(fyne.KeyD), w.toggleViewer)
	m.own = item(lang.L("Retention in its own window"), ctrlShift(fyne.KeyR), w.detachRetention)
	view := fyne.NewMenu(lang.L("View"),
		pane(lang.L("Conversations"), ctrl(fyne.KeyB), paneSidebar),
		pane(lang.L("Retention"), ctrl(fyne.KeyR), paneRetention),
		m.panes[paneViewer],
		m.own,
		fyne.NewMenuItemSeparator(),
		item(lang.L("Larger page"), ctrl(fyne.KeyEqual), w.viewer.ZoomIn),
		item(lang.L("Smaller page"), ctrl(fyne.KeyMinus), w.viewer.ZoomOut),
		item(lang.L("Fit the page's width"), ctrl(fyne.Key0), w.viewer.FitWidth),
		fyne.NewMenuItemSeparator(),
		item(lang.L("Full screen"), &desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierAlt}, func() {
			w.window.SetFullScreen(!w.window.FullScreen())
		}),
	)
	help := fyne.NewMenu(lang.L("Help"),
		item(lang.L("Keyboard shortcuts"), ctrl(fyne.KeySlash), w.showShortcuts),
		item(lang.L("First steps"), nil, func() { w.preferences.Welcomed = false; w.showMain() }),
		item(lang.L("About Fovea"), nil, w.showAbout),
	)
	m.main = fyne.NewMainMenu(file, edit, view, help)
	return m
}

// refresh ticks the panes that are shown.
func (m *menu) refresh(l *layout) {
	for name, i := range m.panes {
		i.Checked = !l.hidden[name]
	}
	m.own.Checked = l.w.watch.own != nil
	m.main.Refresh()
}

// shortcuts lists the menu's shortcuts for people.
func (m *menu) shortcuts() []settings.Shortcut {
	var all []settings.Shortcut
	for _, menu := range m.main.Items {
		for _, i := range menu.Items {
			if s, ok := i.Shortcut.(*desktop.CustomShortcut); ok {
				all = append(all, settings.Shortcut{Keys: keysOf(s), Action: i.Label})
			}
		}
	}
	return append(all,
		settings.Shortcut{Keys: "Enter", Action: lang.L("Send")},
		settings.Shortcut{Keys: "Shift+Enter", Action: lang.L("New line")},
		settings.Shortcut{Keys: "Esc", Action: lang.L("Stop the answer")},
	)
}

func keysOf(s *desktop.CustomShortcut) string {
	keys := ""
	if s.Modifier&fyne.KeyModifierControl != 0 {
		keys += "Ctrl+"
	}
	if s.Modifier&fyne.KeyModifierAlt != 0 {
		keys += "Alt+"
	}
	if s.Modifier&fyne.KeyModifierShift != 0 {
		keys += "Shift+"
	}
	return keys + string(s.KeyName)
}

// typed hears keys that nothing with the keyboard took.
func (w *window) typed(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		if n := len(w.dialogs); n > 0 {
			w.dialogs[n-1].Hide()
			return
		}
		w.talk.Escape()
	case fyne.KeyPageDown:
		w.viewer.PageDown()
	case fyne.KeyPageUp:
		w.viewer.PageUp()
	}
}

// find searches the document that is shown, or else everything.
func (w *window) find() {
	if !w.layout.hidden[paneViewer] {
		w.viewer.Find()
		return
	}
	w.layout.setHidden(paneSidebar, false)
	w.sidebar.FocusSearch()
}

// goToPage puts the keyboard where a page number is typed.
func (w *window) goToPage() {
	if w.layout.hidden[paneViewer] {
		w.toggleViewer()
		return
	}
	w.viewer.EditPage()
}

// toggleViewer closes the document that is shown, or shows the first one of the
// open conversation.
func (w *window) toggleViewer() {
	if !w.layout.hidden[paneViewer] {
		w.viewer.OnClose()
		return
	}
	v := w.chat.View(w.open.id)
	for _, d := range v.Docs {
		if d.ID != 0 {
			w.openDocument(d.ID)
			return
		}
	}
	w.status.setNotice(lang.L("There is no document to show."))
}

// deleteOpen deletes the open conversation, which can be undone.
func (w *window) deleteOpen() {
	if w.open.id != 0 {
		w.sidebar.Delete(sidebar.Item{ID: int64(w.open.id)})
	}
}
