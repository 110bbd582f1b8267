package retention

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
)

// fakeClock is time that moves on when a test says so.
type fakeClock struct {
	time   time.Time
	calls  []*fakeCall
	frames int // calls made
}

type fakeCall struct {
	at time.Time
	f  func()
}

func newFakeClock() *fakeClock {
	return &fakeClock{time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func (k *fakeClock) clock() clock {
	return clock{
		now: func() time.Time { return k.time },
		after: func(d time.Duration, f func()) func() {
			c := &fakeCall{k.time.Add(d), f}
			k.calls = append(k.calls, c)
			return func() { k.calls = slices.DeleteFunc(k.calls, func(o *fakeCall) bool { return o == c }) }
		},
	}
}

// still is a pane on whose clock no time passes: Fyne's driver for tests would
// run what a real clock calls beside the test.
func still() *Pane { return newPane(newFakeClock().clock()) }

// advance moves on and makes the calls that are due, in their order.
func (k *fakeClock) advance(d time.Duration) {
	end := k.time.Add(d)
	for {
		var due *fakeCall
		for _, c := range k.calls {
			if !c.at.After(end) && (due == nil || c.at.Before(due.at)) {
				due = c
			}
		}
		if due == nil {
			k.time = end
			return
		}
		k.calls = slices.DeleteFunc(k.calls, func(o *fakeCall) bool { return o == due })
		k.time = due.at
		k.frames++
		due.f()
	}
}

func TestPace(t *testing.T) {
	k := newFakeClock()
	p := pace{clock: k.clock(), apart: 100 * time.Millisecond}
	calls := 0
	call := func() { p.call(func() { calls++ }) }
	check := func(want int, when string) {
		t.Helper()
		if calls != want {
			t.Fatalf("%s: %d calls, want %d", when, calls, want)
		}
	}
	call()
	check(1, "the first is at once")
	for range 5 {
		call()
		k.advance(10 * time.Millisecond)
	}
	check(1, "50 ms later")
	k.advance(60 * time.Millisecond)
	check(2, "those that came too early are one")
	k.advance(time.Second)
	check(2, "nothing more was asked for")
	call()
	check(3, "after a pause at once")
	call()
	p.cancel()
	k.advance(time.Second)
	check(3, "cancelled")
	call()
	check(4, "after cancelling")
}

func TestWall(t *testing.T) {
	test.NewTempApp(t)
	called := make(chan bool, 2)
	stop := wall.after(time.Hour, func() { called <- false })
	wall.after(time.Millisecond, func() { called <- true })
	if !<-called {
		t.Error("the wrong one was called")
	}
	stop()
	if wall.now().Before(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it is %v", wall.now())
	}
}
