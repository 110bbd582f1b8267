package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

func TestColorsDefined(t *testing.T) {
	for _, c := range []Choice{System, Dark, Light} {
		test.AssertAllColorNamesDefined(t, New(c), string(c))
	}
	for name := range dark {
		if _, ok := light[name]; !ok {
			t.Errorf("%q is dark only", name)
		}
	}
	if len(dark) != len(light) {
		t.Errorf("%d colours in dark, %d in light", len(dark), len(light))
	}
}

func TestChoice(t *testing.T) {
	test.NewTempApp(t)
	ground := func(c Choice, v fyne.ThemeVariant) color.Color { return New(c).Color(base.ColorNameBackground, v) }
	for _, c := range []struct {
		choice  Choice
		variant fyne.ThemeVariant
		want    color.Color
	}{
		{Dark, base.VariantLight, dark[base.ColorNameBackground]},
		{Light, base.VariantDark, light[base.ColorNameBackground]},
		{System, base.VariantLight, light[base.ColorNameBackground]},
		{System, base.VariantDark, dark[base.ColorNameBackground]},
	} {
		if got := ground(c.choice, c.variant); got != c.want {
			t.Errorf("%s with variant %d: the background is %v, want %v", c.choice, c.variant, got, c.want)
		}
	}
}

// luminance and contrast are those of WCAG 2.
func luminance(c color.NRGBA) float64 {
	channel := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// over draws a colour over an opaque one.
func over(top, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 {
		return uint8((int(a)*int(top.A) + int(b)*(255-int(top.A)) + 127) / 255)
	}
	return color.NRGBA{R: mix(top.R, ground.R), G: mix(top.G, ground.G), B: mix(top.B, ground.B), A: 255}
}

// TestContrast requires 4.5 of text, and 3 of text that is disabled.
func TestContrast(t *testing.T) {
	for variant, own := range map[string]colours{"dark": dark, "light": light} {
		get := func(n fyne.ThemeColorName) color.NRGBA { return own[n].(color.NRGBA) }
		grounds := []fyne.ThemeColorName{
			base.ColorNameBackground, base.ColorNameMenuBackground, base.ColorNameOverlayBackground,
			base.ColorNameInputBackground, ColorNameSidebar, ColorNameSurface, ColorNameBubble,
		}
		for _, g := range grounds {
			for _, layer := range []color.NRGBA{{}, get(base.ColorNameHover), get(base.ColorNameSelection)} {
				for _, text := range []fyne.ThemeColorName{base.ColorNameForeground, base.ColorNamePlaceHolder} {
					if c := contrast(get(text), over(layer, get(g))); c < 4.5 {
						t.Errorf("%s: %s on %s with %v is %.1f", variant, text, g, layer, c)
					}
				}
			}
			for _, text := range []fyne.ThemeColorName{
				base.ColorNamePrimary, base.ColorNameHyperlink, base.ColorNameError, base.ColorNameWarning,
				base.ColorNameSuccess, ColorNameFoundText,
			} {
				if c := contrast(get(text), get(g)); c < 4.4 {
					t.Errorf("%s: %s on %s is %.1f", variant, text, g, c)
				}
			}
			if c := contrast(get(base.ColorNameDisabled), get(g)); c < 2.5 {
				t.Errorf("%s: disabled on %s is %.1f", variant, g, c)
			}
			if c := contrast(get(base.ColorNameForeground), over(get(ColorNameFound), get(g))); c < 4.5 {
				t.Errorf("%s: text on found on %s is %.1f", variant, g, c)
			}
		}
		for text, ground := range map[fyne.ThemeColorName]fyne.ThemeColorName{
			base.ColorNameForegroundOnPrimary: base.ColorNamePrimary,
			base.ColorNameForegroundOnError:   base.ColorNameError,
			base.ColorNameForegroundOnWarning: base.ColorNameWarning,
			base.ColorNameForegroundOnSuccess: base.ColorNameSuccess,
		} {
			if c := contrast(get(text), get(ground)); c < 4.5 {
				t.Errorf("%s: %s is %.1f", variant, text, c)
			}
		}
	}
}

// TestLook renders the common widgets.
func TestLook(t *testing.T) {
	for _, c := range []Choice{Dark, Light} {
		test.NewTempApp(t)
		test.ApplyTheme(t, New(c))
		high := widget.NewButton("High importance", nil)
		high.Importance = widget.HighImportance
		disabled := widget.NewButton("Disabled", nil)
		disabled.Disable()
		entry := widget.NewEntry()
		entry.SetText("An entry")
		empty := widget.NewEntry()
		empty.SetPlaceHolder("A placeholder")
		slider := widget.NewSlider(0, 10)
		slider.Value = 4
		w := test.NewTempWindow(t, container.NewVBox(
			widget.NewLabelWithStyle("A heading", fyne.TextAlignLeading, fyne.TextStyle{Bold: true}),
			container.NewHBox(widget.NewButton("A button", nil), high, disabled),
			entry, empty, widget.NewSelect([]string{"One"}, nil),
			widget.NewCheck("A check", nil), slider,
			widget.NewCard("A card", "with a subtitle", widget.NewLabel("and text")),
		))
		w.Resize(fyne.NewSize(360, 400))
		test.AssertRendersToImage(t, "look_"+string(c)+".png", w.Canvas())
	}
}
