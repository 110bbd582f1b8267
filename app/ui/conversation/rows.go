package conversation

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// rowCounter finds out on how many rows an Entry wraps a text, which Entry itself does not tell: it lets
// the same widget that Entry draws its text with wrap it.
type rowCounter struct {
	text  *widget.RichText
	last  string
	width float32
	rows  int
}

// count returns the rows that a text takes in an entry of a width in pixels, at most most.
func (c *rowCounter) count(text string, width float32, most int) int {
	if strings.Count(text, "\n") >= most-1 || len(text) > most*int(width) {
		return most
	}
	if c.text == nil {
		c.text = widget.NewRichTextWithText("")
		c.text.Wrapping = fyne.TextWrapWord
	} else if c.last == text && c.width == width {
		return c.rows
	}
	c.last, c.width = text, width
	segment := c.text.Segments[0].(*widget.TextSegment)
	segment.Text = text
	c.text.Resize(fyne.NewSize(width, 1))
	c.text.Refresh()
	line := fyne.MeasureText("M", theme.Size(theme.SizeNameText), fyne.TextStyle{}).Height
	inner := c.text.MinSize().Height - 2*theme.Size(theme.SizeNameInnerPadding)
	c.rows = min(most, max(1, int(inner/line+0.5)))
	return c.rows
}
