package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

// tableView shows a table. Columns share the width that there is; where that is not enough for
// columns one can read, the table scrolls to the sides.
type tableView struct {
	widget.BaseWidget
	grid   *grid
	scroll *sideways
}

func newTableView(e *env, b block) *tableView {
	v := &tableView{grid: &grid{env: e}}
	v.grid.ExtendBaseWidget(v.grid)
	v.grid.show(b)
	v.scroll = newSideways(e, v.grid)
	v.ExtendBaseWidget(v)
	return v
}

func (v *tableView) show(b block) { v.grid.show(b) }

func (v *tableView) height(width float32) float32 {
	v.grid.fit(width)
	return v.grid.MinSize().Height
}

func (v *tableView) flows(at fyne.Position, yield func(*flow, fyne.Position)) {
	at = at.SubtractXY(v.scroll.Offset.X, 0)
	for _, row := range v.grid.cells {
		for _, cell := range row {
			yield(cell, at.Add(cell.Position()))
		}
	}
}

func (v *tableView) CreateRenderer() fyne.WidgetRenderer { return &tableRenderer{v} }

type tableRenderer struct{ v *tableView }

func (r *tableRenderer) Destroy() {}

func (r *tableRenderer) MinSize() fyne.Size { return fyne.NewSize(60, r.v.grid.MinSize().Height) }

func (r *tableRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.v.scroll} }

func (r *tableRenderer) Refresh() {
	r.Layout(r.v.Size())
	canvas.Refresh(r.v)
}

func (r *tableRenderer) Layout(size fyne.Size) {
	r.v.grid.fit(size.Width)
	r.v.scroll.Resize(size)
	r.v.scroll.Refresh()
}

// grid is the table itself, of the width that fit found for it.
type grid struct {
	widget.BaseWidget
	env     *env
	cells   [][]*flow
	widths  []float32 // of columns, without padding
	heights []float32 // of rows, without padding
	width   float32   // that fit was given
	epoch   int
}

const (
	cellPad     = 6
	widestFixed = 90 // pixels that every column gets if its text wants them
)

func (g *grid) show(b block) {
	g.width = 0
	for i, row := range b.rows {
		if i == len(g.cells) {
			g.cells = append(g.cells, nil)
		}
		for j, runs := range row {
			if j == len(g.cells[i]) {
				g.cells[i] = append(g.cells[i], newFlow(g.env.metrics))
			}
			cell := g.cells[i][j]
			if j < len(b.align) {
				cell.align = b.align[j]
			}
			cell.set(runs)
		}
		g.cells[i] = g.cells[i][:len(row)]
	}
	g.cells = g.cells[:len(b.rows)]
	g.Refresh()
}

// fit divides a width among the columns: each gets what its text wants, up to widestFixed; what is
// left over goes to those that want more, in proportion.
func (g *grid) fit(width float32) {
	if g.width == width && g.epoch == g.env.metrics.epoch {
		return
	}
	g.width, g.epoch = width, g.env.metrics.epoch
	var wanted []float32
	for _, row := range g.cells {
		for j, cell := range row {
			if j == len(wanted) {
				wanted = append(wanted, 0)
			}
			wanted[j] = max(wanted[j], cell.natural().Width+1)
		}
	}
	g.widths = make([]float32, len(wanted))
	left, more := width-2*cellPad*float32(len(wanted)), float32(0)
	for j, w := range wanted {
		g.widths[j] = min(w, widestFixed)
		left -= g.widths[j]
		more += w - g.widths[j]
	}
	if left > 0 && more > 0 {
		for j, w := range wanted {
			g.widths[j] += min(1, left/more) * (w - g.widths[j])
		}
	}
	g.heights = make([]float32, len(g.cells))
	for i, row := range g.cells {
		for j, cell := range row {
			g.heights[i] = max(g.heights[i], cell.height(g.widths[j]))
		}
	}
}

// MinSize is the size of all columns and rows.
func (g *grid) MinSize() fyne.Size {
	var s fyne.Size
	for _, w := range g.widths {
		s.Width += w + 2*cellPad
	}
	for _, h := range g.heights {
		s.Height += h + 2*cellPad
	}
	return s
}

func (g *grid) CreateRenderer() fyne.WidgetRenderer { return &gridRenderer{grid: g} }

type gridRenderer struct {
	grid    *grid
	lines   []*canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *gridRenderer) Destroy() {}

func (r *gridRenderer) MinSize() fyne.Size { return r.grid.MinSize() }

func (r *gridRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *gridRenderer) Refresh() {
	r.Layout(r.grid.Size())
	canvas.Refresh(r.grid)
}

// Layout places the cells, a line below each row and a background behind the heading.
func (r *gridRenderer) Layout(fyne.Size) {
	g := r.grid
	if len(g.heights) != len(g.cells) {
		return // not fitted yet
	}
	size := g.MinSize()
	n, y := 0, float32(0)
	line := func(c color.Color, y, height float32) {
		rect := rectangle(&r.lines, &n, c)
		rect.Move(fyne.NewPos(0, y))
		rect.Resize(fyne.NewSize(size.Width, height))
	}
	if len(g.heights) > 0 {
		line(theme.Color(look.ColorNameSurface), 0, g.heights[0]+2*cellPad)
	}
	var cells []fyne.CanvasObject
	for i, row := range g.cells {
		x := float32(0)
		for j, cell := range row {
			cell.Move(fyne.NewPos(x+cellPad, y+cellPad))
			cell.Resize(fyne.NewSize(g.widths[j], g.heights[i]))
			cells = append(cells, cell)
			x += g.widths[j] + 2*cellPad
		}
		y += g.heights[i] + 2*cellPad
		line(theme.Color(theme.ColorNameInputBorder), y-1, 1)
	}
	r.lines = r.lines[:n]
	r.objects = r.objects[:0]
	for _, l := range r.lines {
		r.objects = append(r.objects, l)
	}
	r.objects = append(r.objects, cells...)
}
