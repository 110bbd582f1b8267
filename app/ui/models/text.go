package models

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"fovea/app/models"
	"fovea/app/ui/numbers"
)

// noBreak is a space at which no line ends.
const noBreak = "\u00a0"

// sizeText is the size of a file.
func sizeText(bytes int64) string {
	v, unit := float64(bytes), "kB"
	switch {
	case bytes < 1000:
		return lang.L("{{.Count}} bytes", map[string]any{"Count": bytes})
	case v >= 999.5e6:
		v, unit = v/1e9, "GB"
	case v >= 999.5e3:
		v, unit = v/1e6, "MB"
	default:
		v /= 1e3
	}
	if v < 9.95 {
		return numbers.Decimal(v, 1) + noBreak + unit
	}
	return numbers.Decimal(v, 0) + noBreak + unit
}

// gib is an amount of memory in GiB, without the unit.
func gib(bytes int64) string {
	v := float64(bytes) / (1 << 30)
	if v < 0.995 {
		return numbers.Decimal(v, 2)
	}
	return numbers.Decimal(v, 1)
}

// parametersText is a number of parameters as models are called by it.
func parametersText(n int64) string {
	switch {
	case n >= 1e9:
		return numbers.Decimal(float64(n)/1e9, 1) + "B"
	case n >= 1e6:
		return numbers.Decimal(float64(n)/1e6, 0) + "M"
	}
	return numbers.Whole(int(n))
}

// leftText is how long something will take still.
func leftText(d time.Duration) string {
	d = d.Round(time.Second)
	switch s := int(d.Seconds()); {
	case s < 60:
		return lang.L("{{.Seconds}} s left", map[string]any{"Seconds": s})
	case s < 3600:
		return lang.L("{{.Minutes}} min left", map[string]any{"Minutes": (s + 30) / 60})
	default:
		return lang.L("{{.Hours}} h {{.Minutes}} min left", map[string]any{"Hours": s / 3600, "Minutes": s % 3600 / 60})
	}
}

// progressText says what a download is doing.
func progressText(p models.Progress) string {
	done := sizeText(p.Done)
	if p.Total > 0 {
		done = lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": done, "Total": sizeText(p.Total)})
	}
	parts := []string{done}
	if p.PerSecond > 0 {
		parts = append(parts, sizeText(int64(p.PerSecond))+"/s")
	}
	if p.Left > 0 {
		parts = append(parts, leftText(p.Left))
	}
	switch p.Stage {
	case models.Downloading:
		return lang.L("Downloading: {{.Progress}}", map[string]any{"Progress": strings.Join(parts, ", ")})
	case models.Checking:
		return lang.L("Verifying the checksum: {{.Progress}}", map[string]any{"Progress": parts[0]})
	case models.Unpacking:
		return lang.L("Unpacking: {{.Progress}}", map[string]any{"Progress": parts[0]})
	}
	return lang.L("Connecting…")
}

// share is how much of a stage is done, 0 to 1.
func share(p models.Progress) float32 {
	if p.Total <= 0 {
		return 0
	}
	return min(float32(float64(p.Done)/float64(p.Total)), 1)
}

// problem says in the user's language why a download failed, and the cure.
func problem(err error) string {
	for _, c := range []struct {
		kind error
		text string
	}{
		{models.ErrNoSpace, lang.L("The disk has too little free space. Free some and try again.")},
		{models.ErrChecksum, lang.L("What came is not the expected file: its checksum is wrong. It was thrown away. Try again later.")},
		{models.ErrUnreachable, lang.L("The server cannot be reached. Check the network connection and try again.")},
		{models.ErrNotOffered, lang.L("The server does not offer this file any more. Choose another model.")},
		{models.ErrBusy, lang.L("Another program is downloading this model. Wait until it is done and try again.")},
		{models.ErrTooLarge, lang.L("The server sends more than the file should have. Choose another model.")},
	} {
		if errors.Is(err, c.kind) {
			return c.text
		}
	}
	return lang.L("The download failed. Try again.")
}

// fitText says whether a model has room on the device.
func fitText(f models.Fit) string {
	both := map[string]any{"Need": gib(f.Need), "Memory": gib(f.Memory)}
	switch f.Verdict() {
	case models.Fits:
		return lang.L("Fits: needs {{.Need}} of {{.Memory}} GiB", both)
	case models.TooLarge:
		return lang.L("Too large for this device: needs {{.Need}} GiB, it has {{.Memory}} GiB and keeps a tenth free", both)
	}
	if f.Need > 0 {
		return lang.L("Needs {{.Need}} GiB; the device's memory is not known", both)
	}
	return lang.L("What it needs is not known")
}

// detailsText is a model in numbers.
func detailsText(m *models.Local) string {
	var parts []string
	if m.Parameters > 0 {
		parts = append(parts, lang.L("{{.Count}} parameters", map[string]any{"Count": parametersText(m.Parameters)}))
	}
	if len(m.Formats) > 0 {
		parts = append(parts, strings.Join(m.Formats, ", "))
	}
	if m.Context > 0 {
		parts = append(parts, lang.L("window of {{.Count}} tokens", map[string]any{"Count": numbers.Whole(m.Context)}))
	}
	return strings.Join(append(parts, sizeText(m.Bytes)), " · ")
}

// sourceText says how large an entry is, under which licence and from where.
func sourceText(e *models.Entry) string {
	from := lang.L("from {{.Source}}", map[string]any{"Source": hostOf(e.Source.URL)})
	if e.Source.Package != "" {
		from = lang.L("from the Python package {{.Source}}", map[string]any{"Source": strings.Replace(e.Source.Package, "==", " ", 1)})
	}
	return fmt.Sprintf("%s · %s · %s", sizeText(e.Size), lang.L("licence {{.Licence}}", map[string]any{"Licence": e.Licence}), from)
}

func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// titleOf is what a model is called.
func titleOf(m *models.Local) string {
	if m.Title != "" {
		return oneLine(m.Title)
	}
	return oneLine(m.Name)
}

// oneLine drops what could break a line or the screen: the text comes from
// foreign files.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(s), " ")
}
