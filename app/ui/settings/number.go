package settings

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// number is a field for a number within limits.
type number struct {
	*field
	entry    *widget.Entry
	min, max float64
	whole    bool
	changed  func()
	valid    float64 // the last value that was within the limits
	problem  string  // what is wrong with the text; "": nothing
}

func newNumber(name, hint string, min, max float64, whole bool, changed func()) *number {
	n := &number{entry: widget.NewEntry(), min: min, max: max, whole: whole, changed: changed}
	n.field = newField(name, n.entry, hint)
	n.entry.OnChanged = func(string) { n.typed() }
	n.entry.AlwaysShowValidationError = true // by the colour of its border
	return n
}

// set shows a value.
func (n *number) set(v float64) {
	n.valid = v
	n.entry.SetText(n.format(v))
}

// typed reads what was typed.
func (n *number) typed() {
	v, problem := n.parse(n.entry.Text)
	n.problem = problem
	n.say(problem)
	n.entry.SetValidationError(nil)
	if problem == "" {
		n.valid = v
	} else {
		n.entry.SetValidationError(errors.New(problem))
	}
	n.changed()
}

// parse reads a number with a decimal point or comma; problem is for people.
func (n *number) parse(text string) (v float64, problem string) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && v >= n.min && v <= n.max && (!n.whole || v == math.Trunc(v)) {
		return v, ""
	}
	limits := map[string]any{"Min": n.format(n.min), "Max": n.format(n.max)}
	if n.whole {
		return 0, lang.L("Whole number from {{.Min}} to {{.Max}}", limits)
	}
	return 0, lang.L("Number from {{.Min}} to {{.Max}}", limits)
}

func (n *number) format(v float64) string { return numbers.Plain(v) }

// enable says whether the number plays a part.
func (n *number) enable(on bool) {
	if on {
		n.entry.Enable()
	} else {
		n.entry.Disable()
	}
}
