package app_test

import (
	"fmt"
	"image"
	"strings"
	"testing"

	"fovea/internal/uitest"
	"fovea/store"
)

// TestFirstRun goes from an empty folder to a page that an answer consulted:
// choose the model, drop a document, ask, click.
func TestFirstRun(t *testing.T) {
	j := newJourney(t, false)
	j.start()
	j.place()
	j.see("Welcome to Fovea", window)
	j.window.Save("first-run")
	j.click("Use", window)
	j.see("The model is ready", window)

	if err := j.window.Drop(640, 400, varn(t)); err != nil {
		t.Fatal(err)
	}
	j.until("the document is kept", func() bool { return len(j.documents()) == 1 })
	if d := j.documents()[0]; d.Pages != len(facts) || d.Title != "A Guide to Varn" {
		t.Errorf("the document is %+v", d)
	}
	j.see("Read, 8 pages", middle)
	if v := j.see("Live", right); v.Empty() {
		t.Error("the retention pane is not there")
	}

	const question = "Write a long guide to Varn for children, with everything that they should see there."
	j.ask(question)
	lengths := map[int]bool{}
	frames := j.frames(middle.Intersect(image.Rect(0, 30, 1280, 600)), func() bool {
		m := j.last()
		if m.Status == store.Writing {
			lengths[len(m.Content)] = true
		} else {
			return true
		}
		if len(lengths) == 4 {
			j.window.Save("writing")
		}
		return false
	})
	if frames < 5 || len(lengths) < 3 {
		t.Errorf("while the answer was written, the window showed %d pictures and the database %d lengths of it", frames, len(lengths))
	}
	m := j.last()
	if m.Status != store.Complete || m.Content == "" {
		t.Fatalf("the answer is %+v", m)
	}
	j.requireTrace(m)
	j.requireShown(m)
	j.openConsulted(m)
	if code := j.program.Quit(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	j.check(j.branch()...)
}

// requireTrace requires a record of what every layer did for every token.
func (j *journey) requireTrace(m store.Message) {
	j.Helper()
	f := j.figures(m)
	l := j.trace(m)
	var text strings.Builder
	for _, e := range l.Entries {
		text.WriteString(e.Text)
		if len(e.Step.Layers) != 30 {
			j.Fatalf("a step has %d layers, the model 30", len(e.Step.Layers))
		}
	}
	if got := text.String(); strings.TrimSpace(got) != strings.TrimSpace(m.Content) {
		j.Errorf("the trace says\n%q, the answer\n%q", got, m.Content)
	}
	if f.Pages != len(facts) || f.ReadPages != len(facts) || f.Tokens < 5 {
		j.Errorf("the figures are %+v", f)
	}
}

// requireShown requires that the window shows an answer: as text to copy, and
// drawn as it is when everything is drawn anew.
func (j *journey) requireShown(m store.Message) {
	j.Helper()
	j.see("Pages consulted", middle)
	if got := j.copied(func() { j.press("contentCopy", middle) }); got != m.Content {
		j.Errorf("the window copied\n%q, the answer is\n%q", got, m.Content)
	}
	j.window.Move(640, 780) // away from what changes below the pointer
	shown := j.window.WaitStill()
	if n := colours(shown, right); n < 30 {
		j.Errorf("the retention pane has %d colours", n)
	}
	j.window.Key("ctrl+b")
	j.window.WaitChange(shown, middle)
	j.window.Key("ctrl+b")
	if again := j.window.WaitStill(); uitest.Differing(shown, again, middle) > 0.001 {
		j.window.Save("failed-drawn-anew")
		j.Errorf("drawn anew, the conversation looks different in %v", uitest.Difference(shown, again))
	}
	j.window.Save("answer")
}

// openConsulted clicks on the page that an answer consulted most.
func (j *journey) openConsulted(m store.Message) {
	j.Helper()
	all, err := j.store().Consulted(j.Context(), j.conversation().ID)
	j.must(err)
	var best store.Consulted
	sum := 0.0
	for _, c := range all[m.ID] {
		if sum += c.Share; c.Share > best.Share {
			best = c
		}
	}
	if best.Document != j.documents()[0].ID || best.Page < 1 || best.Page > len(facts) || sum < 0.5 || sum > 1.001 {
		j.Fatalf("the answer consulted %+v", all[m.ID])
	}
	before := j.window.WaitStill()
	j.click(fmt.Sprintf("Page %d", best.Page), middle)
	j.window.Wait("a white page in the right half", func(frame *image.RGBA) bool { return white(frame, right) > 0.15 })
	after := j.window.WaitStill()
	if share := uitest.Differing(before, after, right); share < 0.3 {
		j.Errorf("of the right half, %.2f changed", share)
	}
	j.see("of 8", right)
	j.window.Save("page-viewer")
}

// white is the share of white pixels in a part of an image.
func white(img *image.RGBA, in image.Rectangle) float64 {
	n := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if c := img.RGBAAt(x, y); c.R > 245 && c.G > 245 && c.B > 245 {
				n++
			}
		}
	}
	return float64(n) / float64(in.Dx()*in.Dy())
}
