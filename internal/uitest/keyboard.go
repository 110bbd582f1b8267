package uitest

import (
	"fmt"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// keysyms are the names of keys for Key; others are their character.
var keysyms = map[string]xproto.Keysym{
	"ctrl": 0xffe3, "shift": 0xffe1, "alt": 0xffe9, "super": 0xffeb,
	"enter": 0xff0d, "tab": 0xff09, "escape": 0xff1b, "backspace": 0xff08, "delete": 0xffff, "insert": 0xff63,
	"left": 0xff51, "up": 0xff52, "right": 0xff53, "down": 0xff54,
	"home": 0xff50, "end": 0xff57, "pageup": 0xff55, "pagedown": 0xff56,
	"space": ' ', "plus": '+', "menu": 0xff67,
	"f1": 0xffbe, "f2": 0xffbf, "f3": 0xffc0, "f4": 0xffc1, "f5": 0xffc2, "f6": 0xffc3,
	"f7": 0xffc4, "f8": 0xffc5, "f9": 0xffc6, "f10": 0xffc7, "f11": 0xffc8, "f12": 0xffc9,
}

// keysymOf is the keysym of a character.
func keysymOf(r rune) xproto.Keysym {
	switch {
	case r == '\n':
		return keysyms["enter"]
	case r == '\t':
		return keysyms["tab"]
	case r >= 0x20 && r < 0x7f, r >= 0xa0 && r <= 0xff:
		return xproto.Keysym(r)
	default:
		return 0x01000000 | xproto.Keysym(r)
	}
}

// stroke is a key, and whether with Shift.
type stroke struct {
	code  xproto.Keycode
	shift bool
}

// keymap knows the keyboard's layout.
type keymap struct {
	strokes map[xproto.Keysym]stroke
	spare   []xproto.Keycode // unused keys, which take characters that the layout lacks
	lent    []xproto.Keysym  // what the first spare keys have taken
}

// load asks the server for its layout.
func (k *keymap) load(conn *xgb.Conn) error {
	setup := xproto.Setup(conn)
	first, count := setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)
	reply, err := xproto.GetKeyboardMapping(conn, first, count).Reply()
	if err != nil {
		return fmt.Errorf("keyboard layout: %w", err)
	}
	k.strokes = map[xproto.Keysym]stroke{}
	columns := int(reply.KeysymsPerKeycode)
	for i := range int(count) {
		code, symbols := first+xproto.Keycode(i), reply.Keysyms[i*columns:(i+1)*columns]
		used := false
		for column, symbol := range symbols {
			used = used || symbol != 0
			if _, known := k.strokes[symbol]; symbol != 0 && !known && column < 2 {
				k.strokes[symbol] = stroke{code, column == 1}
			}
		}
		if !used {
			k.spare = append(k.spare, code)
		}
	}
	if len(k.spare) == 0 {
		return fmt.Errorf("keyboard layout: all %d keys are in use, none is left for other characters", count)
	}
	return nil
}

// lend gives spare keys to those of the characters that the layout lacks, and
// returns how many characters from the first on can now be typed at once.
func (w *Window) lend(symbols []xproto.Keysym) int {
	d := w.display
	d.t.Helper()
	k, changed := &d.keys, false
	for i, symbol := range symbols {
		if _, known := k.strokes[symbol]; known {
			continue
		}
		if len(k.lent) == len(k.spare) {
			if i > 0 {
				return i
			}
			for _, old := range k.lent {
				delete(k.strokes, old)
			}
			k.lent = nil
		}
		// X's library looks up what a key means when the program reads it, by
		// the layout of that time, and can miss a change that comes while it
		// asks for an earlier one. So the program must have read all keys
		// before a change, and all changes before the next key.
		if !changed {
			w.Ping()
			changed = true
			defer w.Ping()
		}
		code := k.spare[len(k.lent)]
		if err := xproto.ChangeKeyboardMappingChecked(d.conn, 1, code, 2, []xproto.Keysym{symbol, symbol}).Check(); err != nil {
			d.t.Fatalf("uitest: a key for keysym %#x: %v", symbol, err)
		}
		k.lent = append(k.lent, symbol)
		k.strokes[symbol] = stroke{code: code}
	}
	return len(symbols)
}

// fake makes the server believe that a device moved, which may be kind
// xproto.KeyPress, KeyRelease, ButtonPress, ButtonRelease or MotionNotify.
func (d *Display) fake(kind, detail byte, x, y int) {
	d.t.Helper()
	if err := xtest.FakeInputChecked(d.conn, kind, detail, 0, d.root, int16(x), int16(y), 0).Check(); err != nil {
		d.t.Fatalf("uitest: input: %v", err)
	}
}

// Key presses a key with modifiers: "ctrl+o", "shift+enter", "escape", "f3",
// "ctrl+,". Keys are named as on an American keyboard, in lower case; + itself
// is "plus".
func (w *Window) Key(name string) {
	w.display.t.Helper()
	w.focus()
	var symbols []xproto.Keysym
	for part := range strings.SplitSeq(name, "+") {
		symbol, ok := keysyms[part]
		if runes := []rune(part); !ok && len(runes) == 1 {
			symbol, ok = keysymOf(runes[0]), true
		}
		if !ok {
			w.display.t.Fatalf("uitest: there is no key %q in %q", part, name)
		}
		symbols = append(symbols, symbol)
	}
	w.lend(symbols)
	var codes []xproto.Keycode
	for _, symbol := range symbols {
		codes = append(codes, w.display.keys.codes(symbol)...)
	}
	w.press(codes)
	w.settle()
}

// Type types a text: any characters, where \n is Enter and \t is Tab.
func (w *Window) Type(text string) {
	w.display.t.Helper()
	w.focus()
	var symbols []xproto.Keysym
	for _, r := range text {
		symbols = append(symbols, keysymOf(r))
	}
	for len(symbols) > 0 {
		n := w.lend(symbols)
		for _, symbol := range symbols[:n] {
			w.press(w.display.keys.codes(symbol))
		}
		w.settle()
		symbols = symbols[n:]
	}
}

// codes returns the keys to press for a keysym, in this order. The layout must
// have it, or a spare key.
func (k *keymap) codes(symbol xproto.Keysym) []xproto.Keycode {
	s := k.strokes[symbol]
	if s.shift {
		return []xproto.Keycode{k.strokes[keysyms["shift"]].code, s.code}
	}
	return []xproto.Keycode{s.code}
}

// press presses keys in this order and releases them in the other.
func (w *Window) press(codes []xproto.Keycode) {
	w.display.t.Helper()
	for _, code := range codes {
		w.display.fake(xproto.KeyPress, byte(code), 0, 0)
	}
	for i := range codes {
		w.display.fake(xproto.KeyRelease, byte(codes[len(codes)-1-i]), 0, 0)
	}
}
