// Package numbers writes numbers as the language of the window does.
package numbers

import (
	"strings"

	"fyne.io/fyne/v2/lang"
	"github.com/dustin/go-humanize"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

func printer() *message.Printer {
	return message.NewPrinter(language.Make(lang.SystemLocale().LanguageString()))
}

// Whole writes a whole number with its groups of digits set apart: 2,048.
func Whole(n int) string { return printer().Sprint(number.Decimal(n)) }

// Decimal writes a number with so many digits after the point: 1,234.50.
func Decimal(v float64, digits int) string {
	return printer().Sprint(number.Decimal(v, number.Scale(digits)))
}

// Plain writes a number as people type it: all digits that it has, not set
// apart.
func Plain(v float64) string {
	return printer().Sprint(number.Decimal(v, number.NoSeparator(), number.MaxFractionDigits(15)))
}

// Percent writes a share; one that would round to nothing is still something.
func Percent(share float64) string {
	if share > 0 && share < 0.005 {
		return "<" + Percent(0.01)
	}
	return printer().Sprint(number.Percent(share, number.MaxFractionDigits(0)))
}

// Size writes bytes in the largest binary unit: 1.5 GiB.
func Size(bytes int64) string {
	value, unit, _ := strings.Cut(humanize.IBytes(uint64(max(0, bytes))), " ")
	if whole, fraction, ok := strings.Cut(value, "."); ok {
		point := strings.Trim(Decimal(1.5, 1), "15")
		value = whole + point + fraction
	}
	return value + " " + unit
}
