package conversation

import (
	"unicode"

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/segmenter"
)

// run is a piece of text of one style. A line feed in it ends the line.
type run struct {
	text  string
	style style
	link  string // target, "" if it is no link
}

// piece is the part of a run that lies on one line.
type piece struct {
	run      int
	from, to int // runes of the whole text
	x, w     float32
	base     float32 // of the letters, from the top of the piece
	height   float32
}

// textLine is one line of wrapped text.
type textLine struct {
	from, to int // runes of the whole text, without what the end of the line swallows
	next     int // rune that the next line begins with
	y, w     float32
	height   float32
	base     float32
	pieces   []piece
}

// wrapper breaks runs into lines.
type wrapper struct {
	m    *metrics
	runs []run
	text []rune // of all runs
	ends []int  // of each run, in runes
}

func newWrapper(m *metrics, runs []run) *wrapper {
	w := &wrapper{m: m, runs: runs}
	for _, r := range runs {
		w.text = append(w.text, []rune(r.text)...)
		w.ends = append(w.ends, len(w.text))
	}
	return w
}

// measure returns the advance widths of all characters.
func (w *wrapper) measure() []float32 {
	advances := make([]float32, len(w.text))
	from := 0
	for i, r := range w.runs {
		f := r.style.face()
		widths := w.m.of(f)
		for j := from; j < w.ends[i]; j++ {
			if c := w.text[j]; c != '\n' {
				advances[j] = w.m.advance(widths, c, f)
			}
		}
		from = w.ends[i]
	}
	return advances
}

// lines breaks the text into lines of at most width pixels where the Unicode line breaking rules
// allow it, and within words that are longer than a line. A width of 0 or less wraps nothing.
func (w *wrapper) lines(width float32) []textLine {
	var lines []textLine
	begin, x := 0, float32(0)
	end := func(to, next int) {
		trimmed := to
		for trimmed > begin && (w.text[trimmed-1] == '\n' || width > 0 && w.text[trimmed-1] == ' ') {
			trimmed--
		}
		lines = append(lines, textLine{from: begin, to: trimmed, next: next})
		begin, x = next, 0
	}
	advances := w.measure()
	var seg segmenter.Segmenter
	seg.Init(w.text)
	for it := seg.LineIterator(); it.Next(); {
		l := it.Line()
		to := l.Offset + len(l.Text)
		full, bare := widths(w.text, advances, l.Offset, to)
		if width > 0 && x > 0 && x+bare > width {
			end(l.Offset, l.Offset)
		}
		if width > 0 && bare > width {
			for i := l.Offset; i < to; i++ {
				if x > 0 && x+advances[i] > width && !unicode.Is(unicode.Mn, w.text[i]) && w.text[i] != ' ' {
					end(i, i)
				}
				x += advances[i]
			}
		} else {
			x += full
		}
		if l.IsMandatoryBreak && w.text[to-1] == '\n' {
			end(to, to)
		}
	}
	if begin < len(w.text) || len(lines) == 0 || w.text[len(w.text)-1] == '\n' {
		end(len(w.text), len(w.text))
	}
	w.place(lines)
	return lines
}

// widths returns the width of some characters with and without the spaces at their end.
func widths(text []rune, advances []float32, from, to int) (full, bare float32) {
	for i := from; i < to; i++ {
		full += advances[i]
		if text[i] != ' ' && text[i] != '\n' {
			bare = full
		}
	}
	return full, bare
}

// place cuts each line into pieces and gives lines and pieces their positions.
func (w *wrapper) place(lines []textLine) {
	y := float32(0)
	driver := fyne.CurrentApp().Driver()
	first := 0
	for i := range lines {
		l := &lines[i]
		l.y = y
		for first < len(w.ends)-1 && w.ends[first] <= l.from {
			first++
		}
		for r, from := first, l.from; r < len(w.runs); r++ {
			to := min(w.ends[r], l.to)
			if to > from || from == l.to && len(l.pieces) == 0 {
				s := w.runs[r].style
				size, base := driver.RenderedTextSize(string(w.text[from:to]), s.textSize(), s.textStyle(), nil)
				l.pieces = append(l.pieces, piece{run: r, from: from, to: to, x: l.w, w: size.Width, base: base, height: size.Height})
				l.w += size.Width
				l.base = max(l.base, base)
				l.height = max(l.height, size.Height)
				from = to
			}
			if from >= l.to {
				break
			}
		}
		y += l.height
	}
}
