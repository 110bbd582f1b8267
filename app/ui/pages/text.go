package pages

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
)

// row is a line of a page's text as it is shown.
type row struct {
	start, end int     // bytes of the text
	y, height  float32 // from the text's top
}

// typeface is letters of one size. Their widths are measured once.
type typeface struct {
	size   float32
	height float32
	widths map[rune]float32
}

func newTypeface(size float32) *typeface {
	return &typeface{size: size, height: fyne.MeasureText("Ag", size, fyne.TextStyle{}).Height, widths: map[rune]float32{}}
}

// width of a letter by itself. In the scripts that join letters, joined ones
// are no wider.
func (f *typeface) width(c rune) float32 {
	w, ok := f.widths[c]
	if !ok {
		w = f.measure(string(c))
		f.widths[c] = w
	}
	return w
}

func (f *typeface) measure(s string) float32 {
	return fyne.MeasureText(shown(s), f.size, fyne.TextStyle{}).Width
}

// shown is s as it is drawn: tabs as spaces, without what has no picture.
func shown(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, strings.ReplaceAll(s, "\t", "    "))
}

// setRows breaks text into rows of at most a width. Empty lines, which part
// paragraphs, are half as high.
func setRows(text string, width float32, f *typeface) []row {
	var rows []row
	y := float32(0)
	for start := 0; start <= len(text); {
		end := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			end = start + n
		}
		if strings.TrimSpace(text[start:end]) == "" {
			rows = append(rows, row{start, start, y, f.height / 2})
			y += f.height / 2
		} else {
			for at := start; at < end; {
				next := at + fitting(text[at:end], width, f)
				rows = append(rows, row{at, next, y, f.height})
				y += f.height
				at = next
			}
		}
		start = end + 1
	}
	return rows
}

// fitting is how many bytes of a line stand in its first row: words as long as
// they fit, with the spaces behind them, at least one character.
func fitting(line string, width float32, f *typeface) int {
	used := float32(0)
	breakAt := 0 // where the row may end
	last := rune(0)
	for i, c := range line {
		if i > 0 && mayBreak(last, c) {
			breakAt = i
		}
		used += f.width(c)
		if used > width && !unicode.IsSpace(c) && i > 0 {
			if breakAt > 0 {
				return breakAt
			}
			return i
		}
		last = c
	}
	return len(line)
}

// mayBreak says whether a row may end between two characters: behind a space
// or a hyphen, and beside ideographs, save before marks that end something.
func mayBreak(before, after rune) bool {
	switch {
	case unicode.IsSpace(after):
		return false
	case unicode.IsSpace(before) || before == '-' && unicode.IsLetter(after):
		return true
	case !ideographic(before) && !ideographic(after):
		return false
	}
	return !unicode.In(after, unicode.Pe, unicode.Pf, unicode.Po) && !unicode.In(before, unicode.Ps, unicode.Pi)
}

func ideographic(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xff60
}

// clip cuts a mark to a row. Bytes within a character belong to all of it.
func (r row) clip(text string, m Mark) (start, end int, ok bool) {
	start, end = max(m.Start, r.start), min(m.End, r.end)
	if start >= end {
		return start, end, false
	}
	for start > r.start && !utf8.RuneStart(text[start]) {
		start--
	}
	for end < r.end && !utf8.RuneStart(text[end]) {
		end++
	}
	// Spaces at the row's end have no place on it.
	for end > start && end == r.end && unicode.IsSpace(rune(text[end-1])) {
		end, r.end = end-1, r.end-1
	}
	return start, end, start < end
}
