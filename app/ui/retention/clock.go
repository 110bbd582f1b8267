package retention

import (
	"time"

	"fyne.io/fyne/v2"
)

// clock is time as the widgets need it; tests have one of their own.
type clock struct {
	now   func() time.Time
	after func(time.Duration, func()) (stop func())
}

// wall is the real one. It calls on the goroutine of the user interface; a
// call that is on its way there may still come after it was stopped.
var wall = clock{
	now: time.Now,
	after: func(d time.Duration, f func()) func() {
		t := time.AfterFunc(d, func() { fyne.Do(f) })
		return func() { t.Stop() }
	},
}

// pace keeps calls apart: the first is at once, those that come too early
// become one when it is time.
type pace struct {
	clock clock
	apart time.Duration
	last  time.Time
	stop  func() // of the call that waits; nil: none does
}

func (p *pace) call(f func()) {
	if p.stop != nil {
		return
	}
	wait := p.apart - p.clock.now().Sub(p.last)
	if wait <= 0 {
		p.last = p.clock.now()
		f()
		return
	}
	waits := true
	stop := p.clock.after(wait, func() {
		if waits {
			waits, p.stop = false, nil
			p.last = p.clock.now()
			f()
		}
	})
	p.stop = func() { waits = false; stop() }
}

// cancel drops a call that waits.
func (p *pace) cancel() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}
