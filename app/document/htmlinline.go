package document

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// inline writes an element within a line that is more than its content, and
// reports whether n was one.
func (w *webText) inline(n *html.Node) bool {
	switch {
	case n.DataAtom == atom.Br:
		w.line.WriteByte('\n')
		w.space, w.last = false, '\n'
	case n.DataAtom == atom.Img:
		w.write(attr(n, "alt")) // stands for the picture, a formula or an initial for example
	case n.DataAtom == atom.Math && formula(n) != "":
		w.write(formula(n))
	case n.DataAtom == atom.Q:
		w.write("“")
		w.children(n)
		w.write("”")
	case n.DataAtom == atom.Rt:
		w.write("(")
		w.children(n)
		w.write(")")
	case n.DataAtom == atom.Sup || hasAttr(n, "noteref"):
		w.raised(n)
	default:
		return false
	}
	return true
}

// raised writes a note's mark in brackets and an exponent behind "^", so that
// neither becomes part of the number or word before it.
func (w *webText) raised(n *html.Node) {
	if w.sup {
		w.children(n)
		return
	}
	text := strings.TrimSpace(textOf(n))
	_, err := strconv.Atoi(strings.TrimLeft(text, "−+-"))
	switch {
	case isNote(n) && (err == nil && len(text) <= 4 || utf8.RuneCountInString(text) == 1):
		w.write("[" + text + "]")
	case n.DataAtom == atom.Sup && err == nil && !w.space && (unicode.IsLetter(w.last) || unicode.IsDigit(w.last) || w.last == ')'):
		w.write("^" + text)
	default:
		w.sup = true
		w.children(n)
		w.sup = false
	}
}

// isNote reports whether a link to a note is in n or around it.
func isNote(n *html.Node) bool {
	links := func(n *html.Node) bool { return hasAttr(n, "note") || hasAttr(n, "noteref") }
	if links(n) || n.Parent != nil && links(n.Parent) {
		return true
	}
	for d := range n.Descendants() {
		if links(d) {
			return true
		}
	}
	return false
}

// formula is a math element in words or in TeX where it says so, else "".
func formula(n *html.Node) string {
	if alt := attr(n, "alttext"); alt != "" {
		return alt
	}
	for d := range n.Descendants() {
		if d.Data == "annotation" {
			return textOf(d)
		}
	}
	return ""
}

// write adds text to the line, white space as HTML has it: one space for any
// amount, none at the ends of lines.
func (w *webText) write(text string) {
	for _, r := range text {
		switch {
		case r == '\u00ad' || r == '\u200b' || r == '\ufeff' || r == '\u2060':
			// Says where a word may be divided or not, and hides it from searches.
			continue
		case r == '\f':
			r = ' '
		case r == '\u00a0':
			r = ' '
			if !w.pre {
				w.line.WriteByte(' ')
				w.space, w.last = false, ' '
				continue
			}
		}
		if !w.pre && (r == ' ' || r == '\t' || r == '\n' || r == '\r') {
			w.space = w.last != 0 && w.last != '\n' && w.last != ' '
			continue
		}
		if w.space {
			w.line.WriteByte(' ')
		}
		w.line.WriteRune(r)
		w.space, w.last = false, r
	}
}

// textOf is all text in n, as it is written.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
