package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	chipPad    = 8
	chipGap    = 6
	chipNarrow = 256 // pixels that a chip needs at least
	chipWide   = 300 // and gets at most beside another
	chipRows   = 2   // that are shown before chips scroll
)

func (v *chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{v}
	r.colour()
	return r
}

type chipRenderer struct{ v *chip }

func (r *chipRenderer) Destroy() {}

// MinSize holds a title and two lines.
func (r *chipRenderer) MinSize() fyne.Size {
	title := fyne.MeasureText("M", theme.Size(theme.SizeNameText), fyne.TextStyle{}).Height
	line := fyne.MeasureText("M", theme.Size(captionSize), fyne.TextStyle{}).Height
	return fyne.NewSize(120, title+2*line+2*chipPad)
}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	v := r.v
	return []fyne.CanvasObject{v.box, v.done, v.icon, v.title, v.lines[0], v.lines[1], v.hold, v.away}
}

func (r *chipRenderer) Refresh() {
	r.colour()
	r.Layout(r.v.Size())
	canvas.Refresh(r.v)
}

func (r *chipRenderer) colour() {
	v := r.v
	v.box.FillColor, v.box.StrokeColor = theme.Color(theme.ColorNameInputBackground), color.Transparent
	if v.hovered {
		v.box.StrokeColor = theme.Color(theme.ColorNameInputBorder)
	}
	if v.focused {
		v.box.StrokeColor = theme.Color(theme.ColorNamePrimary)
	}
	v.done.FillColor = theme.Color(theme.ColorNamePrimary)
	icon, name := theme.DocumentIcon(), theme.ColorNameForeground
	switch {
	case v.c.State == ChipFailed:
		icon, name = theme.ErrorIcon(), theme.ColorNameError
	case v.c.EmptyText > 0:
		icon, name = theme.WarningIcon(), theme.ColorNameWarning
	}
	v.icon.Resource = theme.NewColoredResource(icon, name)
	v.title.Color, v.title.TextSize = theme.Color(theme.ColorNameForeground), theme.Size(theme.SizeNameText)
	_, _, first := v.c.describe()
	v.lines[0].Color, v.lines[1].Color = theme.Color(first), theme.Color(theme.ColorNamePlaceHolder)
	v.lines[0].TextSize, v.lines[1].TextSize = theme.Size(captionSize), theme.Size(captionSize)
	v.box.Refresh()
	v.done.Refresh()
	v.icon.Refresh()
	v.title.Refresh()
	v.hold.Refresh()
	v.away.Refresh()
}

func (r *chipRenderer) Layout(size fyne.Size) {
	v := r.v
	v.box.Resize(size)
	right := size.Width - 2
	for _, b := range []*small{v.away, v.hold} {
		if b.Visible() {
			min := b.MinSize()
			right -= min.Width
			b.Move(fyne.NewPos(right, (size.Height-min.Height)/2))
			b.Resize(min)
		}
	}
	left := float32(chipPad + 20 + chipPad)
	v.icon.Move(fyne.NewPos(chipPad, (size.Height-20)/2))
	v.icon.Resize(fyne.NewSquareSize(20))
	width := max(20, right-left)
	v.title.Text = fit(v.env.metrics, v.c.Title, style{}, width)
	heights := [3]float32{v.title.MinSize().Height}
	for i, l := range v.lines {
		l.Text = fit(v.env.metrics, v.texts[i], style{size: captionSize}, width)
		if l.Text != "" {
			heights[i+1] = l.MinSize().Height
		}
	}
	y := (size.Height - heights[0] - heights[1] - heights[2]) / 2
	v.title.Move(fyne.NewPos(left, y))
	v.title.Resize(fyne.NewSize(width, heights[0]))
	y += heights[0]
	for i, l := range v.lines {
		l.Move(fyne.NewPos(left, y))
		l.Resize(fyne.NewSize(width, heights[i+1]))
		y += heights[i+1]
	}
	v.done.Hidden = v.c.Pages == 0 || v.c.State != ChipOpening && v.c.State != ChipReading && v.c.State != ChipPaused
	if !v.done.Hidden {
		v.done.Move(fyne.NewPos(chipPad, size.Height-4))
		share := float32(v.c.Page) / float32(v.c.Pages)
		v.done.Resize(fyne.NewSize((size.Width-2*chipPad)*min(1, share), 2))
	}
}

// fit cuts text so that it is no wider than width pixels; an ellipsis stands for what is missing.
func fit(m *metrics, text string, s style, width float32) string {
	f := s.face()
	widths, runes := m.of(f), []rune(text)
	dots := m.advance(widths, '…', f)
	x, last := float32(0), 0
	for i, r := range runes {
		x += m.advance(widths, r, f)
		if x > width {
			return string(runes[:last]) + "…"
		}
		if x+dots <= width {
			last = i + 1
		}
	}
	return text
}

// chips holds the chips of all documents: as many beside each other as fit, in two rows at most, and
// scrolling beyond that.
type chips struct {
	widget.BaseWidget
	env    *env
	acts   *chipActs
	all    []*chip
	grid   *fyne.Container
	scroll *container.Scroll
}

func newChips(e *env, a *chipActs) *chips {
	c := &chips{env: e, acts: a}
	c.grid = container.New(chipLayout{})
	c.scroll = container.NewVScroll(c.grid)
	c.ExtendBaseWidget(c)
	return c
}

// set shows other documents. Widgets of documents that were shown before are used again.
func (c *chips) set(docs []Chip) {
	old := make(map[int64]*chip, len(c.all))
	for _, v := range c.all {
		old[v.c.ID] = v
	}
	c.all = c.all[:0:0]
	c.grid.Objects = nil
	for _, d := range docs {
		v := old[d.ID]
		if v == nil {
			v = newChip(c.env, c.acts, d)
		} else if v.c != d {
			v.show(d)
		}
		c.all = append(c.all, v)
		c.grid.Objects = append(c.grid.Objects, v)
	}
	c.grid.Layout.Layout(c.grid.Objects, c.grid.Size())
	c.scroll.Refresh()
}

func (c *chips) height(width float32) float32 {
	if len(c.all) == 0 {
		return 0
	}
	columns, _ := chipColumns(len(c.all), width)
	rows := min(chipRows, (len(c.all)+columns-1)/columns)
	h := float32(rows)*(c.all[0].MinSize().Height+chipGap) - chipGap
	if len(c.all) > rows*columns {
		h += 14 // the row below peeps out, so that one sees that there is more
	}
	return h
}

func (c *chips) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.scroll) }

// chipColumns returns how many of some chips fit beside each other and how wide each is. Where they
// have to scroll, the scroll bar gets room of its own, for the buttons are at that edge.
func chipColumns(chips int, width float32) (int, float32) {
	n := max(1, int((width+chipGap)/(chipNarrow+chipGap)))
	if chips > n*chipRows {
		width -= theme.Size(theme.SizeNameScrollBar) + 2
	}
	if n == 1 {
		return n, width
	}
	return n, min(chipWide, (width-float32(n-1)*chipGap)/float32(n))
}

type chipLayout struct{}

// MinSize is computed for the width of the objects as they lie.
func (chipLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(120, 0)
	for _, o := range objects {
		s.Height = max(s.Height, o.Position().Y+o.MinSize().Height)
	}
	return s
}

func (chipLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	columns, width := chipColumns(len(objects), size.Width)
	for i, o := range objects {
		h := o.MinSize().Height
		o.Move(fyne.NewPos(float32(i%columns)*(width+chipGap), float32(i/columns)*(h+chipGap)))
		o.Resize(fyne.NewSize(width, h))
	}
}
