package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	indentWidth = 24
	quoteWidth  = 14
	blockGap    = 9
	tightGap    = 3
)

// body shows the text of a message: Markdown as blocks below each other, other text as it is. Its text
// can be selected; see selection.go.
type body struct {
	widget.BaseWidget
	env   *env
	doc   document
	parts []*part

	width  float32 // that heights were computed for
	epoch  int
	total  float32
	dirty  bool // the blocks are not the ones that were laid out
	anchor spot // where the selection began
	head   spot // where it ends
	pressed
}

// part is one block of a body with what stands beside it.
type part struct {
	block  block
	view   view
	marker *flow // of a list item, nil if there is none
	bars   []*canvas.Rectangle
	y, h   float32
	width  float32 // that h was computed for; 0 if it has to be again
}

func newBody(e *env) *body {
	b := &body{env: e}
	b.ExtendBaseWidget(b)
	return b
}

// setMarkdown shows a finished text.
func (b *body) setMarkdown(source string) { b.show(b.doc.set(source)) }

// growMarkdown shows a longer version of the text that is shown.
func (b *body) growMarkdown(source string) { b.show(b.doc.grow(source)) }

// setPlain shows text without looking for Markdown in it.
func (b *body) setPlain(text string) {
	b.doc = document{blocks: []block{{runs: []run{{text: plain(text)}}}}}
	b.show(0)
}

// show brings the parts in line with the blocks of the document, of which the first unchanged ones are
// shown already. A part is kept where only its content changed.
func (b *body) show(unchanged int) {
	blocks := b.doc.blocks
	for i := unchanged; i < len(blocks); i++ {
		if i < len(b.parts) && b.parts[i].block.kind == blocks[i].kind && blocks[i].kind != rule {
			b.parts[i].view.show(blocks[i])
		} else {
			p := &part{view: newView(b.env, blocks[i])}
			if i < len(b.parts) {
				b.parts[i] = p
			} else {
				b.parts = append(b.parts, p)
			}
		}
		b.parts[i].dress(b.env, blocks[i])
	}
	b.parts = b.parts[:len(blocks)]
	b.width, b.dirty = 0, true
	b.clampSelection()
}

// dress gives a part the marker and the quote bars of its block.
func (p *part) dress(e *env, b block) {
	p.block, p.width = b, 0
	switch {
	case b.marker == "":
		p.marker = nil
	case p.marker == nil:
		p.marker = newFlow(e.metrics, run{text: b.marker})
		p.marker.align, p.marker.nowrap = fyne.TextAlignTrailing, true
	default:
		p.marker.set([]run{{text: b.marker}})
	}
	for len(p.bars) < b.quote {
		bar := canvas.NewRectangle(theme.Color(theme.ColorNameDisabled))
		bar.CornerRadius = 1
		p.bars = append(p.bars, bar)
	}
	p.bars = p.bars[:b.quote]
}

// left is how far a block is moved to the right by the lists and quotes around it.
func (p *part) left() float32 {
	return float32(p.block.indent)*indentWidth + float32(p.block.quote)*quoteWidth
}

// height stacks the blocks in a width and returns the height of all, both in pixels.
func (b *body) height(width float32) float32 {
	if b.width == width && b.epoch == b.env.metrics.epoch {
		return b.total
	}
	y := float32(0)
	for i, p := range b.parts {
		if i > 0 {
			y += blockGap
			if p.block.tight {
				y += tightGap - blockGap
			}
		}
		if p.width != width || b.epoch != b.env.metrics.epoch {
			p.h, p.width = p.view.height(max(40, width-p.left())), width
		}
		p.y = y
		y += p.h
	}
	b.width, b.epoch, b.total = width, b.env.metrics.epoch, y
	return y
}

// MinSize is the size at the present width.
func (b *body) MinSize() fyne.Size { return fyne.NewSize(1, b.height(max(1, b.Size().Width))) }

func (b *body) CreateRenderer() fyne.WidgetRenderer {
	return &bodyRenderer{body: b, focus: canvas.NewRectangle(color.Transparent)}
}

type bodyRenderer struct {
	body    *body
	focus   *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *bodyRenderer) Destroy() {}

func (r *bodyRenderer) MinSize() fyne.Size { return r.body.MinSize() }

func (r *bodyRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *bodyRenderer) Refresh() {
	for _, p := range r.body.parts {
		for _, bar := range p.bars {
			bar.FillColor = theme.Color(theme.ColorNameDisabled)
			bar.Refresh()
		}
	}
	r.Layout(r.body.Size())
	canvas.Refresh(r.body)
}

func (r *bodyRenderer) Layout(size fyne.Size) {
	b := r.body
	b.height(size.Width)
	b.dirty = false
	r.objects = append(r.objects[:0], r.focus)
	r.focus.StrokeColor, r.focus.StrokeWidth = theme.Color(theme.ColorNameFocus), 0
	if b.byKey {
		r.focus.StrokeWidth = 2
	}
	r.focus.Move(fyne.NewPos(-4, -4))
	r.focus.Resize(size.AddWidthHeight(8, 8))
	for i, p := range b.parts {
		left := p.left()
		p.view.Move(fyne.NewPos(left, p.y))
		p.view.Resize(fyne.NewSize(max(40, size.Width-left), p.h))
		r.objects = append(r.objects, p.view)
		if p.marker != nil {
			p.marker.Move(fyne.NewPos(left-indentWidth-8, p.y))
			p.marker.Resize(fyne.NewSize(indentWidth, p.marker.height(0)))
			r.objects = append(r.objects, p.marker)
		}
		for j, bar := range p.bars {
			h := p.h // a bar reaches to the next block of the same quote
			if i+1 < len(b.parts) && b.parts[i+1].block.quote > j {
				h = b.parts[i+1].y - p.y
			}
			bar.Move(fyne.NewPos(float32(j)*quoteWidth, p.y))
			bar.Resize(fyne.NewSize(3, h))
			r.objects = append(r.objects, bar)
		}
	}
}
