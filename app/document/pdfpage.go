package document

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// rawPage is a PDF page as lines of text, before running heads are taken out
// and lines become paragraphs.
type rawPage struct {
	lines   []line // in reading order
	objects int    // things drawn on the page, text included
	err     error  // why lines are not the whole page
}

// hyphenMark is what PDFium writes for a hyphen at a line's end.
const hyphenMark = '\uFFFE'

// pageReader reads one page. Its page holds what was read so far at any time,
// so that a page that fails half-way keeps that half.
type pageReader struct {
	inst     pdfium.Pdfium
	doc      references.FPDF_DOCUMENT
	maxChars int

	page     rawPage
	textPage references.FPDF_TEXTPAGE
	chars    int  // characters on the page
	direct   bool // indices into the text are character indices
}

// read reads the page's lines. The error is why they are not the whole page.
func (r *pageReader) read(index int) error {
	return r.with(index, func(_ requests.Page, rotation int) error { return r.readLines(rotation) })
}

// with runs work while the page of the index and its text are loaded. The
// page's rotation is in quarter turns clockwise.
func (r *pageReader) with(index int, work func(page requests.Page, rotation int) error) error {
	page, err := r.inst.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: r.doc, Index: index})
	if err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	ref := requests.Page{ByReference: &page.Page}
	defer func() { // of no consequence after a failure: the session is closed then
		_, _ = r.inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: page.Page})
	}()
	objects, err := r.inst.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: ref})
	if err != nil {
		return fmt.Errorf("counting objects: %w", err)
	}
	r.page.objects = objects.Count
	turn, err := r.inst.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: ref})
	if err != nil {
		return fmt.Errorf("rotation: %w", err)
	}
	text, err := r.inst.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: ref})
	if err != nil {
		return fmt.Errorf("loading text: %w", err)
	}
	r.textPage = text.TextPage
	defer func() {
		_, _ = r.inst.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage})
	}()
	return work(ref, int(turn.PageRotation))
}

// readLines reads the text, then each line's place. PageRotation is in
// quarter turns clockwise.
func (r *pageReader) readLines(pageRotation int) error {
	count, err := r.inst.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: r.textPage})
	if err != nil {
		return fmt.Errorf("counting characters: %w", err)
	}
	if count.Count == 0 {
		return nil
	}
	r.chars = min(count.Count, r.maxChars)
	got, err := r.inst.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: r.textPage, Count: r.chars})
	if err != nil {
		return fmt.Errorf("reading text: %w", err)
	}
	text := strings.TrimRight(got.Text, "\x00")
	r.direct = utf16Len(text) == r.chars
	spans := splitLines(text)
	places := make([]placed, 0, len(spans))
	for i := 0; i < len(spans); {
		p, cut, err := r.place(spans[i])
		if cut > 0 {
			spans = slices.Replace(spans, i, i+1, spans[i].cut(cut)...)
			continue
		}
		if err != nil {
			// The lines' places only shape the paragraphs: keep the words.
			r.page.lines = unplaced(spans)
			return fmt.Errorf("placing text: %w", err)
		}
		places = append(places, p)
		i++
	}
	r.page.lines = readingOrder(upright(places, pageRotation))
	if count.Count > r.maxChars {
		return fmt.Errorf("%w: %d characters, the first %d are kept", ErrPageLimit, count.Count, r.maxChars)
	}
	return nil
}

// span is a line of a page's text: UTF-16 units [start, start+len) of it.
type span struct {
	text       string
	start, len int
	hyphen     bool
}

// splitLines cuts a page's text at line ends and at hyphens that end a line.
func splitLines(text string) []span {
	var spans []span
	start, unit := 0, 0 // byte and UTF-16 offset of the current span
	cut := func(end, width int, hyphen bool) {
		s := text[start:end]
		n := utf16Len(s)
		if strings.TrimSpace(s) != "" {
			spans = append(spans, span{s, unit, n, hyphen})
		}
		start, unit = end+width, unit+n+utf16Len(text[end:end+width])
	}
	for i, c := range text {
		switch c {
		case '\r', '\n':
			cut(i, 1, false)
		case hyphenMark, '\u00AD':
			// A soft hyphen within a line is invisible; only PDFium's own mark
			// or one before a line end breaks the line.
			if c == hyphenMark || strings.HasPrefix(text[i+2:], "\r") {
				cut(i, utf8.RuneLen(c), true)
			}
		}
	}
	cut(len(text), 0, false)
	return spans
}

// placed is a span with its place in the page's user space.
type placed struct {
	span
	first    point // origin of its first character
	middle   point // of the one half-way
	last     point // of its last
	size     float64
	sideways bool // its letters lie on their side in user space
	mono     bool
	rects    []rect // of its stretches of one font, in order
	counts   []int  // UTF-16 units of the span before each rect, where a gap precedes it
}

// cut parts s at a UTF-16 unit within it.
func (s span) cut(unit int) []span {
	return []span{
		{text: utf16Slice(s.text, 0, unit), start: s.start, len: unit},
		{text: utf16Slice(s.text, unit, s.len), start: s.start + unit, len: s.len - unit, hyphen: s.hyphen},
	}
}

// place finds where a span stands. PDFium now and then gives text from two
// lines as one: then cut is the unit at which the second one begins.
func (r *pageReader) place(s span) (p placed, cut int, err error) {
	p = placed{span: s}
	lead := utf16Len(s.text) - utf16Len(strings.TrimLeft(s.text, " \u00a0"))
	tail := utf16Len(s.text) - utf16Len(strings.TrimRight(s.text, " \u00a0"))
	first, err := r.charIndex(s.start + lead)
	if err != nil {
		return p, 0, err
	}
	last, err := r.charIndex(s.start + s.len - 1 - tail)
	if err != nil {
		return p, 0, err
	}
	if p.first, err = r.origin(first); err != nil {
		return p, 0, err
	}
	if p.last, err = r.origin(last); err != nil {
		return p, 0, err
	}
	// The first letter may be a drop cap or a footnote's raised number; the
	// middle one may be a space that PDFium made up, of no size.
	middle := (first + last) / 2
	if p.middle, err = r.origin(middle); err != nil {
		return p, 0, err
	}
	if p.size, p.sideways, err = r.fontSize(middle); err != nil {
		return p, 0, err
	}
	if p.size == 0 {
		if p.size, p.sideways, err = r.fontSize(first); err != nil {
			return p, 0, err
		}
	}
	if p.mono, err = r.isMono(first, last); err != nil {
		return p, 0, err
	}
	n, err := r.countRects(first, last-first+1)
	if err != nil {
		return p, 0, err
	}
	for i := range n {
		b, err := r.inst.FPDFText_GetRect(&requests.FPDFText_GetRect{TextPage: r.textPage, Index: i})
		if err != nil {
			return p, 0, err
		}
		p.rects = append(p.rects, rect{b.Left, b.Bottom, b.Right, b.Top})
	}
	p.counts = make([]int, n)
	wide := pieceGap * p.size
	for k := 1; k < n; k++ {
		a, b := p.rects[k-1], p.rects[k]
		breaks := p.breaksLine(a, b)
		if !breaks && b.x0-a.x1 < wide && a.y0-b.y1 < wide && b.y0-a.y1 < wide && a.x0-b.x1 < wide {
			continue
		}
		if p.counts[k], err = r.rectStart(&p, first, last, k); err != nil {
			return p, 0, err
		}
		if breaks && p.counts[k] > 0 && p.counts[k] < p.len {
			return p, p.counts[k], nil
		}
	}
	return p, 0, nil
}

// rectStart is the unit of the span at which its rect k begins: that of the
// first character with which there are k+1 rects.
func (r *pageReader) rectStart(p *placed, first, last, k int) (int, error) {
	lo, hi := first, last
	for lo < hi {
		mid := (lo + hi) / 2
		n, err := r.countRects(first, mid-first+1)
		if err != nil {
			return 0, err
		}
		if n > k {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if r.direct {
		return lo - p.start, nil
	}
	t, err := r.inst.FPDFText_GetTextIndexFromCharIndex(&requests.FPDFText_GetTextIndexFromCharIndex{TextPage: r.textPage, NCharIndex: lo})
	if err != nil {
		return 0, err
	}
	return max(t.TextIndex-p.start, 0), nil
}

// charIndex is the index of the character at a UTF-16 offset of the text.
func (r *pageReader) charIndex(unit int) (int, error) {
	if r.direct {
		return unit, nil
	}
	res, err := r.inst.FPDFText_GetCharIndexFromTextIndex(&requests.FPDFText_GetCharIndexFromTextIndex{TextPage: r.textPage, NTextIndex: unit})
	if err != nil {
		return 0, err
	}
	return res.CharIndex, nil
}

func (r *pageReader) origin(char int) (point, error) {
	o, err := r.inst.FPDFText_GetCharOrigin(&requests.FPDFText_GetCharOrigin{TextPage: r.textPage, Index: char})
	if err != nil {
		return point{}, err
	}
	return point{o.X, o.Y}, nil
}

// fontSize is the size in points at which a character is drawn, its font's
// size under the transformations that apply, and whether it lies on its side.
func (r *pageReader) fontSize(char int) (points float64, sideways bool, err error) {
	size, err := r.inst.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: r.textPage, Index: char})
	if err != nil {
		return 0, false, err
	}
	m, err := r.inst.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: r.textPage, Index: char})
	if err != nil {
		return 0, false, err
	}
	det := float64(m.Matrix.A)*float64(m.Matrix.D) - float64(m.Matrix.B)*float64(m.Matrix.C)
	return size.FontSize * math.Sqrt(math.Abs(det)), math.Abs(float64(m.Matrix.B)) > math.Abs(float64(m.Matrix.A)), nil
}

// fixedPitch is the bit in a font descriptor's flags (PDF 32000-1, 9.8.2). TeX
// leaves it out, so that names must help.
const fixedPitch = 1

var monoName = regexp.MustCompile(`(?i)mono|courier|consol|menlo|typewriter|fixed|cmtt|cmsltt|cmitt`)

// isMono reports whether the characters are both set in fixed-width fonts, as
// program text is.
func (r *pageReader) isMono(chars ...int) (bool, error) {
	for _, c := range chars {
		f, err := r.inst.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: r.textPage, Index: c})
		if err != nil {
			return false, err
		}
		if f.Flags&fixedPitch == 0 && !monoName.MatchString(f.FontName) {
			return false, nil
		}
	}
	return true, nil
}

func (r *pageReader) countRects(start, count int) (int, error) {
	n, err := r.inst.FPDFText_CountRects(&requests.FPDFText_CountRects{TextPage: r.textPage, StartIndex: start, Count: count})
	if err != nil {
		return 0, err
	}
	return n.Count, nil
}

// utf16Len is the length of s in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for _, c := range s {
		if n++; c > 0xFFFF {
			n++
		}
	}
	return n
}

// utf16Slice is s[from:to] in UTF-16 units.
func utf16Slice(s string, from, to int) string {
	begin, end, n := len(s), len(s), 0
	for i, c := range s {
		if n >= from && begin == len(s) {
			begin = i
		}
		if n >= to {
			end = i
			break
		}
		if n++; c > 0xFFFF {
			n++
		}
	}
	return s[min(begin, end):end]
}
