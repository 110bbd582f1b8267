package models

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// row is one entry of a list, as plain data: a heading, a model, a note. Its
// texts are drawn in this order, below each other, buttons at their right.
type row struct {
	above   string // an ordinary text before the title; "": none
	title   string
	heading bool   // the title is that of a group
	mark    string // beside the title; "": none
	lines   []line
	bar     bool // a progress bar
	done    float32
	buttons []button
}

// line is a text that is wrapped. What a line says is in its words: icons only
// repeat it.
type line struct {
	text string
	icon fyne.Resource // nil: none
	dim  bool
	path bool // it is a path, shown on one line
}

type button struct {
	text       string
	icon       fyne.Resource
	importance widget.Importance
	tapped     func()
}

// said is the row as a screen reader says it.
func (r *row) said() string {
	parts := []string{r.above, r.title, r.mark}
	for _, l := range r.lines {
		parts = append(parts, l.text)
	}
	parts = strings.FieldsFunc(strings.Join(parts, "\n"), func(c rune) bool { return c == '\n' })
	return strings.Join(parts, ". ")
}

// rowView draws a row.
type rowView struct {
	widget.BaseWidget
	row    row
	framed bool // it is a card
}

var (
	_ fyne.Widget     = (*rowView)(nil)
	_ fyne.Accessible = (*rowView)(nil)
)

func newRowView() *rowView {
	v := &rowView{}
	v.ExtendBaseWidget(v)
	return v
}

// show shows another row.
func (v *rowView) show(r row) {
	v.row = r
	v.Refresh()
}

// AccessibilityLabel is what the row says.
func (v *rowView) AccessibilityLabel() string { return v.row.said() }

// AccessibilityRole is that of a container, because of the buttons.
func (v *rowView) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// Tapped keeps clicks from the list: only buttons do something.
func (v *rowView) Tapped(*fyne.PointEvent) {}

// MinSize is the size at the row's present width, which wraps its texts.
func (v *rowView) MinSize() fyne.Size {
	v.ExtendBaseWidget(v)
	return v.BaseWidget.MinSize()
}

// CreateRenderer is for Fyne.
func (v *rowView) CreateRenderer() fyne.WidgetRenderer {
	r := newRowRenderer(v)
	r.Refresh()
	return r
}

// fonts of the parts of a row.
type fonts struct{ title, heading, text, mark font }

func (v *rowView) fonts() fonts {
	size := func(name fyne.ThemeSizeName) float32 { return theme.SizeForWidget(name, v) }
	bold := fyne.TextStyle{Bold: true}
	return fonts{
		title:   font{size(theme.SizeNameText), bold},
		heading: font{size(theme.SizeNameSubHeadingText), bold},
		text:    font{size(theme.SizeNameCaptionText) + 1, fyne.TextStyle{}},
		mark:    font{size(theme.SizeNameCaptionText), bold},
	}
}
