package models

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// badgeSize is the diameter of a badge in pixels.
const badgeSize = 28

// badge is the number of a step in a circle, or a check mark.
type badge struct {
	widget.BaseWidget
	number int
	done   bool
	open   bool // the step can be taken now
}

func newBadge(number int) *badge {
	b := &badge{number: number}
	b.ExtendBaseWidget(b)
	return b
}

func (b *badge) set(open, done bool) {
	b.open, b.done = open, done
	b.Refresh()
}

// CreateRenderer is for Fyne.
func (b *badge) CreateRenderer() fyne.WidgetRenderer {
	r := &badgeRenderer{badge: b, circle: canvas.NewCircle(nil), text: canvas.NewText(strconv.Itoa(b.number), nil)}
	r.text.Alignment, r.text.TextStyle = fyne.TextAlignCenter, fyne.TextStyle{Bold: true}
	r.check = canvas.NewImageFromResource(nil)
	r.check.FillMode = canvas.ImageFillContain
	r.check.SetMinSize(fyne.NewSquareSize(badgeSize - 8))
	r.WidgetRenderer = widget.NewSimpleRenderer(container.NewStack(r.circle, container.NewCenter(r.text), container.NewCenter(r.check)))
	r.Refresh()
	return r
}

type badgeRenderer struct {
	fyne.WidgetRenderer
	badge  *badge
	circle *canvas.Circle
	text   *canvas.Text
	check  *canvas.Image
}

func (r *badgeRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(badgeSize) }

func (r *badgeRenderer) Refresh() {
	fill, ink := theme.ColorNameDisabledButton, theme.ColorNameForeground
	if r.badge.done || r.badge.open {
		fill, ink = theme.ColorNamePrimary, theme.ColorNameForegroundOnPrimary
	}
	r.circle.FillColor = theme.ColorForWidget(fill, r.badge)
	r.text.Color = theme.ColorForWidget(ink, r.badge)
	r.text.TextSize = theme.SizeForWidget(theme.SizeNameText, r.badge)
	r.text.Hidden, r.check.Hidden = r.badge.done, !r.badge.done
	r.check.Resource = theme.NewColoredResource(theme.ConfirmIcon(), ink)
	r.circle.Refresh()
	r.text.Refresh()
	r.check.Refresh()
}
