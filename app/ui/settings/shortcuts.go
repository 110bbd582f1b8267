package settings

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Shortcut is a key and what it does.
type Shortcut struct {
	Keys   string // English names joined by +: "Ctrl+Shift+N"
	Action string // in the language of the window
}

// NewShortcuts makes a list of shortcuts.
func NewShortcuts(all []Shortcut) fyne.CanvasObject {
	rows := container.New(layout.NewFormLayout())
	for _, s := range all {
		rows.Add(keycaps(s.Keys))
		rows.Add(widget.NewLabel(s.Action))
	}
	return scrolled(440, 480, rows)
}

// keycaps draws keys as they look on a keyboard.
func keycaps(keys string) fyne.CanvasObject {
	box := container.NewHBox()
	for _, key := range strings.Split(keys, "+") {
		ground := canvas.NewRectangle(theme.Color(theme.ColorNameButton))
		ground.StrokeColor, ground.StrokeWidth = theme.Color(theme.ColorNameInputBorder), 1
		ground.CornerRadius = theme.InputRadiusSize()
		text := canvas.NewText(keyName(key), theme.Color(theme.ColorNameForeground))
		text.TextSize = theme.CaptionTextSize()
		box.Add(container.NewCenter(container.NewStack(ground, container.New(layout.NewCustomPaddedLayout(3, 3, 7, 7), text))))
	}
	return box
}

// keyName is what a key is called in the language of the window.
func keyName(key string) string {
	switch key {
	case "Ctrl":
		return lang.L("Ctrl")
	case "Shift":
		return lang.L("Shift")
	case "Enter":
		return lang.L("Enter")
	case "Delete":
		return lang.X("Delete key", "Delete")
	}
	return key
}
