package uicheck

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

func TestFind(t *testing.T) {
	for name, pick := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		a := test.NewTempApp(t)
		a.Settings().SetTheme(variant{theme.DefaultTheme(), pick})
		button := widget.NewButtonWithIcon("Send it", theme.ContentCopyIcon(), nil)
		button.Importance = widget.HighImportance
		w := test.NewTempWindow(t, container.NewVBox(
			widget.NewLabel("Page 1 of 12"), button, widget.NewButtonWithIcon("Page 2 of 12", theme.HistoryIcon(), nil),
			widget.NewLabel("Page 1 again"),
		))
		w.Resize(fyne.NewSize(300, 240))
		captured := w.Canvas().Capture()
		shot := image.NewRGBA(captured.Bounds())
		draw.Draw(shot, shot.Rect, captured, image.Point{}, draw.Src)

		size := theme.TextSize()
		first := Find(shot, TextPictures(t, "Page 1", 11, size), shot.Rect)
		if len(first) != 2 || first[0].Min.Y >= first[1].Min.Y || first[0].Min.X != first[1].Min.X {
			t.Errorf("%s: \"Page 1\" is at %v", name, first)
		}
		second := Find(shot, TextPictures(t, "Page 2", size), shot.Rect)
		if len(second) != 1 || second[0].Min.Y < first[0].Max.Y || second[0].Max.Y > first[1].Min.Y {
			t.Errorf("%s: \"Page 2\" is at %v, between %v", name, second, first)
		}
		if got := Find(shot, TextPictures(t, "Page 3", size), shot.Rect); len(got) > 0 {
			t.Errorf("%s: \"Page 3\", which is not there, is at %v", name, got)
		}
		if got := Find(shot, TextPictures(t, "Page 1", size), image.Rect(0, first[0].Max.Y, 300, first[1].Min.Y)); len(got) > 0 {
			t.Errorf("%s: beside where it was looked for, \"Page 1\" is at %v", name, got)
		}
		copying := Find(shot, IconPictures(t, "contentCopy", 16, theme.IconInlineSize()), shot.Rect)
		history := Find(shot, IconPictures(t, "history", 16, theme.IconInlineSize()), shot.Rect)
		if len(copying) != 1 || len(history) != 1 || copying[0].Max.Y > history[0].Min.Y {
			t.Errorf("%s: the icons are at %v and %v", name, copying, history)
		}
	}
}

// variant is a theme that is always dark or always light.
type variant struct {
	fyne.Theme
	always fyne.ThemeVariant
}

func (v variant) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return v.Theme.Color(name, v.always)
}
