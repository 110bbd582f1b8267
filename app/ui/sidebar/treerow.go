package sidebar

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// state is how a row looks, apart from what it says.
type state struct {
	selected bool // its conversation is open
	cursor   bool // keys act on it
	target   bool // a conversation is dragged onto it
	dragged  bool
	edited   *nameEntry // its name is being changed; nil: it is not
}

// treeRow draws a row of the list of conversations.
type treeRow struct {
	widget.BaseWidget
	side    *Sidebar
	row     row
	state   state
	hovered bool

	ground, edge, bar *canvas.Rectangle
	icon, busy, more  *widget.Icon
	name, mark        *canvas.Text
}

var (
	_ fyne.Tappable          = (*treeRow)(nil)
	_ fyne.SecondaryTappable = (*treeRow)(nil)
	_ fyne.Draggable         = (*treeRow)(nil)
	_ desktop.Hoverable      = (*treeRow)(nil)
)

func newTreeRow(s *Sidebar) *treeRow {
	r := &treeRow{
		side:   s,
		ground: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil),
		icon: widget.NewIcon(nil), busy: widget.NewIcon(nil), more: widget.NewIcon(theme.MoreHorizontalIcon()),
		name: canvas.NewText("", nil), mark: canvas.NewText("", nil),
	}
	r.edge.StrokeWidth = 1.5
	r.ExtendBaseWidget(r)
	return r
}

// set makes the object show a row.
func (r *treeRow) set(data row, s state) {
	if r.row.item != data.item || r.row.heading != data.heading {
		r.hovered = false // another one has come under the pointer
	}
	r.row, r.state = data, s
	r.Refresh()
}

// CreateRenderer is called by Fyne.
func (r *treeRow) CreateRenderer() fyne.WidgetRenderer { return &treeRenderer{r} }

// moreWidth is the width of the button "…" at the row's end, in pixels.
const moreWidth = 26

// Tapped is called by Fyne.
func (r *treeRow) Tapped(e *fyne.PointEvent) {
	if r.row.heading != "" {
		return
	}
	if e.Position.X >= r.Size().Width-moreWidth && r.showsMore() {
		r.side.showMenu(r.row, e.AbsolutePosition)
		return
	}
	r.side.tapped(r.row)
}

// TappedSecondary is called by Fyne.
func (r *treeRow) TappedSecondary(e *fyne.PointEvent) {
	if r.row.heading == "" {
		r.side.showMenu(r.row, e.AbsolutePosition)
	}
}

// Dragged is called by Fyne.
func (r *treeRow) Dragged(e *fyne.DragEvent) { r.side.drag(r.row, e.AbsolutePosition) }

// DragEnd is called by Fyne.
func (r *treeRow) DragEnd() { r.side.drop() }

// MouseIn is called by Fyne.
func (r *treeRow) MouseIn(*desktop.MouseEvent) { r.hover(true) }

// MouseMoved is called by Fyne.
func (r *treeRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne.
func (r *treeRow) MouseOut() { r.hover(false) }

func (r *treeRow) hover(on bool) {
	r.hovered = on
	r.Refresh()
}

func (r *treeRow) showsMore() bool {
	return r.row.heading == "" && r.state.edited == nil && (r.hovered || r.state.selected || r.state.cursor)
}

// treeRenderer places what a treeRow draws.
type treeRenderer struct{ *treeRow }

// Destroy is called by Fyne.
func (r *treeRenderer) Destroy() {}

// MinSize is called by Fyne.
func (r *treeRenderer) MinSize() fyne.Size { return fyne.NewSize(120, r.row.height()) }

// Layout is called by Fyne.
func (r *treeRenderer) Layout(fyne.Size) { r.Refresh() }

// Objects is called by Fyne.
func (r *treeRenderer) Objects() []fyne.CanvasObject {
	if r.state.edited != nil {
		return []fyne.CanvasObject{r.ground, r.icon, r.state.edited}
	}
	return []fyne.CanvasObject{r.ground, r.edge, r.icon, r.name, r.busy, r.mark, r.bar, r.more}
}

// Refresh is called by Fyne.
func (r *treeRenderer) Refresh() {
	size := r.Size()
	r.drawGround(size)
	left := r.drawIcon(size)
	if e := r.state.edited; e != nil {
		e.Move(fyne.NewPos(left-4, 0))
		e.Resize(fyne.NewSize(size.Width-left+4-margin, size.Height))
		e.Refresh()
		canvas.Refresh(r.treeRow)
		return
	}
	right := r.drawMark(size)
	r.drawName(size, left, right)
	canvas.Refresh(r.treeRow)
}

// margin is between a row's ground and the list's edges, in pixels.
const margin = 6

func (r *treeRow) drawGround(size fyne.Size) {
	r.ground.Move(fyne.NewPos(margin, 1))
	r.ground.Resize(fyne.NewSize(size.Width-2*margin, size.Height-2))
	r.ground.CornerRadius = theme.SelectionRadiusSize()
	r.edge.Move(r.ground.Position())
	r.edge.Resize(r.ground.Size())
	r.edge.CornerRadius = r.ground.CornerRadius
	r.edge.StrokeColor = theme.Color(theme.ColorNamePrimary)
	show(r.edge, r.state.cursor || r.state.target)
	switch {
	case r.state.selected || r.state.target:
		r.ground.FillColor = theme.Color(theme.ColorNameSelection)
	case r.hovered && r.row.heading == "":
		r.ground.FillColor = theme.Color(theme.ColorNameHover)
	default:
		r.ground.FillColor = nil
	}
}

// drawIcon draws a folder's and returns where the name begins.
func (r *treeRow) drawIcon(size fyne.Size) float32 {
	left := float32(2 * margin)
	if r.row.inside {
		left += 22
	}
	show(r.icon, r.row.item.Folder)
	if !r.row.item.Folder {
		return left
	}
	res := theme.FolderIcon()
	if r.row.open && r.row.count > 0 {
		res = theme.FolderOpenIcon()
	}
	r.icon.SetResource(res)
	r.icon.Move(fyne.NewPos(left, (size.Height-16)/2))
	r.icon.Resize(fyne.NewSquareSize(16))
	return left + 22
}

// drawMark draws what is at the row's end and returns where that begins.
func (r *treeRow) drawMark(size fyne.Size) float32 {
	right := size.Width - 2*margin
	show(r.more, r.showsMore())
	if r.showsMore() {
		right -= 18
		r.more.Move(fyne.NewPos(right, (size.Height-18)/2))
		r.more.Resize(fyne.NewSquareSize(18))
		right -= 4
	}
	r.mark.Text = r.markText()
	r.mark.TextSize = theme.CaptionTextSize()
	r.mark.Color = theme.Color(theme.ColorNamePlaceHolder)
	if r.row.talk.Activity != Idle {
		r.mark.Color = theme.Color(theme.ColorNamePrimary)
	}
	show(r.mark, r.mark.Text != "")
	if r.mark.Text != "" {
		min := r.mark.MinSize()
		right -= min.Width
		r.mark.Move(fyne.NewPos(right, (size.Height-min.Height)/2))
		r.mark.Resize(min)
		right -= 4
	}
	return r.drawBusy(size, right)
}

func (r *treeRow) markText() string {
	switch {
	case r.row.heading != "":
	case r.row.item.Folder && r.row.count > 0 && !r.showsMore():
		return fmt.Sprint(r.row.count)
	case r.row.talk.Activity != Idle && r.row.talk.Progress >= 0:
		return lang.L("{{.Percent}}%", map[string]any{"Percent": int(r.row.talk.Progress*100 + 0.5)})
	}
	return ""
}

// drawBusy says by an icon and a bar that a conversation reads or answers.
func (r *treeRow) drawBusy(size fyne.Size, right float32) float32 {
	talk := r.row.talk
	show(r.busy, talk.Activity != Idle)
	show(r.bar, talk.Activity != Idle && talk.Progress > 0)
	if talk.Activity == Idle {
		return right
	}
	res := theme.DocumentIcon()
	if talk.Activity == Answering {
		res = theme.DocumentCreateIcon()
	}
	r.busy.SetResource(theme.NewColoredResource(res, theme.ColorNamePrimary))
	right -= 14
	r.busy.Move(fyne.NewPos(right, (size.Height-14)/2))
	r.busy.Resize(fyne.NewSquareSize(14))
	r.bar.FillColor = theme.Color(theme.ColorNamePrimary)
	r.bar.CornerRadius = 1
	r.bar.Move(fyne.NewPos(2*margin, size.Height-4))
	r.bar.Resize(fyne.NewSize((size.Width-4*margin)*float32(min(talk.Progress, 1)), 2))
	return right - 4
}

func (r *treeRow) drawName(size fyne.Size, left, right float32) {
	text := r.row.name
	r.name.TextSize, r.name.TextStyle = theme.TextSize(), fyne.TextStyle{}
	r.name.Color = theme.Color(theme.ColorNameForeground)
	if r.row.heading != "" {
		text = r.row.heading
		r.name.TextSize, r.name.TextStyle.Bold = theme.CaptionTextSize(), true
	}
	if r.row.heading != "" || r.state.dragged {
		r.name.Color = theme.Color(theme.ColorNamePlaceHolder)
	}
	r.name.Text = elide(text, right-left, r.name.TextSize, r.name.TextStyle)
	min := r.name.MinSize()
	y := (size.Height - min.Height) / 2
	if r.row.heading != "" {
		y = size.Height - min.Height - 4
	}
	r.name.Move(fyne.NewPos(left, y))
	r.name.Resize(fyne.NewSize(right-left, min.Height))
}

// show shows or hides an object.
func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
