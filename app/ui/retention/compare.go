package retention

import (
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
	"fovea/model/trace"
)

// Run is a log with the name of its settings, such as its method and budget.
type Run struct {
	Name string
	Log  *trace.Log
}

// Compare is the picture of two runs on the same question, at the same window
// or token. Any callback may be nil.
type Compare struct {
	widget.BaseWidget

	// OnHover and OnOpen are those of Pane; run is 0 or 1.
	OnHover func(run int, at Place)
	OnOpen  func(run int, at Place)

	sides    [2]*side
	overlap  []float64 // per layer, of the entries shown; nil: not to be compared
	bars     *canvas.Raster
	img      *image.RGBA
	verdict  *widget.Label
	readout  *readout
	timeline *timeline
	legend   *legend
	maps     *fyne.Container
	pair     pair
	scroll   *container.Scroll
	hovered  int // the side that the readout speaks of
	pace     pace
}

// side is one of the runs.
type side struct {
	view  *view
	name  string
	head  *prose // name and what is shown
	chart *chart
	words *words
	lead  int // windows before the first token
}

// NewCompare makes an empty comparison.
func NewCompare() *Compare { return newCompare(wall) }

func newCompare(k clock) *Compare {
	c := &Compare{
		verdict: widget.NewLabel(""), readout: newReadout(), timeline: newTimeline(k), legend: newLegend(),
		pace: pace{clock: k, apart: framesApart},
	}
	c.verdict.Wrapping = fyne.TextWrapWord
	c.bars = canvas.NewRaster(c.drawBars)
	c.bars.ScaleMode = canvas.ImageScalePixels
	c.bars.SetMinSize(fyne.NewSize(100, 40))
	var maps []fyne.CanvasObject
	for i := range c.sides {
		c.sides[i] = c.newSide(i)
		maps = append(maps, c.sides[i].object())
	}
	c.timeline.OnMove = func(int) { c.draw() }
	c.maps = container.New(&c.pair, maps...)
	body := container.New(&column{gap: 4, fills: c.maps}, c.legend, c.maps, c.verdict, c.bars, c.readout.box, c.timeline.bar)
	c.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, 4, margin, margin), body))
	c.scroll.SetMinSize(fyne.NewSize(240, 240))
	c.ExtendBaseWidget(c)
	return c
}

func (c *Compare) newSide(i int) *side {
	v := &view{rec: &record{}, memory: true}
	s := &side{view: v, head: newProse(), chart: newChart(v), words: newWords(v)}
	s.chart.OnHover = func(at Place) {
		c.hovered = i
		c.readout.hover(at, v)
		if c.OnHover != nil && at.End > at.Pos {
			c.OnHover(i, at)
		}
	}
	s.chart.OnLeave = func() {
		c.readout.over = false
		c.rest()
	}
	s.chart.OnOpen = func(at Place) {
		if c.OnOpen != nil {
			c.OnOpen(i, at)
		}
	}
	s.chart.OnKey = func(e *fyne.KeyEvent) { c.timeline.key(e.Name) }
	return s
}

func (s *side) object() fyne.CanvasObject {
	return container.NewBorder(s.head.rich, s.words, nil, nil, s.chart)
}

// SetRuns shows two runs. Logs that go on from those shown cost only what is
// new.
func (c *Compare) SetRuns(a, b Run) {
	for i, run := range []Run{a, b} {
		s := c.sides[i]
		s.name = run.Name
		s.view.rec = s.view.rec.with(run.Log)
		s.lead = lead(s.view.rec)
	}
	c.pace.call(c.update)
}

// SetHoverText gives the text of a place that OnHover asked for. It is not
// shown when the pointer has moved on.
func (c *Compare) SetHoverText(run int, at Place, text string) {
	if c.readout.over && c.hovered == run && c.readout.place == at {
		c.readout.set(c.readout.text.first.Text, text)
	}
}

// lead is the number of windows before the first token.
func lead(r *record) int {
	for i, e := range r.entries {
		if !isWindow(e.Step) {
			return i
		}
	}
	return len(r.entries)
}

// update follows logs that grew.
func (c *Compare) update() {
	n, most := 0, max(c.sides[0].lead, c.sides[1].lead)
	for _, s := range c.sides {
		n = max(n, most-s.lead+len(s.view.rec.entries))
	}
	c.timeline.grow(n)
	c.draw()
}

// draw shows the entry of each side at the time line's place. The first tokens
// of both are at the same place; where one side has no entry, its nearest one
// is shown.
func (c *Compare) draw() {
	most := max(c.sides[0].lead, c.sides[1].lead)
	for _, s := range c.sides {
		s.view.at = max(min(c.timeline.at-(most-s.lead), len(s.view.rec.entries)-1), 0)
		s.head.set(s.name, summary(s.view.rec, s.view.at))
		s.chart.show()
		s.words.show()
	}
	a, b := c.sides[0].view, c.sides[1].view
	c.overlap = overlaps(a.rec.step(a.at), b.rec.step(b.at))
	if text := verdict(a.rec.step(a.at), b.rec.step(b.at), c.overlap); c.verdict.Text != text {
		c.verdict.SetText(text)
	}
	c.bars.Refresh()
	if c.readout.over {
		c.readout.show(c.sides[c.hovered].view)
	} else {
		c.rest()
	}
}

// rest explains the maps while the pointer is over neither.
func (c *Compare) rest() {
	text := ""
	if c.overlap != nil {
		text = explanation()
	}
	c.readout.set("", text)
}

// overlaps is the Jaccard index per layer: the blocks that both steps recall,
// divided by those that either does; 1 where neither recalls any. It is nil
// where blocks or layers of the steps are not the same.
func overlaps(a, b *trace.Step) []float64 {
	if a == nil || b == nil || len(a.Layers) == 0 || len(a.Layers) != len(b.Layers) || a.BlockSize != b.BlockSize || a.InitEnd != b.InitEnd {
		return nil
	}
	all := make([]float64, len(a.Layers))
	for l := range all {
		both := 0
		for _, id := range a.Layers[l].IDs {
			if _, ok := slices.BinarySearch(b.Layers[l].IDs, id); ok {
				both++
			}
		}
		all[l] = 1
		if either := len(a.Layers[l].IDs) + len(b.Layers[l].IDs) - both; either > 0 {
			all[l] = float64(both) / float64(either)
		}
	}
	return all
}

// verdict says how two steps differ.
func verdict(a, b *trace.Step, overlap []float64) string {
	switch {
	case a == nil || b == nil:
		return lang.L("Two answers to the same question will be compared here, token by token.")
	case len(a.Layers) == 0 || len(b.Layers) == 0:
		return lang.L("One of the two attends everything: there are no recalled blocks to compare.")
	case overlap == nil:
		return lang.L("The two have blocks of different size or other layers: what they recall cannot be compared block by block.")
	}
	sum, least := 0.0, 0
	for l, v := range overlap {
		sum += v
		if v < overlap[least] {
			least = l
		}
	}
	return lang.L("Overlap of the recalled blocks (Jaccard index): {{.Mean}} on average, least in layer {{.Layer}} with {{.Least}}. Below, a bar for each layer.",
		map[string]any{"Mean": numbers.Decimal(sum/float64(len(overlap)), 2), "Layer": least + 1, "Least": numbers.Decimal(overlap[least], 2)})
}

// drawBars draws the overlap of each layer, from the first at the left.
func (c *Compare) drawBars(w, h int) image.Image {
	if c.img == nil || c.img.Rect.Dx() != w || c.img.Rect.Dy() != h {
		c.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	p := newPalette()
	fill(c.img, c.img.Rect, p.block)
	n := max(len(c.overlap), 1)
	for l, v := range c.overlap {
		x0, x1 := rowSpan(l, n, w)
		fill(c.img, image.Rect(x0, h-int(v*float64(h)), x1, h), p.local)
	}
	return c.img
}

// pair puts two objects side by side where there is room, else one above the
// other. It is told its width first, by which it knows its height.
type pair struct{ width float32 }

func (p *pair) beside() bool { return p.width > 900 }

func (p *pair) Layout(o []fyne.CanvasObject, size fyne.Size) {
	gap := 2 * theme.Padding()
	each, second := fyne.NewSize(size.Width, (size.Height-gap)/2), fyne.NewPos(0, (size.Height+gap)/2)
	if p.beside() {
		each, second = fyne.NewSize((size.Width-gap)/2, size.Height), fyne.NewPos((size.Width+gap)/2, 0)
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(each)
	o[1].Move(second)
	o[1].Resize(each)
}

func (p *pair) MinSize(o []fyne.CanvasObject) fyne.Size {
	m, gap := o[0].MinSize().Max(o[1].MinSize()), 2*theme.Padding()
	if p.beside() {
		return fyne.NewSize(2*m.Width+gap, m.Height)
	}
	return fyne.NewSize(m.Width, 2*m.Height+gap)
}

// CreateRenderer is part of fyne.Widget.
func (c *Compare) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c)
	return &compareRenderer{widget.NewSimpleRenderer(c.scroll), c}
}

type compareRenderer struct {
	fyne.WidgetRenderer
	c *Compare
}

func (r *compareRenderer) Layout(size fyne.Size) {
	width := size.Width - 2*margin
	r.c.legend.flow.width, r.c.pair.width = width, width
	r.c.verdict.Resize(fyne.NewSize(width, r.c.verdict.Size().Height))
	if r.c.pair.beside() {
		width = width/2 - theme.Padding()
	}
	for _, s := range r.c.sides {
		s.head.rich.Resize(fyne.NewSize(width, s.head.rich.Size().Height))
	}
	r.WidgetRenderer.Layout(size)
}

// Destroy stops what would call later.
func (r *compareRenderer) Destroy() {
	r.c.timeline.pause()
	r.c.pace.cancel()
	r.WidgetRenderer.Destroy()
}
