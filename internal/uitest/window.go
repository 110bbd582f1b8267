package uitest

import (
	"image"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Window is a window of the program under test. Coordinates are pixels from
// its upper left corner.
type Window struct {
	program *Program
	display *Display
	id      xproto.Window
}

// Title is the title of the window, empty if it is gone.
func (w *Window) Title() string {
	w.display.t.Helper()
	return string(w.display.property(w.id, "_NET_WM_NAME"))
}

// Shown says whether the window is on the screen.
func (w *Window) Shown() bool {
	attributes, err := xproto.GetWindowAttributes(w.display.conn, w.id).Reply()
	return err == nil && attributes.MapState == xproto.MapStateViewable
}

// Bounds is where the window lies on the screen, in pixels.
func (w *Window) Bounds() image.Rectangle {
	w.display.t.Helper()
	size, err := xproto.GetGeometry(w.display.conn, xproto.Drawable(w.id)).Reply()
	if err != nil {
		w.display.t.Fatalf("uitest: size of the window: %v", err)
	}
	at, err := xproto.TranslateCoordinates(w.display.conn, w.id, w.display.root, 0, 0).Reply()
	if err != nil {
		w.display.t.Fatalf("uitest: place of the window: %v", err)
	}
	return image.Rect(0, 0, int(size.Width), int(size.Height)).Add(image.Pt(int(at.DstX), int(at.DstY)))
}

// Place moves the window to a place on the screen and gives it that size, in
// pixels. The test fails if the window insists on another size, as one does
// whose content needs more.
func (w *Window) Place(on image.Rectangle) {
	w.display.t.Helper()
	// A window that has just been opened may still be giving itself the size
	// that its program wants.
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err := xproto.ConfigureWindowChecked(w.display.conn, w.id,
			xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
			[]uint32{uint32(on.Min.X), uint32(on.Min.Y), uint32(on.Dx()), uint32(on.Dy())}).Check(); err != nil {
			w.display.t.Fatalf("uitest: place the window on %v: %v", on, err)
		}
		w.Ping()
		time.Sleep(stillTime)
		w.Ping()
		if w.Bounds() == on {
			return
		}
	}
	w.display.t.Fatalf("uitest: placed on %v, the window insists on %v", on, w.Bounds())
}

// Activate raises the window and gives it the keyboard.
func (w *Window) Activate() {
	w.display.t.Helper()
	xproto.ConfigureWindow(w.display.conn, w.id, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	if err := xproto.SetInputFocusChecked(w.display.conn, xproto.InputFocusPointerRoot, w.id, xproto.TimeCurrentTime).Check(); err != nil {
		w.display.t.Fatalf("uitest: give the window the keyboard: %v", err)
	}
}

// focus activates the window if another one has the keyboard.
func (w *Window) focus() {
	w.display.t.Helper()
	has, err := xproto.GetInputFocus(w.display.conn).Reply()
	if err != nil {
		w.display.t.Fatalf("uitest: ask for the keyboard's window: %v", err)
	}
	if has.Focus != w.id {
		w.Activate()
	}
}

// Close presses the window's close button. It does not wait for what comes of
// that.
func (w *Window) Close() {
	w.display.send(w.id, w.display.atom("WM_PROTOCOLS"), uint32(w.display.atom("WM_DELETE_WINDOW")))
	w.display.conn.Sync()
}

// WaitGone waits until the window is no longer on the screen.
func (w *Window) WaitGone() {
	w.display.t.Helper()
	for end := time.Now().Add(patience); w.Shown(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.display.t.Fatalf("uitest: the window %q does not go away", w.Title())
		}
	}
}

// Ping asks the window for a sign of life, as window managers do, and returns
// how long it took. The answer comes from the loop that reads input, after
// everything sent before; so the program has then read all input so far, and
// the time is how long a key or a click would have waited. A window that has
// gone meanwhile counts as having answered.
func (w *Window) Ping() time.Duration {
	d := w.display
	d.t.Helper()
	d.pings++
	number, kind, ping := d.pings, d.atom("WM_PROTOCOLS"), d.atom("_NET_WM_PING")
	start := time.Now()
	d.send(w.id, kind, uint32(ping), number, uint32(w.id))
	gone := false
	answered := d.await(patience, func(event xgb.Event) bool {
		e, ok := event.(xproto.ClientMessageEvent)
		return ok && e.Type == kind && e.Format == 32 && e.Data.Data32[0] == uint32(ping) && e.Data.Data32[1] == number
	}, func() bool {
		gone = !w.Shown()
		return !gone
	})
	if !answered && !gone {
		d.t.Fatalf("uitest: the window %q has not answered for %v", w.Title(), patience)
	}
	return time.Since(start)
}

// settle waits until the program has read all input, unless in a hurry.
func (w *Window) settle() {
	w.display.t.Helper()
	if w.display.hurry {
		w.display.conn.Sync()
		return
	}
	w.Ping()
}
