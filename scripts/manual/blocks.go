package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// setChapter begins a new page and sets a chapter's blocks.
func (b *book) setChapter(c *chapter) {
	b.chapter++
	b.section = 0
	b.head = "" // none above the chapter's own heading
	b.pdf.AddPage()
	b.head = fmt.Sprintf("%d  %s", b.chapter, c.title)
	for n := c.root.FirstChild(); n != nil && b.err == nil; n = n.NextSibling() {
		b.block(n, c.source)
	}
}

func (b *book) block(n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		b.heading(n, source)
	case *ast.Paragraph, *ast.TextBlock:
		b.paragraph(n, source)
		b.pdf.Ln(6)
	case *ast.Blockquote:
		b.indented(18, func() {
			for k := n.FirstChild(); k != nil; k = k.NextSibling() {
				b.block(k, source)
			}
		})
	case *ast.List:
		b.list(n, source)
	case *ast.FencedCodeBlock:
		b.code(n, source)
	case *extast.Table:
		b.table(n, source)
	default:
		b.err = fmt.Errorf("no typesetting for %s", n.Kind())
	}
}

func (b *book) heading(h *ast.Heading, source []byte) {
	title := plain(h, source)
	e := entry{title: title, level: h.Level}
	switch h.Level {
	case 1:
		e.number = strconv.Itoa(b.chapter)
		b.pdf.SetY(96)
		b.pdf.SetFont("body", "B", 20)
		e.page = b.pdf.PageNo()
		b.pdf.Bookmark(e.number+"  "+title, 0, -1)
		b.pdf.MultiCell(textWidth, 26, e.number+"  "+title, "", "L", false)
		b.pdf.Ln(14)
	case 2:
		b.section++
		e.number = fmt.Sprintf("%d.%d", b.chapter, b.section)
		b.need(70) // a heading stays with the lines that follow it
		b.pdf.Ln(8)
		b.pdf.SetFont("body", "B", 12.5)
		e.page = b.pdf.PageNo()
		b.pdf.Bookmark(e.number+"  "+title, 1, -1)
		b.pdf.MultiCell(textWidth, 17, e.number+"  "+title, "", "L", false)
		b.pdf.Ln(5)
	default:
		b.err = fmt.Errorf("heading %q: level %d is not used in the manual", title, h.Level)
		return
	}
	b.contents = append(b.contents, e)
}

// paragraph sets a run of text and ends its last line.
func (b *book) paragraph(n ast.Node, source []byte) {
	b.need(2 * bodyLead)
	b.inline(n, source, "")
	b.pdf.Ln(bodyLead)
}

// inline sets a node's text, with its markup, in the given style of the body font.
func (b *book) inline(n ast.Node, source []byte, style string) {
	// The parser cuts text at characters that might be markup. Pieces are put
	// together again, or a line could break within a word.
	var run strings.Builder
	flush := func() {
		b.pdf.SetFont("body", style, bodySize)
		b.pdf.Write(bodyLead, run.String())
		run.Reset()
	}
	for k := n.FirstChild(); k != nil; k = k.NextSibling() {
		switch k := k.(type) {
		case *ast.Text:
			run.Write(k.Value(source))
			if k.SoftLineBreak() {
				run.WriteByte(' ')
			}
		case *ast.Emphasis:
			flush()
			b.inline(k, source, []string{"", "I", "B"}[k.Level])
		case *ast.CodeSpan:
			flush()
			b.pdf.SetFont("code", "", bodySize-0.7)
			b.pdf.Write(bodyLead, plain(k, source))
		default:
			b.err = fmt.Errorf("no typesetting for %s", k.Kind())
		}
	}
	flush()
}

// indented sets what set draws with a wider left margin.
func (b *book) indented(by float64, set func()) {
	left, _, _, _ := b.pdf.GetMargins()
	b.pdf.SetLeftMargin(left + by)
	b.pdf.SetX(left + by)
	set()
	b.pdf.SetLeftMargin(left)
	b.pdf.SetX(left)
}

func (b *book) list(l *ast.List, source []byte) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		b.need(2 * bodyLead)
		mark := "•"
		if l.IsOrdered() {
			mark = strconv.Itoa(number) + "."
			number++
		}
		b.pdf.SetFont("body", "", bodySize)
		b.pdf.Write(bodyLead, mark)
		b.indented(18, func() {
			for k := item.FirstChild(); k != nil; k = k.NextSibling() {
				b.paragraph(k, source)
			}
		})
		b.pdf.Ln(2)
	}
	b.pdf.Ln(5)
}

func (b *book) code(n *ast.FencedCodeBlock, source []byte) {
	text := strings.TrimRight(string(n.Lines().Value(source)), "\n")
	lines := strings.Split(text, "\n")
	b.need(float64(len(lines))*codeLead + 10)
	b.pdf.SetFont("code", "", codeSize)
	for _, l := range lines {
		if w := b.pdf.GetStringWidth(l); w > textWidth-12 {
			b.err = fmt.Errorf("a line of code is %.0f points wide, %.0f fit: %s", w, textWidth-12, l)
		}
	}
	b.pdf.SetFillColor(243, 243, 240)
	b.pdf.Rect(marginX, b.pdf.GetY(), textWidth, float64(len(lines))*codeLead+8, "F")
	b.pdf.SetY(b.pdf.GetY() + 4)
	for _, l := range lines {
		b.pdf.SetX(marginX + 6)
		b.pdf.CellFormat(textWidth-12, codeLead, l, "", 1, "L", false, 0, "")
	}
	b.pdf.SetY(b.pdf.GetY() + 12)
}
