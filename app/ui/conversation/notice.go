package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// notice is a line of text with buttons after it, where there is room, or below it.
type notice struct {
	widget.BaseWidget
	text    *flow
	buttons *bar
}

func newNotice(m *metrics) *notice {
	n := &notice{text: newFlow(m), buttons: newBar(6)}
	n.ExtendBaseWidget(n)
	return n
}

// set shows a text with buttons. An empty text takes no room.
func (n *notice) set(text run, buttons ...fyne.CanvasObject) {
	n.text.set([]run{text})
	n.buttons.items = buttons
	n.Refresh()
}

// places returns where the text and the buttons are in a width.
func (n *notice) places(width float32) (text, buttons fyne.Size, below bool) {
	if n.text.len() == 0 {
		return
	}
	for _, b := range n.buttons.items {
		buttons.Width += b.MinSize().Width + n.buttons.gap
	}
	buttons.Width = min(buttons.Width, width)
	below = buttons.Width > width*0.6
	text.Width = width
	if !below {
		text.Width -= buttons.Width
	}
	text.Height, buttons.Height = n.text.height(text.Width), n.buttons.height(buttons.Width)
	return
}

func (n *notice) height(width float32) float32 {
	text, buttons, below := n.places(width)
	if below {
		return text.Height + buttons.Height
	}
	return max(text.Height, buttons.Height)
}

func (n *notice) CreateRenderer() fyne.WidgetRenderer { return &noticeRenderer{n} }

type noticeRenderer struct{ n *notice }

func (r *noticeRenderer) Destroy() {}

func (r *noticeRenderer) MinSize() fyne.Size {
	return fyne.NewSize(60, r.n.height(max(60, r.n.Size().Width)))
}

func (r *noticeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.n.text, r.n.buttons}
}

func (r *noticeRenderer) Refresh() { r.Layout(r.n.Size()) }

func (r *noticeRenderer) Layout(size fyne.Size) {
	text, buttons, below := r.n.places(size.Width)
	r.n.text.Resize(text)
	r.n.buttons.Resize(buttons)
	if below {
		r.n.text.Move(fyne.Position{})
		r.n.buttons.Move(fyne.NewPos(0, text.Height))
		return
	}
	r.n.text.Move(fyne.NewPos(0, (size.Height-text.Height)/2))
	r.n.buttons.Move(fyne.NewPos(text.Width+r.n.buttons.gap, (size.Height-buttons.Height)/2))
}
