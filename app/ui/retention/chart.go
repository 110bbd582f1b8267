package retention

import (
	"image"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// view is what charts show: an entry of a record.
type view struct {
	rec     *record
	at      int
	memory  bool // blocks that were recalled a while ago show, too
	growing bool // entries are still coming
}

func (v *view) extent() int { return v.rec.extent(v.growing) }

// chart is the map with its axes and what is at the right of the rows.
type chart struct {
	widget.BaseWidget
	view *view

	OnHover func(Place)            // the pointer is over another place
	OnLeave func()                 // it is over none
	OnOpen  func(Place)            // a place is clicked
	OnKey   func(e *fyne.KeyEvent) // a key was pressed while the chart has the focus

	colours *palette
	heat    heat
	img     *image.RGBA
	raster  *canvas.Raster
	row     *canvas.Rectangle // around the row under the pointer
	cell    *canvas.Rectangle // around the place under the pointer
	labels  labels
	bands   []band
	ticks   []tick
	axis    axisState
	hovered bool
	place   Place
	pointer fyne.Position
}

// axisState is what bands and ticks were made for.
type axisState struct {
	rec    *record
	extent int
	parts  int
	width  float32
}

func newChart(v *view) *chart {
	c := &chart{view: v, row: canvas.NewRectangle(nil), cell: canvas.NewRectangle(nil)}
	c.raster = canvas.NewRaster(c.draw)
	c.raster.ScaleMode = canvas.ImageScalePixels
	c.row.StrokeWidth, c.cell.StrokeWidth = 1, 2
	c.row.Hide()
	c.cell.Hide()
	c.ExtendBaseWidget(c)
	return c
}

// frame is where the parts of a chart are, in device-independent pixels.
type frame struct {
	left, top     float32 // of the map
	width, height float32 // of the map
	bars, barsW   float32 // from the left edge of the chart
	past, pastW   float32
	axis, axisH   float32 // from the top edge of the chart
	size          float32 // of the texts
	line          float32 // height of a line of text
}

func (c *chart) frame() frame {
	size := c.Size()
	f := frame{size: theme.Size(theme.SizeNameCaptionText), axisH: 6}
	f.line = f.size * 1.4
	f.left, f.top = f.size*2.2, f.line
	f.barsW, f.pastW = size.Width*0.1, size.Width*0.12
	f.barsW = min(max(f.barsW, 30), 90)
	f.pastW = min(max(f.pastW, 24), 120)
	gap := float32(5)
	f.width = max(size.Width-f.left-f.barsW-f.pastW-2*gap, 1)
	f.bars = f.left + f.width + gap
	f.past = f.bars + f.barsW + gap
	f.axis = size.Height - f.line - f.axisH
	f.height = max(f.axis-2-f.top, 1)
	return f
}

// MinSize leaves every layer of 128 a pixel.
func (c *chart) MinSize() fyne.Size {
	c.ExtendBaseWidget(c)
	return fyne.NewSize(220, 128+2*theme.Size(theme.SizeNameCaptionText)*1.4+8)
}

// show draws the view anew.
func (c *chart) show() {
	c.label()
	c.raster.Refresh()
}

// draw makes the picture of w x h device pixels. It covers the chart below the
// first line of text, down to the axis.
func (c *chart) draw(w, h int) image.Image {
	if c.colours == nil {
		c.colours = newPalette()
	}
	return c.paint(w, h, c.frame())
}

// paint draws with the places that a frame gives. It asks nothing of Fyne.
func (c *chart) paint(w, h int, f frame) image.Image {
	if c.img == nil || c.img.Rect.Dx() != w || c.img.Rect.Dy() != h {
		c.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	px := float32(w) / max(f.past+f.pastW-f.left, 1)
	at := func(x, y, width, height float32) image.Rectangle {
		return image.Rect(int((x-f.left)*px), int(y*px), int((x-f.left+width)*px), int((y+height)*px))
	}
	fill(c.img, c.img.Rect, c.colours.ground)
	v := c.view
	if v.rec.step(v.at) == nil {
		return c.img
	}
	extent := v.extent()
	c.heat.draw(c.img, at(f.left, 0, f.width, f.height), v.rec, v.at, extent, v.memory, c.colours)
	drawBars(c.img, at(f.bars, 0, f.barsW, f.height), v.rec, v.at, c.colours)
	drawHistory(c.img, at(f.past, 0, f.pastW, f.height), v.rec, v.at, c.colours)
	drawAxis(c.img, at(f.left, f.axis-f.top, f.width, f.axisH), c.bands, c.ticks, extent, c.colours)
	return c.img
}

// label puts the labels of the axes where they belong.
func (c *chart) label() {
	f, v := c.frame(), c.view
	c.labels.begin()
	defer c.labels.end()
	step := v.rec.step(v.at)
	if step == nil {
		c.row.Hide()
		c.cell.Hide()
		return
	}
	extent := v.extent()
	if now := (axisState{v.rec, extent, len(v.rec.atlas.parts), f.width}); now != c.axis {
		c.axis = now
		c.bands = v.rec.atlas.bands(extent)
		c.ticks = v.rec.atlas.ticks(extent, f.width, f.size, 12)
	}
	per := f.width / float32(max(extent, 1))
	for _, t := range c.ticks {
		c.labels.add(t.text, f.left+float32(t.pos)*per, f.axis+f.axisH, f.size, theme.ColorNameForeground)
	}
	for _, b := range c.bands {
		room := float32(b.to-b.from)*per - 8
		if b.doc < 0 || b.doc >= len(v.rec.atlas.docs) || room < 24 {
			continue
		}
		title := fit(v.rec.atlas.docs[b.doc].Title, f.size, room, fyne.TextStyle{})
		c.labels.add(title, f.left+float32(b.from)*per, 0, f.size, theme.ColorNamePlaceHolder)
	}
	c.labelRows(f)
	if len(step.Layers) == 0 {
		c.mark()
		return
	}
	c.labels.add(fit("k "+strconv.Itoa(int(budget(step)+0.5)), f.size, f.barsW+5, fyne.TextStyle{}), f.bars, 0, f.size, theme.ColorNamePlaceHolder)
	c.labels.add("H", f.past, 0, f.size, theme.ColorNamePlaceHolder)
	c.mark()
}

// labelRows numbers the layers, from 1, as many as there is room for.
func (c *chart) labelRows(f frame) {
	layers := max(c.view.rec.layers, 1)
	every := steps[len(steps)-1]
	for _, n := range steps {
		if float32(n)*f.height/float32(layers) >= f.line {
			every = n
			break
		}
	}
	for l := range layers {
		if l != 0 && (l+1)%every != 0 || l == 0 && every == 1 && layers == 1 {
			continue
		}
		middle := f.top + (float32(l)+0.5)*f.height/float32(layers)
		if l == 0 && every > 1 && float32(every-1)*f.height/float32(layers) < f.line {
			continue // it would touch the next number
		}
		text := strconv.Itoa(l + 1)
		w := fyne.MeasureText(text, f.size, fyne.TextStyle{}).Width
		c.labels.add(text, f.left-w-4, middle-f.line/2-1, f.size, theme.ColorNamePlaceHolder)
	}
}

// hit is the place under a point of the chart.
func (c *chart) hit(pos fyne.Position) (Place, bool) {
	f, v := c.frame(), c.view
	step := v.rec.step(v.at)
	x, y := pos.X-f.left, pos.Y-f.top
	if step == nil || x < 0 || y < 0 || y >= f.height {
		return Place{}, false
	}
	layer := int(y / f.height * float32(max(v.rec.layers, 1)))
	if x >= f.width {
		return Place{Layer: layer, Block: -1}, true // a bar or a history
	}
	s := scale{v.extent(), int(f.width)}
	return placeAt(&v.rec.atlas, step, layer, s.pos(int(x)), s.pos(int(x)+1)), true
}

// mark frames the place under the pointer.
func (c *chart) mark() {
	if !c.hovered {
		c.row.Hide()
		c.cell.Hide()
		return
	}
	f, rows := c.frame(), float32(max(c.view.rec.layers, 1))
	y, h := f.top+float32(c.place.Layer)*f.height/rows, max(f.height/rows, 3)
	c.row.StrokeColor = theme.Color(theme.ColorNameForeground)
	c.cell.StrokeColor = theme.Color(theme.ColorNameForeground)
	c.row.Move(fyne.NewPos(f.left-1, y-1))
	c.row.Resize(fyne.NewSize(c.Size().Width-f.left+1, h+1))
	c.row.Show()
	c.row.Refresh()
	if c.place.End <= c.place.Pos {
		c.cell.Hide()
		return
	}
	per := f.width / float32(max(c.view.extent(), 1))
	x, w := f.left+float32(c.place.Pos)*per, max(float32(c.place.End-c.place.Pos)*per, 3)
	c.cell.Move(fyne.NewPos(x-2, y-2))
	c.cell.Resize(fyne.NewSize(w+4, h+3))
	c.cell.Show()
	c.cell.Refresh()
}

// point tells who listens what is under the pointer.
func (c *chart) point(pos fyne.Position) {
	c.pointer = pos
	place, ok := c.hit(pos)
	if !ok {
		c.MouseOut()
		return
	}
	changed := !c.hovered || place != c.place
	c.hovered, c.place = true, place
	if changed {
		c.mark()
		if c.OnHover != nil {
			c.OnHover(place)
		}
	}
}

// MouseIn is part of desktop.Hoverable.
func (c *chart) MouseIn(e *desktop.MouseEvent) { c.point(e.Position) }

// MouseMoved is part of desktop.Hoverable.
func (c *chart) MouseMoved(e *desktop.MouseEvent) { c.point(e.Position) }

// MouseOut is part of desktop.Hoverable.
func (c *chart) MouseOut() {
	if !c.hovered {
		return
	}
	c.hovered = false
	c.mark()
	if c.OnLeave != nil {
		c.OnLeave()
	}
}

// Tapped opens what is under the pointer.
func (c *chart) Tapped(e *fyne.PointEvent) {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(c); canvas != nil {
		canvas.Focus(c)
	}
	if place, ok := c.hit(e.Position); ok && place.End > place.Pos && c.OnOpen != nil {
		c.OnOpen(place)
	}
}

// FocusGained is part of fyne.Focusable.
func (c *chart) FocusGained() {}

// FocusLost is part of fyne.Focusable.
func (c *chart) FocusLost() {}

// TypedRune is part of fyne.Focusable: letters mean nothing here.
func (c *chart) TypedRune(rune) {}

// TypedKey hands keys on.
func (c *chart) TypedKey(e *fyne.KeyEvent) {
	if c.OnKey != nil {
		c.OnKey(e)
	}
}

// Cursor is part of desktop.Cursorable.
func (c *chart) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// AccessibilityLabel is part of fyne.Accessible.
func (c *chart) AccessibilityLabel() string {
	return lang.L("Map of what each layer recalls from the documents")
}

// AccessibilityRole is part of fyne.Accessible.
func (c *chart) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// CreateRenderer is part of fyne.Widget.
func (c *chart) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c)
	return &chartRenderer{c}
}

type chartRenderer struct{ c *chart }

func (r *chartRenderer) Destroy() {}

func (r *chartRenderer) Layout(size fyne.Size) {
	f := r.c.frame()
	r.c.raster.Move(fyne.NewPos(f.left, f.top))
	r.c.raster.Resize(fyne.NewSize(size.Width-f.left, f.axis+f.axisH-f.top))
	r.c.label()
}

func (r *chartRenderer) MinSize() fyne.Size { return r.c.MinSize() }

func (r *chartRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.c.raster, r.c.row, r.c.cell}, r.c.labels.objects...)
}

// Refresh follows a change of the theme.
func (r *chartRenderer) Refresh() {
	r.c.colours = newPalette()
	r.Layout(r.c.Size())
	r.c.raster.Refresh()
}
