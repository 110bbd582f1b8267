package retention

import (
	"encoding/binary"
	"image"
	"image/color"
)

// past is how many entries the history of the normalised entropy shows.
const past = 48

// fill makes a rectangle one colour: its first row, which the others copy.
func fill(img *image.RGBA, r image.Rectangle, c color.NRGBA) {
	if r = r.Intersect(img.Rect); r.Empty() {
		return
	}
	v, first := uint32(pack(c)), img.Pix[img.PixOffset(r.Min.X, r.Min.Y):][:4*r.Dx()]
	for i := 0; i < len(first); i += 4 {
		binary.LittleEndian.PutUint32(first[i:], v)
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(img.Pix[img.PixOffset(r.Min.X, y):], first)
	}
}

// mostK is the number of blocks at which a bar is full: above all layers of
// this entry and the budget, in steps that hold it still.
func mostK(rec *record, at int) float64 {
	step := rec.step(at)
	most := 1.25 * budget(step)
	for i := range step.Layers {
		most = max(most, float64(step.Layers[i].K))
	}
	n := 8.0
	for n < most {
		n *= 1.25
	}
	return n
}

// drawBars draws per layer the number of recalled blocks as a bar, and the
// average budget as a line across.
func drawBars(img *image.RGBA, r image.Rectangle, rec *record, at int, p *palette) {
	step := rec.step(at)
	fill(img, r, p.ground)
	if step == nil || len(step.Layers) == 0 {
		return
	}
	most := mostK(rec, at)
	average := budget(step)
	x := r.Min.X + int(average/most*float64(r.Dx()))
	for l := range step.Layers {
		y0, y1 := rowSpan(l, rec.layers, r.Dy())
		w := int(float64(step.Layers[l].K) / most * float64(r.Dx()))
		fill(img, image.Rect(r.Min.X, r.Min.Y+y0, r.Min.X+w, r.Min.Y+y1), p.bar)
		if w > x-r.Min.X { // what is above the average
			fill(img, image.Rect(x, r.Min.Y+y0, r.Min.X+w, r.Min.Y+y1), p.weak)
		}
	}
	fill(img, image.Rect(x, r.Min.Y, x+max(1, r.Dx()/48), r.Max.Y), p.line)
}

// drawHistory draws per layer the normalised entropy of the last entries, 0 at
// the bottom of a row and 1 at its top. Rows too low for a line get lightness
// instead.
func drawHistory(img *image.RGBA, r image.Rectangle, rec *record, at int, p *palette) {
	fill(img, r, p.ground)
	lines := r.Dy()/max(rec.layers, 1) > 6
	under := mix(p.block, p.local, 0.3)
	for l := range rec.layers {
		y0, y1 := rowSpan(l, rec.layers, r.Dy())
		height := y1 - y0
		if lines {
			fill(img, image.Rect(r.Min.X, r.Min.Y+y0, r.Max.X, r.Min.Y+y1), p.block)
		}
		before := -1
		for i := range past {
			s := rec.step(at - past + 1 + i)
			x0, x1 := r.Min.X+i*r.Dx()/past, r.Min.X+(i+1)*r.Dx()/past
			if s == nil || l >= len(s.Layers) || s.Blocks < 2 {
				before = -1
				continue
			}
			h := min(max(float64(s.Layers[l].H), 0), 1)
			if !lines {
				fill(img, image.Rect(x0, r.Min.Y+y0, x1, r.Min.Y+max(y1, y0+1)), mix(p.block, p.local, h))
				continue
			}
			y := y0 + int((1-h)*float64(height-2)+0.5)
			top, bottom := y, y+2
			if before >= 0 {
				top, bottom = min(y, before), max(y, before)+2
			}
			fill(img, image.Rect(x0, r.Min.Y+top, max(x1, x0+1), r.Min.Y+y1), under)
			fill(img, image.Rect(x0, r.Min.Y+top, max(x1, x0+1), r.Min.Y+bottom), p.local)
			before = y
		}
	}
}
