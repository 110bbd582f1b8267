package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

// view shows one block of a document.
type view interface {
	tall
	show(b block)                                             // a block of the kind it was made for
	flows(at fyne.Position, yield func(*flow, fyne.Position)) // its texts and where they are, given its own place
}

func newView(e *env, b block) view {
	switch b.kind {
	case code:
		return newCodeView(e, b)
	case table:
		return newTableView(e, b)
	case rule:
		v := &ruleView{}
		v.ExtendBaseWidget(v)
		return v
	}
	return newFlow(e.metrics, b.runs...)
}

// show makes a flow the view of a paragraph.
func (f *flow) show(b block) { f.set(b.runs) }

func (f *flow) flows(at fyne.Position, yield func(*flow, fyne.Position)) { yield(f, at) }

// ruleView shows a thematic break.
type ruleView struct{ widget.Separator }

func (v *ruleView) show(block) {}

func (v *ruleView) height(float32) float32 { return v.MinSize().Height }

func (v *ruleView) flows(fyne.Position, func(*flow, fyne.Position)) {}

// sideways scrolls its content to the sides and hands vertical scrolling on, for the pointer may come
// across it while the conversation is scrolled.
type sideways struct {
	container.Scroll
	wheel func(*fyne.ScrollEvent)
}

func newSideways(e *env, content fyne.CanvasObject) *sideways {
	s := &sideways{wheel: e.wheel}
	s.Direction, s.Content = container.ScrollHorizontalOnly, content
	s.ExtendBaseWidget(s)
	return s
}

func (s *sideways) Scrolled(event *fyne.ScrollEvent) {
	sideways := event.Scrolled.DX != 0 && event.Scrolled.DY == 0
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		sideways = true
	}
	if sideways {
		s.Scroll.Scrolled(event)
	} else if s.wheel != nil {
		s.wheel(event)
	}
}

// codeView shows source code with its language and a button that copies it.
type codeView struct {
	widget.BaseWidget
	block  block
	text   *flow
	name   *flow
	copy   *small
	scroll *sideways
	box    *canvas.Rectangle
}

func newCodeView(e *env, b block) *codeView {
	v := &codeView{text: newFlow(e.metrics), name: newFlow(e.metrics), box: canvas.NewRectangle(color.Transparent)}
	v.text.nowrap = true
	v.copy = newSmall(e.hints, theme.ContentCopyIcon(), lang.L("Copy code"), "", func() { e.copy(v.block.code) })
	v.scroll = newSideways(e, v.text)
	v.box.CornerRadius, v.box.StrokeWidth = 6, 1
	v.ExtendBaseWidget(v)
	v.show(b)
	return v
}

func (v *codeView) show(b block) {
	v.block = b
	v.text.set([]run{{text: b.code, style: style{mono: true}}})
	name := b.language
	if name == "" {
		name = lang.L("Text")
	}
	if name == "math" {
		name = lang.L("Formula")
	}
	v.name.set([]run{caption(name, theme.ColorNamePlaceHolder)})
	v.scroll.Refresh()
}

const codePad = 10

func (v *codeView) height(float32) float32 {
	return v.copy.MinSize().Height + v.text.height(0) + 2*codePad
}

func (v *codeView) flows(at fyne.Position, yield func(*flow, fyne.Position)) {
	yield(v.text, at.Add(v.scroll.Position()).SubtractXY(v.scroll.Offset.X, 0))
}

func (v *codeView) CreateRenderer() fyne.WidgetRenderer {
	r := &codeRenderer{v}
	r.colour()
	return r
}

type codeRenderer struct{ v *codeView }

func (r *codeRenderer) Destroy() {}

func (r *codeRenderer) MinSize() fyne.Size { return fyne.NewSize(60, r.v.height(0)) }

func (r *codeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.v.box, r.v.name, r.v.copy, r.v.scroll}
}

func (r *codeRenderer) Layout(size fyne.Size) {
	v := r.v
	v.box.Resize(size)
	button := v.copy.MinSize()
	v.copy.Move(fyne.NewPos(size.Width-button.Width-2, 2))
	v.copy.Resize(button)
	width := max(1, size.Width-button.Width-2*codePad)
	height := v.name.height(width)
	v.name.Move(fyne.NewPos(codePad, 2+(button.Height-height)/2))
	v.name.Resize(fyne.NewSize(width, height))
	v.scroll.Move(fyne.NewPos(codePad, button.Height+codePad/2))
	v.scroll.Resize(fyne.NewSize(size.Width-2*codePad, v.text.height(0)+codePad))
}

func (r *codeRenderer) Refresh() {
	r.colour()
	r.Layout(r.v.Size())
	canvas.Refresh(r.v)
}

func (r *codeRenderer) colour() {
	r.v.box.FillColor = theme.Color(look.ColorNameSurface)
	r.v.box.StrokeColor = theme.Color(theme.ColorNameInputBorder)
	r.v.box.Refresh()
}
