package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"fovea/app/ui/sidebar"
	"fovea/store"
)

// titles are those of the list, in its order.
func (d *desk) titles() []string {
	var all []string
	for _, c := range d.list.items {
		all = append(all, c.Title)
	}
	return all
}

func TestDelete(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("first question")
	first := d.open.id
	d.choose("New conversation")
	d.answered("second question")
	d.sidebar.Delete(sidebar.Item{ID: int64(first)})
	d.until("it is gone", func() bool { return slices.Equal(d.titles(), []string{"second question"}) })
	d.shows("You second question") // it stays open
	d.tap("Undo")
	d.until("it is back", func() bool { return len(d.titles()) == 2 })

	d.choose("Delete this conversation")
	d.until("it is gone", func() bool { return slices.Equal(d.titles(), []string{"first question"}) })
	d.lacks("You second question")
	if d.open.id != 0 {
		t.Errorf("conversation %d is open after it was deleted", d.open.id)
	}
	d.tap("Undo")
	d.until("it is back", func() bool { return len(d.titles()) == 2 })
	d.sidebar.OnSelect(d.list.items[0].ID)
	d.shows("You second question")
}

// TestDeleteAnswered deletes a conversation while it is answered.
func TestDeleteAnswered(t *testing.T) {
	d := newDesk(t, setup{engine: slow()})
	d.ask("the moon")
	d.shows("About the moon and on")
	id := d.open.id
	d.choose("Delete this conversation")
	d.until("it is gone", func() bool { return len(d.titles()) == 0 })
	d.idle()
	if d.says("Something went wrong") {
		t.Errorf("the window says: %s", d.words())
	}
	d.tap("Undo")
	d.until("it is back", func() bool { return len(d.titles()) == 1 })
	d.sidebar.OnSelect(int64(id))
	d.shows("Stopped before the end.")
	if a := d.last(); a.Status != store.Stopped || !strings.HasPrefix(a.Content, "About the moon") {
		t.Errorf("kept is %q, %s", a.Content, a.Status)
	}
	d.ask("the sun") // it goes on as before
	d.shows("About the sun and on")
}

func TestFolders(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("in a folder")
	id := int64(d.open.id)
	d.sidebar.OnNewFolder("Books", id)
	d.shows("Books")
	d.until("it is in the folder", func() bool { return d.list.items[0].Folder != 0 })
	folder := d.list.folders[0].ID
	d.sidebar.OnRename(sidebar.Item{Folder: true, ID: folder}, "Novels")
	d.shows("Novels")
	d.sidebar.OnRename(sidebar.Item{ID: id}, "A better name")
	d.shows("A better name")
	d.until("the window is called so", func() bool { return strings.HasPrefix(d.window.window.Title(), "A better name") })

	d.sidebar.Delete(sidebar.Item{Folder: true, ID: folder})
	d.until("both are gone", func() bool { return len(d.list.items) == 0 && len(d.list.folders) == 0 })
	if d.open.id != 0 {
		t.Error("a conversation in a deleted folder is open")
	}
	d.tap("Undo")
	d.until("both are back", func() bool { return len(d.list.items) == 1 && len(d.list.folders) == 1 })
	d.sidebar.OnMove(id, 0)
	d.until("it is out of the folder", func() bool { return len(d.list.items) == 1 && d.list.items[0].Folder == 0 })
}

// TestFolderStaysClosed keeps which folders are closed.
func TestFolderStaysClosed(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("in a folder")
	d.sidebar.OnNewFolder("Books", int64(d.open.id))
	d.until("there is a folder", func() bool { return len(d.list.folders) == 1 })
	d.choose("New conversation")
	d.idle()
	d.tap("Books 1")
	d.lacks("in a folder")
	d = d.again()
	d.shows("Books")
	d.idle()
	if d.says("in a folder") {
		t.Error("a folder that was closed is open")
	}
}

func TestSearch(t *testing.T) {
	d := newDesk(t, setup{})
	d.drop(d.text("Harbours", 3))
	d.shows("Read, 3 pages")
	first := d.answered("the tower of Alexandria")
	d.talk.OnEdit(int64(first.Parent), "something else", true)
	d.idle()
	harbours := d.open.id
	d.choose("New conversation")
	d.answered("an unrelated question")

	d.choose("Find")
	test.Type(d.window.window.Canvas().Focused(), "Alexandria")
	d.shows("Messages")
	d.until("results", func() bool { return strings.Contains(saying(d.sidebar), "tower of Alexandria") })
	var found []sidebar.Result
	d.search("Alexandria", func(_ string, r []sidebar.Result) { found = r })
	d.until("the search ends", func() bool { return len(found) > 0 })
	d.openResult(found[0])
	d.shows("1 / 2 the tower of Alexandria") // on a branch that was not shown
	if d.open.id != harbours {
		t.Errorf("conversation %d is open, want %d", d.open.id, harbours)
	}

	// In the conversation that is open already, on another branch.
	found = nil
	d.search("something else", func(_ string, r []sidebar.Result) { found = r })
	d.until("the search ends", func() bool { return len(found) > 0 })
	d.openResult(found[0])
	d.shows("2 / 2 something else")

	found = nil
	d.search("lighthouse3", func(_ string, r []sidebar.Result) { found = r })
	d.until("the search ends", func() bool { return len(found) > 0 })
	if r := found[0]; r.Kind != sidebar.PageResult || r.Page != 3 {
		t.Fatalf("found %v, want page 3", r)
	}
	d.openResult(found[0])
	d.until("the page is shown", func() bool { return d.viewer.Page() == 3 && strings.Contains(saying(d.viewer), "lighthouse3") })
	d.openResult(sidebar.Result{Kind: sidebar.TitleResult, Conversation: d.list.items[0].ID})
	d.until("the title's conversation is shown", func() bool { return int64(d.open.id) == d.list.items[0].ID })
}

func TestPalette(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("a question about whales")
	whales := d.open.id
	d.choose("New conversation")
	d.answered("a question about bees")
	d.choose("Search everything…")
	test.Type(d.window.window.Canvas().Focused(), "whales")
	d.press(fyne.KeyReturn)
	d.shows("You a question about whales")
	if d.open.id != whales {
		t.Errorf("conversation %d is open, want %d", d.open.id, whales)
	}
	if n := len(d.window.window.Canvas().Overlays().List()); n != 0 {
		t.Error("the palette is still open")
	}
}

// TestMenu requires that a shortcut is of one entry only, and that the list of
// shortcuts has them all.
func TestMenu(t *testing.T) {
	d := newDesk(t, setup{})
	entries := map[string]string{}
	for _, m := range d.menu.main.Items {
		for _, i := range m.Items {
			if i.Shortcut == nil {
				continue
			}
			name := i.Shortcut.ShortcutName()
			if other := entries[name]; other != "" {
				t.Errorf("%q and %q have the same shortcut %s", other, i.Label, name)
			}
			entries[name] = i.Label
		}
	}
	listed := d.menu.shortcuts()
	if len(listed) != len(entries)+3 {
		t.Errorf("%d shortcuts are listed, want %d of the menu and 3 of the keyboard", len(listed), len(entries))
	}
	d.choose("Keyboard shortcuts")
	d.shows("Ctrl N New conversation")
}
