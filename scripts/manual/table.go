package main

import (
	"math"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

const (
	columnGap = 14.0
	// A column this narrow is never broken into lines for wider ones.
	columnLeast = 90.0
)

// cell is a table's cell; a cell that is one code span is set in the code font.
type cell struct {
	text string
	code bool
	bold bool
}

// table sets a table with a rule under its head. Rows are not broken over
// pages.
func (b *book) table(t *extast.Table, source []byte) {
	var rows [][]cell
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		_, isHead := r.(*extast.TableHeader)
		var row []cell
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			_, isCode := c.FirstChild().(*ast.CodeSpan)
			isCode = isCode && c.FirstChild() == c.LastChild()
			row = append(row, cell{text: plain(c, source), code: isCode, bold: isHead})
		}
		rows = append(rows, row)
	}
	widths := b.columnWidths(rows)
	b.need(3 * (cellLead + 4))
	b.pdf.SetDrawColor(150, 150, 150)
	for i, row := range rows {
		b.tableRow(row, widths)
		if i == 0 {
			b.pdf.Line(marginX, b.pdf.GetY()-2, pageWidth-marginX, b.pdf.GetY()-2)
		}
	}
	b.pdf.Ln(9)
}

func (b *book) cellFont(c cell) {
	switch {
	case c.code:
		b.pdf.SetFont("code", "", cellSize-0.7)
	case c.bold:
		b.pdf.SetFont("body", "B", cellSize)
	default:
		b.pdf.SetFont("body", "", cellSize)
	}
}

// columnWidths gives each column the width of its longest cell, and cuts the
// wide ones alike where the sum is too wide for the page.
func (b *book) columnWidths(rows [][]cell) []float64 {
	widths := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			b.cellFont(c)
			widths[i] = max(widths[i], b.pdf.GetStringWidth(c.text)+2)
		}
	}
	room := textWidth - columnGap*float64(len(widths)-1)
	total, wide := 0.0, 0.0
	for _, w := range widths {
		total += w
		if w > columnLeast {
			wide += w
		}
	}
	if total > room && wide > 0 {
		for i, w := range widths {
			if w > columnLeast {
				widths[i] = w * (wide - (total - room)) / wide
			}
		}
	}
	return widths
}

func (b *book) tableRow(row []cell, widths []float64) {
	lines := make([][]string, len(row))
	height := 1
	for i, c := range row {
		b.cellFont(c)
		lines[i] = b.pdf.SplitText(c.text, widths[i])
		height = max(height, len(lines[i]))
	}
	b.need(float64(height)*cellLead + 4)
	x, y := marginX, b.pdf.GetY()
	for i, c := range row {
		b.cellFont(c)
		for k, l := range lines[i] {
			b.pdf.SetXY(x, y+float64(k)*cellLead)
			b.pdf.CellFormat(widths[i], cellLead, l, "", 0, "L", false, 0, "")
		}
		x += widths[i] + columnGap
	}
	b.pdf.SetXY(marginX, math.Ceil(y+float64(height)*cellLead+4))
}
