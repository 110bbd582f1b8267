package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// About is what the program says about itself.
type About struct {
	Icon       fyne.Resource
	Version    string
	Licence    string // of the program
	Link       string // where it comes from; shown, never opened
	Components []Component
}

// Component is a part of the program that others wrote.
type Component struct {
	Name, Licence, Link string
}

// NewAbout makes the content of the dialog.
func NewAbout(a About) fyne.CanvasObject {
	icon := canvas.NewImageFromResource(a.Icon)
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(72))
	name := widget.NewRichText(&widget.TextSegment{Text: "Fovea", Style: widget.RichTextStyleHeading})
	facts := container.New(layout.NewCustomPaddedVBoxLayout(-8), name,
		widget.NewLabel(lang.L("Version {{.Version}}", map[string]any{"Version": a.Version})),
		small(lang.L("Licence: {{.Licence}}", map[string]any{"Licence": a.Licence})), link(a.Link))
	what := widget.NewLabel(lang.L("Talk with documents far longer than a model's window, and see what every layer recalls."))
	what.Wrapping = fyne.TextWrapWord
	head := container.NewVBox(container.NewBorder(nil, nil, container.NewPadded(icon), nil, facts), what,
		widget.NewLabelWithStyle(lang.L("Made with"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	for _, c := range a.Components {
		title := widget.NewLabel(lang.L("{{.Name}} ({{.Licence}})", map[string]any{"Name": c.Name, "Licence": c.Licence}))
		title.Truncation = fyne.TextTruncateEllipsis
		list.Add(container.New(layout.NewCustomPaddedVBoxLayout(-10), title, link(c.Link)))
	}
	return container.NewBorder(container.New(layout.NewCustomPaddedLayout(0, 0, 4, 14), head), nil, nil, nil, scrolled(520, 260, list))
}

func small(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.SizeName = theme.SizeNameCaptionText
	return l
}

// link is an address as text that can be copied.
func link(text string) *widget.Label {
	l := small(text)
	l.Selectable = true
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}
