package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// bar places objects beside each other, and in further rows where the width is used up.
type bar struct {
	widget.BaseWidget
	items []fyne.CanvasObject
	gap   float32
}

func newBar(gap float32, items ...fyne.CanvasObject) *bar {
	b := &bar{gap: gap, items: items}
	b.ExtendBaseWidget(b)
	return b
}

// arrange calls put for each object, and returns the height of all rows in pixels.
func (b *bar) arrange(width float32, put func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	var x, y, row float32
	for _, o := range b.items {
		if !o.Visible() {
			continue
		}
		size := o.MinSize()
		size.Width = min(size.Width, width)
		if x > 0 && x+size.Width > width {
			x, y, row = 0, y+row+b.gap, 0
		}
		put(o, fyne.NewPos(x, y), size)
		x += size.Width + b.gap
		row = max(row, size.Height)
	}
	return y + row
}

func (b *bar) height(width float32) float32 {
	return b.arrange(width, func(fyne.CanvasObject, fyne.Position, fyne.Size) {})
}

func (b *bar) CreateRenderer() fyne.WidgetRenderer { return &barRenderer{b} }

type barRenderer struct{ b *bar }

func (r *barRenderer) Destroy() {}

func (r *barRenderer) MinSize() fyne.Size {
	return fyne.NewSize(1, r.b.height(max(1, r.b.Size().Width)))
}

func (r *barRenderer) Objects() []fyne.CanvasObject { return r.b.items }

func (r *barRenderer) Refresh() { r.Layout(r.b.Size()) }

func (r *barRenderer) Layout(size fyne.Size) {
	r.b.arrange(size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}

// stack places objects below each other at a left edge and returns the height of all in pixels. With
// move it puts them there, else it only measures.
func stack(items []tall, left, top, width, gap float32, move bool) float32 {
	y := top
	for _, o := range items {
		h := o.height(width)
		if move {
			o.Move(fyne.NewPos(left, y))
			o.Resize(fyne.NewSize(width, h))
		}
		y += h + gap
	}
	if len(items) > 0 {
		y -= gap
	}
	return y - top
}
