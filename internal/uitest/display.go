// Package uitest drives a desktop program in a real X server as a person would:
// keyboard, mouse, drag and drop, the close button, and a look at the pixels.
// The server is Xvfb, which needs no screen. No window manager runs; the package
// does the little that one is for: it places windows, raises them and gives
// them the keyboard. It knows nothing of what the program shows.
//
// All methods belong to the goroutine of the test. They fail the test where
// not said otherwise, since a test that cannot type or look has nothing to go
// on with.
package uitest

import (
	"fmt"
	"io"
	"log"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// patience is how long anything that must happen may take. It is long since
// the machine may have other work; nothing waits for its end but failures.
const patience = 60 * time.Second

func init() {
	// The library prints what it also returns, and that a display of ours
	// needs no password.
	xgb.Logger = log.New(io.Discard, "", 0)
}

// Display is an X server of its own for one test, of one screen.
type Display struct {
	// Name is what a program finds in the variable DISPLAY, such as ":99".
	Name string
	// Width and Height of the screen in pixels.
	Width, Height int

	t      testing.TB
	conn   *xgb.Conn
	root   xproto.Window
	self   xproto.Window // ours, never shown: the owner of selections
	events chan xgb.Event
	atoms  map[string]xproto.Atom
	keys   keymap
	hurry  bool // input does not wait until the program has read it
	pings  uint32
}

// StartDisplay starts Xvfb with a screen of width x height pixels on a free
// display. It ends with the test.
func StartDisplay(t testing.TB, width, height int) *Display {
	t.Helper()
	d := &Display{Width: width, Height: height, t: t, atoms: map[string]xproto.Atom{}}
	d.Name = startServer(t, width, height)
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		t.Fatalf("uitest: connect to Xvfb: %v", err)
	}
	d.conn = conn
	d.events = make(chan xgb.Event, 64)
	go readEvents(conn, d.events)
	t.Cleanup(conn.Close)
	if err := d.setUp(); err != nil {
		t.Fatalf("uitest: set up the display %s: %v", d.Name, err)
	}
	return d
}

func readEvents(conn *xgb.Conn, events chan<- xgb.Event) {
	defer close(events)
	for {
		// An error here belongs to a request whose outcome nobody asked for,
		// such as one about a window that has just been closed.
		event, err := conn.WaitForEvent()
		if event == nil && err == nil {
			return
		}
		if event != nil {
			events <- event
		}
	}
}

func (d *Display) setUp() error {
	if err := xtest.Init(d.conn); err != nil {
		return fmt.Errorf("extension XTEST: %w", err)
	}
	d.root = xproto.Setup(d.conn).DefaultScreen(d.conn).Root
	// Answers to pings are sent to the root window.
	if err := xproto.ChangeWindowAttributesChecked(d.conn, d.root, xproto.CwEventMask,
		[]uint32{xproto.EventMaskSubstructureNotify}).Check(); err != nil {
		return err
	}
	id, err := xproto.NewWindowId(d.conn)
	if err != nil {
		return err
	}
	d.self = id
	if err := xproto.CreateWindowChecked(d.conn, 0, id, d.root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check(); err != nil {
		return err
	}
	return d.keys.load(d.conn)
}

// atom is the number that the server gives a name.
func (d *Display) atom(name string) xproto.Atom {
	d.t.Helper()
	if a, ok := d.atoms[name]; ok {
		return a
	}
	reply, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		d.t.Fatalf("uitest: atom %s: %v", name, err)
	}
	d.atoms[name] = reply.Atom
	return reply.Atom
}

// await takes events until one is what match looks for, and says whether it
// came in time. Meanwhile it asks about once in 50 ms whether there is any use
// in waiting.
func (d *Display) await(limit time.Duration, match func(xgb.Event) bool, useful func() bool) bool {
	end := time.After(limit)
	ask := time.NewTicker(50 * time.Millisecond)
	defer ask.Stop()
	for {
		select {
		case event, open := <-d.events:
			if !open {
				return false
			}
			if match(event) {
				return true
			}
		case <-ask.C:
			if useful != nil && !useful() {
				return false
			}
		case <-end:
			return false
		}
	}
}

// now is the server's time, which selections are compared by.
func (d *Display) now() xproto.Timestamp {
	d.t.Helper()
	name := d.atom("FOVEA_NOW")
	xproto.ChangeProperty(d.conn, xproto.PropModeReplace, d.self, name, xproto.AtomInteger, 8, 0, nil)
	var at xproto.Timestamp
	if !d.await(patience, func(event xgb.Event) bool {
		e, ok := event.(xproto.PropertyNotifyEvent)
		at = e.Time
		return ok && e.Window == d.self && e.Atom == name
	}, nil) {
		d.t.Fatalf("uitest: the display %s does not tell its time", d.Name)
	}
	return at
}

// send sends a client message of five numbers to a window.
func (d *Display) send(to xproto.Window, kind xproto.Atom, numbers ...uint32) {
	data := append(numbers, make([]uint32, 5-len(numbers))...)
	message := xproto.ClientMessageEvent{Format: 32, Window: to, Type: kind, Data: xproto.ClientMessageDataUnionData32New(data)}
	xproto.SendEvent(d.conn, false, to, xproto.EventMaskNoEvent, string(message.Bytes()))
}

// property is the value of a window's property, empty if it has none or the
// window is gone.
func (d *Display) property(of xproto.Window, name string) []byte {
	d.t.Helper()
	reply, err := xproto.GetProperty(d.conn, false, of, d.atom(name), xproto.GetPropertyTypeAny, 0, 1<<26).Reply()
	if err != nil {
		return nil
	}
	return reply.Value
}
