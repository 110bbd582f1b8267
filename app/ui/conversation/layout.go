package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

const paneGap = 8

// CreateRenderer is part of fyne.Widget.
func (p *Pane) CreateRenderer() fyne.WidgetRenderer { return &paneRenderer{p} }

type paneRenderer struct{ p *Pane }

func (r *paneRenderer) Destroy() {}

func (r *paneRenderer) MinSize() fyne.Size { return fyne.NewSize(360, 280) }

func (r *paneRenderer) Objects() []fyne.CanvasObject {
	p := r.p
	return []fyne.CanvasObject{p.thread, p.empty, p.toEnd, p.offer, p.chips, p.composer, p.status, p.env.hints}
}

func (r *paneRenderer) Refresh() {
	r.p.env.metrics.check()
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

// Layout gives what is at the bottom the height that it needs and the rest to the messages.
func (r *paneRenderer) Layout(size fyne.Size) {
	p := r.p
	left, width := column(size.Width)
	if width <= 0 {
		return
	}
	y := size.Height - paneGap
	p.composer.most = int(size.Height * 0.3 / 18)
	for _, o := range []tall{p.status, p.composer, p.chips, p.offer} {
		h := o.height(width)
		if h == 0 {
			o.Resize(fyne.NewSize(width, 0))
			continue
		}
		y -= h
		o.Move(fyne.NewPos(left, y))
		o.Resize(fyne.NewSize(width, h))
		y -= paneGap
	}
	p.thread.Resize(fyne.NewSize(size.Width, max(0, y)))
	p.empty.Resize(fyne.NewSize(size.Width, max(0, y)))
	button := p.toEnd.MinSize()
	p.toEnd.Move(fyne.NewPos((size.Width-button.Width)/2, y-button.Height-4))
	p.toEnd.Resize(button)
	p.env.hints.Resize(size)
}

// relayout is called when a part may need another height.
func (p *Pane) relayout() {
	if !p.Size().IsZero() {
		p.Refresh()
	}
}

// showToEnd offers the way to the end while it is out of view.
func (p *Pane) showToEnd() {
	hidden := p.thread.Hidden || p.thread.follow || p.thread.fromEnd() < 40
	if hidden == p.toEnd.Hidden {
		return
	}
	p.toEnd.Hidden = hidden
	canvas.Refresh(p)
}

// scrollKey scrolls the messages by keys.
func (p *Pane) scrollKey(name fyne.KeyName) {
	page := p.thread.Size().Height * 0.9
	switch name {
	case fyne.KeyPageUp:
		p.thread.by(-page)
	case fyne.KeyPageDown:
		p.thread.by(page)
	case fyne.KeyUp:
		p.thread.by(-40)
	case fyne.KeyDown:
		p.thread.by(40)
	case fyne.KeyHome:
		p.thread.by(-p.thread.list.total)
	case fyne.KeyEnd:
		p.ScrollToEnd()
	}
}
