package conversation

import (
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"fovea/app/ui/numbers"
)

// decimal writes a number with one digit after the point, or none from 100 on.
func decimal(x float64) string {
	if x >= 100 {
		return numbers.Decimal(x, 0)
	}
	return numbers.Decimal(x, 1)
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
		parts = append(parts, lang.L("{{.Count}} tokens", map[string]any{"Count": numbers.Whole(f.Tokens)}))
	}
	if f.Rate > 0 {
		parts = append(parts, lang.L("{{.Rate}} tokens/s", map[string]any{"Rate": decimal(f.Rate)}))
	}
	if f.First > 0 {
		parts = append(parts, lang.L("first token after {{.Seconds}} s", map[string]any{"Seconds": decimal(f.First.Seconds())}))
	}
	if f.Attending > 0 && f.Context > 0 {
		parts = append(parts, lang.L("attending {{.Count}} of {{.Total}} tokens", map[string]any{"Count": numbers.Whole(f.Attending), "Total": numbers.Whole(f.Context)}))
	}
	return strings.Join(parts, dot)
}

// line says from which pages an answer is.
func (p Part) line() string {
	return lang.L("From pages 1 to {{.Read}} of {{.Pages}}: the rest was not read yet. Answer again when it is.", map[string]any{
		"Read": numbers.Whole(p.Read), "Pages": numbers.Whole(p.Pages),
	})
}

// meter writes what of the documents was read and what a step attends to.
func (s Status) meter() string {
	switch {
	case s.Part:
		return lang.L("A question is answered from the pages read so far: {{.Read}} of {{.Pages}}", map[string]any{
			"Read": numbers.Whole(s.PagesRead), "Pages": numbers.Whole(s.Pages),
		})
	case s.Pages == 0 && s.Attending == 0:
		return ""
	case s.Pages == 0:
		return lang.L("attending {{.Count}} tokens", map[string]any{"Count": numbers.Whole(s.Attending)})
	}
	read := lang.L("read {{.Read}} of {{.Pages}} pages", map[string]any{"Read": numbers.Whole(s.PagesRead), "Pages": numbers.Whole(s.Pages)})
	if s.Attending == 0 {
		return read
	}
	return read + ", " + lang.L("attending {{.Count}} tokens", map[string]any{"Count": numbers.Whole(s.Attending)})
}
