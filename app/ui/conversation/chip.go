package conversation

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// chipActs is what a chip reports.
type chipActs struct {
	open   func(id int64)
	pause  func(id int64)
	resume func(id int64)
	remove func(id int64)
	reason func(c Chip, near fyne.CanvasObject)
}

// chip shows one document: its title, what happens to it, and a thin bar of progress.
type chip struct {
	widget.BaseWidget
	env     *env
	acts    *chipActs
	c       Chip
	box     *canvas.Rectangle
	done    *canvas.Rectangle
	icon    *canvas.Image
	title   *canvas.Text
	lines   [2]*canvas.Text
	texts   [2]string // that the lines show as much of as fits
	hold    *small    // pause or resume
	away    *small    // cancel or remove
	hovered bool
	focused bool
}

var (
	_ fyne.Tappable      = (*chip)(nil)
	_ fyne.Focusable     = (*chip)(nil)
	_ desktop.Hoverable  = (*chip)(nil)
	_ desktop.Cursorable = (*chip)(nil)
)

func newChip(e *env, a *chipActs, c Chip) *chip {
	v := &chip{
		env: e, acts: a, box: canvas.NewRectangle(color.Transparent), done: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(theme.DocumentIcon()), title: canvas.NewText("", color.Black),
	}
	v.box.CornerRadius, v.box.StrokeWidth = 8, 1
	v.icon.FillMode = canvas.ImageFillContain
	v.lines = [2]*canvas.Text{canvas.NewText("", color.Black), canvas.NewText("", color.Black)}
	v.hold = newSmall(e.hints, theme.MediaPauseIcon(), "", "", func() {
		if v.c.rests() {
			v.acts.resume(v.c.ID)
		} else {
			v.acts.pause(v.c.ID)
		}
	})
	v.away = newSmall(e.hints, theme.CancelIcon(), "", "", func() { v.acts.remove(v.c.ID) })
	v.ExtendBaseWidget(v)
	v.show(c)
	return v
}

// show shows another state of the same document.
func (v *chip) show(c Chip) {
	v.c = c
	v.texts[0], v.texts[1], _ = c.describe()
	v.hold.Hidden = c.State != ChipReading && c.State != ChipWaiting && !c.rests()
	v.hold.icon, v.hold.hint = theme.MediaPauseIcon(), lang.L("Pause reading")
	switch c.State {
	case ChipPaused:
		v.hold.icon, v.hold.hint = theme.MediaPlayIcon(), lang.L("Resume reading")
	case ChipIdle:
		v.hold.icon, v.hold.hint = theme.MediaPlayIcon(), lang.L("Read now")
	}
	v.away.Hidden = c.Kept
	v.away.hint = lang.L("Remove document")
	if c.State == ChipReading || c.State == ChipOpening {
		v.away.hint = lang.L("Cancel and remove document")
	}
	v.Refresh()
}

// rests says whether reading can be begun or resumed.
func (c Chip) rests() bool { return c.State == ChipPaused || c.State == ChipIdle }

// describe writes the state of a document on two lines, and names the colour of the first.
func (c Chip) describe() (first, second string, color fyne.ThemeColorName) {
	color = theme.ColorNameForeground
	pages := map[string]any{"Page": numbers.Whole(c.Page), "Pages": numbers.Whole(c.Pages)}
	second = c.withoutText()
	switch c.State {
	case ChipWaiting:
		if c.Page > 0 {
			return lang.L("Waiting, at page {{.Page}} of {{.Pages}}", pages), second, color
		}
		return lang.L("Waiting to be read"), second, color
	case ChipIdle:
		return lang.L("Read with your next question"), second, color
	case ChipOpening:
		if c.Pages == 0 {
			return lang.L("Opening…"), second, color
		}
		return lang.L("Opening, page {{.Page}} of {{.Pages}}", pages), second, color
	case ChipReading:
		var parts []string
		if c.Left > 0 {
			parts = append(parts, lang.L("{{.Time}} left", map[string]any{"Time": duration(c.Left)}))
		}
		if c.Rate > 0 {
			parts = append(parts, lang.L("{{.Rate}} tokens/s", map[string]any{"Rate": decimal(c.Rate)}))
		}
		if len(parts) > 0 {
			second = strings.Join(parts, dot)
		}
		return lang.L("Reading page {{.Page}} of {{.Pages}}", pages), second, color
	case ChipPaused:
		return lang.L("Paused at page {{.Page}} of {{.Pages}}", pages), second, theme.ColorNameWarning
	case ChipRead:
		if c.Joined {
			second = lang.L("Read without those before it")
		}
		if c.Pages == 1 {
			return lang.L("Read, 1 page"), second, color
		}
		return lang.L("Read, {{.Pages}} pages", pages), second, color
	}
	return lang.L("Failed"), lang.L("Click for the reason"), theme.ColorNameError
}

// withoutText says how many pages hold no text, or nothing.
func (c Chip) withoutText() string {
	switch c.EmptyText {
	case 0:
		return ""
	case 1:
		return lang.L("1 page holds no text")
	}
	return lang.L("{{.Count}} pages hold no text", map[string]any{"Count": numbers.Whole(c.EmptyText)})
}

// hint is what the chip says when the pointer is on it: what its lines may have had no room for.
func (v *chip) hint() string {
	lines := []string{v.c.Title, v.texts[0]}
	if v.texts[1] != "" {
		lines = append(lines, v.texts[1])
	}
	if empty := v.c.withoutText(); empty != "" && empty != v.texts[1] {
		lines = append(lines, empty)
	}
	return strings.Join(lines, "\n")
}

func (v *chip) Tapped(*fyne.PointEvent) {
	v.env.hints.hide()
	if v.c.State == ChipFailed {
		v.acts.reason(v.c, v)
	} else {
		v.acts.open(v.c.ID)
	}
}

func (v *chip) TypedRune(rune) {}

func (v *chip) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		v.Tapped(nil)
	case fyne.KeyDelete:
		if !v.c.Kept {
			v.acts.remove(v.c.ID)
		}
	}
}

func (v *chip) FocusGained() { v.focus(true, v.hovered) }

func (v *chip) FocusLost() { v.focus(false, v.hovered) }

func (v *chip) MouseIn(*desktop.MouseEvent) { v.focus(v.focused, true) }

func (v *chip) MouseMoved(*desktop.MouseEvent) {}

func (v *chip) MouseOut() { v.focus(v.focused, false) }

func (v *chip) focus(focused, hovered bool) {
	v.focused, v.hovered = focused, hovered
	if hovered || focused {
		v.env.hints.show(v, v.hint())
	} else {
		v.env.hints.hide()
	}
	v.Refresh()
}

func (v *chip) Cursor() desktop.Cursor { return desktop.PointerCursor }

func (v *chip) AccessibilityLabel() string {
	first, second, _ := v.c.describe()
	return strings.Join([]string{v.c.Title, first, second}, ", ")
}

func (v *chip) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
