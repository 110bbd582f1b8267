package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/app/engine"
	"fovea/app/ui/translation"
	"fovea/internal/uicheck"
	"fovea/store"
)

// TestMain makes English the language and keeps the window out of the folders
// of whoever runs the tests.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "fovea-ui")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "LLAMA_CACHE", "OLLAMA_MODELS", "JAN_DATA_FOLDER"} {
		os.Unsetenv(name)
	}
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "FOVEA_DATA", "FOVEA_CACHE"} {
		os.Setenv(name, dir)
	}
	if err := translation.Load("en"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// setup is how a desk is to be.
type setup struct {
	engine    *chattest.Engine // nil: one that repeats questions
	path      string           // of the database; "": a new one
	model     string           // "": "model.gguf"; "none": none was chosen
	first     bool             // it is the program's first start
	documents []string         // to open at the start
	soon      time.Duration    // see chat.Options; 0: answers wait until all is read
}

// desk is a window over a store in a temporary folder and an engine without a
// model.
type desk struct {
	testing.TB
	*window
	setup
	program *program
	loop    *loop
	handed  chan []string // files that a second start passes on
	closed  bool
}

// newDesk starts the program and waits until its model is loaded.
func newDesk(t testing.TB, s setup) *desk {
	t.Helper()
	if s.engine == nil {
		s.engine = &chattest.Engine{}
	}
	if s.path == "" {
		s.path = filepath.Join(t.TempDir(), store.FileName)
	}
	if s.soon == 0 {
		s.soon = time.Hour
	}
	d := &desk{TB: t, setup: s, program: newProgram(), handed: make(chan []string)}
	d.loop = d.program.loop
	st, err := store.Open(context.Background(), s.path, store.Options{})
	d.check(err)
	d.check(d.prefer(st))
	p, err := LoadPreferences(context.Background(), st)
	d.check(err)
	kept, err := engine.OpenSnapshots(engine.SnapshotFolder(filepath.Dir(s.path)))
	d.check(err)
	d.window, err = newWindow(d.program, Options{
		Store: st,
		NewChat: func(notify func(chat.Event)) (*chat.Service, error) {
			return chat.New(context.Background(), chat.Options{Store: st, Open: s.engine.Open, Notify: notify, Snapshots: kept, Soon: s.soon})
		},
		Devices:  func() ([]Device, error) { return []Device{{Name: "Test device", Memory: 8 << 30}}, nil },
		CacheDir: filepath.Join(filepath.Dir(s.path), "cache"), Version: "1.0", Documents: s.documents, Opened: d.handed,
	}, p)
	d.check(err)
	d.loop.main = d.window.window
	d.window.window.SetPadded(false)
	t.Cleanup(d.leave)
	d.until("the model is loaded or is not", func() bool { m := d.chat.Model(); return m.Ready || m.Err != nil || p.Model == "" })
	return d
}

// prefer writes the preferences of a desk, where the store has none.
func (d *desk) prefer(st *store.Store) error {
	p, err := LoadPreferences(context.Background(), st)
	if err != nil || p.Welcomed {
		return err
	}
	p.Welcomed, p.Model = !d.first, d.model
	switch d.model {
	case "":
		p.Model = "model.gguf"
	case "none":
		p.Model = ""
	}
	return st.SetSetting(context.Background(), preferencesKey, p)
}

// leave closes the window as a person does, and then the store.
func (d *desk) leave() {
	if d.closed {
		return
	}
	d.closed = true
	d.window.close()
	d.until("the program ends", func() bool { return d.program.quit })
	close(d.disk) // ends its goroutine, which would hold the window
	d.check(d.store.Close())
	// The first one is the driver's own.
	for _, w := range slices.Clone(d.loop.AllWindows()[1:]) {
		w.Close()
	}
}

// again closes the window and starts the program once more.
func (d *desk) again() *desk {
	d.Helper()
	d.leave()
	return newDesk(d.TB, d.setup)
}

func (d *desk) check(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// until runs the window until a condition holds.
func (d *desk) until(what string, condition func() bool) {
	d.Helper()
	const often = 10 * time.Millisecond // most conditions look at the whole window
	for end := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(end) {
			d.Fatalf("waited in vain until %s; the window says: %s", what, d.words())
		}
		for next := time.Now().Add(often); time.Now().Before(next); {
			d.loop.wait()
		}
	}
}

// shows waits until the window says a text.
func (d *desk) shows(text string) {
	d.Helper()
	d.until(fmt.Sprintf("the window says %q", text), func() bool { return d.says(text) })
}

// lacks waits until the window does not say a text.
func (d *desk) lacks(text string) {
	d.Helper()
	d.until(fmt.Sprintf("the window no longer says %q", text), func() bool { return !d.says(text) })
}

// idle waits until nothing is done or queued, on the disk neither, and nothing
// more happens.
func (d *desk) idle() {
	d.Helper()
	for quiet := 0; quiet < 5; {
		if len(d.chat.Busy()) > 0 {
			quiet = 0
			d.loop.wait()
			continue
		}
		if d.drained() {
			quiet = 0
			continue
		}
		quiet++
		// News come to the window at most every frameTime.
		time.Sleep(frameTime / 4)
	}
}

// drained waits for the writes that are queued and says whether anything came
// to the window.
func (d *desk) drained() bool {
	done := make(chan struct{})
	d.disk <- func() { close(done) }
	for came := d.loop.run(); ; came = d.loop.run() || came {
		select {
		case <-done:
			return d.loop.run() || came
		case <-time.After(time.Millisecond):
		}
	}
}

func (d *desk) words() string         { return uicheck.Words(d.window.window.Canvas()) }
func (d *desk) says(text string) bool { return strings.Contains(d.words(), text) }

// button finds what can be tapped and says only a label; of several, what is
// drawn last.
func (d *desk) button(label string) (found fyne.Tappable) {
	c := d.window.window.Canvas()
	for _, layer := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		uicheck.Walk(layer, func(o fyne.CanvasObject, _ fyne.Position) bool {
			b, ok := o.(fyne.Tappable)
			if off, can := o.(fyne.Disableable); ok && !(can && off.Disabled()) && saying(o) == label {
				found = b
			}
			return true
		})
	}
	return found
}

// saying is the text of an object, on one line.
func saying(o fyne.CanvasObject) string {
	var all []string
	uicheck.Walk(o, func(o fyne.CanvasObject, _ fyne.Position) bool {
		if t, ok := o.(*canvas.Text); ok {
			all = append(all, strings.Fields(t.Text)...)
		}
		return true
	})
	return strings.Join(all, " ")
}

// tap taps the button with a label.
func (d *desk) tap(label string) {
	d.Helper()
	b := d.button(label)
	if b == nil {
		d.Fatalf("there is no button %q; the window says: %s", label, d.words())
	}
	// Links hear only of taps onto their text.
	test.TapAt(b, fyne.NewPos(20, b.(fyne.CanvasObject).Size().Height/2))
}

// choose chooses an entry of the menu.
func (d *desk) choose(label string) {
	d.Helper()
	for _, m := range d.menu.main.Items {
		for _, i := range m.Items {
			if i.Label == label {
				i.Action()
				return
			}
		}
	}
	d.Fatalf("the menu has no entry %q", label)
}

// compose types into the composer.
func (d *desk) compose(text string) {
	d.Helper()
	d.talk.FocusComposer()
	test.Type(d.window.window.Canvas().Focused(), text)
}

// press presses a key in whatever has the keyboard.
func (d *desk) press(key fyne.KeyName) {
	d.Helper()
	d.window.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
}

// ask types a question and sends it.
func (d *desk) ask(text string) {
	d.Helper()
	d.compose(text)
	d.press(fyne.KeyReturn)
}

// answered asks and waits for the end of the answer, which it returns.
func (d *desk) answered(text string) store.Message {
	d.Helper()
	d.ask(text)
	d.shows(text)
	d.idle()
	return d.last()
}

// answeredNow asks and waits for the end of the answer, while other things may
// go on.
func (d *desk) answeredNow(text string) store.Message {
	d.Helper()
	d.ask(text)
	d.shows(text)
	d.until("it is answered", func() bool { b := d.branch(); return len(b) > 1 && b[len(b)-1].Status != store.Writing })
	d.until("the next one can be sent", func() bool { v := d.chat.View(d.open.id); return v.Writing == nil && v.Waiting == 0 })
	d.settle()
	return d.last()
}

// branch are the messages of the open conversation in the store.
func (d *desk) branch() []store.Message {
	d.Helper()
	b, err := d.store.Branch(context.Background(), d.open.id)
	d.check(err)
	return b
}

func (d *desk) last() store.Message {
	d.Helper()
	b := d.branch()
	if len(b) == 0 {
		d.Fatal("the conversation has no message")
	}
	return b[len(b)-1]
}

// text writes a document of some pages and returns its path.
func (d *desk) text(name string, pages int) string {
	d.Helper()
	var b strings.Builder
	for p := range pages {
		if p > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "Page %d of %s tells of lighthouse%d.\n\n%s", p+1, name, p+1, strings.Repeat("Words that fill the page without end. ", 30))
	}
	path := filepath.Join(d.TempDir(), name+".txt")
	d.check(os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// drop drops files onto the window.
func (d *desk) drop(paths ...string) {
	var files []fyne.URI
	for _, p := range paths {
		files = append(files, storage.NewFileURI(p))
	}
	d.dropped(files)
}
