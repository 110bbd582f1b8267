package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"fovea/app/chat/chattest"
	"fovea/internal/uicheck"
)

// mostHeld is how long the window's goroutine may be kept at once: what takes
// longer is felt.
const mostHeld = 50 * time.Millisecond

// held reports how long the window's goroutine was kept at most, in each of
// several runs: the median and the largest. The median may not be over
// mostHeld; a single one may be the work of others on the machine.
func held(b *testing.B, all []time.Duration) {
	slices.Sort(all)
	median := all[len(all)/2]
	b.ReportMetric(median.Seconds()*1e3, "ms-held")
	b.ReportMetric(all[len(all)-1].Seconds()*1e3, "ms-held-most")
	if median > mostHeld {
		b.Errorf("the window's goroutine is held for %v, want at most %v", median, mostHeld)
	}
}

// frame does what a driver does before it draws: it asks all visible objects
// for their least size.
func (d *desk) frame() {
	d.loop.time(func() {
		uicheck.Walk(d.window.window.Content(), func(o fyne.CanvasObject, _ fyne.Position) bool {
			o.MinSize()
			return true
		})
	})
}

// BenchmarkOpen opens a conversation of 500 messages and 60 documents.
func BenchmarkOpen(b *testing.B) {
	d := newDesk(b, setup{path: copyOf(b)})
	d.shows("verylong")
	id := d.open.id
	var all []time.Duration
	for b.Loop() {
		d.loop.time(func() { d.show(0) })
		d.loop.run()
		d.loop.longest = 0
		d.loop.time(func() { d.show(id) })
		d.until("it is open", func() bool { return d.open.loaded })
		d.frame()
		all = append(all, d.loop.longest)
	}
	held(b, all)
}

// BenchmarkList shows a list of 2,000 conversations that has changed.
func BenchmarkList(b *testing.B) {
	d := newDesk(b, setup{path: copyOf(b)})
	d.until("the list is shown", func() bool { return len(d.list.items) == manyConversations })
	var all []time.Duration
	for b.Loop() {
		d.list.items = nil
		d.loop.longest = 0
		d.loop.time(d.loadList)
		d.until("the list is shown", func() bool { return len(d.list.items) == manyConversations })
		d.frame()
		all = append(all, d.loop.longest)
	}
	held(b, all)
}

// BenchmarkStream takes in what happened since the last update, while an answer
// of 20,000 words is written below 500 messages.
func BenchmarkStream(b *testing.B) {
	answer := formatted + "\n\n" + strings.Repeat("More of the answer that goes on. ", 3000)
	d := newDesk(b, setup{path: copyOf(b), engine: &chattest.Engine{Delay: time.Millisecond, Layers: 30, Answer: func(string) string { return answer }}})
	d.shows("verylong")
	s := d.settings()
	s.MaxTokens = 20000
	d.check(d.chat.SetSettings(d.Context(), d.open.id, s))
	d.ask("Go on?")
	d.until("the answer has begun", func() bool { v := d.chat.View(d.open.id); return v.Writing != nil && v.Writing.Tokens > 1000 })
	var all []time.Duration
	for b.Loop() {
		b.StopTimer()
		time.Sleep(20 * time.Millisecond) // some words
		d.loop.run()
		d.loop.longest = 0
		b.StartTimer()
		d.loop.time(d.takeNews)
		d.frame()
		all = append(all, d.loop.longest)
	}
	held(b, all)
	if v := d.chat.View(d.open.id); v.Writing == nil {
		b.Error("the answer ended before the measurement")
	}
}
