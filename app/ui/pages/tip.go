package pages

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tip is a layer above the viewer that says what the thing under the pointer
// is. It catches no events.
type tip struct {
	widget.BaseWidget
	box   *canvas.Rectangle
	label *widget.Label
	near  fyne.CanvasObject // nil: hidden
}

func newTip() *tip {
	t := &tip{box: canvas.NewRectangle(color.Transparent), label: widget.NewLabel("")}
	t.label.Wrapping = fyne.TextWrapWord
	t.box.StrokeWidth, t.box.CornerRadius = 1, 4
	t.hide()
	t.ExtendBaseWidget(t)
	return t
}

// show places text below an object.
func (t *tip) show(near fyne.CanvasObject, text string) {
	t.near = near
	t.label.SetText(text)
	t.box.Show()
	t.label.Show()
	t.Refresh()
}

func (t *tip) hide() {
	t.near = nil
	t.box.Hide()
	t.label.Hide()
}

func (t *tip) CreateRenderer() fyne.WidgetRenderer { return &tipRenderer{t} }

type tipRenderer struct{ t *tip }

func (r *tipRenderer) Destroy()           {}
func (r *tipRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r *tipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.t.box, r.t.label}
}

func (r *tipRenderer) Refresh() {
	r.t.box.FillColor = theme.Color(theme.ColorNameOverlayBackground)
	r.t.box.StrokeColor = theme.Color(theme.ColorNameInputBorder)
	r.Layout(r.t.Size())
	canvas.Refresh(r.t)
}

func (r *tipRenderer) Layout(size fyne.Size) {
	t := r.t
	if t.near == nil {
		return
	}
	pad := theme.Padding()
	text := fyne.MeasureText(t.label.Text, theme.TextSize(), fyne.TextStyle{})
	width := min(text.Width+2*theme.InnerPadding()+1, size.Width-2*pad)
	t.label.Resize(fyne.NewSize(width, text.Height))
	height := t.label.MinSize().Height
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(t.near).Subtract(driver.AbsolutePositionForObject(t))
	at = fyne.NewPos(max(pad, min(at.X, size.Width-width-pad)), at.Y+t.near.Size().Height+1)
	t.label.Move(at)
	t.label.Resize(fyne.NewSize(width, height))
	t.box.Move(at)
	t.box.Resize(fyne.NewSize(width, height))
}

// iconButton is a button that says by a tip, and to screen readers, what it does.
type iconButton struct {
	widget.Button
	hint string
	tip  *tip
}

func newIconButton(t *tip, icon fyne.Resource, hint string, tapped func()) *iconButton {
	b := &iconButton{hint: hint, tip: t}
	b.Icon, b.OnTapped, b.Importance = icon, tapped, widget.LowImportance
	b.ExtendBaseWidget(b)
	return b
}

func (b *iconButton) AccessibilityLabel() string { return b.hint }

func (b *iconButton) Tapped(e *fyne.PointEvent) {
	b.tip.hide()
	b.Button.Tapped(e)
}

func (b *iconButton) MouseIn(e *desktop.MouseEvent) {
	b.Button.MouseIn(e)
	b.tip.show(b, b.hint)
}

func (b *iconButton) MouseOut() {
	b.Button.MouseOut()
	b.tip.hide()
}

func (b *iconButton) FocusGained() {
	b.Button.FocusGained()
	b.tip.show(b, b.hint)
}

func (b *iconButton) FocusLost() {
	b.Button.FocusLost()
	b.tip.hide()
}

// titleLabel is text on one line, cut with an ellipsis where it does not fit;
// then a tip has all of it.
type titleLabel struct {
	widget.Label
	tip *tip
}

func newTitleLabel(t *tip) *titleLabel {
	l := &titleLabel{tip: t}
	l.Truncation = fyne.TextTruncateEllipsis
	l.TextStyle.Bold = true
	l.ExtendBaseWidget(l)
	return l
}

func (l *titleLabel) MouseIn(*desktop.MouseEvent) {
	text := fyne.MeasureText(l.Text, theme.TextSize(), l.TextStyle)
	if text.Width+2*theme.InnerPadding() > l.Size().Width {
		l.tip.show(l, l.Text)
	}
}

func (l *titleLabel) MouseMoved(*desktop.MouseEvent) {}

func (l *titleLabel) MouseOut() { l.tip.hide() }
