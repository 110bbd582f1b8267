package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// The page is 6 by 9 inches; all measures are points.
const (
	pageWidth, pageHeight = 432.0, 648.0
	marginX, marginTop    = 54.0, 66.0
	marginBottom          = 60.0
	textWidth             = pageWidth - 2*marginX

	bodySize, bodyLead = 10.0, 14.5
	codeSize, codeLead = 8.0, 11.5
	cellSize, cellLead = 9.0, 12.5

	bookTitle = "The Fovea Manual"
	subtitle  = "Answers from very long documents, on your own computer"
)

// published is the date in the file's metadata: fixed, so that a rebuild of
// the same text is the same file.
var published = time.Date(2025, time.November, 24, 0, 0, 0, 0, time.UTC)

// chapter is a Markdown file: a heading of level 1 and what follows.
type chapter struct {
	source []byte
	root   ast.Node
	title  string
}

func parse(source []byte) (chapter, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table))
	root := md.Parser().Parse(text.NewReader(source))
	h, ok := root.FirstChild().(*ast.Heading)
	if !ok || h.Level != 1 {
		return chapter{}, fmt.Errorf("a chapter must begin with a heading of level 1")
	}
	return chapter{source: source, root: root, title: plain(h, source)}, nil
}

// plain is the text of a node without its markup.
func plain(n ast.Node, source []byte) string {
	var b bytes.Buffer
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// entry is a line of the table of contents.
type entry struct {
	number, title string
	level, page   int
}

// book is the state of one pass of typesetting.
type book struct {
	pdf      *fpdf.Fpdf
	contents []entry
	head     string // running head of the current chapter
	chapter  int
	section  int
	err      error
}

// typeset sets the whole book. Without contents the pages of the table of
// contents are counted but show no page numbers.
func typeset(chapters []chapter, contents []entry) (*book, error) {
	b := &book{pdf: fpdf.NewCustom(&fpdf.InitType{
		UnitStr: "pt", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight},
	})}
	b.pdf.SetCatalogSort(true)
	b.pdf.SetCreationDate(published)
	b.pdf.SetModificationDate(published)
	b.pdf.SetTitle(bookTitle, true)
	b.pdf.SetSubject(subtitle, true)
	b.pdf.SetAuthor("The Fovea authors", true)
	b.pdf.SetLang("en-GB")
	b.pdf.SetMargins(marginX, marginTop, marginX)
	b.pdf.SetAutoPageBreak(true, marginBottom)
	b.pdf.SetCellMargin(0)
	b.pdf.AddUTF8FontFromBytes("body", "", goregular.TTF)
	b.pdf.AddUTF8FontFromBytes("body", "B", gobold.TTF)
	b.pdf.AddUTF8FontFromBytes("body", "I", goitalic.TTF)
	b.pdf.AddUTF8FontFromBytes("code", "", gomono.TTF)
	b.pdf.SetHeaderFunc(b.header)
	b.pdf.SetFooterFunc(b.footer)
	b.titlePage()
	if contents == nil {
		contents = outline(chapters)
	}
	b.contentsPages(contents)
	for i := range chapters {
		b.setChapter(&chapters[i])
	}
	if b.err == nil {
		b.err = b.pdf.Error()
	}
	return b, b.err
}

// outline lists the headings that typesetting will meet, without pages.
func outline(chapters []chapter) []entry {
	var out []entry
	for _, c := range chapters {
		for n := c.root.FirstChild(); n != nil; n = n.NextSibling() {
			if h, ok := n.(*ast.Heading); ok && h.Level <= 2 {
				out = append(out, entry{title: plain(h, c.source), level: h.Level})
			}
		}
	}
	return out
}

func (b *book) bytes() ([]byte, error) {
	var buf bytes.Buffer
	if err := b.pdf.Output(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (b *book) header() {
	if b.head == "" {
		return
	}
	b.pdf.SetFont("body", "I", 8.5)
	b.pdf.SetTextColor(90, 90, 90)
	b.pdf.SetXY(marginX, 36)
	b.pdf.CellFormat(textWidth/2, 10, bookTitle, "", 0, "L", false, 0, "")
	b.pdf.CellFormat(textWidth/2, 10, b.head, "", 0, "R", false, 0, "")
	b.pdf.SetDrawColor(190, 190, 190)
	b.pdf.Line(marginX, 49, pageWidth-marginX, 49)
	b.pdf.SetTextColor(0, 0, 0)
	b.pdf.SetY(marginTop)
}

func (b *book) footer() {
	if b.pdf.PageNo() == 1 {
		return
	}
	b.pdf.SetFont("body", "", 8.5)
	b.pdf.SetXY(marginX, pageHeight-40)
	b.pdf.CellFormat(textWidth, 10, strconv.Itoa(b.pdf.PageNo()), "", 0, "C", false, 0, "")
}

func (b *book) titlePage() {
	b.pdf.AddPage()
	b.pdf.SetY(190)
	b.pdf.SetFont("body", "B", 28)
	b.pdf.MultiCell(textWidth, 36, bookTitle, "", "C", false)
	b.pdf.Ln(10)
	b.pdf.SetFont("body", "I", 12)
	b.pdf.MultiCell(textWidth, 17, subtitle, "", "C", false)
	b.pdf.SetY(pageHeight - 110)
	b.pdf.SetFont("body", "", 9)
	b.pdf.MultiCell(textWidth, 13, "First edition, "+published.Format("January 2006")+"\nPublished under the Apache License, version 2.0", "", "C", false)
}

func (b *book) contentsPages(contents []entry) {
	b.pdf.AddPage()
	b.pdf.SetFont("body", "B", 18)
	b.pdf.CellFormat(textWidth, 24, "Contents", "", 1, "L", false, 0, "")
	b.pdf.Ln(8)
	for _, e := range contents {
		indent, style := 18.0, ""
		if e.level == 1 {
			indent, style = 0, "B"
			b.need(3 * 13)
			b.pdf.Ln(4)
		}
		b.pdf.SetFont("body", style, 9.5)
		page := strconv.Itoa(e.page)
		b.pdf.SetX(marginX + indent)
		b.pdf.CellFormat(30, 13, e.number, "", 0, "L", false, 0, "")
		b.pdf.CellFormat(textWidth-indent-30-30, 13, e.title, "", 0, "L", false, 0, "")
		b.pdf.CellFormat(30, 13, page, "", 1, "R", false, 0, "")
	}
}

// need begins a new page unless height is left on this one.
func (b *book) need(height float64) {
	if b.pdf.GetY()+height > pageHeight-marginBottom {
		b.pdf.AddPage()
	}
}
