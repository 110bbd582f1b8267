package models

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// box is a text on a canvas.
type box struct {
	text     string
	min, max fyne.Position
}

// texts collects the texts of visible things, with where they are drawn, and
// complains of those that stick out of the window or of what they lie in.
func texts(o fyne.CanvasObject, at fyne.Position, clip fyne.Size, wrong *[]string) (list []box) {
	if !o.Visible() {
		return nil
	}
	pos := at.Add(o.Position())
	if t, ok := o.(*canvas.Text); ok {
		if t.Text == "" {
			return nil
		}
		size := fyne.MeasureText(t.Text, t.TextSize, t.TextStyle)
		if size.Width > o.Size().Width+1 {
			*wrong = append(*wrong, fmt.Sprintf("%q is %.0f pixels wide and has %.0f", t.Text, size.Width, o.Size().Width))
		}
		if pos.X < 0 || pos.X+size.Width > clip.Width+1 {
			*wrong = append(*wrong, fmt.Sprintf("%q reaches from %.0f to %.0f of %.0f pixels", t.Text, pos.X, pos.X+size.Width, clip.Width))
		}
		return []box{{t.Text, pos, pos.Add(size)}}
	}
	var inner []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inner = o.Objects
	case fyne.Widget:
		inner = test.WidgetRenderer(o).Objects()
	}
	for _, i := range inner {
		list = append(list, texts(i, pos, clip, wrong)...)
	}
	if _, ok := o.(*container.Scroll); ok {
		// What is scrolled out of view is not drawn.
		return slices.DeleteFunc(list, func(b box) bool { return b.min.Y < pos.Y || b.max.Y > pos.Y+o.Size().Height })
	}
	if len(inner) > 0 {
		for _, b := range list {
			if b.max.Y > pos.Y+o.Size().Height+1 && b.min.Y < pos.Y+o.Size().Height && o.Size().Height < clip.Height-100 {
				*wrong = append(*wrong, fmt.Sprintf("%q ends at %.0f, below %T that ends at %.0f", b.text, b.max.Y, o, pos.Y+o.Size().Height))
			}
		}
	}
	return list
}

// cut says which texts of a canvas are cut off or overlap.
func cut(c fyne.Canvas) (wrong []string) {
	list := texts(c.Content(), fyne.Position{}, c.Size(), &wrong)
	for i, a := range list {
		for _, b := range list[:i] {
			const slack = 1.5 // pixels; lines touch
			if a.min.X < b.max.X-slack && b.min.X < a.max.X-slack && a.min.Y < b.max.Y-slack && b.min.Y < a.max.Y-slack {
				wrong = append(wrong, fmt.Sprintf("%q at %v lies upon %q at %v", a.text, a.min, b.text, b.min))
			}
		}
	}
	if len(list) == 0 {
		wrong = append(wrong, "there is no text")
	}
	return wrong
}

// TestCutCanFail requires the checks to complain.
func TestCutCanFail(t *testing.T) {
	look(t, true)
	long, upon := canvas.NewText("a long text", nil), canvas.NewText("upon", nil)
	long.Resize(fyne.NewSize(10, 10))
	upon.Resize(fyne.NewSize(100, 20))
	w := show(t, container.NewWithoutLayout(long, upon), 300, 200)
	if wrong := cut(w.Canvas()); len(wrong) != 2 {
		t.Errorf("complaints %q, want one of the width and one of the overlap", wrong)
	}
	w.SetContent(container.NewWithoutLayout())
	if wrong := cut(w.Canvas()); len(wrong) != 1 {
		t.Errorf("complaints %q of an empty window, want one", wrong)
	}
}
