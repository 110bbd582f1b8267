package sidebar

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// undoTime is how long a deletion can be undone by the bar.
const undoTime = 10 * time.Second

// undoBar says that something was deleted and offers to undo it.
type undoBar struct {
	widget.BaseWidget
	side   *Sidebar
	item   Item
	text   *widget.Label
	ground *canvas.Rectangle
	stop   func()
}

func newUndoBar(s *Sidebar) *undoBar {
	b := &undoBar{side: s, text: widget.NewLabel(""), ground: canvas.NewRectangle(nil), stop: func() {}}
	b.text.Truncation = fyne.TextTruncateEllipsis
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// CreateRenderer is called by Fyne.
func (b *undoBar) CreateRenderer() fyne.WidgetRenderer {
	undo := widget.NewButton(lang.L("Undo"), func() {
		item := b.item
		b.close()
		if b.side.OnUndo != nil {
			b.side.OnUndo(item)
		}
	})
	b.colour()
	return widget.NewSimpleRenderer(container.New(layout.NewCustomPaddedLayout(4, 8, 8, 8),
		container.NewStack(b.ground, container.New(layout.NewCustomPaddedLayout(4, 4, 4, 4),
			container.NewBorder(nil, nil, nil, undo, b.text)))))
}

// Refresh is called by Fyne.
func (b *undoBar) Refresh() {
	b.colour()
	b.BaseWidget.Refresh()
}

func (b *undoBar) colour() {
	b.ground.FillColor = theme.Color(theme.ColorNameMenuBackground)
	b.ground.StrokeColor = theme.Color(theme.ColorNameSeparator)
	b.ground.StrokeWidth = 1
	b.ground.CornerRadius = theme.Size(theme.SizeNamePopupRadius)
}

// offer shows the bar for a while.
func (b *undoBar) offer(item Item) {
	b.stop()
	b.item = item
	b.text.SetText(lang.L("Conversation deleted"))
	if item.Folder {
		b.text.SetText(lang.L("Folder deleted"))
	}
	b.Show()
	b.side.Refresh() // the list makes room
	b.stop = b.side.later(undoTime, b.close)
}

func (b *undoBar) close() {
	b.stop()
	if b.Visible() {
		b.Hide()
		b.side.Refresh()
	}
}
