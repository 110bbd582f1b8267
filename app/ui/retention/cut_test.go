package retention

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"fovea/model/trace"
)

// printed is a text on the screen.
type printed struct {
	text     string
	from, to fyne.Position
}

// textsOf finds the texts below an object that is at a place, but not those of
// the readout, which scrolls.
func textsOf(o fyne.CanvasObject, at fyne.Position, readout fyne.CanvasObject) []printed {
	if !o.Visible() || o == readout {
		return nil
	}
	var below []fyne.CanvasObject
	switch o := o.(type) {
	case *canvas.Text:
		if o.Text == "" {
			return nil
		}
		return []printed{{o.Text, at, at.AddXY(o.MinSize().Width, o.MinSize().Height)}}
	case *fyne.Container:
		below = o.Objects
	case fyne.Widget:
		below = test.WidgetRenderer(o).Objects()
	}
	var all []printed
	for _, child := range below {
		all = append(all, textsOf(child, at.Add(child.Position()), readout)...)
	}
	return all
}

// TestNothingCutOff requires that all texts are inside of the window and none
// lies on another, in all languages, at many sizes, with long titles.
func TestNothingCutOff(t *testing.T) {
	long := sampleLog(30, 60)
	long.Map.Documents[0].Title = "A Very Long Title of a Book That Says More than Anyone Wants to Know about What Is in It, in Two Volumes"
	logs := map[string]*trace.Log{"30 layers": long, "128 layers": sampleLog(128, 3), "1 layer": sampleLog(1, 3), "nothing": {}, "dense": {
		Map: book(), Entries: []trace.Entry{{Step: &trace.Step{Pos: 13500, Queries: 1, BlockSize: 32}, Text: " The"}},
	}}
	for _, language := range []string{"en", "de", "zh_Hans"} {
		for name, log := range logs {
			for _, size := range []fyne.Size{{Width: 260, Height: 900}, {Width: 420, Height: 740}, {Width: 700, Height: 700}, {Width: 1280, Height: 800}, {Width: 2560, Height: 1440}} {
				t.Run(fmt.Sprintf("%s/%s/%.0f", language, name, size.Width), func(t *testing.T) {
					var p *Pane
					inWindow(t, theme.VariantDark, language, size.Width, size.Height, func() fyne.CanvasObject {
						p = answered(log)
						p.SetControls("The method can be chosen when a model is loaded and no answer is being written.")
						return p
					})
					checkTexts(t, textsOf(p, fyne.Position{}, p.readout.box), size)
				})
			}
		}
		t.Run(language+"/compare", func(t *testing.T) {
			for _, size := range []fyne.Size{{Width: 420, Height: 1000}, {Width: 1280, Height: 800}} {
				var c *Compare
				inWindow(t, theme.VariantLight, language, size.Width, size.Height, func() fyne.CanvasObject { c = compared(); return c })
				checkTexts(t, textsOf(c, fyne.Position{}, c.readout.box), size)
			}
		})
	}
}

func checkTexts(t *testing.T, all []printed, size fyne.Size) {
	t.Helper()
	if len(all) < 5 {
		t.Fatalf("there are only %d texts", len(all))
	}
	const slack = 1.5
	for i, a := range all {
		if a.from.X < -slack || a.from.Y < -slack || a.to.X > size.Width+slack || a.to.Y > size.Height+slack {
			t.Errorf("%q at %v to %v is cut off", a.text, a.from, a.to)
		}
		if strings.HasPrefix(a.text, "act") && strings.HasSuffix(a.text, "…") {
			t.Errorf("the method is shortened to %q", a.text)
		}
		for _, b := range all[:i] {
			if a.from.X+slack < b.to.X && b.from.X+slack < a.to.X && a.from.Y+2*slack < b.to.Y && b.from.Y+2*slack < a.to.Y {
				t.Errorf("%q at %v to %v lies on %q at %v to %v", a.text, a.from, a.to, b.text, b.from, b.to)
			}
		}
	}
}
