package retention

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// words is one line of the text that the entries wrote, around the current
// token, which is highlighted.
type words struct {
	widget.BaseWidget
	view *view

	before, now, after *canvas.Text
	ground             *canvas.Rectangle
}

func newWords(v *view) *words {
	w := &words{
		view: v, before: canvas.NewText("", nil), now: canvas.NewText("", nil), after: canvas.NewText("", nil),
		ground: canvas.NewRectangle(nil),
	}
	w.ExtendBaseWidget(w)
	return w
}

// plain makes a token's text one that fits on a line.
var plain = strings.NewReplacer("\r\n", "¶", "\n", "¶", "\t", " ")

// around is the text before and after entry i, up to about n bytes of each.
func around(r *record, i, n int) (before, now, after string) {
	if i < 0 || i >= len(r.entries) {
		return "", "", ""
	}
	first := i
	for size := 0; first > 0 && size < n; first-- {
		size += len(r.entries[first-1].Text)
	}
	var b strings.Builder
	for _, e := range r.entries[first:i] {
		b.WriteString(e.Text)
	}
	before = plain.Replace(b.String())
	b.Reset()
	for _, e := range r.entries[i+1:] {
		if b.Len() >= n {
			break
		}
		b.WriteString(e.Text)
	}
	return before, plain.Replace(r.entries[i].Text), plain.Replace(b.String())
}

// show places the three parts: the current token at two thirds of the line, or
// further left where little was written before.
func (w *words) show() {
	size, width := theme.TextSize(), w.Size().Width
	measure := func(s string) float32 { return fyne.MeasureText(s, size, fyne.TextStyle{}).Width }
	before, now, after := around(w.view.rec, w.view.at, int(width/2))
	now = fit(now, size, width, fyne.TextStyle{})
	nowW := measure(now)
	x := measure(before)
	if room := max(width*2/3-nowW, 0); x > room {
		before = fitEnd(before, size, room)
		x = measure(before)
	}
	after = fit(after, size, max(width-x-nowW, 0), fyne.TextStyle{})
	set := func(t *canvas.Text, s string, x float32, name fyne.ThemeColorName) {
		t.Text, t.TextSize, t.Color = s, size, theme.Color(name)
		t.Move(fyne.NewPos(x, 0))
		t.Resize(t.MinSize())
		t.Refresh()
	}
	set(w.before, before, 0, theme.ColorNameForeground)
	set(w.now, now, x, theme.ColorNameForegroundOnPrimary)
	set(w.after, after, x+nowW, theme.ColorNamePlaceHolder)
	w.ground.FillColor = theme.Color(theme.ColorNamePrimary)
	w.ground.CornerRadius = 2
	w.ground.Move(fyne.NewPos(x-1, 0))
	w.ground.Resize(fyne.NewSize(nowW+2, w.now.MinSize().Height))
	w.ground.Hidden = now == ""
	w.ground.Refresh()
}

// fitEnd shortens a text to a width, with an ellipsis at its beginning.
func fitEnd(text string, size, width float32) string {
	runes := []rune(text)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText("…"+string(runes[len(runes)-mid:]), size, fyne.TextStyle{}).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return ""
	}
	return "…" + string(runes[len(runes)-low:])
}

// CreateRenderer is part of fyne.Widget.
func (w *words) CreateRenderer() fyne.WidgetRenderer {
	w.ExtendBaseWidget(w)
	return &wordsRenderer{w}
}

type wordsRenderer struct{ w *words }

func (r *wordsRenderer) Destroy()         {}
func (r *wordsRenderer) Layout(fyne.Size) { r.w.show() }
func (r *wordsRenderer) Refresh()         { r.w.show() }

func (r *wordsRenderer) MinSize() fyne.Size {
	return fyne.NewSize(100, fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{}).Height)
}

func (r *wordsRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.w.ground, r.w.before, r.w.now, r.w.after}
}
