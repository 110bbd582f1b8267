package document

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	paragraphGap = 1.2  // baseline distance that parts paragraphs, in the page's line pitch
	indentStep   = 0.6  // indent that means something, in line sizes
	sizeStep     = 0.15 // share by which a heading's size differs from the text's
)

// typeset turns the pages' lines into text: running heads out, hyphens at line
// ends joined, lines joined into paragraphs.
func typeset(pages []rawPage) []string {
	dropRunningHeads(pages)
	words := newVocabulary(pages)
	texts := make([]string, len(pages))
	for i, p := range pages {
		texts[i] = paragraphs(p.lines, words)
	}
	return texts
}

// paragraphs joins lines: those of one paragraph by spaces, those of lists,
// tables and code by line ends, paragraphs by blank lines.
func paragraphs(lines []line, words vocabulary) string {
	var b strings.Builder
	pitch := linePitch(lines)
	right := rightEdges(lines, pitch)
	for i := range lines {
		l := &lines[i]
		text := cleanText(l.text())
		if i == 0 {
			b.WriteString(text)
			continue
		}
		prev := &lines[i-1]
		sep := separator(prev, l, pitch, right[i-1])
		switch {
		case prev.hyphen && sep != "\n\n":
			b.WriteString(words.hyphenation(lastWord(prev.text()), firstWord(text)))
		case sep == " " && runsOn(b.String(), text):
		default:
			if prev.hyphen {
				b.WriteByte('-')
			}
			b.WriteString(sep)
		}
		b.WriteString(text)
	}
	if n := len(lines); n > 0 && lines[n-1].hyphen {
		b.WriteByte('-')
	}
	return strings.TrimSpace(b.String())
}

// separator says how line b follows line a: " " in one paragraph, "\n" on a
// line of its own, "\n\n" in another paragraph. Right is where a's text block
// ends, pitch the page's usual distance of baselines.
func separator(a, b *line, pitch, right float64) string {
	if a.askew || b.askew {
		return "\n"
	}
	down := a.y - b.y
	size := max(a.size, b.size)
	switch {
	case max(a.size, b.size) > (1+sizeStep)*min(a.size, b.size):
		return "\n\n"
	case down < -0.3*size: // up: the next column
		if !endsSentence(a.text()) && startsLower(b.text()) || a.hyphen {
			return " "
		}
		return "\n\n"
	case down < 0.3*size: // the same baseline
		return " "
	case down > paragraphGap*max(pitch, 0.8*size):
		return "\n\n"
	case a.isRow() || b.isRow() || a.mono && b.mono || contentsEntry.MatchString(a.text()) || bullet.MatchString(b.text()):
		return "\n"
	case isItem(b.text()) && (endsSentence(a.text()) || !a.fills(b, right)):
		return "\n" // "in chapter\n10. Then" is no item
	}
	indent := b.x0() - a.x0()
	switch {
	case indent > indentStep*size && !isItem(a.text()) && (endsSentence(a.text()) || !a.fills(b, right)):
		return "\n" // the first line of a paragraph
	case a.fills(b, right):
		return " "
	}
	return "\n"
}

// isRow reports whether the line is a table's row: cells far apart.
func (l *line) isRow() bool {
	for i := 1; i < len(l.pieces); i++ {
		if l.pieces[i].x0-l.pieces[i-1].x1 > cellGap*l.size {
			return true
		}
	}
	return false
}

// fills reports whether l ended because the next word had no room before
// right, and not because its writer ended it.
func (l *line) fills(next *line, right float64) bool {
	if l.hyphen {
		return true
	}
	text := next.text()
	word := firstWord(text)
	n := utf8.RuneCountInString(text)
	if n == 0 {
		return false
	}
	width := (next.x1() - next.x0()) / float64(n) * float64(utf8.RuneCountInString(word)+1)
	// The longest line of ragged text ends a little before the margin.
	return l.x1()+width > right-l.size
}

// rightEdges gives for each line where the block of text it stands in ends: the
// page's edge, or that of a narrower block in which several lines end alike.
func rightEdges(lines []line, pitch float64) []float64 {
	edges := make([]float64, len(lines))
	page := 0.0
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && inBlock(&lines[j-1], &lines[j], pitch) {
			j++
		}
		block := lines[i:j]
		widest, same := 0.0, 0
		for k := range block {
			widest = max(widest, block[k].x1())
		}
		for k := range block {
			if block[k].x1() > widest-2 {
				same++
			}
		}
		page = max(page, widest)
		for k := i; k < j; k++ {
			if same > 1 {
				edges[k] = widest
			}
		}
		i = j
	}
	for i := range edges {
		if edges[i] == 0 {
			edges[i] = columnEdge(lines, &lines[i], page)
		}
	}
	return edges
}

// inBlock reports whether b stands under a at the usual distance.
func inBlock(a, b *line, pitch float64) bool {
	down := a.y - b.y
	return !a.askew && !b.askew && down > 0.3*b.size && down <= paragraphGap*max(pitch, 0.8*b.size)
}

// columnEdge is the right end of the column that l stands in: of the lines
// that overlap it, or the page's where a column has no neighbour to its right.
func columnEdge(lines []line, l *line, page float64) float64 {
	edge := l.x1()
	for i := range lines {
		o := &lines[i]
		if !o.askew && o.x0() < l.x1() && o.x1() > l.x0() {
			edge = max(edge, o.x1())
		}
	}
	return min(edge, page)
}

var (
	bullet = regexp.MustCompile(`^[•◦▪‣●○■□∙]\s*\S`)
	itemNo = regexp.MustCompile(`^(?:[–—*·-]|\(?(?:[0-9]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])\s+\S`)
)

// isItem reports whether a line starts like an item of a list.
func isItem(s string) bool { return bullet.MatchString(s) || itemNo.MatchString(s) }

func startsLower(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(c)
}

var (
	// contentsEntry ends in a row of dots and a page number.
	contentsEntry = regexp.MustCompile(`(?:\. ?){4,}\s*[0-9ivxlc]+$`)
	leaders       = regexp.MustCompile(`\s*(?:\. ?){5,}\s*`)
	openEnd       = regexp.MustCompile(`[\pL\pN]-$|://\S*/$`)
)

// runsOn reports whether after continues the last word of before: after a
// hyphen, within an address, or in a script that does not part words.
func runsOn(before, after string) bool {
	a, _ := utf8.DecodeLastRuneInString(before)
	b, _ := utf8.DecodeRuneInString(after)
	return unspaced(a) && unspaced(b) || openEnd.MatchString(lastWord(before[max(0, len(before)-300):]))
}

func unspaced(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana) || c >= 0x3000 && c <= 0x303F || c >= 0xFF00 && c <= 0xFF60
}

var ligatures = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st",
	"\u00AD", "", "\u00A0", " ", "\x00", "", "\u0002", "-")

// cleanText spells ligatures out, which models and searches expect, and drops
// what only serves typesetting.
func cleanText(s string) string {
	s = ligatures.Replace(s)
	if strings.Contains(s, "....") || strings.Contains(s, ". . .") {
		s = leaders.ReplaceAllString(s, " ... ")
	}
	return strings.TrimSpace(s)
}
