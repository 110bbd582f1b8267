package document

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// What makes a gutter: at least columnRows rows have text on both sides of
// it, of columnChars characters on average, filling columnFill of its side's
// width. Tables have shorter cells.
const (
	columnRows  = 4
	columnChars = 18
	columnFill  = 0.6
)

// readingOrder puts columns one after the other where the file interleaves
// them row by row. Else the file's own order, which PDF producers write as
// people read, stands.
func readingOrder(lines []line) []line {
	x, ok := gutter(lines)
	if !ok {
		return lines
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b line) int {
		if sameRow(&a, &b) {
			return 0
		}
		return cmp.Compare(b.y, a.y)
	})
	var out, left, right []line
	flush := func() {
		out = append(append(out, readingOrder(left)...), readingOrder(right)...)
		left, right = nil, nil
	}
	for _, l := range sorted {
		a, b, crosses := l.splitAt(x)
		if crosses {
			flush() // a heading or figure across the columns ends the band above it
			out = append(out, l)
			continue
		}
		left, right = append(left, a...), append(right, b...)
	}
	flush()
	return out
}

// sameRow reports whether two lines stand on one baseline.
func sameRow(a, b *line) bool {
	return max(a.y-b.y, b.y-a.y) < 0.3*max(a.size, b.size)
}

// splitAt parts a line at x into the pieces left and right of it.
func (l line) splitAt(x float64) (left, right []line, crosses bool) {
	k := len(l.pieces)
	for i, p := range l.pieces {
		if p.x0 < x && p.x1 > x {
			return nil, nil, true
		}
		if p.x0 >= x {
			k = min(k, i)
		}
	}
	a, b := l, l
	a.pieces, b.pieces = l.pieces[:k], l.pieces[k:]
	if k > 0 {
		// A hyphen ends the line's last piece.
		a.hyphen = l.hyphen && k == len(l.pieces)
		left = []line{a}
	}
	if k < len(l.pieces) {
		right = []line{b}
	}
	return left, right, false
}

// gutter finds the x of the white space between two columns of text whose
// rows are interleaved.
func gutter(lines []line) (x float64, ok bool) {
	var candidates []float64
	for _, l := range lines {
		for i := 1; i < len(l.pieces); i++ {
			candidates = append(candidates, (l.pieces[i-1].x1+l.pieces[i].x0)/2)
		}
	}
	if len(candidates) < columnRows {
		return 0, false
	}
	slices.Sort(candidates)
	best := 0
	for i, c := range candidates {
		if i > 0 && c-candidates[i-1] < 1 {
			continue
		}
		if rows := columnRowsAt(lines, c); rows > best {
			x, best = c, rows
		}
	}
	return x, best >= columnRows
}

// columnRowsAt counts the rows with text on both sides of x, 0 unless it
// reads like columns.
func columnRowsAt(lines []line, x float64) int {
	var left, right side
	rows, crossing := 0, 0
	for _, l := range lines {
		if l.askew {
			continue
		}
		a, b, crosses := l.splitAt(x)
		switch {
		case crosses:
			crossing++
		case len(a) > 0 && len(b) > 0:
			rows++
			left.add(&a[0])
			right.add(&b[0])
		}
	}
	if rows < columnRows || crossing > rows || !left.isColumn() || !right.isColumn() {
		return 0
	}
	return rows
}

// side sums up the parts of rows on one side of a gutter.
type side struct {
	rows, chars int
	width       float64 // sum of the rows' widths
	x0, x1      float64 // the side's extent
}

func (s *side) add(l *line) {
	if s.rows == 0 {
		s.x0, s.x1 = l.x0(), l.x1()
	}
	s.rows++
	s.x0, s.x1 = min(s.x0, l.x0()), max(s.x1, l.x1())
	s.width += l.x1() - l.x0()
	for _, p := range l.pieces {
		s.chars += utf8.RuneCountInString(p.text)
	}
}

func (s *side) isColumn() bool {
	return s.chars >= columnChars*s.rows && s.width >= columnFill*(s.x1-s.x0)*float64(s.rows)
}
