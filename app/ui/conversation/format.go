package conversation

import (
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// printer writes numbers as the user's language does.
func printer() *message.Printer {
	return message.NewPrinter(language.Make(lang.SystemLocale().LanguageString()))
}

// count writes a whole number with its groups of digits set apart: 2,048.
func count(n int) string { return printer().Sprint(number.Decimal(n)) }

// decimal writes a number with one digit after the point, or none from 100 on.
func decimal(x float64) string {
	digits := 1
	if x >= 100 {
		digits = 0
	}
	return printer().Sprint(number.Decimal(x, number.Scale(digits)))
}

// percent writes a share; one that would round to nothing is still something.
func percent(share float64) string {
	if share > 0 && share < 0.005 {
		return "<" + percent(0.01)
	}
	return printer().Sprint(number.Percent(share, number.MaxFractionDigits(0)))
}

// duration writes how long something takes still, in its two largest units.
func duration(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return lang.L("{{.Seconds}} s", map[string]any{"Seconds": s})
	case s < 3600:
		return lang.L("{{.Minutes}} min", map[string]any{"Minutes": (s + 30) / 60})
	}
	return lang.L("{{.Hours}} h {{.Minutes}} min", map[string]any{"Hours": s / 3600, "Minutes": s % 3600 / 60})
}

const dot = " · "

// line writes figures as one line.
func (f Figures) line() string {
	var parts []string
	if f.Tokens > 0 {
		parts = append(parts, lang.L("{{.Count}} tokens", map[string]any{"Count": count(f.Tokens)}))
	}
	if f.Rate > 0 {
		parts = append(parts, lang.L("{{.Rate}} tokens/s", map[string]any{"Rate": decimal(f.Rate)}))
	}
	if f.First > 0 {
		parts = append(parts, lang.L("first token after {{.Seconds}} s", map[string]any{"Seconds": decimal(f.First.Seconds())}))
	}
	if f.Attending > 0 && f.Context > 0 {
		parts = append(parts, lang.L("attending {{.Count}} of {{.Total}} tokens", map[string]any{"Count": count(f.Attending), "Total": count(f.Context)}))
	}
	return strings.Join(parts, dot)
}

// meter writes what of the documents was read and what a step attends to.
func (s Status) meter() string {
	switch {
	case s.Pages == 0 && s.Attending == 0:
		return ""
	case s.Pages == 0:
		return lang.L("attending {{.Count}} tokens", map[string]any{"Count": count(s.Attending)})
	}
	read := lang.L("read {{.Read}} of {{.Pages}} pages", map[string]any{"Read": count(s.PagesRead), "Pages": count(s.Pages)})
	if s.Attending == 0 {
		return read
	}
	return read + ", " + lang.L("attending {{.Count}} tokens", map[string]any{"Count": count(s.Attending)})
}
