// Package settings draws the contents of the dialogs for settings: those of a
// conversation and those of the application, the list of keyboard shortcuts,
// and what the program is made of. A form takes a plain struct and hands back a
// changed one; it keeps and applies nothing.
//
// Like all of Fyne it is used on the UI goroutine only.
package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// field is a control with its name above and a line below: a hint, or what is
// wrong with the value.
type field struct {
	box   fyne.CanvasObject // what is drawn
	note  *widget.RichText
	style *widget.TextSegment
	hint  string
}

func newField(name string, control fyne.CanvasObject, hint string) *field {
	f := &field{hint: hint, style: &widget.TextSegment{Style: widget.RichTextStyle{SizeName: theme.SizeNameCaptionText}}}
	f.note = widget.NewRichText(f.style)
	f.say("")
	title := widget.NewLabelWithStyle(name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	// The texts have a padding of their own.
	f.box = container.New(layout.NewCustomPaddedVBoxLayout(-5), title, control, f.note)
	return f
}

// say shows what is wrong; with "", the hint.
func (f *field) say(problem string) {
	f.style.Text, f.style.Style.ColorName = f.hint, theme.ColorNamePlaceHolder
	if problem != "" {
		f.style.Text, f.style.Style.ColorName = problem, theme.ColorNameError
	}
	f.note.Refresh()
}

// setHint changes the hint.
func (f *field) setHint(hint string) {
	f.hint = hint
	f.say("")
}

// option is something to choose.
type option struct{ id, name string }

// choice is a list of options of which one is chosen.
type choice struct {
	*widget.Select
	options []option
	changed func(id string)
}

func newChoice(options []option, id string, changed func(id string)) *choice {
	c := &choice{options: options}
	c.Select = widget.NewSelect(nil, nil)
	c.set(id)
	c.Select.OnChanged = func(string) { c.changed(c.id()) }
	c.changed = changed
	return c
}

// set chooses an option; one that is not in the list, such as a device that is
// gone, is shown by its id.
func (c *choice) set(id string) {
	known := false
	for _, o := range c.options {
		known = known || o.id == id
	}
	if !known {
		c.options = append(c.options, option{id, id})
	}
	names := make([]string, len(c.options))
	for i, o := range c.options {
		names[i] = o.name
	}
	c.Select.Options = names
	for i, o := range c.options {
		if o.id == id {
			c.SetSelectedIndex(i)
		}
	}
}

func (c *choice) id() string { return c.options[c.SelectedIndex()].id }

// section is a heading over fields in columns.
func section(name string, columns int, fields ...*field) fyne.CanvasObject {
	grid := container.New(layout.NewGridLayoutWithColumns(columns))
	for _, f := range fields {
		grid.Add(f.box)
	}
	return container.New(layout.NewCustomPaddedVBoxLayout(0), heading(name), grid)
}

func heading(text string) fyne.CanvasObject {
	return widget.NewRichText(&widget.TextSegment{Text: text, Style: widget.RichTextStyleSubHeading})
}

// scrolled is content that takes at least this size, in pixels, and scrolls
// where it needs more.
func scrolled(width, height float32, content fyne.CanvasObject) fyne.CanvasObject {
	s := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 4, 4, 14), content))
	s.SetMinSize(fyne.NewSize(width, height))
	return s
}
