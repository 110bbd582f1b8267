package eval

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Pictures are SVG: panels of equal size in a grid under a title, with one
// legend. Sizes are in pixels.
const (
	panelWidth, panelHeight = 360, 260
	marginLeft, marginTop   = 56, 34 // of a panel, around its plot
	marginRight             = 16
	marginBottom            = 44
	perRow                  = 3
	plotWidth               = panelWidth - marginLeft - marginRight
	plotHeight              = panelHeight - marginTop - marginBottom
	headHeight, legendRow   = 36, 20
)

// palette has colours that people with any kind of colour vision tell apart
// (after Okabe and Ito), on white, one a method.
var palette = []string{"#000000", "#999999", "#0072b2", "#e69f00", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#8c510a", "#4d4dff", "#8a9a00", "#7a3a8c"}

// colourOf is the colour of a method in every picture.
func colourOf(method string) string {
	return palette[max(0, methodOrder(method))%len(palette)]
}

// svg is a picture being drawn.
type svg struct{ strings.Builder }

func (s *svg) line(x1, y1, x2, y2 float64, style string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", x1, y1, x2, y2, style)
}

// text writes a text at a point, which is its start, middle or end.
func (s *svg) text(x, y float64, anchor, style, text string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="%s" %s>%s</text>`+"\n", x, y, anchor, style, html.EscapeString(text))
}

// panel is one plot of a picture; draw draws it at (x, y).
type panel interface{ draw(s *svg, x, y float64) }

// legend is a colour with its meaning.
type legend struct{ name, colour string }

// picture puts panels together.
func picture(title string, panels []panel, entries []legend) []byte {
	columns := max(1, min(perRow, len(panels)))
	rows := (len(panels) + columns - 1) / columns
	width := max(columns*panelWidth, 2*panelWidth)
	perLine := max(1, width/180)
	legendHeight := (len(entries) + perLine - 1) / perLine * legendRow
	height := headHeight + legendHeight + rows*panelHeight
	s := &svg{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="11" fill="#222">`+"\n", width, height, width, height)
	fmt.Fprintf(s, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	s.text(12, 23, "start", `font-size="15" font-weight="bold"`, title)
	for i, e := range entries {
		x, y := float64(16+i%perLine*180), float64(headHeight+i/perLine*legendRow)
		fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="18" height="8" fill="%s"/>`+"\n", x, y+2, e.colour)
		s.text(x+24, y+10, "start", "", e.name)
	}
	for i, p := range panels {
		p.draw(s, float64(i%columns*panelWidth), float64(headHeight+legendHeight+i/columns*panelHeight))
	}
	s.WriteString("</svg>\n")
	return []byte(s.String())
}

// frame draws what all plots have.
func frame(s *svg, x, y float64, title, xLabel, yLabel string) {
	s.text(x+marginLeft, y+marginTop-12, "start", `font-size="12" font-weight="bold"`, title)
	s.text(x+marginLeft+plotWidth/2, y+panelHeight-10, "middle", "", xLabel)
	fmt.Fprintf(s, `<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle">%s</text>`+"\n",
		x+14, y+marginTop+plotHeight/2, html.EscapeString(yLabel))
}

// series is a line of a chart.
type series struct {
	colour string
	points []point
}

// point is a value with its interval; equal bounds draw no bar.
type point struct{ x, y, low, high float64 }

// chart is a line chart.
type chart struct {
	title, x, y string
	logX        bool
	lines       []series
	yMax        float64 // 0: from the values
}

func (c *chart) draw(s *svg, left, top float64) {
	frame(s, left, top, c.title, c.x, c.y)
	xMin, xMax, yMax := c.ranges()
	scale := func(v float64) float64 { return v }
	if c.logX {
		scale = math.Log2
	}
	px := func(v float64) float64 {
		if xMax == xMin {
			return left + marginLeft + plotWidth/2
		}
		return left + marginLeft + plotWidth*(scale(v)-scale(xMin))/(scale(xMax)-scale(xMin))
	}
	py := func(v float64) float64 { return top + marginTop + plotHeight*(1-min(v, yMax)/yMax) }
	for i := range 5 {
		v := yMax * float64(i) / 4
		s.line(px(xMin), py(v), px(xMax), py(v), `stroke="#ddd"`)
		s.text(left+marginLeft-6, py(v)+4, "end", "", number(v))
	}
	for _, v := range c.ticks(xMin, xMax) {
		s.line(px(v), py(0), px(v), py(0)+4, `stroke="#222"`)
		s.text(px(v), py(0)+17, "middle", "", number(v))
	}
	s.line(left+marginLeft, py(0), left+marginLeft+plotWidth, py(0), `stroke="#222"`)
	for _, l := range c.lines {
		var path strings.Builder
		for i, p := range l.points {
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], px(p.x), py(p.y))
			if p.high > p.low {
				s.line(px(p.x), py(p.low), px(p.x), py(p.high), `stroke-opacity="0.4" stroke="`+l.colour+`"`)
			}
			fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="2" fill="%s"/>`+"\n", px(p.x), py(p.y), l.colour)
		}
		fmt.Fprintf(s, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", path.String(), l.colour)
	}
}

func (c *chart) ranges() (xMin, xMax, yMax float64) {
	xMin, xMax, yMax = math.Inf(1), math.Inf(-1), c.yMax
	for _, l := range c.lines {
		for _, p := range l.points {
			xMin, xMax = min(xMin, p.x), max(xMax, p.x)
			if c.yMax == 0 {
				yMax = max(yMax, p.y, p.high)
			}
		}
	}
	if c.yMax == 0 {
		yMax = roundUp(yMax)
	}
	return xMin, xMax, yMax
}

// ticks are all values where there are few, else about five round ones.
func (c *chart) ticks(xMin, xMax float64) (at []float64) {
	seen := map[float64]bool{}
	for _, l := range c.lines {
		for _, p := range l.points {
			if !seen[p.x] {
				seen[p.x] = true
				at = append(at, p.x)
			}
		}
	}
	if len(at) <= 6 {
		return at
	}
	at = nil
	step := roundUp((xMax - xMin) / 5)
	for v := math.Ceil(xMin/step) * step; v <= xMax; v += step {
		at = append(at, v)
	}
	return at
}

// roundUp is the next number of the form 1, 2 or 5 times a power of ten.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// number writes a tick's value: thousands as K, fractions with what they need.
func number(v float64) string {
	switch {
	case v >= 1000 && math.Mod(v, 1000) == 0:
		return fmt.Sprintf("%.0fK", v/1000)
	case v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
