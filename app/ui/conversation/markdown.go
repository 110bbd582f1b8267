package conversation

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// kind is what a block of Markdown is.
type kind int

const (
	paragraph kind = iota // also headings and items of lists: runs
	code                  // code
	table                 // align, rows
	rule
)

// block is a leaf of a Markdown document. Lists and quotes are not blocks: what they contain is
// indented or quoted.
type block struct {
	kind     kind
	runs     []run
	code     string // source of a code block or formula
	language string // of the code, "" if not said
	align    []fyne.TextAlign
	rows     [][][]run // the first row is the heading
	indent   int       // lists around it
	quote    int       // quotes around it
	marker   string    // before the first block of a list item
	tight    bool      // no gap above, as between the items of a tight list
}

// document is a Markdown text as blocks. It can grow without its finished parts being parsed again.
type document struct {
	source string
	blocks []block
	tail   int // byte at which the last top-level block starts
	stable int // blocks before that one
}

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.TaskList, extension.Linkify),
	goldmark.WithParserOptions(
		parser.WithInlineParsers(util.Prioritized(inlineMath{}, 50)),
		parser.WithBlockParsers(util.Prioritized(blockMath{}, 650)),
	),
).Parser()

// set replaces the text. It returns the number of blocks at the beginning that stayed as they were.
func (d *document) set(source string) int {
	old := d.blocks
	d.parse(source, 0, nil)
	same := 0
	for same < len(old) && same < len(d.blocks) && reflect.DeepEqual(old[same], d.blocks[same]) {
		same++
	}
	return same
}

// grow replaces the text by a longer one. Only the last top-level block is parsed again, for what
// follows can change no other; only definitions of links that earlier text refers to are missed, until
// set is called. It returns the number of blocks that stayed as they were.
func (d *document) grow(source string) int {
	if len(source) < d.tail || source[:d.tail] != d.source[:d.tail] {
		return d.set(source)
	}
	stable := d.stable
	d.parse(source, d.tail, d.blocks[:d.stable:d.stable])
	return stable
}

func (d *document) parse(source string, from int, before []block) {
	src := []byte(source[from:])
	root := markdown.Parse(text.NewReader(src))
	c := &converter{source: src, blocks: before}
	d.source, d.tail, d.stable = source, from, len(before)
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Pos() >= 0 {
			d.tail = from + bytes.LastIndexByte(src[:n.Pos()], '\n') + 1
			d.stable = len(c.blocks)
		}
		c.block(n, place{})
	}
	d.blocks = c.blocks
}

// place is where in lists and quotes a node is.
type place struct {
	indent, quote int
	marker        string
	tight         bool
}

type converter struct {
	source []byte
	blocks []block
}

func (c *converter) add(b block, p *place) {
	b.indent, b.quote, b.marker, b.tight = p.indent, p.quote, p.marker, p.tight
	p.marker = "" // belongs to the first block only
	c.blocks = append(c.blocks, b)
}

// block converts a block node and all below it.
func (c *converter) block(n ast.Node, p place) place {
	switch n := n.(type) {
	case *ast.Heading:
		s := style{bold: true}
		switch n.Level {
		case 1:
			s.size = theme.SizeNameHeadingText
		case 2:
			s.size = theme.SizeNameSubHeadingText
		}
		c.add(block{runs: c.inline(n, s)}, &p)
	case *ast.FencedCodeBlock:
		c.add(block{kind: code, code: c.raw(n), language: string(n.Language(c.source))}, &p)
	case *ast.CodeBlock:
		c.add(block{kind: code, code: c.raw(n)}, &p)
	case *mathBlock:
		c.add(block{kind: code, code: c.raw(n), language: "math"}, &p)
	case *ast.HTMLBlock:
		raw := c.raw(n)
		if n.HasClosure() {
			raw += "\n" + strings.TrimRight(string(n.ClosureLine.Value(c.source)), "\n")
		}
		c.add(block{kind: code, code: raw, language: "html"}, &p)
	case *ast.ThematicBreak:
		c.add(block{kind: rule}, &p)
	case *extast.Table:
		c.table(n, &p)
	case *ast.Blockquote:
		inner := p
		inner.quote++
		c.children(n, inner)
	case *ast.List:
		c.list(n, p)
	case *ast.LinkReferenceDefinition: // says only where links of the text lead
	default:
		c.add(block{runs: c.inline(n, style{})}, &p)
	}
	return p
}

func (c *converter) children(n ast.Node, p place) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		p = c.block(child, p)
		p.marker = ""
	}
}

func (c *converter) list(n *ast.List, p place) {
	number, first := n.Start, true
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		inner := place{indent: p.indent + 1, quote: p.quote, marker: "•", tight: n.IsTight && (!first || p.tight || p.indent > 0)}
		if n.IsOrdered() {
			inner.marker = strconv.Itoa(number) + string(n.Marker)
			number++
		}
		if item.FirstChild() == nil {
			c.add(block{}, &inner)
		}
		c.children(item, inner)
		first = false
	}
}

func (c *converter) table(n *extast.Table, p *place) {
	b := block{kind: table}
	for _, a := range n.Alignments {
		align := fyne.TextAlignLeading
		switch a {
		case extast.AlignCenter:
			align = fyne.TextAlignCenter
		case extast.AlignRight:
			align = fyne.TextAlignTrailing
		}
		b.align = append(b.align, align)
	}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*extast.TableHeader)
		cells := make([][]run, 0, len(b.align))
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, c.inline(cell, style{bold: head}))
		}
		b.rows = append(b.rows, cells)
	}
	c.add(b, p)
}

// raw returns the lines of a block as they are, with tabs as spaces.
func (c *converter) raw(n ast.Node) string {
	var sb strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		sb.Write(line.Value(c.source))
	}
	return plain(strings.TrimRight(sb.String(), "\r\n"))
}

// plain makes text fit for drawing: one kind of line end, no tabs.
func plain(s string) string {
	return plainReplacer.Replace(s)
}

var plainReplacer = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\t", "    ", "\x00", "")
