package eval

import (
	"fmt"
	"math"
)

// heatMap is a grid of numbers from 0 to 1 as colours; NaN has none.
type heatMap struct {
	title, x, y string
	columns     []string
	rows        []string
	values      [][]float64 // (rows, columns)
}

func (h *heatMap) draw(s *svg, left, top float64) {
	frame(s, left, top, h.title, h.x, h.y)
	w, t := float64(plotWidth)/float64(len(h.columns)), float64(plotHeight)/float64(len(h.rows))
	for r, row := range h.rows {
		y := top + marginTop + float64(r)*t
		s.text(left+marginLeft-6, y+t/2+4, "end", "", row)
		for c, v := range h.values[r] {
			x := left + marginLeft + float64(c)*w
			if math.IsNaN(v) {
				fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#f4f4f4"/>`+"\n", x, y, w-1, t-1)
				continue
			}
			fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, w-1, t-1, heatColour(v))
			ink := "#fff"
			if v > 0.55 {
				ink = "#000"
			}
			s.text(x+w/2, y+t/2+4, "middle", `font-size="10" fill="`+ink+`"`, fmt.Sprintf("%.2f", v))
		}
	}
	for c, column := range h.columns {
		s.text(left+marginLeft+(float64(c)+0.5)*w, top+marginTop+plotHeight+16, "middle", "", column)
	}
}

// heatStops are colours whose lightness rises evenly, from 0 to 1.
var heatStops = [][3]float64{{45, 20, 85}, {60, 80, 140}, {40, 145, 140}, {110, 200, 100}, {250, 230, 60}}

// heatColour is between the stops linearly.
func heatColour(v float64) string {
	at := min(max(v, 0), 1) * float64(len(heatStops)-1)
	i := min(int(at), len(heatStops)-2)
	f := at - float64(i)
	var c [3]int
	for j := range c {
		c[j] = int(heatStops[i][j]*(1-f) + heatStops[i+1][j]*f + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}
