package conversation

import (
	"strings"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// inline returns the text of a node as runs.
func (c *converter) inline(n ast.Node, s style) []run {
	in := &inliner{source: c.source}
	in.children(n, s, "")
	return in.runs
}

type inliner struct {
	source []byte
	runs   []run
}

// add appends text; what looks like the run before becomes part of it.
func (in *inliner) add(text string, s style, link string) {
	if text == "" {
		return
	}
	if n := len(in.runs); n > 0 && in.runs[n-1].style == s && in.runs[n-1].link == link {
		in.runs[n-1].text += text
		return
	}
	in.runs = append(in.runs, run{text, s, link})
}

func (in *inliner) children(n ast.Node, s style, link string) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		in.node(child, s, link)
	}
}

func (in *inliner) node(n ast.Node, s style, link string) {
	switch n := n.(type) {
	case *ast.Text:
		in.text(n, s, link)
	case *ast.String:
		in.add(plain(string(n.Value)), s, link)
	case *ast.CodeSpan:
		s.mono, s.fill = true, true
		in.add(strings.ReplaceAll(plain(literal(n, in.source)), "\n", " "), s, link)
	case *mathSpan:
		s.mono = true
		in.add(strings.ReplaceAll(plain(string(n.segment.Value(in.source))), "\n", " "), s, link)
	case *ast.Emphasis:
		s.italic = s.italic || n.Level == 1
		s.bold = s.bold || n.Level == 2
		in.children(n, s, link)
	case *extast.Strikethrough:
		s.strike = true
		in.children(n, s, link)
	case *extast.TaskCheckBox:
		s.mono = true
		if n.IsChecked {
			in.add("[x] ", s, link)
		} else {
			in.add("[ ] ", s, link)
		}
	case *ast.Link:
		in.link(n, string(n.Destination), s)
	case *ast.AutoLink:
		target := string(n.URL(in.source))
		s.color, s.underline = theme.ColorNameHyperlink, true
		in.add(string(n.Label(in.source)), s, target)
	case *ast.Image:
		in.add(lang.L("Image:")+" ", s, link)
		in.children(n, s, link)
		s.color = theme.ColorNamePlaceHolder
		in.add(" ("+short(string(n.Destination))+")", s, link)
	case *ast.RawHTML:
		for i := range n.Segments.Len() {
			segment := n.Segments.At(i)
			in.add(plain(string(segment.Value(in.source))), s, link)
		}
	default:
		in.children(n, s, link)
	}
}

// link adds a link and, unless its text is the target already, the target in brackets.
func (in *inliner) link(n ast.Node, target string, s style) {
	before := len(in.runs)
	linked := s
	linked.color, linked.underline = theme.ColorNameHyperlink, true
	in.children(n, linked, target)
	shown := ""
	for _, r := range in.runs[before:] {
		shown += r.text
	}
	if shown != target {
		s.color = theme.ColorNamePlaceHolder
		in.add(" ("+short(target)+")", s, target)
	}
}

func (in *inliner) text(n *ast.Text, s style, link string) {
	value := n.Value(in.source)
	if !n.IsRaw() {
		value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
	}
	in.add(plain(string(value)), s, link)
	switch {
	case n.HardLineBreak():
		in.add("\n", s, link)
	case n.SoftLineBreak():
		in.add(" ", s, link)
	}
}

// literal returns the text below a node as it is written.
func literal(n ast.Node, source []byte) string {
	var sb strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			sb.Write(t.Value(source))
		}
	}
	return sb.String()
}

// short cuts the middle out of an address that is too long to be read in a sentence. Its host stays.
func short(target string) string {
	const most = 70
	r := []rune(target)
	if len(r) <= most {
		return target
	}
	return string(r[:most-20]) + "…" + string(r[len(r)-19:])
}
