package retention

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// fit shortens a text to a width, with an ellipsis at its end.
func fit(text string, size, width float32, style fyne.TextStyle) string {
	if fyne.MeasureText(text, size, style).Width <= width {
		return text
	}
	low, high := 0, utf8.RuneCountInString(text)
	runes := []rune(text)
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"…", size, style).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}

// longest is the first of several texts, from long to short, that is not wider
// than width. Where none is, the last one is shortened.
func longest(texts []string, size, width float32) string {
	for _, t := range texts {
		if fyne.MeasureText(t, size, fyne.TextStyle{}).Width <= width {
			return t
		}
	}
	return fit(texts[len(texts)-1], size, width, fyne.TextStyle{})
}

// labels are texts that a widget places anew at each layout.
type labels struct {
	objects []fyne.CanvasObject
	used    int
}

func (l *labels) begin() { l.used = 0 }

// add places a text, whose left upper corner is at (x, y).
func (l *labels) add(text string, x, y, size float32, name fyne.ThemeColorName) *canvas.Text {
	if l.used == len(l.objects) {
		l.objects = append(l.objects, canvas.NewText("", nil))
	}
	t := l.objects[l.used].(*canvas.Text)
	l.used++
	c := theme.Color(name)
	if t.Text != text || t.TextSize != size || t.Color != c {
		t.Text, t.TextSize, t.Color = text, size, c
		t.Refresh()
	}
	t.Resize(t.MinSize())
	t.Move(fyne.NewPos(x, y))
	t.Show()
	return t
}

// end hides what was not used since begin.
func (l *labels) end() {
	for _, o := range l.objects[l.used:] {
		o.Hide()
	}
}
