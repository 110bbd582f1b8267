package uitest

import (
	"encoding/binary"
	"fmt"
	"image"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// xdndVersion is the version of the protocol of drag and drop that the source
// speaks: https://www.freedesktop.org/wiki/Specifications/XDND/
const xdndVersion = 5

// Drop drags files over the window and lets go of them at a point: the source
// half of a conversation in XDND. Relative paths count from the working folder.
// It fails if the window does not take files, and if the conversation stops.
// When it returns, the program has the names.
func (w *Window) Drop(x, y int, paths ...string) error {
	d := w.display
	d.t.Helper()
	list, err := uriList(paths)
	if err != nil {
		return err
	}
	version := d.property(w.id, "XdndAware")
	if len(version) < 4 || binary.LittleEndian.Uint32(version) < xdndVersion {
		return fmt.Errorf("uitest: drop: the window %q does not announce version %d of XDND", w.Title(), xdndVersion)
	}
	started := d.now()
	if err := xproto.SetSelectionOwnerChecked(d.conn, d.self, d.atom("XdndSelection"), started).Check(); err != nil {
		return fmt.Errorf("uitest: drop: own the selection: %w", err)
	}

	d.send(w.id, d.atom("XdndEnter"), uint32(d.self), xdndVersion<<24, uint32(d.atom("text/uri-list")))
	for i := range dragSteps {
		if err := w.dragOver(x*(i+1)/dragSteps, y*(i+1)/dragSteps, started); err != nil {
			d.send(w.id, d.atom("XdndLeave"), uint32(d.self))
			return err
		}
		time.Sleep(20 * time.Millisecond) // a frame, in which the program follows
	}
	d.send(w.id, d.atom("XdndDrop"), uint32(d.self), 0, uint32(started))
	if err := w.serveDrop([]byte(list)); err != nil {
		return err
	}
	// A drag grabs the pointer, so that the program does not hear of its moves
	// before; but there it is now.
	w.Move(x, y)
	return nil
}

// dragOver tells the window that the files are over a point, and asks whether
// it would take them.
func (w *Window) dragOver(x, y int, at xproto.Timestamp) error {
	d := w.display
	d.t.Helper()
	p := w.Bounds().Min.Add(image.Pt(x, y))
	d.send(w.id, d.atom("XdndPosition"), uint32(d.self), 0, uint32(p.X)<<16|uint32(p.Y), uint32(at), uint32(d.atom("XdndActionCopy")))
	accepts := false
	if !d.await(patience, func(event xgb.Event) bool {
		e, ok := event.(xproto.ClientMessageEvent)
		if !ok || e.Type != d.atom("XdndStatus") || e.Data.Data32[0] != uint32(w.id) {
			return false
		}
		accepts = e.Data.Data32[1]&1 != 0
		return true
	}, w.Shown) {
		return fmt.Errorf("uitest: drop: the window %q does not answer", w.Title())
	}
	if !accepts {
		return fmt.Errorf("uitest: drop: the window %q does not accept files at (%d, %d)", w.Title(), x, y)
	}
	return nil
}

// serveDrop gives the window what it asks for until it has finished.
func (w *Window) serveDrop(list []byte) error {
	d := w.display
	d.t.Helper()
	served, taken := false, false
	if !d.await(patience, func(event xgb.Event) bool {
		switch e := event.(type) {
		case xproto.SelectionRequestEvent:
			served = d.serve(e, list) || served
		case xproto.ClientMessageEvent:
			if e.Type == d.atom("XdndFinished") && e.Data.Data32[0] == uint32(w.id) {
				// Bit 0 says whether the drop was taken; but GLFW puts a
				// number of bytes there.
				taken = e.Data.Data32[1] != 0
				return true
			}
		}
		return false
	}, w.Shown) {
		return fmt.Errorf("uitest: drop: the window %q does not finish", w.Title())
	}
	if !served || !taken {
		return fmt.Errorf("uitest: drop: the window %q has not taken the files (asked for them: %v)", w.Title(), served)
	}
	return nil
}

// serve answers a request for the dragged list, and says whether it was one
// that could be met.
func (d *Display) serve(request xproto.SelectionRequestEvent, list []byte) bool {
	d.t.Helper()
	property := request.Property
	if request.Selection != d.atom("XdndSelection") || request.Target != d.atom("text/uri-list") {
		property = xproto.AtomNone
	} else {
		xproto.ChangeProperty(d.conn, xproto.PropModeReplace, request.Requestor, property, request.Target, 8, uint32(len(list)), list)
	}
	answer := xproto.SelectionNotifyEvent{
		Time: request.Time, Requestor: request.Requestor,
		Selection: request.Selection, Target: request.Target, Property: property,
	}
	xproto.SendEvent(d.conn, false, request.Requestor, xproto.EventMaskNoEvent, string(answer.Bytes()))
	return property != xproto.AtomNone
}

// uriList is the list of paths in the type text/uri-list.
func uriList(paths []string) (string, error) {
	var list strings.Builder
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("uitest: drop %s: %w", path, err)
		}
		file := url.URL{Scheme: "file", Path: abs}
		list.WriteString(file.String() + "\r\n")
	}
	return list.String(), nil
}
