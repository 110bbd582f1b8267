package document

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	headRows   = 2   // rows at a page's top or bottom that may be a running head
	headGap    = 1.2 // white space that sets it off, in the page's line pitch
	headNear   = 8   // pages around a page on which its head is looked for
	headCopies = 2   // on how many of them it must stand too
	headDrift  = 3.0 // points by which its baseline may differ
)

// margin is a row at the top or bottom of a page, set off from the rest, that
// is a running head if others like it stand on the pages around.
type margin struct {
	page   int // index
	lines  []int
	norm   string // its text with numbers as #
	pieces []mark // its pieces, where there are several
	y      float64
	number int // the number it starts or ends with, less the page's index; noNumber without one
	bare   bool
}

const noNumber = math.MinInt

// mark is a piece of a margin: a head may name the book beside a chapter that
// is too short to repeat.
type mark struct {
	norm   string
	x0, x1 float64
}

// alike reports whether two margins at one height are the same head.
func (m *margin) alike(o *margin) bool {
	if m.norm == o.norm {
		return true
	}
	for _, a := range m.pieces {
		for _, b := range o.pieces {
			if a.norm == b.norm && (math.Abs(a.x0-b.x0) < headDrift || math.Abs(a.x1-b.x1) < headDrift) {
				return true
			}
		}
	}
	return false
}

// dropRunningHeads takes out heads, feet and page numbers that repeat over
// pages. A page of which nothing would be left keeps all.
func dropRunningHeads(pages []rawPage) {
	var all []margin
	byPage := make([][]int, len(pages)) // indices into all
	for i := range pages {
		for _, m := range margins(i, pages[i].lines) {
			byPage[i] = append(byPage[i], len(all))
			all = append(all, m)
		}
	}
	drop := make([]map[int]bool, len(pages))
	for i := range all {
		m := &all[i]
		if !m.repeats(all, byPage) {
			continue
		}
		if drop[m.page] == nil {
			drop[m.page] = map[int]bool{}
		}
		for _, l := range m.lines {
			drop[m.page][l] = true
		}
	}
	for i, d := range drop {
		if len(d) == 0 || len(d) == len(pages[i].lines) {
			continue
		}
		kept := pages[i].lines[:0:0]
		for k, l := range pages[i].lines {
			if !d[k] {
				kept = append(kept, l)
			}
		}
		pages[i].lines = kept
	}
}

// repeats reports whether enough pages around have a margin like m.
func (m *margin) repeats(all []margin, byPage [][]int) bool {
	alike, numbered := 0, 0
	for p := max(0, m.page-headNear); p <= min(len(byPage)-1, m.page+headNear); p++ {
		if p == m.page {
			continue
		}
		a, n := false, false
		for _, k := range byPage[p] {
			o := &all[k]
			if math.Abs(o.y-m.y) > headDrift {
				continue
			}
			a = a || m.alike(o)
			n = n || m.number != noNumber && o.number == m.number
		}
		if a {
			alike++
		}
		if n {
			numbered++
		}
	}
	// In a document of two pages, one page number can only have one fellow.
	return alike >= headCopies || numbered >= headCopies || m.bare && numbered >= 1 && len(byPage) <= 3
}

// margins finds the rows of a page that may be running heads: up to headRows
// at its top and bottom that more than the usual white space sets off.
func margins(page int, lines []line) []margin {
	rows := rowsOf(lines)
	if len(rows) < 2 {
		return nil
	}
	pitch := linePitch(lines)
	var out []margin
	take := func(rows [][]int) {
		for n := 1; n <= headRows && n < len(rows); n++ {
			gap := math.Abs(lines[rows[n-1][0]].y - lines[rows[n][0]].y)
			if gap > headGap*max(pitch, lines[rows[n][0]].size) {
				for _, r := range rows[:n] {
					out = append(out, newMargin(page, lines, r))
				}
			}
		}
	}
	take(rows)
	slices.Reverse(rows)
	take(rows)
	return out
}

// rowsOf groups the indices of upright lines by baseline, from the top.
func rowsOf(lines []line) [][]int {
	var order []int
	for i := range lines {
		if !lines[i].askew {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if lines[a].y > lines[b].y {
			return -1
		}
		if lines[a].y < lines[b].y {
			return 1
		}
		return 0
	})
	var rows [][]int
	for _, i := range order {
		if n := len(rows); n > 0 && sameRow(&lines[rows[n-1][0]], &lines[i]) {
			rows[n-1] = append(rows[n-1], i)
			continue
		}
		rows = append(rows, []int{i})
	}
	return rows
}

// linePitch is the usual distance of baselines within a paragraph: the 30th
// percentile over lines that follow each other down the page, since gaps
// between paragraphs are the longer ones. 0 without any.
func linePitch(lines []line) float64 {
	var d []float64
	for i := 1; i < len(lines); i++ {
		a, b := &lines[i-1], &lines[i]
		if p := a.y - b.y; !a.askew && !b.askew && p > 0.3*a.size && p < 4*a.size {
			d = append(d, p)
		}
	}
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)*3/10]
}

var (
	digits = regexp.MustCompile(`[0-9]+`)
	roman  = regexp.MustCompile(`^[ivxlc]+$`)
	// letters is what a piece must have to be told from a number or a mark.
	letters = regexp.MustCompile(`\pL{3}`)
)

func newMargin(page int, lines []line, row []int) margin {
	m := margin{page: page, lines: row, y: lines[row[0]].y, number: noNumber}
	var words []string
	for _, i := range row {
		words = append(words, strings.Fields(strings.ToLower(lines[i].text()))...)
		for _, p := range lines[i].pieces {
			if n := normal(p.text); letters.MatchString(n) {
				m.pieces = append(m.pieces, mark{n, p.x0, p.x1})
			}
		}
	}
	for _, end := range []int{0, len(words) - 1} {
		w := strings.Trim(words[end], ".,:;|-–—[]()")
		if v, err := strconv.Atoi(w); err == nil && m.number == noNumber {
			m.number = v - page
			m.bare = len(words) <= 4
		}
		if roman.MatchString(w) {
			words[end] = "#"
		}
	}
	m.norm = normal(strings.Join(words, " "))
	return m
}

// normal is a head's text without what changes from page to page.
func normal(s string) string { return digits.ReplaceAllString(strings.ToLower(s), "#") }
