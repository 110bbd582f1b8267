package models

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// flow puts things beside each other and begins a new line where they do not
// fit.
type flow struct{}

func (flow) arrange(objects []fyne.CanvasObject, width float32, place func(fyne.CanvasObject, fyne.Position, fyne.Size)) (height float32) {
	gap := theme.Padding()
	var x, y, line float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		size := o.MinSize()
		if x > 0 && x+size.Width > width {
			x, y, line = 0, y+line+gap, 0
		}
		place(o, fyne.NewPos(x, y), size)
		x, line = x+size.Width+gap, max(line, size.Height)
	}
	return y + line
}

// Layout is for Fyne.
func (f flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.arrange(objects, size.Width, func(o fyne.CanvasObject, pos fyne.Position, size fyne.Size) {
		o.Move(pos)
		o.Resize(size)
	})
}

// MinSize has the height of one line; a column asks heightAt instead.
func (f flow) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	f.arrange(objects, 1e6, func(o fyne.CanvasObject, _ fyne.Position, min fyne.Size) {
		size.Width, size.Height = max(size.Width, min.Width), max(size.Height, min.Height)
	})
	return size
}

// column puts things below each other, each as high as it must be at the
// column's width: texts are wrapped first and measured then.
type column struct{ gap, left float32 }

// Layout is for Fyne.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y, width := float32(0), size.Width-c.left
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		height := heightAt(o, width)
		o.Move(fyne.NewPos(c.left, y))
		o.Resize(fyne.NewSize(width, height))
		y += height + c.gap
	}
}

// MinSize is right once the column has its width.
func (c column) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		size.Width = max(size.Width, o.MinSize().Width+c.left)
		size.Height += heightAt(o, max(o.Size().Width, o.MinSize().Width)) + c.gap
	}
	size.Height = max(size.Height-c.gap, 0)
	return size
}

// heightAt is how high a thing must be at a width.
func heightAt(o fyne.CanvasObject, width float32) float32 {
	if box, ok := o.(*fyne.Container); ok {
		switch l := box.Layout.(type) {
		case flow:
			return l.arrange(box.Objects, width, func(fyne.CanvasObject, fyne.Position, fyne.Size) {})
		case column:
			height := -l.gap
			for _, in := range box.Objects {
				if in.Visible() {
					height += heightAt(in, width-l.left) + l.gap
				}
			}
			return max(height, 0)
		}
		return o.MinSize().Height
	}
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.Size().Height))
	}
	return o.MinSize().Height
}
