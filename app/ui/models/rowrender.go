package models

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// rowRenderer keeps the objects of a row and uses them again for the next one.
type rowRenderer struct {
	view             *rowView
	frame, rule      *canvas.Rectangle
	markBack         *canvas.Rectangle
	mark             *canvas.Text
	barBack, barDone *canvas.Rectangle
	texts            []*canvas.Text
	icons            []*canvas.Image
	buttons          []*widget.Button
	objects          []fyne.CanvasObject
}

var _ fyne.WidgetRenderer = (*rowRenderer)(nil)

func newRowRenderer(v *rowView) *rowRenderer {
	r := &rowRenderer{view: v, mark: canvas.NewText("", nil)}
	for _, box := range []**canvas.Rectangle{&r.frame, &r.rule, &r.markBack, &r.barBack, &r.barDone} {
		*box = canvas.NewRectangle(nil)
	}
	return r
}

func (r *rowRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *rowRenderer) Destroy()                     {}

func (r *rowRenderer) MinSize() fyne.Size {
	width := r.view.Size().Width
	return fyne.NewSize(smallest, r.view.plan(width, r.buttonSizes()).height)
}

func (r *rowRenderer) buttonSizes() []fyne.Size {
	var sizes []fyne.Size
	for _, b := range r.buttons[:len(r.view.row.buttons)] {
		sizes = append(sizes, b.MinSize())
	}
	return sizes
}

func (r *rowRenderer) Refresh() {
	for i, b := range r.view.row.buttons {
		if i == len(r.buttons) {
			r.buttons = append(r.buttons, widget.NewButton("", nil))
		}
		has := r.buttons[i]
		has.OnTapped = b.tapped
		if has.Text != b.text || has.Icon != b.icon || has.Importance != b.importance {
			has.Text, has.Icon, has.Importance = b.text, b.icon, b.importance
			has.Refresh()
		}
	}
	r.Layout(r.view.Size())
	canvas.Refresh(r.view)
}

// Layout places everything anew: the lines depend on the width.
func (r *rowRenderer) Layout(size fyne.Size) {
	p := r.view.plan(size.Width, r.buttonSizes())
	r.objects = r.objects[:0]
	if r.view.framed {
		r.frame.StrokeColor, r.frame.StrokeWidth = theme.ColorForWidget(theme.ColorNameInputBorder, r.view), 1
		r.box(r.frame, theme.ColorNameBackground, fyne.NewPos(0, 0), fyne.NewSize(size.Width, p.height), 8)
	}
	if p.rule {
		r.box(r.rule, theme.ColorNameSeparator, fyne.NewPos(0, 0), fyne.NewSize(size.Width, 1), 0)
	}
	r.layoutPieces(p.pieces)
	if p.mark != nil {
		r.box(r.markBack, theme.ColorNamePrimary, p.mark.pos, p.mark.size, p.mark.size.Height/2)
		r.text(r.mark, *p.mark, theme.ColorNameForegroundOnPrimary)
		r.mark.Alignment = fyne.TextAlignCenter
	}
	if r.view.row.bar {
		r.box(r.barBack, theme.ColorNameDisabledButton, p.bar, p.barSize, barHeight/2)
		r.box(r.barDone, theme.ColorNamePrimary, p.bar, fyne.NewSize(p.barSize.Width*r.view.row.done, barHeight), barHeight/2)
	}
	for i, pos := range p.buttons {
		r.buttons[i].Resize(r.buttons[i].MinSize())
		r.buttons[i].Move(pos)
		r.objects = append(r.objects, r.buttons[i])
	}
}

func (r *rowRenderer) layoutPieces(pieces []placed) {
	texts, icons := 0, 0
	for _, piece := range pieces {
		if piece.icon != nil {
			if icons == len(r.icons) {
				r.icons = append(r.icons, canvas.NewImageFromResource(nil))
			}
			r.image(r.icons[icons], piece)
			icons++
			continue
		}
		if texts == len(r.texts) {
			r.texts = append(r.texts, canvas.NewText("", nil))
		}
		color := theme.ColorNameForeground
		if piece.dim {
			color = theme.ColorNamePlaceHolder
		}
		r.text(r.texts[texts], piece, color)
		texts++
	}
}

func (r *rowRenderer) image(i *canvas.Image, p placed) {
	i.Resource, i.FillMode = p.icon, canvas.ImageFillContain
	i.Resize(p.size)
	i.Move(p.pos)
	i.Refresh()
	r.objects = append(r.objects, i)
}

func (r *rowRenderer) text(t *canvas.Text, p placed, color fyne.ThemeColorName) {
	t.Text, t.TextSize, t.TextStyle = p.text, p.font.size, p.font.style
	t.Color = theme.ColorForWidget(color, r.view)
	t.Resize(p.size)
	t.Move(p.pos)
	t.Refresh()
	r.objects = append(r.objects, t)
}

func (r *rowRenderer) box(b *canvas.Rectangle, color fyne.ThemeColorName, pos fyne.Position, size fyne.Size, radius float32) {
	b.FillColor, b.CornerRadius = theme.ColorForWidget(color, r.view), radius
	b.Resize(size)
	b.Move(pos)
	b.Refresh()
	r.objects = append(r.objects, b)
}
