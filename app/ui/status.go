package ui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/chat"
	"fovea/app/ui/numbers"
)

// statusBar is the line at the window's foot: the model and its device, what it
// does, how fast, and how much memory that takes.
type statusBar struct {
	object fyne.CanvasObject
	model  *widget.Button
	notice *widget.Label
	speed  *widget.Label
	memory *widget.Label
	until  time.Time // that the notice is shown
}

// noticeTime is how long a notice is shown.
const noticeTime = 8 * time.Second

func newStatusBar(choose func()) *statusBar {
	s := &statusBar{
		model:  widget.NewButtonWithIcon(lang.L("No model"), theme.ComputerIcon(), choose),
		notice: widget.NewLabel(""), speed: widget.NewLabel(""), memory: widget.NewLabel(""),
	}
	s.model.Importance = widget.LowImportance
	s.notice.Truncation = fyne.TextTruncateEllipsis
	s.object = container.NewVBox(widget.NewSeparator(),
		container.NewBorder(nil, nil, s.model, container.NewHBox(s.speed, s.memory), s.notice))
	return s
}

// showModel shows which model there is.
func (s *statusBar) showModel(m chat.ModelState, name string) {
	switch {
	case m.Loading:
		s.model.SetText(lang.L("Loading {{.Model}}: {{.Percent}} %", map[string]any{"Model": name, "Percent": int(100 * m.Share)}))
	case m.Ready:
		s.model.SetText(fmt.Sprintf("%s · %s", short(name, maxName), short(m.Info.Device, maxName)))
	case m.Err != nil:
		s.model.SetText(lang.L("{{.Model}} could not be loaded", map[string]any{"Model": name}))
	default:
		s.model.SetText(lang.L("No model"))
	}
}

// maxName is the most characters of a name in the status line.
const maxName = 32

// short cuts a text to a number of characters.
func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// showWork shows how fast a conversation is read or answered, and its memory.
func (s *statusBar) showWork(v *chat.View) {
	switch {
	case v.Reading != nil:
		set(s.speed, lang.L("reading {{.Rate}} tokens/s", map[string]any{"Rate": numbers.Whole(int(v.Reading.PerSecond))}))
	case v.Writing != nil && v.Writing.Tokens > 1:
		set(s.speed, lang.L("writing {{.Rate}} tokens/s", map[string]any{"Rate": numbers.Decimal(v.Writing.Rate(), 1)}))
	default:
		set(s.speed, "")
	}
	text := ""
	switch tokens := numbers.Whole(v.Meter.Held); {
	case v.Meter.Disk > 0:
		text = lang.L("{{.Tokens}} tokens, {{.Memory}}, {{.Disk}} on the disk", map[string]any{
			"Tokens": tokens, "Memory": numbers.Size(v.Meter.Bytes), "Disk": numbers.Size(v.Meter.Disk),
		})
	case v.Meter.Bytes > 0:
		text = lang.L("{{.Tokens}} tokens, {{.Memory}}", map[string]any{
			"Tokens": tokens, "Memory": numbers.Size(v.Meter.Bytes),
		})
	case v.Meter.Held > 0:
		text = lang.L("{{.Tokens}} tokens", map[string]any{"Tokens": tokens})
	}
	set(s.memory, text)
	if time.Now().After(s.until) {
		set(s.notice, "")
	}
}

// setNotice shows a sentence for some time.
func (s *statusBar) setNotice(text string) {
	s.until = time.Now().Add(noticeTime)
	set(s.notice, text)
}

// set avoids laying out a text that is shown already.
func set(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}
