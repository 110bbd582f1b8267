package uitest

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Clipboard is the text in the clipboard. It fails if there is none. Together
// with a program's shortcuts for selecting and copying, it reads what the
// window shows as text.
func (d *Display) Clipboard() (string, error) {
	d.t.Helper()
	selection, property := d.atom("CLIPBOARD"), d.atom("FOVEA_CLIPBOARD")
	owner, err := xproto.GetSelectionOwner(d.conn, selection).Reply()
	if err != nil {
		return "", fmt.Errorf("uitest: owner of the clipboard: %w", err)
	}
	if owner.Owner == xproto.WindowNone {
		return "", fmt.Errorf("uitest: the clipboard is empty: nobody has copied anything")
	}
	xproto.ConvertSelection(d.conn, d.self, selection, d.atom("UTF8_STRING"), property, d.now())
	var got xproto.Atom
	if !d.await(patience, func(event xgb.Event) bool {
		e, ok := event.(xproto.SelectionNotifyEvent)
		got = e.Property
		return ok && e.Selection == selection
	}, nil) {
		return "", fmt.Errorf("uitest: the owner of the clipboard does not answer")
	}
	if got == xproto.AtomNone {
		return "", fmt.Errorf("uitest: what is in the clipboard is not text")
	}
	return string(d.property(d.self, "FOVEA_CLIPBOARD")), nil
}
