package sidebar

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// snippetLines is how many lines of a snippet are shown.
const snippetLines = 2

// run is a part of a line that is drawn at once.
type run struct {
	piece
	line int     // from 0
	x    float32 // from the line's beginning, in pixels
}

func styleOf(p piece) fyne.TextStyle { return fyne.TextStyle{Bold: p.found} }

// wrap breaks pieces into lines of a width in pixels, snippetLines at most, and
// ends with "…" where something is left out.
func wrap(pieces []piece, width, size float32) []run {
	var runs []run
	line, x := 0, float32(0)
	for _, p := range pieces {
		fresh := true // the next word begins a run
		for _, word := range words(p.text) {
			w := fyne.MeasureText(word, size, styleOf(p)).Width
			if bare := fyne.MeasureText(strings.TrimRight(word, " "), size, styleOf(p)).Width; x > 0 && x+bare > width {
				if line+1 == snippetLines {
					return ellipsis(runs, width, size)
				}
				line, x, fresh = line+1, 0, true
			}
			if fresh {
				runs = append(runs, run{piece{"", p.found}, line, x})
				fresh = false
			}
			runs[len(runs)-1].text += word
			x += w
		}
	}
	return clip(runs, width, size)
}

// words cuts a text after spaces, and around characters that need none.
func words(text string) []string {
	var out []string
	start := 0
	for i, r := range text {
		if i > start && ideograph(r) {
			out = append(out, text[start:i])
			start = i
		}
		if r == ' ' || ideograph(r) {
			end := i + len(string(r))
			out = append(out, text[start:end])
			start = end
		}
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

func ideograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// ellipsis ends the last run with "…", within the width.
func ellipsis(runs []run, width, size float32) []run {
	last := &runs[len(runs)-1]
	last.text = strings.TrimRight(last.text, " …") + "…"
	return clip(runs, width, size)
}

// clip shortens runs that are too long: a word may be longer than a line.
func clip(runs []run, width, size float32) []run {
	for i := range runs {
		r := &runs[i]
		if r.x+fyne.MeasureText(strings.TrimRight(r.text, " "), size, styleOf(r.piece)).Width > width {
			r.text = elide(r.text, width-r.x, size, styleOf(r.piece))
		}
	}
	return runs
}
