package document

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// line is a piece of text on one baseline. Coordinates are in points, x to the
// right and y up, in the frame in which the page's text is upright.
type line struct {
	pieces []piece // left to right, at least one; more where wide gaps part them
	y      float64 // baseline
	size   float64 // of the first character's font
	hyphen bool    // ended in a hyphen that may only mark the break
	mono   bool    // set in a fixed-width font
	askew  bool    // does not run like the page's other text
}

// piece is a stretch of a line.
type piece struct {
	text   string
	start  int // UTF-16 unit of the page's text at which it begins
	x0, x1 float64
}

func (l *line) x0() float64 { return l.pieces[0].x0 }
func (l *line) x1() float64 { return l.pieces[len(l.pieces)-1].x1 }

// text joins the pieces; cells of a table row stay apart by two spaces.
func (l *line) text() string {
	if len(l.pieces) == 1 {
		return l.pieces[0].text
	}
	var b strings.Builder
	for i, p := range l.pieces {
		if i > 0 {
			b.WriteByte(' ')
			if p.x0-l.pieces[i-1].x1 > cellGap*l.size {
				b.WriteByte(' ')
			}
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// Gaps within a line, in its size: pieceGap may part two columns of text,
// cellGap surely parts cells of a table.
const (
	pieceGap = 0.8
	cellGap  = 1.5
)

type point struct{ x, y float64 }

type rect struct{ x0, y0, x1, y1 float64 }

// turned returns p in a frame turned by quarter turns clockwise.
func (p point) turned(quarters int) point {
	switch quarters & 3 {
	case 1:
		return point{p.y, -p.x}
	case 2:
		return point{-p.x, -p.y}
	case 3:
		return point{-p.y, p.x}
	}
	return p
}

func (b rect) turned(quarters int) rect {
	p, q := point{b.x0, b.y0}.turned(quarters), point{b.x1, b.y1}.turned(quarters)
	return rect{min(p.x, q.x), min(p.y, q.y), max(p.x, q.x), max(p.y, q.y)}
}

// upright turns a page's lines into the frame in which most of its text runs
// from left to right: the page's rotation, and a further turn for text drawn
// sideways.
func upright(places []placed, rotation int) []line {
	var votes [4]int
	for i := range places {
		votes[places[i].direction(rotation)] += places[i].len
	}
	turn := 0
	if sideways := votes[1] + votes[3]; sideways > votes[0]+votes[2] {
		turn = 1
		if votes[3] > votes[1] {
			turn = 3
		}
	}
	lines := make([]line, 0, len(places))
	for i := range places {
		p := &places[i]
		l := p.line(rotation + turn)
		l.askew = p.direction(rotation+turn)%2 == 1
		lines = append(lines, l)
	}
	if turn != 0 && risesMoreThanFalls(lines) {
		slices.Reverse(lines) // PDFium orders the lines of a page as it is shown
	}
	return lines
}

func risesMoreThanFalls(lines []line) bool {
	up := 0
	for i := 1; i < len(lines); i++ {
		if lines[i].y > lines[i-1].y {
			up++
		} else {
			up--
		}
	}
	return up > 0
}

// breaksLine reports whether two stretches of the span stand in different
// lines: further apart across the line than any raised number.
func (p *placed) breaksLine(a, b rect) bool {
	apart := (a.y0 + a.y1 - b.y0 - b.y1) / 2
	if p.sideways {
		apart = (a.x0 + a.x1 - b.x0 - b.x1) / 2
	}
	return math.Abs(apart) > 0.8*p.size
}

// direction is the quarter turn clockwise that makes the span run to the
// right: 0 to the right, 1 up, 3 down. Text from right to left counts as 0.
func (p *placed) direction(turn int) int {
	a, b := p.first.turned(turn), p.last.turned(turn)
	dx, dy := b.x-a.x, b.y-a.y
	switch {
	case math.Abs(dy) <= 2*math.Abs(dx):
		return 0
	case dy > 0:
		return 1
	}
	return 3
}

func (p *placed) line(turn int) line {
	y := []float64{p.first.turned(turn).y, p.middle.turned(turn).y, p.last.turned(turn).y}
	slices.Sort(y)
	l := line{y: y[1], size: p.size, hyphen: p.hyphen, mono: p.mono}
	cur := piece{x0: math.Inf(1), x1: math.Inf(-1)}
	begin := 0
	for k, b := range p.rects {
		t := b.turned(turn)
		if p.counts[k] > begin && t.x0-cur.x1 > pieceGap*l.size {
			cur.text, cur.start = p.stretch(begin, p.counts[k])
			l.pieces = append(l.pieces, cur)
			begin = p.counts[k]
			cur = piece{x0: t.x0, x1: t.x1}
			continue
		}
		cur.x0, cur.x1 = min(cur.x0, t.x0), max(cur.x1, t.x1)
	}
	if len(p.rects) == 0 {
		cur.x0, cur.x1 = p.first.turned(turn).x, p.last.turned(turn).x
	}
	cur.text, cur.start = p.stretch(begin, p.len)
	l.pieces = append(l.pieces, cur)
	return l
}

// stretch is the text between two units of the span, without the white space
// around it, and the unit of the page's text at which it begins.
func (s span) stretch(from, to int) (text string, start int) {
	whole := utf16Slice(s.text, from, to)
	text = strings.TrimLeftFunc(whole, unicode.IsSpace)
	start = s.start + from + utf16Len(whole) - utf16Len(text)
	return strings.TrimRightFunc(text, unicode.IsSpace), start
}

// unplaced makes lines of which only the text is known.
func unplaced(spans []span) []line {
	lines := make([]line, len(spans))
	for i, s := range spans {
		text, start := s.stretch(0, s.len)
		lines[i] = line{pieces: []piece{{text: text, start: start}}, hyphen: s.hyphen, askew: true}
	}
	return lines
}
