package conversation

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tall is an object whose height follows from its width.
type tall interface {
	fyne.CanvasObject
	height(width float32) float32
}

// flow shows text of several styles, wrapped to its width, of which a part may be selected.
type flow struct {
	widget.BaseWidget
	m      *metrics
	runs   []run
	align  fyne.TextAlign
	nowrap bool

	wrapper *wrapper
	lines   []textLine
	wrapped float32 // width of lines
	epoch   int     // of the metrics that lines were made with

	selFrom, selTo int // runes
}

func newFlow(m *metrics, runs ...run) *flow {
	f := &flow{m: m, runs: runs}
	f.ExtendBaseWidget(f)
	return f
}

// set shows other text.
func (f *flow) set(runs []run) {
	if slices.Equal(f.runs, runs) {
		return
	}
	f.runs, f.wrapper, f.lines = runs, nil, nil
	f.selFrom, f.selTo = 0, 0
	if !f.Size().IsZero() {
		f.Refresh()
	}
}

// height wraps the text to a width and returns the height it then has, both in pixels.
func (f *flow) height(width float32) float32 {
	f.wrap(width)
	last := f.lines[len(f.lines)-1]
	return last.y + last.height
}

// natural returns the size of the text with no line broken.
func (f *flow) natural() fyne.Size {
	var s fyne.Size
	for _, l := range newWrapper(f.m, f.runs).lines(0) {
		s = fyne.NewSize(max(s.Width, l.w), l.y+l.height)
	}
	return s
}

func (f *flow) wrap(width float32) {
	if f.nowrap {
		width = 0
	}
	if f.lines != nil && f.wrapped == width && f.epoch == f.m.epoch {
		return
	}
	if f.wrapper == nil {
		f.wrapper = newWrapper(f.m, f.runs)
	}
	f.wrapped, f.epoch = width, f.m.epoch
	f.lines = f.wrapper.lines(width)
}

// MinSize is the size of the text as it was wrapped last, and narrow enough for any layout.
func (f *flow) MinSize() fyne.Size {
	f.ExtendBaseWidget(f)
	if f.nowrap {
		f.wrap(0)
		var w float32
		for _, l := range f.lines {
			w = max(w, l.w)
		}
		return fyne.NewSize(w, f.height(0))
	}
	return fyne.NewSize(1, f.height(max(1, f.Size().Width)))
}

// left returns where a line begins, given its alignment.
func (f *flow) left(l textLine) float32 {
	switch f.align {
	case fyne.TextAlignTrailing:
		return max(0, f.Size().Width-l.w)
	case fyne.TextAlignCenter:
		return max(0, (f.Size().Width-l.w)/2)
	}
	return 0
}

// at returns the rune at a position, and whether the position is over text.
func (f *flow) at(p fyne.Position) (int, bool) {
	for i, l := range f.lines {
		if p.Y >= l.y+l.height && i < len(f.lines)-1 {
			continue
		}
		x := p.X - f.left(l)
		for _, pc := range l.pieces {
			if x < pc.x+pc.w {
				return f.within(pc, x), x >= 0 && p.Y >= l.y && p.Y < l.y+l.height
			}
		}
		return l.to, false
	}
	return 0, false
}

// within returns the rune of a piece at an offset in pixels from the line's start.
func (f *flow) within(pc piece, x float32) int {
	fc := f.runs[pc.run].style.face()
	widths, left := f.m.of(fc), pc.x
	for i := pc.from; i < pc.to; i++ {
		w := f.m.advance(widths, f.wrapper.text[i], fc)
		if x < left+w/2 {
			return i
		}
		left += w
	}
	return pc.to
}

// link returns the target at a position, or "".
func (f *flow) link(p fyne.Position) string {
	i, over := f.at(p)
	if !over {
		return ""
	}
	for r, end := range f.wrapper.ends {
		if i < end {
			return f.runs[r].link
		}
	}
	return ""
}

// selectRange marks the runes from from to to.
func (f *flow) selectRange(from, to int) {
	if f.selFrom == from && f.selTo == to {
		return
	}
	f.selFrom, f.selTo = from, to
	f.Refresh()
}

func (f *flow) len() int {
	n := 0
	for _, r := range f.runs {
		n += len([]rune(r.text))
	}
	return n
}

func (f *flow) selected() string {
	if f.selFrom >= f.selTo {
		return ""
	}
	return string(newWrapper(f.m, f.runs).text[f.selFrom:f.selTo])
}

// CreateRenderer is part of fyne.Widget.
func (f *flow) CreateRenderer() fyne.WidgetRenderer {
	f.ExtendBaseWidget(f)
	r := &flowRenderer{flow: f}
	r.Layout(f.Size())
	return r
}

type flowRenderer struct {
	flow    *flow
	texts   []*canvas.Text
	fills   []*canvas.Rectangle
	marks   []*canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *flowRenderer) Destroy() {}

func (r *flowRenderer) MinSize() fyne.Size { return r.flow.MinSize() }

func (r *flowRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Refresh is what a change of the theme arrives as, first of all at the innermost widgets.
func (r *flowRenderer) Refresh() {
	r.flow.m.check()
	r.Layout(r.flow.Size())
	canvas.Refresh(r.flow)
}

// Layout makes one canvas text a piece. Those that show the same as before are left alone: a text that
// is refreshed is drawn anew, one that is not keeps its texture.
func (r *flowRenderer) Layout(size fyne.Size) {
	f := r.flow
	f.wrap(size.Width)
	n, fills, marks := 0, 0, 0
	for _, l := range f.lines {
		left := f.left(l)
		if from, to := max(l.from, f.selFrom), min(l.to, f.selTo); from < to {
			a, b := f.offset(l, from), f.offset(l, to)
			mark := rectangle(&r.marks, &marks, theme.Color(theme.ColorNameSelection))
			mark.Move(fyne.NewPos(left+a, l.y))
			mark.Resize(fyne.NewSize(b-a, l.height))
		}
		for _, pc := range l.pieces {
			s := f.runs[pc.run].style
			pos := fyne.NewPos(left+pc.x, l.y+l.base-pc.base)
			if s.fill && pc.to > pc.from {
				fill := rectangle(&r.fills, &fills, theme.Color(theme.ColorNameInputBackground))
				fill.CornerRadius = 3
				fill.Move(pos)
				fill.Resize(fyne.NewSize(pc.w, pc.height))
			}
			if n == len(r.texts) {
				r.texts = append(r.texts, &canvas.Text{})
			}
			update(r.texts[n], string(f.wrapper.text[pc.from:pc.to]), s)
			r.texts[n].Move(pos)
			r.texts[n].Resize(fyne.NewSize(pc.w, pc.height))
			n++
		}
	}
	r.texts, r.fills, r.marks = r.texts[:n], r.fills[:fills], r.marks[:marks]
	r.objects = r.objects[:0]
	for _, o := range r.fills {
		r.objects = append(r.objects, o)
	}
	for _, o := range r.marks {
		r.objects = append(r.objects, o)
	}
	for _, o := range r.texts {
		r.objects = append(r.objects, o)
	}
}

// rectangle returns the next rectangle of a list that is used again and again.
func rectangle(list *[]*canvas.Rectangle, n *int, c color.Color) *canvas.Rectangle {
	if *n == len(*list) {
		*list = append(*list, canvas.NewRectangle(c))
	}
	rect := (*list)[*n]
	*n++
	if rect.FillColor != c {
		rect.FillColor = c
		rect.Refresh()
	}
	return rect
}

func update(t *canvas.Text, text string, s style) {
	c, size, ts := theme.Color(s.colorName()), s.textSize(), s.textStyle()
	if t.Text == text && t.Color == c && t.TextSize == size && t.TextStyle == ts {
		return
	}
	t.Text, t.Color, t.TextSize, t.TextStyle = text, c, size, ts
	t.Refresh()
}

// offset returns how far a rune is from the start of its line, in pixels.
func (f *flow) offset(l textLine, at int) float32 {
	for _, pc := range l.pieces {
		if at <= pc.to {
			fc := f.runs[pc.run].style.face()
			widths, x := f.m.of(fc), pc.x
			for i := pc.from; i < at; i++ {
				x += f.m.advance(widths, f.wrapper.text[i], fc)
			}
			return x
		}
	}
	return l.w
}
