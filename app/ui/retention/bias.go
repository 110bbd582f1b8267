package retention

import (
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
	"fovea/model/trace"
)

// perAnchor is how many tokens of a window there are for each that is marked as
// an anchor token.
const perAnchor = 32

// biasChart shows the activation bias of a window's tokens.
type biasChart struct {
	widget.BaseWidget
	view *view

	OnHover func(Place)
	OnLeave func()
	OnOpen  func(Place)

	entry, layer int // what values are of; layer -1: the mean of all
	rec          *record
	values       []float32
	marked       []int // tokens with the highest values
	img          *image.RGBA
	colours      *palette
	raster       *canvas.Raster
	labels       labels
	hovered      int // token under the pointer, or -1
}

func newBiasChart(v *view) *biasChart {
	b := &biasChart{view: v, entry: -1, layer: -1, hovered: -1}
	b.raster = canvas.NewRaster(b.draw)
	b.raster.ScaleMode = canvas.ImageScalePixels
	b.ExtendBaseWidget(b)
	return b
}

// show draws the window that the view's entry is, or the last one before it.
// layer is that to show, or -1 for the mean of all.
func (b *biasChart) show(layer int) {
	entry := b.view.rec.window(b.view.at)
	if entry >= 0 && layer >= len(b.view.rec.step(entry).Layers) {
		layer = -1
	}
	if entry == b.entry && layer == b.layer && b.rec == b.view.rec {
		return
	}
	b.entry, b.layer, b.rec = entry, layer, b.view.rec
	b.values, b.marked = nil, nil
	if entry >= 0 {
		b.values = biasOf(b.view.rec.step(entry).Layers, layer)
		b.marked = highest(b.values, (len(b.values)+perAnchor-1)/perAnchor)
	}
	b.label()
	b.raster.Refresh()
}

// biasOf is the activation bias of each token: a layer's, or with -1 the mean
// over the layers.
func biasOf(layers []trace.Layer, layer int) []float32 {
	if layer >= 0 {
		return layers[layer].Bias
	}
	mean := make([]float32, len(layers[0].Bias))
	for i := range layers {
		for j, v := range layers[i].Bias[:min(len(mean), len(layers[i].Bias))] {
			mean[j] += v / float32(len(layers))
		}
	}
	return mean
}

// highest is the indices of the n highest values, ascending. Where all values
// are the same none is high.
func highest(values []float32, n int) []int {
	if len(values) == 0 || slices.Max(values) == slices.Min(values) {
		return nil
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		}
		return 0
	})
	order = order[:min(n, len(order))]
	slices.Sort(order)
	return order
}

func (b *biasChart) draw(w, h int) image.Image {
	if b.img == nil || b.img.Rect.Dx() != w || b.img.Rect.Dy() != h {
		b.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	if b.colours == nil {
		b.colours = newPalette()
	}
	p := b.colours
	fill(b.img, b.img.Rect, p.block)
	if len(b.values) == 0 {
		return b.img
	}
	top := max(slices.Max(b.values), 1e-9)
	n, mark := len(b.values), max(h/10, 2)
	bar := func(i, y0 int, c color.NRGBA) {
		x0, x1 := i*w/n, (i+1)*w/n
		fill(b.img, image.Rect(x0, y0, max(x1, x0+1), h), c)
	}
	height := func(i int) int { return int(max(b.values[i], 0) / top * float32(h-mark-2)) }
	for i := range b.values {
		bar(i, h-height(i), p.bar)
	}
	for _, i := range b.marked {
		bar(i, h-height(i), p.initial)
		x := (2*i + 1) * w / (2 * n)
		fill(b.img, image.Rect(x-mark/2, h-height(i)-mark-1, x-mark/2+mark, h-height(i)-1), p.initial)
	}
	if b.hovered >= 0 && b.hovered < n {
		x0, x1 := b.hovered*w/n, (b.hovered+1)*w/n
		fill(b.img, image.Rect(x0, 0, max(x1, x0+1), mark/2+1), p.line)
	}
	return b.img
}

// captions say what is shown, from the longest to the shortest.
func (b *biasChart) captions() []string {
	name := lang.L("Activation bias")
	if b.entry < 0 {
		return []string{
			lang.L("Activation bias: none yet. It is measured for every window of the prompt that is read."),
			lang.L("Activation bias: none yet"), name,
		}
	}
	s := b.rec.step(b.entry)
	data := map[string]any{"From": numbers.Whole(s.Pos), "To": numbers.Whole(s.Pos + s.Queries - 1), "Layer": b.layer + 1}
	short := lang.L("Activation bias, tokens {{.From}} to {{.To}}", data)
	switch {
	case b.layer >= 0 && b.entry == b.view.at:
		return []string{lang.L("Activation bias of tokens {{.From}} to {{.To}}, layer {{.Layer}}", data), short, name}
	case b.layer >= 0:
		return []string{lang.L("Activation bias of the last window, tokens {{.From}} to {{.To}}, layer {{.Layer}}", data), short, name}
	case b.entry == b.view.at:
		return []string{lang.L("Activation bias of tokens {{.From}} to {{.To}}, mean of all layers", data), short, name}
	}
	return []string{lang.L("Activation bias of the last window, tokens {{.From}} to {{.To}}, mean of all layers", data), short, name}
}

func (b *biasChart) label() {
	size := theme.Size(theme.SizeNameCaptionText)
	width := b.Size().Width
	b.labels.begin()
	defer b.labels.end()
	key := ""
	if len(b.marked) > 0 {
		key = lang.L("Anchor tokens")
	}
	w := fyne.MeasureText(key, size, fyne.TextStyle{}).Width
	room := width
	if key != "" && width > 2*w {
		room -= w + 10
		t := b.labels.add(key, width-w, 0, size, theme.ColorNameForeground)
		if b.colours == nil {
			b.colours = newPalette()
		}
		t.Color = b.colours.initial
		t.Refresh()
	}
	b.labels.add(longest(b.captions(), size, room), 0, 0, size, theme.ColorNamePlaceHolder)
}

// hit is the token under a point, or -1.
func (b *biasChart) hit(pos fyne.Position) int {
	if len(b.values) == 0 || pos.Y < b.raster.Position().Y || pos.X < 0 || pos.X >= b.Size().Width {
		return -1
	}
	return int(pos.X / b.Size().Width * float32(len(b.values)))
}

// place is that of a token of the window.
func (b *biasChart) place(token int) Place {
	pos := b.rec.step(b.entry).Pos + token
	return b.rec.atlas.locate(pos, pos+1)
}

func (b *biasChart) point(pos fyne.Position) {
	token := b.hit(pos)
	if token < 0 {
		b.MouseOut()
		return
	}
	if token != b.hovered {
		b.hovered = token
		b.raster.Refresh()
		if b.OnHover != nil {
			b.OnHover(b.place(token))
		}
	}
}

// MouseIn is part of desktop.Hoverable.
func (b *biasChart) MouseIn(e *desktop.MouseEvent) { b.point(e.Position) }

// MouseMoved is part of desktop.Hoverable.
func (b *biasChart) MouseMoved(e *desktop.MouseEvent) { b.point(e.Position) }

// MouseOut is part of desktop.Hoverable.
func (b *biasChart) MouseOut() {
	if b.hovered < 0 {
		return
	}
	b.hovered = -1
	b.raster.Refresh()
	if b.OnLeave != nil {
		b.OnLeave()
	}
}

// Tapped opens the token under the pointer.
func (b *biasChart) Tapped(e *fyne.PointEvent) {
	if token := b.hit(e.Position); token >= 0 && b.OnOpen != nil {
		b.OnOpen(b.place(token))
	}
}

// CreateRenderer is part of fyne.Widget.
func (b *biasChart) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	return &biasRenderer{b}
}

type biasRenderer struct{ b *biasChart }

func (r *biasRenderer) Destroy() {}

func (r *biasRenderer) Layout(size fyne.Size) {
	line := theme.Size(theme.SizeNameCaptionText) * 1.5
	r.b.raster.Move(fyne.NewPos(0, line))
	r.b.raster.Resize(fyne.NewSize(size.Width, max(size.Height-line, 0)))
	r.b.label()
}

func (r *biasRenderer) MinSize() fyne.Size {
	return fyne.NewSize(100, theme.Size(theme.SizeNameCaptionText)*1.5+36)
}

func (r *biasRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.b.raster}, r.b.labels.objects...)
}

// Refresh follows a change of the theme.
func (r *biasRenderer) Refresh() {
	r.b.colours = newPalette()
	r.Layout(r.b.Size())
	r.b.raster.Refresh()
}
