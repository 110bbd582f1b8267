package ui

import (
	"net/url"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"fovea/app/ui/theme"
	"fovea/internal/uicheck"
)

// loop is Fyne's driver for tests with a goroutine for the window, as a real
// driver has one: that of the test. The driver for tests runs what fyne.Do is
// given on the goroutine that calls it, beside the window.
type loop struct {
	fyne.Driver
	main    fyne.Window
	looking bool          // for a canvas
	more    chan struct{} // something was queued
	longest time.Duration // that something kept the window's goroutine

	mu    sync.Mutex
	queue []func()
}

// DoFromGoroutine queues f for the window's goroutine.
func (l *loop) DoFromGoroutine(f func(), wait bool) {
	done := make(chan struct{})
	l.mu.Lock()
	l.queue = append(l.queue, func() { f(); close(done) })
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	if wait {
		<-done
	}
}

// CanvasForObject is that of the window that has the object. The driver for
// tests takes the newest window.
func (l *loop) CanvasForObject(o fyne.CanvasObject) fyne.Canvas {
	if l.main == nil {
		return l.Driver.CanvasForObject(o)
	}
	if l.looking { // a widget that is drawn for the first time asks, too
		return l.main.Canvas()
	}
	l.looking = true
	defer func() { l.looking = false }()
	for _, w := range l.AllWindows() {
		found := false
		if w != l.main && w.Content() != nil {
			uicheck.Walk(w.Content(), func(c fyne.CanvasObject, _ fyne.Position) bool {
				found = found || c == o
				return !found
			})
		}
		if found {
			return w.Canvas()
		}
	}
	return l.main.Canvas()
}

// run does what is queued, and says whether there was anything.
func (l *loop) run() bool {
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, f := range queue {
		l.time(f)
	}
	return len(queue) > 0
}

// time does f and notes how long it took.
func (l *loop) time(f func()) {
	start := time.Now()
	f()
	l.longest = max(l.longest, time.Since(start))
}

// wait does what is queued, or waits a little for something.
func (l *loop) wait() {
	select {
	case <-l.more:
	case <-time.After(5 * time.Millisecond):
	}
	l.run()
}

// program is a program whose window's goroutine is the test's.
type program struct {
	fyne.App
	loop   *loop
	opened []string // addresses
	quit   bool
}

func (p *program) Driver() fyne.Driver { return p.loop }
func (p *program) Quit()               { p.quit = true }

func (p *program) OpenURL(u *url.URL) error {
	p.opened = append(p.opened, u.String())
	return nil
}

// base is the one of Fyne's programs for tests that all tests share. To make
// one, or to change its theme, reads all fonts again, which are never freed.
var base = sync.OnceValue(test.NewApp)

// look is the one that base has.
var look theme.Choice

// newProgram makes the program of a test.
func newProgram() *program {
	a := base()
	p := &program{App: a, loop: &loop{Driver: a.Driver(), more: make(chan struct{}, 1)}}
	fyne.SetCurrentApp(p)
	p.wear(theme.Dark)
	return p
}

// wear makes the program dark or light.
func (p *program) wear(now theme.Choice) {
	if look != now {
		look = now
		p.Settings().SetTheme(theme.New(now))
	}
}
