package retention

import "fyne.io/fyne/v2"

// flow lays objects out in lines, as many on each as there is room for. Those
// marked wide share what is left of their line. It is told a width first, so
// that its smallest height is that of the lines it needs.
type flow struct {
	gap   float32
	wide  map[fyne.CanvasObject]bool
	width float32 // that the smallest height is for
}

// lines calls place for every object with its place on a width, and returns
// the height of all lines.
func (f *flow) lines(objects []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, x, y float32, size fyne.Size)) float32 {
	y := float32(0)
	for i := 0; i < len(objects); {
		n, used, height, wide := 0, float32(0), float32(0), 0
		for _, o := range objects[i:] {
			n++
			if !o.Visible() {
				continue
			}
			m := o.MinSize()
			if used > 0 && used+f.gap+m.Width > width {
				n--
				break
			}
			if used > 0 {
				used += f.gap
			}
			used += m.Width
			height = max(height, m.Height)
			if f.wide[o] {
				wide++
			}
		}
		x := float32(0)
		for _, o := range objects[i : i+n] {
			if !o.Visible() {
				continue
			}
			m := o.MinSize()
			size := fyne.NewSize(m.Width, m.Height)
			if f.wide[o] {
				size.Width += max(width-used, 0) / float32(wide)
			}
			place(o, x, y+(height-m.Height)/2, size)
			x += size.Width + f.gap
		}
		i += n
		y += height + f.gap
	}
	return max(y-f.gap, 0)
}

// Layout is part of fyne.Layout.
func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.lines(objects, size.Width, func(o fyne.CanvasObject, x, y float32, s fyne.Size) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(s)
	})
}

// MinSize is part of fyne.Layout: as wide as the widest object.
func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	widest := float32(0)
	for _, o := range objects {
		if o.Visible() {
			widest = max(widest, o.MinSize().Width)
		}
	}
	width := max(f.width, widest)
	return fyne.NewSize(widest, f.lines(objects, width, func(fyne.CanvasObject, float32, float32, fyne.Size) {}))
}

// column stacks objects in one column; the one marked as filling gets the
// height left.
type column struct {
	gap   float32
	fills fyne.CanvasObject
}

// Layout is part of fyne.Layout.
func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Height
	for _, o := range objects {
		if o.Visible() {
			left -= o.MinSize().Height + c.gap
		}
	}
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := o.MinSize().Height
		if o == c.fills {
			h = max(h+left+c.gap, h)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + c.gap
	}
}

// MinSize is part of fyne.Layout.
func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		if o.Visible() {
			s := o.MinSize()
			m.Width = max(m.Width, s.Width)
			m.Height += s.Height + c.gap
		}
	}
	m.Height = max(m.Height-c.gap, 0)
	return m
}
