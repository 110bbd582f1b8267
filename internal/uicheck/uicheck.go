// Package uicheck looks at windows made with Fyne as a person would: which
// texts can be seen, which are cut off, and which lie upon another one. It is
// for tests, and like all of Fyne it is used on the UI goroutine.
package uicheck

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Text is a text that can be seen, whole or in part.
type Text struct {
	Text     string
	Min, Max fyne.Position // of its letters, on the canvas
}

// Texts are the texts of a canvas, those of its overlays last, in the order in
// which they are drawn.
func Texts(c fyne.Canvas) (all []Text) {
	for _, layer := range layers(c) {
		l := look(layer, c.Size())
		all = append(all, l.texts...)
	}
	return all
}

// Words are the texts of a canvas in one line, separated by spaces.
func Words(c fyne.Canvas) string {
	var words []string
	for _, t := range Texts(c) {
		words = append(words, strings.Fields(t.Text)...)
	}
	return strings.Join(words, " ")
}

// Wrong complains of each text of a canvas that is cut off, shortened until
// nothing of it is left, or upon another one, and of a canvas without any.
// A text is cut off where it is wider than its object, or reaches out of the
// window or of something that it lies in and that does not scroll that way.
func Wrong(c fyne.Canvas) (wrong []string) {
	seen := 0
	for _, layer := range layers(c) {
		l := look(layer, c.Size())
		seen += len(l.texts)
		wrong = append(wrong, l.wrong...)
		wrong = append(wrong, overlaps(l.texts)...)
	}
	if seen == 0 {
		wrong = append(wrong, "there is no text")
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// Save writes a picture of a canvas to NAME.png in the folder that the
// environment variable FOVEA_SCREENSHOTS names; it does nothing without one.
func Save(c fyne.Canvas, name string) error {
	dir := os.Getenv("FOVEA_SCREENSHOTS")
	if dir == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		return fmt.Errorf("uicheck: %w; $FOVEA_SCREENSHOTS names a folder that is there", err)
	}
	defer f.Close()
	if err := png.Encode(f, c.Capture()); err != nil {
		return fmt.Errorf("uicheck: %s: %w", f.Name(), err)
	}
	return f.Close()
}

// layers are a canvas's content and what lies over all of it.
func layers(c fyne.Canvas) []fyne.CanvasObject {
	all := []fyne.CanvasObject{c.Content()}
	return append(all, c.Overlays().List()...)
}

// slack is how far a text may reach over an edge, in pixels: lines touch.
const slack = 1.5

// overlaps complains of texts that lie upon others.
func overlaps(texts []Text) (wrong []string) {
	for i, a := range texts {
		for _, b := range texts[:i] {
			if a.Min.X < b.Max.X-slack && b.Min.X < a.Max.X-slack && a.Min.Y < b.Max.Y-slack && b.Min.Y < a.Max.Y-slack {
				wrong = append(wrong, fmt.Sprintf("%q at %v lies upon %q at %v", a.Text, a.Min, b.Text, b.Min))
			}
		}
	}
	return wrong
}

// complain notes what is wrong with a text whose letters have a place.
func (l *looker) complain(t *canvas.Text, at rect, b bounds) {
	width := at.maxX - at.minX
	if have := t.Size().Width; have > 0 && width > have+slack {
		l.note("%q is %.0f pixels wide and has %.0f", t.Text, width, have)
	}
	if at.minX < b.hard.minX-slack || at.maxX > b.hard.maxX+slack {
		l.note("%q reaches from %.0f to %.0f, %s from %.0f to %.0f", t.Text, at.minX, at.maxX, b.across, b.hard.minX, b.hard.maxX)
	}
	if at.minY < b.hard.minY-slack || at.maxY > b.hard.maxY+slack {
		l.note("%q reaches down from %.0f to %.0f, %s from %.0f to %.0f", t.Text, at.minY, at.maxY, b.down, b.hard.minY, b.hard.maxY)
	}
	// Of a name, two letters and an ellipsis say nothing; two Chinese characters
	// may be a whole word, and the ellipsis that of an entry with a dialog.
	head, short := strings.CutSuffix(t.Text, "…")
	if short && head != "" && len(head) < 3 {
		l.note("of a text only %q is left", t.Text)
	}
}

func (l *looker) note(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}
