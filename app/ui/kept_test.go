package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"fovea/app/chat"
	"fovea/app/engine"
	"fovea/internal/uicheck"
	"fovea/store"
)

// What is kept of reading is listed and can be deleted, and how much it may be
// is a setting.
func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	folder := filepath.Join(engine.SnapshotFolder(filepath.Dir(path)), strings.Repeat("ab", 16))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "state"), make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, setup{path: path})
	d.showPreferences()
	d.shows("Appearance")
	d.scrollDown()
	d.shows("3.0 MiB on the disk")
	d.tap("Show what is kept…")
	d.shows("Damaged")
	d.tap("Delete")
	d.shows("Nothing is kept.")
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	d.tap("Close")
	found := false
	for _, e := range d.entries() {
		if e.Text == "20" {
			found = true
			e.SetText("1,5")
		}
	}
	if !found {
		t.Fatal("no field has the limit of 20 GiB")
	}
	for _, s := range d.selects() {
		if slices.Contains(s.Options, "Read it behind them") {
			s.SetSelected("Read it behind them")
		}
	}
	d.tap("Apply")
	d.until("the limit is obeyed", func() bool { return d.chat.SnapshotLimit() == 3<<29 && d.chat.Exact() })
}

// scrollDown scrolls a dialog to its end.
func (d *desk) scrollDown() {
	layers := d.window.window.Canvas().Overlays().List()
	uicheck.Walk(layers[len(layers)-1], func(o fyne.CanvasObject, _ fyne.Position) bool {
		if s, ok := o.(*container.Scroll); ok {
			s.ScrollToBottom()
		}
		return true
	})
}

// Why a document is read again is said in passing; that it is not kept, in a
// dialog.
func TestNotices(t *testing.T) {
	d := newDesk(t, setup{})
	for text, err := range map[string]error{
		"is damaged, so it is read again":           engine.ErrSnapshotDamaged,
		"The model file has changed":                engine.ErrSnapshotModel,
		"The document was read with other settings": engine.ErrSnapshotSettings,
		"is of another version of Fovea":            engine.ErrSnapshotFormat,
	} {
		d.note(chat.Event{Kind: chat.Noticed, Err: fmt.Errorf("%w: Book: %w", engine.ErrReadAgain, err)})
		d.shows(text)
		if len(d.dialogs) > 0 {
			t.Errorf("%v opened a dialog", err)
		}
	}
	d.note(chat.Event{Kind: chat.Noticed, Err: fmt.Errorf("%w: Book", engine.ErrJoined)})
	d.shows("as it was read alone, without those before it")
	d.note(chat.Event{Kind: chat.Noticed, Err: fmt.Errorf("%w: Book: %w", engine.ErrNotKept, engine.ErrNoSpace)})
	d.shows("There is no space to keep what is read.")
}
