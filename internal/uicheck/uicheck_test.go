package uicheck

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// at makes a text of some width at a place.
func at(text string, x, y, width float32) *canvas.Text {
	t := canvas.NewText(text, color.Black)
	t.Move(fyne.NewPos(x, y))
	t.Resize(fyne.NewSize(width, 20))
	return t
}

func window(t *testing.T, o fyne.CanvasObject) fyne.Canvas {
	t.Helper()
	test.NewTempApp(t)
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 300))
	return w.Canvas()
}

// own is a widget that extends Fyne's.
type own struct{ container.Scroll }

func TestWrong(t *testing.T) {
	free := func(objects ...fyne.CanvasObject) fyne.CanvasObject { return container.NewWithoutLayout(objects...) }
	inBox := func(o fyne.CanvasObject, width, height float32) fyne.CanvasObject {
		box := container.NewWithoutLayout(o)
		box.Resize(fyne.NewSize(width, height))
		return box
	}
	tall, wide := canvas.NewRectangle(nil), strings.Repeat("wide ", 100)
	tall.SetMinSize(fyne.NewSize(10, 2000))
	shut := at("hidden", 5, 5, 100)
	shut.Hide()
	lid := canvas.NewRectangle(color.Black)
	lid.Resize(fyne.NewSize(200, 60))
	for name, c := range map[string]struct {
		content fyne.CanvasObject
		want    []string // what each complaint says
	}{
		"nothing is wrong":      {free(at("one", 5, 5, 100), at("two", 5, 40, 100)), nil},
		"no text":               {free(shut), []string{"no text"}},
		"too narrow":            {free(at("a text that is long", 5, 5, 20)), []string{"has 20"}},
		"out of the window":     {free(at("a text that is long", 350, 5, 200)), []string{"the window"}},
		"below the window":      {free(at("low", 5, 290, 100)), []string{"reaches down"}},
		"upon another":          {free(at("one", 5, 5, 100), at("two", 10, 8, 100)), []string{"lies upon"}},
		"hidden, upon another":  {free(at("one", 5, 5, 100), shut), nil},
		"covered":               {free(at("one", 5, 5, 100), lid, at("two", 10, 8, 100)), nil},
		"out of what it is in":  {free(inBox(at("a text that is long", 0, 0, 0), 50, 40)), []string{"*fyne.Container from 0 to 50"}},
		"below what it is in":   {free(inBox(at("low", 0, 10, 0), 50, 20)), []string{"reaches down"}},
		"scrolled away":         {container.NewVScroll(container.NewVBox(tall, widget.NewLabel("below"))), []string{"no text"}},
		"partly scrolled":       {container.NewHScroll(canvas.NewText(wide, color.Black)), nil},
		"partly scrolled, own":  {&own{*container.NewHScroll(canvas.NewText(wide, color.Black))}, nil},
		"cannot be scrolled to": {container.NewVScroll(canvas.NewText(wide, color.Black)), []string{"from 0 to 400"}},
		"ellipsis":              {free(at("Long n…", 5, 5, 100)), nil},
		"a word, ellipsis":      {free(at("模型…", 5, 5, 100)), nil},
		"only an ellipsis":      {free(at("L…", 5, 5, 100)), []string{"only"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Wrong(window(t, c.content))
			if len(got) != len(c.want) {
				t.Fatalf("complaints %q, want %d", got, len(c.want))
			}
			for i, want := range c.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("complaint %q, want one with %q", got[i], want)
				}
			}
		})
	}
}

func TestOverlays(t *testing.T) {
	c := window(t, widget.NewLabel("below"))
	over := at("over", 0, 0, 100)
	c.Overlays().Add(container.NewWithoutLayout(over))
	if wrong := Wrong(c); wrong != nil {
		t.Errorf("complaints %q of what lies over the window", wrong)
	}
	if got := Words(c); got != "below over" {
		t.Errorf("texts %q", got)
	}
}

func TestWalk(t *testing.T) {
	label := widget.NewLabel("name")
	var seen []fyne.CanvasObject
	box := container.NewVBox(widget.NewSeparator(), label)
	c := window(t, box)
	Walk(c.Content(), func(o fyne.CanvasObject, at fyne.Position) bool {
		seen = append(seen, o)
		if o == label && at.Y <= 0 {
			t.Errorf("the label is at %v, want it below the line", at)
		}
		return o != label
	})
	if seen[0] != box || seen[len(seen)-1] != label || !slices.Contains(seen, box.Objects[0]) {
		t.Errorf("visited %v", seen)
	}
}

func TestSave(t *testing.T) {
	c := window(t, widget.NewLabel("name"))
	t.Setenv("FOVEA_SCREENSHOTS", "")
	if err := Save(c, "x"); err != nil {
		t.Error(err)
	}
	t.Setenv("FOVEA_SCREENSHOTS", t.TempDir())
	if err := Save(c, "x"); err != nil {
		t.Error(err)
	}
	if err := Save(c, "no/folder"); err == nil {
		t.Error("a picture was saved in a folder that is not there")
	}
}
