package conversation

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

// TestNothingIsCutOff looks in all languages and at several widths whether any text reaches beyond the
// pane or over another text of the same widget.
func TestNothingIsCutOff(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		for _, width := range []float32{400, 560, 800, 1280, 2560} {
			speak(t, language)
			p, _ := open(t, look.Dark, width, 900)
			p.SetDocuments(documents())
			p.SetStatus(Status{PagesRead: 512, Pages: 512, Attending: 2048})
			check(t, p, language)
			p.SetDocuments([]Chip{{ID: 1, Title: "Book.pdf", State: ChipWaiting, Page: 1112, Pages: 2512}})
			p.SetStatus(Status{PagesRead: 1112, Pages: 2512, Part: true})
			for _, messages := range [][]Message{conversation(), unfinished(), partial()} {
				p.SetMessages(messages)
				check(t, p, language)
			}
			for _, r := range p.thread.list.mounted {
				r.row.edit()
			}
			check(t, p, language)
		}
	}
}

func check(t *testing.T, p *Pane, language string) {
	t.Helper()
	texts := 0
	walk(p, fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
		switch o := o.(type) {
		case *canvas.Text:
			texts++
			if o.Text != "" && scrolls(p, o) {
				return
			}
			if at.X < -0.5 || at.X+o.MinSize().Width > p.Size().Width+0.5 {
				t.Errorf("%s, %.0f pixels wide: %q lies at %.1f to %.1f", language, p.Size().Width, o.Text, at.X, at.X+o.MinSize().Width)
			}
		case *widget.Button:
			if o.Size().Width < o.MinSize().Width-0.5 {
				t.Errorf("%s, %.0f pixels wide: the button %q has %v, it needs %v", language, p.Size().Width, o.Text, o.Size(), o.MinSize())
			}
		case *small:
			if o.Size().Width < o.MinSize().Width-0.5 {
				t.Errorf("%s, %.0f pixels wide: the button %q has %v, it needs %v", language, p.Size().Width, o.text+o.hint, o.Size(), o.MinSize())
			}
		case *chip:
			for i, l := range o.lines {
				if l.Text != o.texts[i] {
					t.Errorf("%s, %.0f pixels wide: the chip says %q, want all of %q", language, p.Size().Width, l.Text, o.texts[i])
				}
			}
		}
	})
	if texts < 10 {
		t.Fatalf("only %d texts were looked at", texts)
	}
}

// scrolls reports whether a text is within something that scrolls sideways.
func scrolls(p *Pane, text *canvas.Text) bool {
	found := false
	walk(p, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		s, ok := o.(*sideways)
		if !ok || s.Direction != container.ScrollHorizontalOnly {
			return
		}
		walk(s.Content, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) { found = found || o == text })
	})
	return found
}

// TestWidgetsAreKnownByOneName looks for widgets that embed a pointer to another widget: Fyne would know
// them by the embedded one, and draw them anew each time or not at all.
func TestWidgetsAreKnownByOneName(t *testing.T) {
	p, _ := open(t, look.Dark, 800, 1500)
	p.SetMessages(append(conversation(), Message{ID: 9, Role: Assistant, Text: "a\n\n***\n\nb"}))
	p.SetDocuments(documents())
	walk(p, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if w, ok := o.(fyne.Widget); ok {
			if first, second := test.WidgetRenderer(w), test.WidgetRenderer(w); first != second {
				t.Errorf("%T has another renderer each time", w)
			}
		}
	})
}
