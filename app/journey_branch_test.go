package app_test

import (
	"image"
	"strings"
	"testing"

	"fovea/store"
)

// TestBranchesAndRestart stops, continues, regenerates and edits, goes from
// branch to branch, and finds everything again after the program was closed,
// and after it was killed.
func TestBranchesAndRestart(t *testing.T) {
	j := newJourney(t, true)
	j.start(varn(t))
	j.place()
	j.see("Read, 8 pages", middle)
	answer := j.stopAndContinue()
	other := j.regenerate(answer)
	edited := j.edit()
	j.check(answer, other, edited)
	j.restart()
}

const longQuestion = "Write a long guide to Varn for children, with everything that they should see there."

// stopAndContinue has an answer stopped, continued and stopped again.
func (j *journey) stopAndContinue() store.Message {
	j.Helper()
	j.ask(longQuestion)
	j.writing(20)
	j.window.Key("escape")
	stopped := j.answered()
	if stopped.Status != store.Stopped || stopped.Content == "" {
		j.Errorf("stopped, the answer is %+v", stopped)
	}
	j.click("Continue the answer", middle)
	j.writing(len(stopped.Content))
	j.window.Key("escape")
	m := j.answered()
	if m.ID != stopped.ID || m.Status != store.Stopped || !strings.HasPrefix(m.Content, stopped.Content) || len(m.Content) == len(stopped.Content) {
		j.Errorf("stopped with\n%q and continued, the answer is\n%q (%s)", stopped.Content, m.Content, m.Status)
	}
	return m
}

// regenerate has another answer written, and goes back to the first one and to
// the other one again.
func (j *journey) regenerate(first store.Message) store.Message {
	j.Helper()
	j.press("viewRefresh", middle)
	j.until("another answer has begun", func() bool { m := j.last(); return m.ID != first.ID && m.Content != "" })
	j.window.Key("escape")
	m := j.answered()
	if m.Parent != first.Parent || m.Sibling != 1 || m.Siblings != 2 {
		j.Errorf("regenerated, the answer is %+v", m)
	}
	j.see("2 / 2", middle)
	j.press("arrowBack", middle)
	j.until("the first answer is shown", func() bool { return j.last().ID == first.ID })
	j.see("1 / 2", middle)
	if got := j.copied(func() { j.press("contentCopy", middle) }); got != first.Content {
		j.Errorf("gone back, the window shows\n%q, the first answer is\n%q", got, first.Content)
	}
	j.window.Save("branches")
	j.press("arrowForward", middle)
	j.until("the other answer is shown", func() bool { return j.last().ID == m.ID })
	return m
}

// edit changes the question, has the new one answered, and goes back and forth.
func (j *journey) edit() store.Message {
	j.Helper()
	old := j.branch()
	j.see("2 / 2", middle)
	// The question's pencil is the first one.
	j.press("documentCreate", image.Rectangle{Min: middle.Min, Max: j.see("Model", middle).Max.Add(image.Pt(600, 0))})
	j.see("Save and ask", middle)
	j.window.Key("ctrl+a")
	j.window.Type("Who is the baker of Varn?")
	j.window.WaitStill()
	j.window.Save("editing")
	j.click("Save and ask", middle)
	j.until("the changed question is answered", func() bool {
		b := j.branch()
		return len(b) == 2 && b[0].Content == "Who is the baker of Varn?" && b[1].Role == store.Assistant
	})
	m := j.answered()
	if b := j.branch(); b[0].Sibling != 1 || b[0].Siblings != 2 || b[0].Parent != old[0].Parent {
		j.Errorf("the changed question is %+v", b[0])
	}
	j.press("arrowBack", middle)
	j.until("the old question is shown", func() bool { b := j.branch(); return b[0].ID == old[0].ID && len(b) == 2 })
	j.see("Pages consulted", middle)
	j.press("arrowForward", image.Rectangle{Min: middle.Min, Max: j.see("Model", middle).Max.Add(image.Pt(600, 0))})
	j.until("the new question is shown", func() bool { return j.last().ID == m.ID })
	return m
}

// restart leaves the program with a draft, by its close button and by force,
// and requires that it comes back as it was.
func (j *journey) restart() {
	j.Helper()
	last, all := j.last(), j.branch()
	j.click("Ask a question", middle)
	j.window.Type("What I was about to ask")
	size := image.Rect(0, 0, 1200, 760)
	j.window.Place(size)
	if code := j.program.Quit(); code != 0 {
		j.Errorf("exit status %d", code)
	}
	j.stopLooking()
	j.start()
	j.requireBack(size, last, "What I was about to ask")
	j.window.Save("restarted")

	size = image.Rect(0, 0, 1180, 740)
	j.window.Place(size)
	j.window.Type(", and more")
	const draft = "What I was about to ask, and more"
	j.until("draft and size are kept", func() bool {
		state, found, err := j.store().Window(j.Context(), "main")
		j.must(err)
		return found && state.Width == float32(size.Dx()) && j.conversation().Draft == draft
	})
	j.program.Kill()
	j.stopLooking()
	j.start()
	j.requireBack(size, last, draft)
	j.place()
	j.replay()
	if code := j.program.Quit(); code != 0 {
		j.Errorf("exit status %d", code)
	}
	j.check(all...)
}

// requireBack requires that the window is as it was left: its size, the
// conversation, the last answer with its pages, the draft.
func (j *journey) requireBack(size image.Rectangle, last store.Message, draft string) {
	j.Helper()
	if got := j.window.Bounds().Size(); got != size.Size() {
		j.Errorf("the window was left with %v pixels and came back with %v", size.Size(), got)
	}
	j.window.Place(size)
	j.see("Pages consulted", middle)
	if got := j.copied(func() { j.press("contentCopy", middle) }); got != last.Content {
		j.Errorf("the window shows\n%q, the answer was\n%q", got, last.Content)
	}
	// The draft is in the composer, which is left of the button.
	send := j.see("Send", middle)
	j.window.Click(send.Min.X-100, send.Min.Y+5)
	if got := j.copied(func() { j.window.Key("ctrl+a"); j.window.Key("ctrl+c") }); got != draft {
		j.Errorf("the draft was %q and is %q", draft, got)
	}
	j.window.Key("end")
	consulted, err := j.store().Consulted(j.Context(), j.conversation().ID)
	j.must(err)
	if len(consulted[last.ID]) == 0 {
		j.Error("the answer consulted no page any more")
	}
	if n := colours(j.window.WaitStill(), image.Rect(850, 160, 1160, 500)); n < 20 {
		j.Errorf("the retention pane has %d colours", n)
	}
}
