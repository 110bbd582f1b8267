package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// hints is the layer above a pane on which the hint of one button appears. It catches no events.
type hints struct {
	widget.BaseWidget
	text *flow
	box  *canvas.Rectangle
	near fyne.CanvasObject
}

func newHints(m *metrics) *hints {
	h := &hints{text: newFlow(m), box: canvas.NewRectangle(color.Transparent)}
	h.box.CornerRadius, h.box.StrokeWidth = 4, 1
	h.ExtendBaseWidget(h)
	h.hide()
	return h
}

// show places a hint above an object of the pane, or below where there is no room.
func (h *hints) show(near fyne.CanvasObject, text string) {
	if text == "" {
		return
	}
	h.near = near
	h.text.set([]run{caption(text, theme.ColorNameForeground)})
	h.text.Show()
	h.box.Show()
	h.Refresh()
}

func (h *hints) hide() {
	h.near = nil
	h.text.Hide()
	h.box.Hide()
}

func (h *hints) CreateRenderer() fyne.WidgetRenderer { return &hintsRenderer{h} }

type hintsRenderer struct{ h *hints }

func (r *hintsRenderer) Destroy() {}

func (r *hintsRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *hintsRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.h.box, r.h.text}
}

func (r *hintsRenderer) Refresh() {
	r.h.box.FillColor = theme.Color(theme.ColorNameOverlayBackground)
	r.h.box.StrokeColor = theme.Color(theme.ColorNameSeparator)
	r.Layout(r.h.Size())
	canvas.Refresh(r.h)
}

func (r *hintsRenderer) Layout(size fyne.Size) {
	h := r.h
	if h.near == nil {
		return
	}
	const pad, widest = 6, 320
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(h.near).Subtract(driver.AbsolutePositionForObject(h))
	width := min(widest, size.Width-4*pad, h.text.natural().Width+1)
	height := h.text.height(width)
	box := fyne.NewSize(width+2*pad, height+2*pad)
	x := min(max(pad, at.X), max(pad, size.Width-box.Width-pad))
	y := at.Y - box.Height - 2
	if y < 0 {
		y = at.Y + h.near.Size().Height + 2
	}
	h.box.Move(fyne.NewPos(x, y))
	h.box.Resize(box)
	h.text.Move(fyne.NewPos(x+pad, y+pad))
	h.text.Resize(fyne.NewSize(width, height))
}
