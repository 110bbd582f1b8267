package retention

import (
	"encoding/binary"
	"image"
	"math"

	"fovea/model/trace"
)

// scale maps positions to columns of pixels.
type scale struct {
	extent int // positions shown
	width  int // columns
}

func (s scale) x(pos int) int {
	return min(int(float64(pos)*float64(s.width)/float64(max(s.extent, 1))), s.width)
}

// pos is the first position of a column.
func (s scale) pos(x int) int {
	return int(math.Ceil(float64(x) * float64(s.extent) / float64(max(s.width, 1))))
}

// heat draws the map of layers and positions. Its memory is kept from one
// frame to the next.
type heat struct {
	scale  scale
	layers int
	// seen is, per layer and column, 1 + the last entry that recalled a block
	// there; 0: none. It holds for the entry at and those of the record's size.
	seen  []int32
	at    int
	rec   *record
	level []uint8 // per layer and column, attention of the entry now, 0: none
	base  []pixel // of columns without recall
	row   []byte
}

// draw draws entry at of rec into rectangle r of img.
func (h *heat) draw(img *image.RGBA, r image.Rectangle, rec *record, at, extent int, memory bool, p *palette) {
	step := rec.step(at)
	if step == nil || r.Empty() {
		return
	}
	h.prepare(scale{extent, r.Dx()}, max(rec.layers, 1), rec)
	h.paintBase(step, p)
	left, right := h.free(step)
	if memory {
		h.remember(rec, at)
	}
	clear(h.level)
	for l := range step.Layers {
		h.recall(h.level[l*h.scale.width:][:h.scale.width], step, &step.Layers[l], left, right)
	}
	for l := range h.layers {
		y0, y1 := rowSpan(l, h.layers, r.Dy())
		if y1 <= y0 {
			continue
		}
		h.compose(l, at, memory, left, right, p)
		to := img.Pix[img.PixOffset(r.Min.X, r.Min.Y+y0):]
		for range y1 - y0 {
			copy(to, h.row)
			to = to[min(img.Stride, len(to)):]
		}
	}
}

// rowSpan is the rows of pixels that a layer has, of height in all: with a gap
// to the next one where there is room.
func rowSpan(layer, layers, height int) (y0, y1 int) {
	y0, y1 = layer*height/layers, (layer+1)*height/layers
	if y1-y0 >= 4 {
		y1--
	}
	return y0, y1
}

// prepare makes memory for the sizes, where they changed.
func (h *heat) prepare(s scale, layers int, rec *record) {
	if h.scale == s && h.layers == layers && h.rec == rec {
		return
	}
	h.scale, h.layers, h.rec, h.at = s, layers, rec, -1
	n := layers * s.width
	if cap(h.seen) < n {
		h.seen, h.level = make([]int32, n), make([]uint8, n)
	}
	h.seen, h.level = h.seen[:n], h.level[:n]
	if cap(h.base) < s.width {
		h.base, h.row = make([]pixel, s.width), make([]byte, 4*s.width)
	}
	h.base, h.row = h.base[:s.width], h.row[:4*s.width]
}

// zone is the columns of a range of positions, at least two where there is any.
func (h *heat) zone(from, to int) (x0, x1 int) {
	if to <= from {
		return 0, 0
	}
	x0, x1 = h.scale.x(from), h.scale.x(to)
	if x1 < x0+2 {
		x0 = max(min(x0, h.scale.width-2), 0)
		x1 = min(x0+2, h.scale.width)
	}
	return x0, x1
}

func (h *heat) paintBase(s *trace.Step, p *palette) {
	paint := func(from, to int, c pixel) {
		x0, x1 := h.zone(from, to)
		for x := x0; x < x1; x++ {
			h.base[x] = c
		}
	}
	for x := range h.base {
		h.base[x] = pack(p.ground)
	}
	paint(s.Inits, s.RemFirst, pack(p.block))
	paint(s.RemFirst, s.RemEnd, pack(p.remainder))
	paint(s.RemEnd, s.Pos+s.Queries, pack(p.local))
	paint(0, s.Inits, pack(p.initial))
}

// free is the columns that blocks may have: initial tokens and what follows
// the blocks stay in sight however little room there is.
func (h *heat) free(s *trace.Step) (left, right int) {
	_, left = h.zone(0, s.Inits)
	right, _ = h.zone(s.RemFirst, s.RemEnd)
	if s.RemEnd <= s.RemFirst {
		right, _ = h.zone(s.RemEnd, s.Pos+s.Queries)
	}
	left = min(left, h.scale.width-1)
	return left, max(right, left+1)
}

// remember brings seen from the entry that it holds for to entry at.
func (h *heat) remember(rec *record, at int) {
	from := h.at + 1
	if h.at < 0 || h.at > at || at-h.at > remembered {
		clear(h.seen)
		from = max(0, at-remembered)
	}
	for i := from; i <= at; i++ {
		s := rec.entries[i].Step
		left, right := h.free(s)
		for l := range s.Layers {
			row := h.seen[l*h.scale.width:][:h.scale.width]
			h.columns(s, s.Layers[l].IDs, left, right, func(_, x0, x1 int) {
				for x := x0; x < x1; x++ {
					row[x] = int32(i + 1)
				}
			})
		}
	}
	h.at = at
}

// recall marks the columns of the blocks that a layer recalls with 1 to 255, by
// the square root of their attention against the layer's highest: most blocks
// get little, and their differences should show, too.
func (h *heat) recall(row []uint8, s *trace.Step, l *trace.Layer, left, right int) {
	top := float32(0)
	for _, m := range l.Mass {
		top = max(top, m)
	}
	h.columns(s, l.IDs, left, right, func(i, x0, x1 int) {
		v := uint8(160) // attention is not known
		if i < len(l.Mass) && top > 0 {
			v = uint8(1 + 254*math.Sqrt(float64(l.Mass[i]/top)))
		}
		for x := x0; x < x1; x++ {
			row[x] = max(row[x], v)
		}
	})
}

// columns calls f with the index and the columns of every block of ids: at
// least one column each, from left to right.
func (h *heat) columns(s *trace.Step, ids []int32, left, right int, f func(i, x0, x1 int)) {
	per := float64(h.scale.width) / float64(max(h.scale.extent, 1))
	for i, id := range ids {
		first := s.First(id)
		x0 := min(max(int(float64(first)*per), left), right-1)
		x1 := min(max(int(float64(first+s.BlockSize)*per), x0+1), right)
		f(i, x0, x1)
	}
}

// compose makes the row of a layer.
func (h *heat) compose(layer, at int, memory bool, left, right int, p *palette) {
	for x, c := range h.base {
		binary.LittleEndian.PutUint32(h.row[4*x:], uint32(c))
	}
	level := h.level[layer*h.scale.width:][:h.scale.width]
	seen := h.seen[layer*h.scale.width:][:h.scale.width]
	for x := left; x < right; x++ {
		if v := level[x]; v > 0 {
			binary.LittleEndian.PutUint32(h.row[4*x:], uint32(p.recall[v]))
		} else if memory && seen[x] > 0 {
			if age := at - int(seen[x]) + 1; age < remembered {
				binary.LittleEndian.PutUint32(h.row[4*x:], uint32(p.memory[age]))
			}
		}
	}
}
