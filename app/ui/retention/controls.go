package retention

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// Format is what a picture or a log can be exported as.
type Format string

// The formats.
const (
	PNG  Format = "png"
	CSV  Format = "csv"
	JSON Format = "json"
)

// The budgets that the slider offers, in tokens: it has eight steps from one
// power of two to the next.
const (
	minBudget = 608 // below it the published settings leave no block to recall
	maxBudget = 8192
	perOctave = 8
)

// controls choose the method and the budget, and export.
type controls struct {
	OnBudget func(tokens int)
	OnMethod func(string)
	OnExport func(Format)
	OnMemory func(bool)

	method *widget.Select
	budget *widget.Slider
	number *canvas.Text
	memory *widget.Check
	export *widget.Button
	reason *widget.Label
	flow   *flow
	quiet  bool // a value is set by the program, not by a person
	row    *fyne.Container
}

func newControls() *controls {
	c := &controls{flow: &flow{gap: 8, wide: map[fyne.CanvasObject]bool{}}}
	c.method = widget.NewSelect(nil, func(s string) {
		if !c.quiet && c.OnMethod != nil {
			c.OnMethod(s)
		}
	})
	c.method.PlaceHolder = lang.L("Method")
	c.number = canvas.NewText("", nil)
	c.budget = widget.NewSlider(0, math.Round(perOctave*math.Log2(maxBudget/float64(minBudget))))
	c.budget.OnChanged = func(float64) { c.label() }
	c.budget.OnChangeEnded = func(v float64) {
		if c.OnBudget != nil {
			c.OnBudget(budgetAt(v))
		}
	}
	c.memory = widget.NewCheck(lang.L("Show recently recalled"), func(on bool) {
		if c.OnMemory != nil {
			c.OnMemory(on)
		}
	})
	c.memory.Checked = true
	c.export = widget.NewButtonWithIcon(lang.L("Export"), theme.DocumentSaveIcon(), c.menu)
	c.reason = widget.NewLabel("")
	c.reason.Wrapping = fyne.TextWrapWord
	c.reason.SizeName = theme.SizeNameCaptionText
	c.reason.Hide()
	slider := container.New(&budgetLayout{c}, c.budget, c.number)
	c.flow.wide[slider] = true
	c.row = container.New(c.flow, container.New(&choiceLayout{c.method}, c.method), c.export, slider, c.memory)
	c.setBudget(2048)
	return c
}

// budgetAt is the budget of a place of the slider, in multiples of 32 tokens.
func budgetAt(v float64) int { return int(minBudget*math.Exp2(v/perOctave)/32+0.5) * 32 }

// setBudget shows a budget without telling anyone.
func (c *controls) setBudget(tokens int) {
	c.budget.Value = min(max(math.Round(perOctave*math.Log2(float64(max(tokens, 1))/minBudget)), 0), c.budget.Max)
	c.budget.Refresh()
	c.write(tokens)
}

func (c *controls) label() { c.write(budgetAt(c.budget.Value)) }

func (c *controls) write(tokens int) {
	c.number.Text = lang.L("{{.Tokens}} tokens", map[string]any{"Tokens": numbers.Whole(tokens)})
	c.colour()
}

func (c *controls) colour() {
	c.number.TextSize = theme.TextSize()
	c.number.Color = theme.Color(theme.ColorNameForeground)
	if c.budget.Disabled() {
		c.number.Color = theme.Color(theme.ColorNameDisabled)
	}
	c.number.Refresh()
}

// setMethods offers methods and shows the current one, without telling anyone.
func (c *controls) setMethods(all []string, current string) {
	c.quiet = true
	defer func() { c.quiet = false }()
	c.method.SetOptions(all)
	defer c.row.Refresh()
	if current == "" {
		c.method.ClearSelected()
		return
	}
	c.method.SetSelected(current)
}

// enable lets a person choose method and budget, or says why not.
func (c *controls) enable(reason string) {
	if reason == "" {
		c.method.Enable()
		c.budget.Enable()
		c.reason.Hide()
	} else {
		c.method.Disable()
		c.budget.Disable()
		c.reason.SetText(reason)
		c.reason.Show()
	}
	c.colour()
}

// exports is the menu of what can be exported.
func (c *controls) exports() *fyne.Menu {
	item := func(text string, f Format) *fyne.MenuItem {
		return fyne.NewMenuItem(text, func() {
			if c.OnExport != nil {
				c.OnExport(f)
			}
		})
	}
	return fyne.NewMenu("",
		item(lang.L("Picture (PNG)…"), PNG),
		item(lang.L("Table of all layers (CSV)…"), CSV),
		item(lang.L("Complete log (JSON)…"), JSON))
}

// menu shows the menu below the button.
func (c *controls) menu() {
	if at := fyne.CurrentApp().Driver().CanvasForObject(c.export); at != nil {
		widget.ShowPopUpMenuAtRelativePosition(c.exports(), at, fyne.NewPos(0, c.export.Size().Height), c.export)
	}
}

// choiceLayout gives a choice the width of its widest option: by itself it has
// that of its place holder and cuts off what is longer.
type choiceLayout struct{ choice *widget.Select }

func (l *choiceLayout) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }

func (l *choiceLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	measure := func(s string) float32 { return fyne.MeasureText(s, theme.TextSize(), fyne.TextStyle{}).Width }
	m, holder := o[0].MinSize(), measure(l.choice.PlaceHolder)
	widest := holder
	for _, option := range l.choice.Options {
		widest = max(widest, measure(option))
	}
	return m.AddWidthHeight(widest-holder, 0)
}

// budgetLayout puts the number right of the slider, with room for the largest,
// so that the slider stays where it is when the number changes.
type budgetLayout struct{ c *controls }

func (l *budgetLayout) text() float32 {
	widest := lang.L("{{.Tokens}} tokens", map[string]any{"Tokens": numbers.Whole(maxBudget)})
	return fyne.MeasureText(widest, theme.TextSize(), fyne.TextStyle{}).Width + 4
}

func (l *budgetLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := size.Width - l.text()
	o[0].Resize(fyne.NewSize(w, size.Height))
	h := o[1].MinSize().Height
	o[1].Move(fyne.NewPos(w, (size.Height-h)/2))
	o[1].Resize(fyne.NewSize(l.text(), h))
}

func (l *budgetLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(90+l.text(), max(o[0].MinSize().Height, o[1].MinSize().Height))
}
