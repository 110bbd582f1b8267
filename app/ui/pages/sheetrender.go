package pages

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

type sheetRenderer struct {
	sheet     *sheet
	noticeBox *canvas.Rectangle
	notice    *widget.Label
	paper     *canvas.Rectangle
	image     *canvas.Image
	wait      *widget.Activity
	marks     []*canvas.Rectangle // kept for reuse, as texts
	texts     []*canvas.Text
	objects   []fyne.CanvasObject
}

func (r *sheetRenderer) Destroy() { r.wait.Stop() }

func (r *sheetRenderer) MinSize() fyne.Size { return r.sheet.size }

func (r *sheetRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *sheetRenderer) Layout(fyne.Size) {
	s := r.sheet
	put := func(o fyne.CanvasObject, a area) {
		o.Move(a.at)
		o.Resize(a.size)
	}
	put(r.noticeBox, s.notice)
	put(r.notice, s.notice)
	put(r.image, s.paper)
	// The edge lies around the image, not on it.
	put(r.paper, area{s.paper.at.SubtractXY(1, 1), s.paper.size.AddWidthHeight(2, 2)})
	const side = 32
	put(r.wait, area{fyne.NewPos((s.view.Width-side)/2, s.top+(s.view.Height-side)/2), fyne.NewSquareSize(side)})
}

func (r *sheetRenderer) Refresh() {
	s := r.sheet
	r.objects = r.objects[:0]
	r.refreshNotice()
	marks, texts := 0, 0
	mark := func(a area, c color.Color) {
		if marks == len(r.marks) {
			r.marks = append(r.marks, canvas.NewRectangle(c))
		}
		m := r.marks[marks]
		m.FillColor = c
		m.Move(a.at)
		m.Resize(a.size)
		m.Refresh()
		r.objects = append(r.objects, m)
		marks++
	}
	if s.drawn() {
		r.paper.StrokeColor = theme.Color(theme.ColorNameInputBorder)
		r.objects = append(r.objects, r.paper)
	}
	if r.image.Image != s.page.Image {
		r.image.Image = s.page.Image
		r.image.Refresh()
	}
	if s.page.Image != nil {
		r.objects = append(r.objects, r.image)
		r.paperMarks(s.page.Boxes, recalledOnPaper, mark)
		r.paperMarks(s.page.Found, foundOnPaper, mark)
	}
	from, to := s.visible()
	for _, row := range s.rows[from:to] {
		r.rowMarks(row, mark)
	}
	for _, row := range s.rows[from:to] {
		if texts == len(r.texts) {
			r.texts = append(r.texts, canvas.NewText("", color.Transparent))
		}
		t := r.texts[texts]
		t.Text, t.TextSize, t.Color = shown(s.page.Text[row.start:row.end]), s.face.size, theme.Color(theme.ColorNameForeground)
		t.Move(s.column.at.AddXY(0, row.y))
		t.Resize(fyne.NewSize(s.column.size.Width, row.height))
		t.Refresh()
		r.objects = append(r.objects, t)
		texts++
	}
	if s.loading {
		r.wait.Start()
		r.objects = append(r.objects, r.wait)
	} else {
		r.wait.Stop()
	}
	r.Layout(s.Size())
	canvas.Refresh(s)
}

func (r *sheetRenderer) refreshNotice() {
	text := r.sheet.noticeText()
	if r.notice.Text != text {
		r.notice.SetText(text)
	}
	r.noticeBox.FillColor = theme.Color(look.ColorNameSurface)
	r.noticeBox.Refresh()
	if text != "" {
		r.objects = append(r.objects, r.noticeBox, r.notice)
	}
}

// paperMarks puts boxes on the image, a little larger than the letters.
func (r *sheetRenderer) paperMarks(boxes []Box, c color.Color, mark func(area, color.Color)) {
	const around = 1
	p := r.sheet.paper
	for _, b := range boxes {
		at := p.at.AddXY(float32(b.X0)*p.size.Width-around, float32(b.Y0)*p.size.Height-around)
		mark(area{at, fyne.NewSize(float32(b.X1-b.X0)*p.size.Width+2*around, float32(b.Y1-b.Y0)*p.size.Height+2*around)}, c)
	}
}

// rowMarks puts backgrounds behind the marked parts of a row.
func (r *sheetRenderer) rowMarks(row row, mark func(area, color.Color)) {
	s := r.sheet
	for _, m := range s.marks {
		start, end, ok := row.clip(s.page.Text, m)
		if !ok {
			continue
		}
		c := theme.Color(look.ColorNameFound)
		if m.Found {
			c = theme.Color(theme.ColorNameFocus)
		}
		x, width := s.face.measure(s.page.Text[row.start:start]), s.face.measure(s.page.Text[start:end])
		mark(area{s.column.at.AddXY(x, row.y), fyne.NewSize(width, row.height)}, c)
	}
}
