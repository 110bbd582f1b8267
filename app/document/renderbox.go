package document

import (
	"context"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium/requests"
)

// Box is a rectangle on a page, in shares of the page's width and height,
// from its left and top edge.
type Box struct{ X0, Y0, X1, Y1 float64 }

// Boxes finds where on page number, from 1, a passage stands: a box a line, in
// reading order. The passage is a part of [Document.Text]; what of it stands on
// other pages has no box, and a passage that is not on the page has none. Where
// the page has it several times, [Renderer.RangeBoxes] finds the right one.
func (r *Renderer) Boxes(ctx context.Context, number int, passage string) ([]Box, error) {
	return r.RangeBoxes(ctx, number, passage, 0, len(passage))
}

// RangeBoxes is Boxes of the bytes from start to end of text, which is the
// whole page's [Page.Text], or any other passage around the range: the text
// before and after says which of several places is meant. A range that begins
// or ends on another page is cut to the text.
func (r *Renderer) RangeBoxes(ctx context.Context, number int, text string, start, end int) ([]Box, error) {
	var boxes []Box
	err := r.do(ctx, number, func() error {
		p := pageReader{inst: r.s.inst, doc: r.s.doc, maxChars: r.s.opts.PageChars}
		return p.with(number-1, func(page requests.Page, rotation int) error {
			if err := p.readLines(rotation); err != nil && !errors.Is(err, ErrPageLimit) {
				return err
			}
			var err error
			boxes, err = p.boxes(page, p.find(text, start, end))
			return err
		})
	})
	return boxes, err
}

// letter is a character that counts when texts are compared. Where it begins
// and ends is in bytes of a passage, in UTF-16 units of a page's text.
type letter struct {
	c          rune
	line       int // index, on a page
	start, end int
}

// appendLetters adds the characters of text that typesetting keeps, ligatures
// spelt out. Hyphens come and go at line ends, and dots as leaders: they are
// part of the letter before them. Size is the length of a text's first
// character.
func appendLetters(to []letter, text string, start, line int, size func(string) int) []letter {
	begin := len(to)
	for i, c := range text {
		end := start + size(text[i:])
		if n := len(to); n > begin && to[n-1].end == start && !counts(c) && !unicode.IsSpace(c) {
			to[n-1].end = end
		}
		for _, l := range ligatures.Replace(string(c)) {
			if counts(l) {
				to = append(to, letter{l, line, start, end})
			}
		}
		start = end
	}
	return to
}

// bytesOfFirst is the length of s's first character, which may be a part of
// one where a passage begins or ends within it.
func bytesOfFirst(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func unitsOfFirst(s string) int {
	return utf16Len(s[:bytesOfFirst(s)])
}

// letters of the page, in reading order.
func (r *pageReader) letters() []letter {
	var all []letter
	for i, l := range r.page.lines {
		for _, p := range l.pieces {
			all = appendLetters(all, p.text, p.start, i, unitsOfFirst)
		}
	}
	return all
}

// stretch is a part of a page's line, in UTF-16 units of the page's text.
type stretch struct{ line, start, end int }

// find gives the stretch of each line that holds letters of the bytes from
// start to end of text.
func (r *pageReader) find(text string, start, end int) []stretch {
	page := r.letters()
	passage := appendLetters(nil, text, 0, 0, bytesOfFirst)
	var found []stretch
	for i, k := range align(passage, page) {
		if k < 0 || passage[i].start < start || passage[i].start >= end {
			continue
		}
		l := page[k]
		if n := len(found); n > 0 && found[n-1].line == l.line {
			found[n-1].start = min(found[n-1].start, l.start)
			found[n-1].end = max(found[n-1].end, l.end)
			continue
		}
		found = append(found, stretch{l.line, l.start, l.end})
	}
	return found
}

// boxSteps is into how many steps a page is divided to place boxes on it.
const boxSteps = 1 << 20

// boxes places stretches on the page as it is shown.
func (r *pageReader) boxes(page requests.Page, stretches []stretch) ([]Box, error) {
	var boxes []Box
	for _, s := range stretches {
		first, err := r.charIndex(s.start)
		if err != nil {
			return nil, fmt.Errorf("placing a passage: %w", err)
		}
		last, err := r.charIndex(s.end - 1)
		if err != nil {
			return nil, fmt.Errorf("placing a passage: %w", err)
		}
		n, err := r.countRects(first, last-first+1)
		if err != nil {
			return nil, fmt.Errorf("placing a passage: %w", err)
		}
		var box Box
		for i := range n {
			b, err := r.box(page, i)
			if err != nil {
				return nil, fmt.Errorf("placing a passage: %w", err)
			}
			if i == 0 {
				box = b
			}
			box = Box{min(box.X0, b.X0), min(box.Y0, b.Y0), max(box.X1, b.X1), max(box.Y1, b.Y1)}
		}
		if box.X1 > box.X0 && box.Y1 > box.Y0 {
			boxes = append(boxes, box)
		}
	}
	return boxes, nil
}

// box is rectangle i of those counted last, cut to the page.
func (r *pageReader) box(page requests.Page, i int) (Box, error) {
	b, err := r.inst.FPDFText_GetRect(&requests.FPDFText_GetRect{TextPage: r.textPage, Index: i})
	if err != nil {
		return Box{}, err
	}
	corner := func(x, y float64) (point, error) {
		d, err := r.inst.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: page, SizeX: boxSteps, SizeY: boxSteps, PageX: x, PageY: y})
		if err != nil {
			return point{}, err
		}
		share := func(v int) float64 { return min(max(float64(v)/boxSteps, 0), 1) }
		return point{share(d.DeviceX), share(d.DeviceY)}, nil
	}
	p, err := corner(b.Left, b.Top)
	if err != nil {
		return Box{}, err
	}
	q, err := corner(b.Right, b.Bottom)
	if err != nil {
		return Box{}, err
	}
	return Box{min(p.x, q.x), min(p.y, q.y), max(p.x, q.x), max(p.y, q.y)}, nil
}
