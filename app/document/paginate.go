package document

import (
	"strings"
	"unicode/utf8"
)

// CharsPerPage is the length in characters at which text without pages of its
// own is cut: about a printed page.
const CharsPerPage = 3000

// paginate cuts text at form feeds, and pieces of more than longest characters
// into pages of at most [CharsPerPage], at the end of a paragraph, else a line,
// a sentence, a word.
func paginate(text string, longest int) []string {
	var pages []string
	for _, piece := range strings.Split(text, "\f") {
		piece = trimPage(piece)
		long := overfull(piece, longest)
		for long && overfull(piece, CharsPerPage) {
			cut := cutPoint(piece)
			pages = append(pages, trimPage(piece[:cut]))
			piece = trimPage(piece[cut:])
		}
		pages = append(pages, piece)
	}
	// A form feed at the end closes the last page and opens none.
	for len(pages) > 1 && pages[len(pages)-1] == "" {
		pages = pages[:len(pages)-1]
	}
	return pages
}

// overfull reports whether s has more than limit characters, without counting
// all of a long text.
func overfull(s string, limit int) bool {
	return utf8.RuneCountInString(s[:min(len(s), utf8.UTFMax*(limit+1))]) > limit
}

// trimPage drops blank lines around a page but keeps its first line's indent,
// which means something in Markdown and in code.
func trimPage(s string) string {
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.TrimSpace(line) != "" {
			break
		}
		s = rest
	}
	return strings.TrimRight(s, " \t\n")
}

// cutPoint is the byte offset at which a page that starts text ends: the best
// kind of boundary in the second half of the page, there the last one.
func cutPoint(text string) int {
	limit, half := len(text), 0
	n := 0
	for i := range text {
		switch n {
		case CharsPerPage / 2:
			half = i
		case CharsPerPage:
			limit = i
		}
		if n++; n > CharsPerPage {
			break
		}
	}
	window := text[half:limit]
	// A heading belongs to what follows it, so the cut before one is best.
	if i := strings.LastIndex(window, "\n\n#"); i >= 0 {
		return half + i
	}
	for _, boundary := range []string{"\n\n", "\n", ". ", "。", " "} {
		if i := strings.LastIndex(window, boundary); i >= 0 {
			return half + i + len(boundary)
		}
	}
	return limit
}
