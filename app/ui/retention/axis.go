package retention

import (
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
)

// tick is a page number along the axis.
type tick struct {
	pos  int // position at which the page begins
	text string
}

// band is the run of positions of one document, or of text of none.
type band struct {
	from, to int
	doc      int // index, or -1
}

// bands joins the pages of each document.
func (a *atlas) bands(extent int) []band {
	var all []band
	for i, part := range a.parts {
		to := min(a.partEnd(i, extent), extent)
		if n := len(all); n > 0 && all[n-1].doc == part.Doc {
			all[n-1].to = to
		} else {
			all = append(all, band{part.Pos, to, part.Doc})
		}
	}
	return all
}

// steps are the distances of page numbers along the axis.
var steps = []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000}

// ticks chooses page numbers that stay apart by their own width and a gap, on
// an axis of a given width.
func (a *atlas) ticks(extent int, width, size, gap float32) []tick {
	per := width / float32(max(extent, 1))
	pages, tokens, most := 0, 0, 0
	for i, part := range a.parts {
		if part.Page > 0 {
			pages++
			tokens += a.partEnd(i, extent) - part.Pos
			most = max(most, part.Page)
		}
	}
	if pages == 0 {
		return nil
	}
	need := gap + fyne.MeasureText(strconv.Itoa(most), size, fyne.TextStyle{}).Width
	apart := per * float32(tokens) / float32(pages)
	every := steps[len(steps)-1]
	for _, n := range steps {
		if float32(n)*apart >= need {
			every = n
			break
		}
	}
	var all []tick
	free := float32(0)
	for _, part := range a.parts {
		if part.Page == 0 || part.Page != 1 && part.Page%every != 0 {
			continue
		}
		text := strconv.Itoa(part.Page)
		x := float32(part.Pos) * per
		w := fyne.MeasureText(text, size, fyne.TextStyle{}).Width
		if x < free || x+w > width {
			continue
		}
		all = append(all, tick{part.Pos, text})
		free = x + w + gap/2
	}
	return all
}

// drawAxis draws the band along the axis: documents by turns in two tones,
// other text striped, page numbers' places as notches.
func drawAxis(img *image.RGBA, r image.Rectangle, bands []band, ticks []tick, extent int, p *palette) {
	fill(img, r, p.ground)
	s := scale{extent, r.Dx()}
	for _, b := range bands {
		x0 := r.Min.X + s.x(b.from)
		x1 := max(r.Min.X+s.x(b.to), x0+2)
		if b.doc < 0 {
			stripes(img, image.Rect(x0, r.Min.Y, x1, r.Max.Y), p.line, p.ground)
			continue
		}
		fill(img, image.Rect(x0, r.Min.Y, x1, r.Max.Y), p.paper[b.doc%2])
	}
	for _, t := range ticks {
		x := r.Min.X + s.x(t.pos)
		fill(img, image.Rect(x, r.Min.Y, x+1, r.Max.Y), p.line)
	}
}

// stripes fills with slanted lines, which no document has.
func stripes(img *image.RGBA, r image.Rectangle, c, ground color.NRGBA) {
	r = r.Intersect(img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if (x+y)%4 < 2 {
				img.SetRGBA(x, y, color.RGBA(c))
			} else {
				img.SetRGBA(x, y, color.RGBA(ground))
			}
		}
	}
}
