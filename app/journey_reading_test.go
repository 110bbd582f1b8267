package app_test

import (
	"fmt"
	"testing"

	"fovea/store"
)

// TestAskWhileReading asks about a book that is being read. The answer comes from
// the pages read so far, which the window says, and the book is read to its end,
// where another conversation about it finds it read.
func TestAskWhileReading(t *testing.T) {
	const pages = 32 // more than are read while the question is typed
	j := newJourney(t, true)
	path := book(t, pages)
	j.start(path)
	j.place()
	j.see("A question is answered from the pages read so far", middle)
	const question = "What is this register about?"
	j.ask(question)
	j.window.Save("asked-while-reading")
	m := j.answered()
	f := j.figures(m)
	if m.Status != store.Complete || m.Content == "" || !f.Part || f.ReadPages < 2 || f.ReadPages >= pages || f.Pages != pages {
		t.Fatalf("the answer is %+v, its figures %+v", m, f)
	}
	from := fmt.Sprintf("From pages 1 to %d of %d", f.ReadPages, pages)
	j.see(from, middle)
	j.see("Reading page", middle)
	j.window.Save("answered-while-reading")
	j.see(fmt.Sprintf("Read, %d pages", pages), middle)

	j.press("viewRefresh", middle)
	j.until("another answer has begun", func() bool { return j.last().ID != m.ID })
	again := j.answered()
	if f := j.figures(again); again.Parent != m.Parent || f.Part || f.ReadPages != pages {
		t.Errorf("the answer from all pages is %+v, its figures %+v", again, f)
	}
	j.until("the window no longer says that pages are missing", func() bool { return len(j.look(from, middle)) == 0 })
	first := j.conversation()
	j.window.Key("ctrl+n")
	j.must(j.window.Drop(600, 300, path))
	j.see(fmt.Sprintf("Read, %d pages", pages), middle)
	if c := j.conversation(); c.ID == first.ID {
		t.Error("the book was dropped into the first conversation")
	}
	if code := j.program.Quit(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	j.check(m, again)
}
