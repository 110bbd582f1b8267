package ui

import (
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/app/ui/numbers"
)

// TestAskWhileReading asks in the middle of the reading. The window says before
// and behind it from which pages an answer comes, and the reading goes on; when
// all is read, the question can be asked again.
func TestAskWhileReading(t *testing.T) {
	pages, long := make(chan struct{}, 120), make(chan struct{})
	for range 60 {
		pages <- struct{}{}
	}
	d := newDesk(t, setup{engine: &chattest.Engine{Pages: pages, Answer: func(q string) string {
		if q == "And then?" {
			<-long
		}
		return q
	}}, soon: time.Nanosecond})
	d.drop(d.text("Long", 120))
	d.shows("A question is answered from the pages read so far:")
	a := d.answeredNow("What so far?")
	f, err := chat.FiguresOf(a)
	d.check(err)
	if !f.Part || f.ReadPages < 2 || f.ReadPages >= 120 {
		t.Errorf("figures %+v", f)
	}
	from := "From pages 1 to " + numbers.Whole(f.ReadPages) + " of 120: the rest was not read yet."
	d.shows(from)
	pages <- struct{}{}
	d.shows("Reading page")
	d.ask("And then?")
	d.shows("Waiting, at page")
	close(long)
	pages <- struct{}{}
	d.shows("Reading page")
	close(pages)
	d.shows("Read, 120 pages")
	d.idle()
	d.shows("read 120 of 120 pages")
	d.talk.OnRegenerate(int64(a.ID))
	d.idle()
	d.lacks(from)
	if f, err := chat.FiguresOf(d.last()); err != nil || f.Part || f.ReadPages != 120 {
		t.Errorf("figures %+v (%v)", f, err)
	}
}
