package models

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// placed is a piece of a row where it is drawn.
type placed struct {
	text string
	font font
	dim  bool
	icon fyne.Resource // instead of text
	pos  fyne.Position
	size fyne.Size
}

// plan is where everything of a row goes, in pixels.
type plan struct {
	pieces  []placed
	mark    *placed // with a background
	bar     fyne.Position
	barSize fyne.Size
	buttons []fyne.Position
	rule    bool // above
	height  float32
}

const (
	barHeight  = 6
	smallest   = 240 // pixels of a row's width that are always used
	titleLines = 2
)

// plan lays out a row at a width. buttons are the sizes of its buttons.
func (v *rowView) plan(width float32, buttons []fyne.Size) plan {
	pad := theme.SizeForWidget(theme.SizeNamePadding, v)
	margin, f := 2*pad, v.fonts()
	width = max(width, smallest)
	p := plan{rule: v.row.heading}
	buttonsWidth, buttonsHeight := rowOf(buttons, pad)
	text := width - 2*margin
	below := len(buttons) > 0 && buttonsWidth+margin > text/2
	if len(buttons) > 0 && !below {
		text -= buttonsWidth + margin
	}
	y := margin
	if v.row.heading {
		y += pad
	}
	if v.row.above != "" {
		y = planLine(&p, line{text: v.row.above}, f.text, margin, y, text) + pad
	}
	y = v.planTitle(&p, f, margin, y, text)
	for _, l := range v.row.lines {
		y = planLine(&p, l, f.text, margin, y, text)
	}
	if v.row.bar {
		p.bar, p.barSize = fyne.NewPos(margin, y+pad), fyne.NewSize(text, barHeight)
		y += barHeight + 2*pad
	}
	x, top := width-margin-buttonsWidth, margin
	if below {
		x, top = margin, y+margin
	}
	for _, b := range buttons {
		p.buttons = append(p.buttons, fyne.NewPos(x, top))
		x += b.Width + pad
	}
	if len(buttons) > 0 {
		y = max(y, top+buttonsHeight)
	}
	p.height = y + margin
	if v.row.heading {
		p.height = y
	}
	return p
}

// rowOf is the size of things beside each other.
func rowOf(sizes []fyne.Size, gap float32) (width, height float32) {
	for i, s := range sizes {
		if i > 0 {
			width += gap
		}
		width, height = width+s.Width, max(height, s.Height)
	}
	return width, height
}

// planTitle places the title and the mark beside it, and returns where the next
// line begins.
func (v *rowView) planTitle(p *plan, f fonts, x, y, width float32) float32 {
	if v.row.title == "" {
		return y
	}
	font := f.title
	if v.row.heading {
		font = f.heading
	}
	space := width
	var mark fyne.Size
	if v.row.mark != "" {
		mark = fyne.MeasureText(v.row.mark, f.mark.size, f.mark.style).AddWidthHeight(2*f.mark.size/2, 2)
		space -= mark.Width + f.mark.size
	}
	var last placed
	for _, s := range clip(wrap(v.row.title, space, font), titleLines, space, font) {
		last = placed{text: s, font: font, pos: fyne.NewPos(x, y), size: fyne.MeasureText(s, font.size, font.style)}
		p.pieces = append(p.pieces, last)
		y += last.size.Height
	}
	if v.row.mark != "" {
		p.mark = &placed{
			text: v.row.mark, font: f.mark, size: mark,
			pos: fyne.NewPos(x+last.size.Width+f.mark.size, last.pos.Y+(last.size.Height-mark.Height)/2),
		}
	}
	return y
}

// planLine places a line and returns where the next one begins.
func planLine(p *plan, l line, f font, x, y, width float32) float32 {
	height := fyne.MeasureText("M", f.size, f.style).Height
	if l.icon != nil {
		side := f.size + 4
		p.pieces = append(p.pieces, placed{icon: l.icon, pos: fyne.NewPos(x, y+(height-side)/2), size: fyne.NewSquareSize(side)})
		x, width = x+side+4, width-side-4
	}
	lines := []string{l.text}
	if l.path {
		lines[0] = middle(l.text, width, f)
	} else {
		lines = wrap(l.text, width, f)
	}
	for _, s := range lines {
		p.pieces = append(p.pieces, placed{text: s, font: f, dim: l.dim, pos: fyne.NewPos(x, y), size: fyne.NewSize(width, height)})
		y += height
	}
	return y
}
