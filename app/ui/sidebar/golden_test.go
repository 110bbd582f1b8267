package sidebar

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	look "fovea/app/ui/theme"
)

// looks are the appearances of the golden images. Chinese is not among them:
// Fyne takes its letters from whatever font the machine has.
var looks = []struct {
	name, language string
	choice         look.Choice
}{
	{"dark_en", "en", look.Dark},
	{"light_de", "de", look.Light},
}

func TestSidebarLooks(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		s, w, _ := open(t, 260, 600)
		s.SetSelected(4)
		s.remove(s.rows[s.indexOf(Item{ID: 9})])
		test.MoveMouse(w.Canvas(), fyne.NewPos(60, 358))
		test.AssertRendersToImage(t, "sidebar_"+l.name+".png", w.Canvas())
	}
}

func TestMenuLooks(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		s, w, _ := open(t, 620, 420)
		r := s.rows[s.indexOf(Item{ID: 4})]
		s.showMenu(r, fyne.NewPos(60, 160))
		test.MoveMouse(w.Canvas(), fyne.NewPos(100, 210)) // the submenu of folders
		test.AssertRendersToImage(t, "menu_"+l.name+".png", w.Canvas())
	}
}

func TestRenameLooks(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		s, w, _ := open(t, 260, 300)
		s.newFolder(0)
		w.Canvas().Unfocus() // a cursor would blink
		s.rename(s.rows[s.indexOf(Item{ID: 4})])
		s.edit.Entry.FocusLost()
		test.AssertRendersToImage(t, "rename_"+l.name+".png", w.Canvas())
	}
}

func TestResultsLook(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		s, w, _ := open(t, 260, 480)
		s.search.entry.SetText("fovea")
		s.SetResults("fovea", sampleResults())
		test.AssertRendersToImage(t, "results_"+l.name+".png", w.Canvas())
		s.search.entry.SetText("unfindable")
		s.SetResults("unfindable", nil)
		test.AssertRendersToImage(t, "nothing_"+l.name+".png", w.Canvas())
	}
}

func TestPaletteLooks(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		w := test.NewTempWindow(t, canvas.NewRectangle(theme.Color(theme.ColorNameBackground)))
		w.SetPadded(false)
		w.Resize(fyne.NewSize(800, 560))
		p := NewPalette()
		conversations, _ := samples()
		p.Show(w.Canvas(), conversations)
		p.search.entry.SetText("a")
		p.SetResults("a", sampleResults())
		p.search.entry.FocusLost()
		test.AssertRendersToImage(t, "palette_"+l.name+".png", w.Canvas())
	}
}

// TestDragLooks shows a conversation over a folder.
func TestDragLooks(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 400)
	o := s.tree.shown[s.indexOf(Item{ID: 1})].(*treeRow)
	o.MouseIn(&desktop.MouseEvent{})
	o.MouseOut()
	o.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: middle(s, Item{Folder: true, ID: 2})}})
	test.AssertRendersToImage(t, "drag.png", w.Canvas())
}

// TestThemeChange requires that a change of the theme reaches all that is drawn.
func TestThemeChange(t *testing.T) {
	picture := func(first, then look.Choice) image.Image {
		setup(t, first, "en")
		s, w, _ := open(t, 260, 600)
		s.SetSelected(4)
		s.remove(s.rows[s.indexOf(Item{ID: 9})])
		test.ApplyTheme(t, look.New(then))
		return w.Canvas().Capture()
	}
	changed, fresh := picture(look.Dark, look.Light), picture(look.Light, look.Light)
	for y := range fresh.Bounds().Dy() {
		for x := range fresh.Bounds().Dx() {
			if changed.At(x, y) != fresh.At(x, y) {
				t.Fatalf("after the change the pixel at %d, %d is %v, want %v", x, y, changed.At(x, y), fresh.At(x, y))
			}
		}
	}
}
