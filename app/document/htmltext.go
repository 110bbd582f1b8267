package document

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// webText makes text of the nodes of a cleaned page.
type webText struct {
	flow     flow
	title    string // first heading of level 1
	pictures bool

	line    strings.Builder // of the open paragraph
	space   bool            // white space is due before the next word
	last    rune            // written to line, 0 at its start
	heading int             // level of the open heading, 0 without one
	pre     bool            // white space counts
	lists   int             // open lists
	mark    string          // of the open list item, "" when written
	group   int             // of the open list or preformatted text
	sup     bool            // in a raised text
}

// The elements that begin and end a paragraph.
var breaking = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Body: true, atom.Caption: true,
	atom.Center: true, atom.Details: true, atom.Dialog: true, atom.Div: true, atom.Fieldset: true, atom.Figcaption: true,
	atom.Figure: true, atom.Footer: true, atom.Form: true, atom.Header: true, atom.Hgroup: true, atom.Hr: true,
	atom.Html: true, atom.Legend: true, atom.Main: true, atom.P: true, atom.Section: true, atom.Summary: true,
}

// The elements whose content is no text of the page.
var silent = map[atom.Atom]bool{
	atom.Head: true, atom.Nav: true, atom.Template: true, atom.Svg: true, atom.Object: true, atom.Audio: true,
	atom.Video: true, atom.Canvas: true, atom.Select: true, atom.Datalist: true, atom.Button: true, atom.Rp: true,
	atom.Map: true, atom.Menuitem: true, atom.Progress: true, atom.Meter: true,
}

func (w *webText) children(n *html.Node) {
	for c := range n.ChildNodes() {
		w.node(c)
	}
}

func (w *webText) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		w.write(n.Data)
	case n.Type == html.ElementNode && !hidden(n):
		w.element(n)
	}
}

func hidden(n *html.Node) bool { return hasAttr(n, "hidden") }

func (w *webText) element(n *html.Node) {
	if n.DataAtom == atom.Img || n.DataAtom == atom.Svg || n.DataAtom == atom.Image {
		w.pictures = true
	}
	if w.inline(n) || silent[n.DataAtom] || n.Data == "annotation" || n.Data == "annotation-xml" {
		return
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.within(func() { w.heading, w.mark = int(n.Data[1]-'0'), "" }, n)
	case atom.Pre, atom.Xmp, atom.Plaintext, atom.Listing:
		w.within(func() { w.pre, w.group = true, w.flow.newGroup() }, n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		w.list(n)
	case atom.Li:
		w.item(n, "- ")
	case atom.Dl:
		w.within(func() { w.group = w.flow.newGroup() }, n)
	case atom.Dt:
		w.within(func() {}, n)
	case atom.Dd:
		w.item(n, "  ")
	case atom.Table:
		w.flush()
		w.rows(n, w.flow.newGroup())
	default:
		if breaking[n.DataAtom] {
			w.within(func() {}, n)
			return
		}
		w.children(n)
	}
}

// within reads n as a paragraph of its own, with the state that set makes.
func (w *webText) within(set func(), n *html.Node) {
	w.flush()
	heading, pre, group, lists := w.heading, w.pre, w.group, w.lists
	set()
	w.children(n)
	w.flush()
	w.heading, w.pre, w.group, w.lists = heading, pre, group, lists
}

func (w *webText) list(n *html.Node) {
	w.flush()
	group, mark := w.group, w.mark
	if w.lists++; w.lists == 1 {
		w.group = w.flow.newGroup()
	}
	number, err := strconv.Atoi(attr(n, "start"))
	if err != nil {
		number = 1
	}
	for c := range n.ChildNodes() {
		if c.DataAtom != atom.Li || hidden(c) {
			w.node(c)
			continue
		}
		if n.DataAtom != atom.Ol {
			w.item(c, "- ")
			continue
		}
		if v, err := strconv.Atoi(attr(c, "value")); err == nil {
			number = v
		}
		w.item(c, fmt.Sprintf("%d. ", number))
		number++
	}
	w.flush()
	w.lists--
	w.group, w.mark = group, mark
}

func (w *webText) item(n *html.Node, mark string) {
	w.flush()
	if w.group == 0 {
		w.group = w.flow.newGroup()
		defer func() { w.group = 0 }()
	}
	if w.lists == 0 {
		w.lists = 1
		defer func() { w.lists = 0 }()
	}
	w.mark = mark
	w.children(n)
	w.flush()
	w.mark = ""
}

// rows reads the parts of a table.
func (w *webText) rows(n *html.Node, group int) {
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.ElementNode && hidden(c):
		case c.DataAtom == atom.Thead || c.DataAtom == atom.Tbody || c.DataAtom == atom.Tfoot:
			w.rows(c, group)
		case c.DataAtom == atom.Tr:
			w.flow.row(w.cells(c), group)
		default:
			w.node(c)
			w.flush()
		}
	}
}

func (w *webText) cells(row *html.Node) []flow {
	var cells []flow
	for c := range row.ChildNodes() {
		if c.Type != html.ElementNode || hidden(c) {
			continue
		}
		cell := &webText{title: w.title}
		cell.children(c)
		cell.flush()
		w.title, w.pictures = cell.title, w.pictures || cell.pictures
		cells = append(cells, cell.flow)
	}
	return cells
}

// flush ends the open paragraph.
func (w *webText) flush() {
	text := w.line.String()
	w.line.Reset()
	w.space, w.last = false, 0
	if w.pre {
		w.flow.add(block{text: strings.Trim(text, "\n"), group: w.group})
		return
	}
	text = strings.Trim(text, blankCutset)
	switch {
	case text == "":
	case w.heading > 0:
		w.flow.heading(w.heading, text)
		if w.heading == 1 && w.title == "" {
			w.title = strings.Join(strings.Fields(text), " ")
		}
	case w.lists > 0:
		w.flow.item(w.lists-1, w.mark, text, w.group)
		w.mark = ""
	default:
		w.flow.line("", text, w.group)
	}
}
