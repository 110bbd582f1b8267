package sidebar

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	colors "fovea/app/ui/theme"
)

// resultRow draws a line of a resultList.
type resultRow struct {
	widget.BaseWidget
	owner   *resultList
	index   int
	line    resultLine
	cursor  bool
	hovered bool

	ground     *canvas.Rectangle
	icon       *widget.Icon
	name, page *canvas.Text
	snippet    []*canvas.Text
}

var (
	_ fyne.Tappable     = (*resultRow)(nil)
	_ desktop.Hoverable = (*resultRow)(nil)
)

func newResultRow(l *resultList) *resultRow {
	r := &resultRow{
		owner: l, ground: canvas.NewRectangle(nil), icon: widget.NewIcon(nil),
		name: canvas.NewText("", nil), page: canvas.NewText("", nil),
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *resultRow) set(i int, line resultLine, cursor bool) {
	if r.index != i {
		r.hovered = false
	}
	r.index, r.line, r.cursor = i, line, cursor
	r.Refresh()
}

// CreateRenderer is called by Fyne.
func (r *resultRow) CreateRenderer() fyne.WidgetRenderer { return &resultRenderer{r} }

// Tapped is called by Fyne.
func (r *resultRow) Tapped(*fyne.PointEvent) {
	if r.line.heading == "" {
		r.owner.cursor = r.index
		r.owner.list.place(true)
		r.owner.choose(r.line.result)
	}
}

// MouseIn is called by Fyne.
func (r *resultRow) MouseIn(*desktop.MouseEvent) { r.hover(true) }

// MouseMoved is called by Fyne.
func (r *resultRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne.
func (r *resultRow) MouseOut() { r.hover(false) }

func (r *resultRow) hover(on bool) {
	r.hovered = on
	r.Refresh()
}

// resultRenderer places what a resultRow draws.
type resultRenderer struct{ *resultRow }

// Destroy is called by Fyne.
func (r *resultRenderer) Destroy() {}

// MinSize is called by Fyne.
func (r *resultRenderer) MinSize() fyne.Size { return fyne.NewSize(120, r.line.height()) }

// Layout is called by Fyne.
func (r *resultRenderer) Layout(fyne.Size) { r.Refresh() }

// Objects is called by Fyne.
func (r *resultRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.ground, r.icon, r.name, r.page}
	for _, t := range r.snippet {
		objects = append(objects, t)
	}
	return objects
}

// Refresh is called by Fyne.
func (r *resultRenderer) Refresh() {
	size := r.Size()
	heading := r.line.heading != ""
	r.ground.Move(fyne.NewPos(margin, 1))
	r.ground.Resize(fyne.NewSize(size.Width-2*margin, size.Height-2))
	r.ground.CornerRadius = theme.SelectionRadiusSize()
	switch {
	case r.cursor:
		r.ground.FillColor = theme.Color(theme.ColorNameSelection)
	case r.hovered && !heading:
		r.ground.FillColor = theme.Color(theme.ColorNameHover)
	default:
		r.ground.FillColor = nil
	}
	show(r.icon, !heading)
	show(r.page, r.line.result.Kind == PageResult)
	r.snippet = nil
	if heading {
		r.drawHeading(size)
	} else {
		r.drawResult(size)
	}
	canvas.Refresh(r.resultRow)
}

func (r *resultRow) drawHeading(size fyne.Size) {
	r.name.TextSize, r.name.TextStyle.Bold = theme.CaptionTextSize(), true
	r.name.Color = theme.Color(theme.ColorNamePlaceHolder)
	r.name.Text = elide(r.line.heading, size.Width-4*margin, r.name.TextSize, r.name.TextStyle)
	min := r.name.MinSize()
	r.name.Move(fyne.NewPos(2*margin, size.Height-min.Height-4))
	r.name.Resize(min)
}

func (r *resultRow) drawResult(size fyne.Size) {
	r.icon.SetResource([]fyne.Resource{conversationIcon, messageIcon, theme.DocumentIcon()}[r.line.result.Kind])
	left, right := float32(2*margin+22), size.Width-2*margin
	if r.line.result.Kind == PageResult {
		r.page.Text = lang.L("Page {{.Page}}", map[string]any{"Page": r.line.result.Page})
		r.page.TextSize = theme.CaptionTextSize()
		r.page.Color = theme.Color(theme.ColorNamePlaceHolder)
		right -= r.page.MinSize().Width
	}
	r.name.TextSize, r.name.TextStyle.Bold = theme.TextSize(), false
	r.name.Color = theme.Color(theme.ColorNameForeground)
	name := r.line.result.Title
	if name == "" {
		name = lang.L("New conversation")
	}
	r.name.Text = elide(name, right-6-left, r.name.TextSize, r.name.TextStyle)
	min := r.name.MinSize()
	y := float32(6)
	if r.line.result.Kind == TitleResult {
		y = (size.Height - min.Height) / 2
	}
	r.icon.Move(fyne.NewPos(2*margin, y+(min.Height-16)/2))
	r.icon.Resize(fyne.NewSquareSize(16))
	r.name.Move(fyne.NewPos(left, y))
	r.name.Resize(min)
	p := r.page.MinSize()
	r.page.Move(fyne.NewPos(right, y+(min.Height-p.Height)/2))
	r.page.Resize(p)
	if r.line.result.Kind != TitleResult {
		r.drawSnippet(left, y+min.Height+1, size.Width-2*margin-left)
	}
}

func (r *resultRow) drawSnippet(left, top, width float32) {
	size := theme.CaptionTextSize()
	for _, run := range wrap(pieces(r.line.result.Snippet, r.line.result.Found), width, size) {
		t := canvas.NewText(run.text, theme.Color(theme.ColorNamePlaceHolder))
		if run.found {
			t.Color = theme.Color(colors.ColorNameFoundText)
		}
		t.TextSize, t.TextStyle = size, styleOf(run.piece)
		min := t.MinSize()
		t.Move(fyne.NewPos(left+run.x, top+float32(run.line)*min.Height))
		t.Resize(min)
		r.snippet = append(r.snippet, t)
	}
}
