package retention

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"fovea/app/ui/translation"
	"fovea/model/trace"
)

// lighted is the default theme with one of its variants.
type lighted struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (l lighted) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return l.Theme.Color(n, l.variant)
}

// inWindow shows an object in a window of a size, in English on a dark or light
// ground.
func inWindow(t *testing.T, variant fyne.ThemeVariant, language string, width, height float32, make func() fyne.CanvasObject) fyne.Window {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(lighted{theme.DefaultTheme(), variant})
	if err := translation.Load(language); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := translation.Load("en"); err != nil {
			t.Fatal(err)
		}
	})
	w := test.NewTempWindow(t, make())
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	return w
}

// answered is a pane with an answer, its controls set.
func answered(l *trace.Log) *Pane {
	p := still()
	p.SetMethods([]string{"actqkv", "infllm", "streaming", "full"}, "actqkv")
	p.SetBudget(2048)
	p.SetLog(l)
	return p
}

// pointAt moves the pointer over a part of the map, 0 to 1 across and down.
func pointAt(w fyne.Window, p *Pane, x, y float32) {
	f := p.chart.frame()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.chart)
	test.MoveMouse(w.Canvas(), at.AddXY(f.left+x*f.width, f.top+y*f.height))
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name          string
		variant       fyne.ThemeVariant
		language      string
		width, height float32
		make          func() fyne.CanvasObject
		then          func(fyne.Window, fyne.CanvasObject)
	}{
		{"dark", theme.VariantDark, "en", 440, 760, func() fyne.CanvasObject { return answered(sampleLog(30, 60)) }, nil},
		{"light_hover", theme.VariantLight, "en", 440, 760, func() fyne.CanvasObject {
			p := answered(sampleLog(30, 60))
			p.OnHover = func(at Place) {
				p.SetHoverText(at, "The optic nerve leaves the eye at the blind spot, where there are no receptors at all; the brain fills the gap.")
			}
			p.GoTo(90)
			return p
		}, func(w fyne.Window, o fyne.CanvasObject) { pointAt(w, o.(*Pane), 0.66, 0.3) }},
		{"narrow_german", theme.VariantDark, "de", 260, 900, func() fyne.CanvasObject { return answered(sampleLog(30, 60)) }, nil},
		{"window_step", theme.VariantLight, "de", 520, 720, func() fyne.CanvasObject {
			p := answered(sampleLog(30, 60))
			p.GoTo(28)
			return p
		}, nil},
		{"many_layers", theme.VariantDark, "en", 900, 640, func() fyne.CanvasObject { return answered(sampleLog(128, 8)) }, nil},
		{"one_layer", theme.VariantLight, "en", 440, 600, func() fyne.CanvasObject { return answered(sampleLog(1, 50)) }, nil},
		{"empty", theme.VariantLight, "en", 440, 600, func() fyne.CanvasObject {
			p := still()
			p.SetControls("The method can be chosen when a model is loaded.")
			return p
		}, nil},
		{"dense", theme.VariantDark, "en", 440, 600, func() fyne.CanvasObject {
			return answered(&trace.Log{Map: book(), Entries: []trace.Entry{{Step: &trace.Step{Pos: 13500, Queries: 1, BlockSize: 32}, Text: " The"}}})
		}, nil},
		{"full_width", theme.VariantDark, "de", 1280, 800, func() fyne.CanvasObject { return answered(huge(40)) }, nil},
		{"compare", theme.VariantDark, "en", 1280, 720, func() fyne.CanvasObject { return compared() }, nil},
		{"compare_narrow", theme.VariantLight, "de", 420, 900, func() fyne.CanvasObject { return compared() }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o fyne.CanvasObject
			w := inWindow(t, c.variant, c.language, c.width, c.height, func() fyne.CanvasObject { o = c.make(); return o })
			if c.then != nil {
				c.then(w, o)
			}
			test.AssertRendersToImage(t, c.name+".png", w.Canvas())
		})
	}
}

func compared() *Compare {
	a, b := sampleLog(30, 60), sampleLog(30, 60)
	b.Entries = b.Entries[:len(b.Entries)-12]
	for _, e := range b.Entries {
		for i := range e.Step.Layers { // the smaller budget
			l := &e.Step.Layers[i]
			var half trace.Layer
			for j := i % 2; j < l.K; j += 2 {
				half.IDs = append(half.IDs, l.IDs[j])
				if len(l.Mass) > 0 {
					half.Mass = append(half.Mass, l.Mass[j])
				}
			}
			l.K, l.IDs, l.Mass, l.Left = len(half.IDs), half.IDs, half.Mass, l.Left/2
		}
	}
	c := newCompare(newFakeClock().clock())
	c.SetRuns(Run{"actqkv, 2,048 tokens", a}, Run{"actqkv, 1,024 tokens", b})
	c.timeline.choose(80)
	return c
}
