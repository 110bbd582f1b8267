package store

import "strings"

// Snippet is the part of a text in which a search found something.
type Snippet struct {
	Text  string // on one line; "…" where text is left out
	Found []Span // the words that were found, in order
}

// Span is a range of bytes.
type Span struct{ Start, End int }

// parseSnippet reads what FTS5 made of a segmented text. Marks that do not
// close are dropped.
func parseSnippet(raw string) Snippet {
	raw = strings.ReplaceAll(raw, zeroWidthSpace, "")
	var s Snippet
	var b strings.Builder
	start := -1
	for _, r := range raw {
		switch {
		case r == markStart:
			start = b.Len()
		case r == markEnd:
			if start >= 0 && b.Len() > start {
				s.Found = append(s.Found, Span{start, b.Len()})
			}
			start = -1
		case r == '\n' || r == '\r' || r == '\t' || r == '\x00':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	s.Text = b.String()
	return s
}
