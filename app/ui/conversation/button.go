package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const captionSize = theme.SizeNameCaptionText

// small is a button that takes little room: an icon, a caption or both, and at its lower edge a bar if
// it stands for a share of something. A hint says what it does while the pointer or the keyboard is on
// it.
type small struct {
	widget.BaseWidget
	icon   fyne.Resource
	text   string
	hint   string
	share  float64 // length of the bar, 0 to 1; below 0 there is none
	filled bool    // on a background even when the pointer is elsewhere
	tapped func()

	hints            *hints
	hovered, focused bool
	disabled         bool
}

var (
	_ fyne.Tappable     = (*small)(nil)
	_ fyne.Focusable    = (*small)(nil)
	_ desktop.Hoverable = (*small)(nil)
	_ fyne.Accessible   = (*small)(nil)
)

func newSmall(h *hints, icon fyne.Resource, text, hint string, tapped func()) *small {
	b := &small{hints: h, icon: icon, text: text, hint: hint, tapped: tapped, share: -1}
	b.ExtendBaseWidget(b)
	return b
}

// label writes the hint on the button.
func (b *small) label() { b.text, b.hint = b.hint, "" }

func (b *small) Tapped(*fyne.PointEvent) {
	b.hints.hide()
	if b.tapped != nil && !b.disabled {
		b.tapped()
	}
}

func (b *small) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.hints.show(b, b.hint)
	b.Refresh()
}

func (b *small) MouseMoved(*desktop.MouseEvent) {}

func (b *small) MouseOut() {
	b.hovered = false
	b.hints.hide()
	b.Refresh()
}

func (b *small) FocusGained() {
	b.focused = true
	b.hints.show(b, b.hint)
	b.Refresh()
}

func (b *small) FocusLost() {
	b.focused = false
	b.hints.hide()
	b.Refresh()
}

func (b *small) TypedRune(rune) {}

func (b *small) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	}
}

func (b *small) AccessibilityLabel() string {
	if b.hint != "" {
		return b.hint
	}
	return b.text
}

func (b *small) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// MinSize is the size of icon and text with a little room around them.
func (b *small) MinSize() fyne.Size {
	b.ExtendBaseWidget(b)
	return b.BaseWidget.MinSize()
}

func (b *small) height(float32) float32 { return b.MinSize().Height }

func (b *small) CreateRenderer() fyne.WidgetRenderer {
	r := &smallRenderer{
		button: b, fill: canvas.NewRectangle(color.Transparent), bar: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(b.icon), text: canvas.NewText(b.text, color.Black),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.fill.CornerRadius = 4
	r.apply()
	return r
}

type smallRenderer struct {
	button    *small
	fill, bar *canvas.Rectangle
	icon      *canvas.Image
	text      *canvas.Text
}

const (
	smallIcon = 16
	smallPad  = 6
)

func (r *smallRenderer) Destroy() {}

func (r *smallRenderer) MinSize() fyne.Size {
	text := fyne.MeasureText(r.button.text, theme.Size(captionSize), fyne.TextStyle{})
	s := fyne.NewSize(2*smallPad, max(smallIcon, text.Height)+2*smallPad)
	if r.button.text != "" {
		s.Width += text.Width
	}
	if r.button.icon != nil {
		s.Width += smallIcon
	}
	if r.button.icon != nil && r.button.text != "" {
		s.Width += smallPad
	}
	return s
}

func (r *smallRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.fill, r.bar, r.icon, r.text}
}

func (r *smallRenderer) Layout(size fyne.Size) {
	x := float32(smallPad)
	r.fill.Resize(size)
	r.bar.Move(fyne.NewPos(smallPad, size.Height-4))
	r.bar.Resize(fyne.NewSize((size.Width-2*smallPad)*float32(min(1, max(0, r.button.share))), 2))
	if r.button.icon != nil {
		if r.button.text == "" {
			x = (size.Width - smallIcon) / 2
		}
		r.icon.Move(fyne.NewPos(x, (size.Height-smallIcon)/2))
		r.icon.Resize(fyne.NewSquareSize(smallIcon))
		x += smallIcon + smallPad
	}
	min := r.text.MinSize()
	r.text.Move(fyne.NewPos(x, (size.Height-min.Height)/2))
	r.text.Resize(min)
}

func (r *smallRenderer) Refresh() {
	r.apply()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *smallRenderer) apply() {
	b := r.button
	r.text.Text, r.text.TextSize = b.text, theme.Size(captionSize)
	r.text.Color = theme.Color(theme.ColorNameForeground)
	icon := theme.ColorNameForeground
	if b.disabled {
		r.text.Color, icon = theme.Color(theme.ColorNameDisabled), theme.ColorNameDisabled
	}
	if b.icon != nil {
		r.icon.Resource = theme.NewColoredResource(b.icon, icon)
	}
	r.icon.Hidden = b.icon == nil
	r.fill.FillColor, r.fill.StrokeWidth = color.Transparent, 0
	if b.filled {
		r.fill.FillColor = theme.Color(theme.ColorNameButton)
	}
	if b.hovered && !b.disabled {
		r.fill.FillColor = theme.Color(theme.ColorNameHover)
	}
	if b.focused {
		r.fill.StrokeColor, r.fill.StrokeWidth = theme.Color(theme.ColorNamePrimary), 1
	}
	r.bar.FillColor = theme.Color(theme.ColorNamePrimary)
	r.bar.Hidden = b.share < 0
	r.fill.Refresh()
	r.bar.Refresh()
	r.icon.Refresh()
	r.text.Refresh()
}
