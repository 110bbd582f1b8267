// Package retention is the live picture of what a model retains: which blocks
// of the documents each layer recalls, at every window of the prompt and at
// every token of the answer, and the replay of stored ones.
//
// [Pane] shows one log and has the controls of method and budget; [Compare]
// shows two logs of the same question. They draw what they are given and tell
// their callback fields what a person does. Everything in this package is used
// on Fyne's goroutine, except what [Pane.Export] returns.
package retention

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/model/trace"
)

// framesApart is the least time between two pictures of a log that grows.
const framesApart = time.Second / 15

// Pane is the picture of one log, with its controls. Any callback may be nil.
type Pane struct {
	widget.BaseWidget

	// OnHover asks for the text of a place that the pointer came to. The answer
	// is given to SetHoverText, now or later.
	OnHover func(Place)
	// OnOpen says that a person clicked a place and wants to read it.
	OnOpen func(Place)
	// OnBudget says that a person let the budget slider go, at so many tokens.
	OnBudget func(tokens int)
	// OnMethod says that a person chose one of the methods of SetMethods.
	OnMethod func(string)
	// OnExport says that a person wants a file of a format: see Export.
	OnExport func(Format)

	view     *view
	chart    *chart
	bias     *biasChart
	words    *words
	readout  *readout
	timeline *timeline
	controls *controls
	legend   *legend
	notice   *widget.Label // instead of a picture, or over it
	plate    *canvas.Rectangle
	middle   *fyne.Container
	body     *fyne.Container
	scroll   *container.Scroll // where a window is too low for all of it
	pace     pace
}

// New makes an empty pane.
func New() *Pane { return newPane(wall) }

func newPane(c clock) *Pane {
	p := &Pane{view: &view{rec: &record{}, memory: true}, pace: pace{clock: c, apart: framesApart}}
	p.chart, p.bias, p.words = newChart(p.view), newBiasChart(p.view), newWords(p.view)
	p.readout, p.timeline, p.controls, p.legend = newReadout(), newTimeline(c), newControls(), newLegend()
	p.notice = widget.NewLabel("")
	p.notice.Wrapping, p.notice.Alignment = fyne.TextWrapWord, fyne.TextAlignCenter

	p.chart.OnHover, p.chart.OnLeave = p.hover, p.leave
	p.bias.OnHover, p.bias.OnLeave = p.hover, p.leave
	open := func(at Place) {
		if p.OnOpen != nil {
			p.OnOpen(at)
		}
	}
	p.chart.OnOpen, p.bias.OnOpen = open, open
	p.chart.OnKey = func(e *fyne.KeyEvent) { p.timeline.key(e.Name) }
	p.timeline.OnMove = func(at int) {
		p.view.at = at
		p.draw()
	}
	p.controls.OnBudget = func(n int) {
		if p.OnBudget != nil {
			p.OnBudget(n)
		}
	}
	p.controls.OnMethod = func(s string) {
		if p.OnMethod != nil {
			p.OnMethod(s)
		}
	}
	p.controls.OnExport = func(f Format) {
		if p.OnExport != nil {
			p.OnExport(f)
		}
	}
	p.controls.OnMemory = func(on bool) {
		p.view.memory = on
		p.draw()
	}
	p.build()
	p.ExtendBaseWidget(p)
	p.draw()
	return p
}

func (p *Pane) build() {
	p.plate = canvas.NewRectangle(nil)
	p.plate.CornerRadius = 6
	p.middle = container.NewStack(p.chart, container.New(&noticeLayout{}, p.plate, p.notice))
	p.body = container.New(&column{gap: 4, fills: p.middle}, p.controls.row, p.controls.reason, p.legend, p.middle, p.bias, p.readout.box, p.words, p.timeline.bar)
	p.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, 4, margin, margin), p.body))
	p.scroll.SetMinSize(fyne.NewSize(240, 240))
}

// margin is left free at both sides of a pane.
const margin = 6

// SetLog shows a log. One that goes on from the log shown (the same steps, and
// more) costs only what is new, and is followed or not as before; another one
// is shown from its end. The log's entries must not change afterwards, but more
// may be appended.
func (p *Pane) SetLog(l *trace.Log) {
	rec := p.view.rec.with(l)
	if rec != p.view.rec {
		p.begin(rec)
	}
	p.view.growing = false
	p.redraw()
}

// SetMap says what text the positions hold. A map that goes on from the map
// before costs only what is new.
func (p *Pane) SetMap(m trace.Map) {
	p.view.rec.atlas.set(m)
	p.redraw()
}

// Add shows one more entry, which must not change afterwards. Pictures come at
// most 15 times a second, so it may be called for every token.
func (p *Pane) Add(e trace.Entry) {
	p.view.rec.add(e)
	p.view.growing = true
	p.redraw()
}

// Clear empties the pane, map included.
func (p *Pane) Clear() {
	p.begin(&record{})
	p.draw()
}

// begin forgets what was shown.
func (p *Pane) begin(rec *record) {
	p.timeline.pause()
	p.timeline.live, p.timeline.at = true, 0
	p.view.rec, p.view.at, p.view.growing = rec, 0, false
	p.chart.hovered, p.readout.over, p.bias.hovered = false, false, -1
	p.timeline.grow(0)
}

// SetHoverText gives the text of a place that OnHover asked for. It is not
// shown when the pointer has moved on.
func (p *Pane) SetHoverText(at Place, text string) {
	if p.readout.over && p.readout.place == at {
		p.readout.set(p.readout.text.first.Text, text)
	}
}

// SetMethods offers methods and shows which is the current one ("": none). It
// does not call OnMethod.
func (p *Pane) SetMethods(all []string, current string) { p.controls.setMethods(all, current) }

// SetBudget shows a budget in tokens. It does not call OnBudget.
func (p *Pane) SetBudget(tokens int) { p.controls.setBudget(tokens) }

// SetControls lets a person choose method and budget, or with a reason says why
// that is not possible now.
func (p *Pane) SetControls(reason string) {
	p.controls.enable(reason)
	p.arrange(p.Size().Width)
	p.scroll.Refresh()
}

// At is the index of the entry that is shown, or -1.
func (p *Pane) At() int {
	if p.view.rec.step(p.view.at) == nil {
		return -1
	}
	return p.view.at
}

// GoTo shows an entry by its index and no longer follows new ones.
func (p *Pane) GoTo(at int) {
	p.timeline.pause()
	p.timeline.choose(at)
}

func (p *Pane) hover(at Place) {
	p.readout.hover(at, p.view)
	p.bias.show(p.hoveredLayer())
	if p.OnHover != nil && at.End > at.Pos {
		p.OnHover(at)
	}
}

func (p *Pane) leave() {
	p.readout.leave(p.view)
	p.bias.show(-1)
}

// hoveredLayer is the layer under the pointer, or -1.
func (p *Pane) hoveredLayer() int {
	if p.chart.hovered {
		return p.chart.place.Layer
	}
	return -1
}

// redraw draws as soon as it is time.
func (p *Pane) redraw() {
	p.pace.call(p.draw)
}

// draw brings everything in line with the view.
func (p *Pane) draw() {
	rec := p.view.rec
	if p.timeline.n != len(rec.entries) {
		p.timeline.grow(len(rec.entries))
		p.view.at = p.timeline.at
	}
	step := rec.step(p.view.at)
	notice := ""
	switch {
	case step == nil:
		notice = lang.L("Ask something about a document. While it is read and answered, you will see here which of its pages every layer of the model recalls.")
	case len(step.Layers) == 0:
		notice = lang.L("Everything is attended: with this method no layer chooses what it recalls.")
	}
	if p.notice.Text != notice {
		p.notice.SetText(notice)
		p.notice.Hidden, p.plate.Hidden = notice == "", notice == ""
		p.plate.FillColor = theme.Color(theme.ColorNameBackground)
		p.middle.Refresh()
	}
	p.chart.show()
	p.bias.show(p.hoveredLayer())
	p.words.show()
	p.readout.show(p.view)
}

// noticeLayout puts a text with a plate behind it into the middle, at a width
// that reads well.
type noticeLayout struct{}

func (noticeLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := min(size.Width, 320)
	o[1].Resize(fyne.NewSize(w, o[1].Size().Height))
	h := o[1].MinSize().Height
	for _, one := range o {
		one.Move(fyne.NewPos((size.Width-w)/2, (size.Height-h)/2))
		one.Resize(fyne.NewSize(w, h))
	}
}

func (noticeLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, 100) }

// CreateRenderer is part of fyne.Widget.
func (p *Pane) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	return &paneRenderer{widget.NewSimpleRenderer(p.scroll), p}
}

// arrange tells what wraps the width it will have, by which it knows its
// height before it is laid out.
func (p *Pane) arrange(width float32) {
	width -= 2 * margin
	p.controls.flow.width, p.legend.flow.width = width, width
	p.controls.reason.Resize(fyne.NewSize(width, p.controls.reason.Size().Height))
}

type paneRenderer struct {
	fyne.WidgetRenderer
	p *Pane
}

func (r *paneRenderer) Layout(size fyne.Size) {
	r.p.arrange(size.Width)
	r.WidgetRenderer.Layout(size)
}

// Refresh follows a change of the theme.
func (r *paneRenderer) Refresh() {
	r.p.plate.FillColor = theme.Color(theme.ColorNameBackground)
	r.p.controls.colour()
	r.WidgetRenderer.Refresh()
}

// Destroy stops what would call later.
func (r *paneRenderer) Destroy() {
	r.p.timeline.pause()
	r.p.pace.cancel()
	r.WidgetRenderer.Destroy()
}
