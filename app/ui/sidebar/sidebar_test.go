package sidebar

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

// middle is where the middle of an item's row is in the window.
func middle(s *Sidebar, item Item) fyne.Position {
	o := s.tree.shown[s.indexOf(item)]
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	return at.AddXY(o.Size().Width/2, o.Size().Height/2)
}

// record makes the callbacks write down what they hear.
func record(s *Sidebar) *[]string {
	heard := &[]string{}
	say := func(format string, a ...any) { *heard = append(*heard, fmt.Sprintf(format, a...)) }
	s.OnNew = func() { say("new") }
	s.OnSelect = func(id int64) { say("select %d", id) }
	s.OnRename = func(i Item, name string) { say("rename %v %s", i, name) }
	s.OnMove = func(c, f int64) { say("move %d to %d", c, f) }
	s.OnNewFolder = func(name string, c int64) { say("folder %s for %d", name, c) }
	s.OnExport = func(c int64, f Format) { say("export %d %d", c, f) }
	s.OnDelete = func(i Item) { say("delete %v", i) }
	s.OnUndo = func(i Item) { say("undo %v", i) }
	s.OnCollapse = func(f int64, closed bool) { say("collapse %d %v", f, closed) }
	s.OnSearch = func(text string) { say("search %s", text) }
	s.OnResult = func(r Result) { say("result %d %d %d", r.Kind, r.Conversation, r.Page) }
	return heard
}

func expect(t *testing.T, heard *[]string, want ...string) {
	t.Helper()
	if !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
	*heard = nil
}

func press(w fyne.Window, keys ...fyne.KeyName) {
	for _, k := range keys {
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func names(rows []row) (out []string) {
	for _, r := range rows {
		if r.heading != "" {
			out = append(out, "# "+r.heading)
		} else {
			out = append(out, fmt.Sprint(r.item.ID))
		}
	}
	return out
}

func TestRows(t *testing.T) {
	setup(t, look.Dark, "en")
	conversations, folders := samples()
	rows := rowsOf(folders, conversations, map[int64]bool{}, now)
	want := []string{"# Folders", "1", "4", "5", "2", "# Today", "1", "2", "3", "# Yesterday", "6", "# Last 7 days", "7", "8", "# Older", "9"}
	if got := names(rows); !slices.Equal(got, want) {
		t.Errorf("rows are %q, want %q", got, want)
	}
	if rows[8].name != "New conversation" {
		t.Errorf("a conversation without a title is called %q", rows[8].name)
	}
	rows = rowsOf(folders[1:], conversations, map[int64]bool{}, now)
	if rows[2].heading != "Today" || rows[6].item.ID != 4 {
		t.Errorf("conversations of a folder that is gone are not among the others: %q", names(rows))
	}
}

func TestDayOf(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 30, 0, 30, 0, 0, berlin) // summer time began yesterday
	for back, want := range map[time.Duration]day{
		-time.Hour: today, 0: today, 29 * time.Minute: today, 31 * time.Minute: yesterday,
		23*time.Hour + 29*time.Minute: yesterday, 23*time.Hour + 31*time.Minute: week,
		167 * time.Hour: week, 168 * time.Hour: older,
	} {
		if got := dayOf(now.Add(-back).UTC(), now); got != want {
			t.Errorf("%v ago is %d, want %d", back, got, want)
		}
	}
}

func TestTaps(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 600)
	heard := record(s)
	test.TapCanvas(w.Canvas(), fyne.NewPos(60, 24))
	expect(t, heard, "new")
	test.TapCanvas(w.Canvas(), middle(s, Item{ID: 6}))
	expect(t, heard, "select 6")
	test.TapCanvas(w.Canvas(), middle(s, Item{Folder: true, ID: 1}))
	expect(t, heard, "collapse 1 true")
	if s.indexOf(Item{ID: 4}) >= 0 {
		t.Error("a closed folder shows its conversations")
	}
	s.SetSelected(4)
	expect(t, heard, "collapse 1 false")
	// The button "…" of the selected row opens the menu and no conversation.
	at := middle(s, Item{ID: 4})
	at.X = 248
	test.TapCanvas(w.Canvas(), at)
	expect(t, heard)
	if w.Canvas().Overlays().Top() == nil {
		t.Error("no menu is shown")
	}
}

func TestKeys(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 600)
	heard := record(s)
	s.FocusSearch()
	press(w, fyne.KeyDown, fyne.KeyHome)
	if want := (Item{Folder: true, ID: 1}); s.cursor != want {
		t.Errorf("the cursor is on %v, want %v", s.cursor, want)
	}
	press(w, fyne.KeyDown, fyne.KeyReturn)
	expect(t, heard, "select 4")
	press(w, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyRight)
	expect(t, heard, "collapse 1 true", "collapse 1 false")
	press(w, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyEnter) // over a heading
	expect(t, heard, "select 1")
	press(w, fyne.KeyEnd, fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn)
	expect(t, heard, "select 9", "select 9")
	press(w, fyne.KeyDelete)
	expect(t, heard, "delete {false 9}")
	if s.cursor.ID != 8 {
		t.Errorf("after a deletion the cursor is on %v, want its neighbour 8", s.cursor)
	}
}

func TestRename(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 600)
	heard := record(s)
	s.SetSelected(9)
	s.tree.takeFocus()
	press(w, fyne.KeyF2)
	if w.Canvas().Focused() != s.edit || s.edit.SelectedText() != "Moby-Dick" {
		t.Fatal("the name is not selected for editing")
	}
	test.Type(s.edit, "  The Whale ")
	s.SetItems(samples()) // a change elsewhere ends nothing
	press(w, fyne.KeyReturn)
	expect(t, heard, "rename {false 9} The Whale")
	if w.Canvas().Focused() != s.tree {
		t.Error("keys do not act on the list afterwards")
	}
	press(w, fyne.KeyF2)
	test.Type(s.edit, "dropped")
	press(w, fyne.KeyEscape)
	expect(t, heard)
	press(w, fyne.KeyF2)
	test.Type(s.edit, "kept")
	s.FocusSearch()
	expect(t, heard, "rename {false 9} kept")
	if w.Canvas().Focused() != s.search.entry {
		t.Error("leaving the field took the focus back")
	}
}

func TestNewFolder(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 600)
	heard := record(s)
	menu := s.moveMenu(s.rows[s.indexOf(Item{ID: 1})])
	if n := len(menu.Items); n != 4 { // two folders, a separator, a new one
		t.Fatalf("the menu has %d items, want 4", n)
	}
	menu.Items[1].Action()
	menu.Items[3].Action()
	test.Type(s.edit, "Eyes")
	press(w, fyne.KeyReturn)
	expect(t, heard, "move 1 to 2", "folder Eyes for 1")
	s.newFolder(0)
	press(w, fyne.KeyEscape)
	expect(t, heard)
	if s.indexOf(Item{Folder: true, ID: draftID}) >= 0 {
		t.Error("the folder that was given up is still shown")
	}
	inside := s.moveMenu(s.rows[s.indexOf(Item{ID: 4})])
	if !inside.Items[0].Checked || inside.Items[1].Checked {
		t.Error("the folder that the conversation is in is not the one marked")
	}
	inside.Items[2].Action()
	expect(t, heard, "move 4 to 0")
}

func TestMenu(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 600)
	heard := record(s)
	m := s.menu(s.rows[s.indexOf(Item{ID: 6})])
	m.Items[2].ChildMenu.Items[0].Action()
	m.Items[2].ChildMenu.Items[1].Action()
	m.Items[4].Action()
	expect(t, heard, "export 6 0", "export 6 1", "delete {false 6}")
	m = s.menu(s.rows[s.indexOf(Item{Folder: true, ID: 2})])
	m.Items[0].Action()
	if s.edit == nil || s.edit.Text != s.folders[1].Name {
		t.Error("the folder's whole name cannot be changed")
	}
	m.Items[3].Action()
	expect(t, heard, "delete {true 2}")
}

func TestUndo(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, clock := open(t, 260, 600)
	heard := record(s)
	s.remove(s.rows[s.indexOf(Item{ID: 6})])
	if !s.undo.Visible() || s.undo.text.Text != "Conversation deleted" {
		t.Fatalf("the bar is shown: %v, and says %q", s.undo.Visible(), s.undo.text.Text)
	}
	test.TapCanvas(w.Canvas(), fyne.NewPos(230, 575))
	expect(t, heard, "delete {false 6}", "undo {false 6}")
	if s.undo.Visible() {
		t.Error("the bar stays after it was used")
	}
	s.remove(s.rows[s.indexOf(Item{Folder: true, ID: 1})])
	if s.undo.text.Text != "Folder deleted" {
		t.Errorf("for a folder the bar says %q", s.undo.text.Text)
	}
	clock.pass(undoTime)
	if s.undo.Visible() {
		t.Errorf("the bar stays after %v", undoTime)
	}
	s.remove(s.rows[s.indexOf(Item{ID: 1})])
	expect(t, heard, "delete {true 1}", "delete {false 1}")
	s.SetCollapsed([]int64{1})
	s.Delete(Item{ID: 4}) // in a closed folder
	expect(t, heard, "delete {false 4}")
	s.HideUndo()
	if s.undo.Visible() || len(clock.waiting) != 0 {
		t.Error("HideUndo leaves the bar or its timer")
	}
}

func TestDrag(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 600)
	heard := record(s)
	drag := func(from Item, to fyne.Position) {
		o := s.tree.shown[s.indexOf(from)].(*treeRow)
		o.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: to}})
		o.DragEnd()
	}
	drag(Item{ID: 1}, middle(s, Item{Folder: true, ID: 2}))
	drag(Item{ID: 1}, middle(s, Item{ID: 5})) // inside folder 1
	drag(Item{ID: 4}, middle(s, Item{ID: 6}))
	expect(t, heard, "move 1 to 2", "move 1 to 1", "move 4 to 0")
	drag(Item{ID: 4}, middle(s, Item{ID: 5})) // where it is
	drag(Item{ID: 1}, fyne.NewPos(100, 20))   // beside the list
	drag(Item{Folder: true, ID: 1}, middle(s, Item{Folder: true, ID: 2}))
	expect(t, heard)
}

func TestActivity(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 600)
	s.SetActivity(6, Reading, 0.257)
	o := s.tree.shown[s.indexOf(Item{ID: 6})].(*treeRow)
	if o.mark.Text != "26%" || !o.busy.Visible() || !o.bar.Visible() {
		t.Errorf("while it reads the row says %q, icon %v, bar %v", o.mark.Text, o.busy.Visible(), o.bar.Visible())
	}
	s.SetActivity(6, Idle, 0)
	if o.mark.Visible() || o.busy.Visible() || o.bar.Visible() {
		t.Error("an idle conversation looks busy")
	}
	if s.conversations[5].Activity != Idle {
		t.Error("the next refresh would bring the old activity back")
	}
}

func TestSetCollapsed(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 600)
	s.SetCollapsed([]int64{1})
	if s.indexOf(Item{ID: 4}) >= 0 {
		t.Error("a closed folder shows its conversations")
	}
	s.SetCollapsed(nil)
	if s.indexOf(Item{ID: 4}) < 0 {
		t.Error("an open folder hides its conversations")
	}
}
