package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/ui/theme"
	"fovea/assets"
	"fovea/internal/uicheck"
	"fovea/store"
)

func TestWindowState(t *testing.T) {
	d := newDesk(t, setup{})
	d.answered("an open question")
	d.choose("New conversation")
	d.answered("a later question")
	d.sidebar.OnSelect(d.list.items[1].ID)
	d.shows("You an open question")
	d.layout.places[splitSidebar].SetOffset(0.3)
	d.layout.places[splitRight].SetOffset(0.7)
	d.choose("Retention")
	d.window.window.Resize(fyne.NewSize(1400, 900))
	d = d.again()
	d.shows("You an open question")
	if got := d.window.window.Canvas().Size(); got != fyne.NewSize(1400, 900) {
		t.Errorf("the window has %v", got)
	}
	if !d.layout.hidden[paneRetention] || d.layout.hidden[paneSidebar] {
		t.Errorf("hidden are %v", d.layout.hidden)
	}
	if got := d.layout.places[splitSidebar].Offset; got != 0.3 {
		t.Errorf("the sidebar ends at %g", got)
	}
	d.choose("Retention")
	if got := d.layout.places[splitRight].Offset; got != 0.7 {
		t.Errorf("the conversation ends at %g", got)
	}
	d.choose("Conversations")
	d = d.again()
	d.shows("You an open question")
	if !d.layout.hidden[paneSidebar] || d.layout.hidden[paneRetention] {
		t.Errorf("hidden are %v", d.layout.hidden)
	}
}

// TestHandedFiles opens files of the command line and of a second start, each
// time in a conversation of their own.
func TestHandedFiles(t *testing.T) {
	d := newDesk(t, setup{documents: []string{writeText(t, "one", 2)}})
	d.shows("Read, 2 pages")
	go func() { d.handed <- []string{writeText(t, "two", 3)} }()
	d.shows("Read, 3 pages")
	if v := d.chat.View(d.open.id); len(v.Docs) != 1 || v.Docs[0].Title != "two" {
		t.Errorf("the documents are %v", v.Docs)
	}
	d.until("there are two conversations", func() bool { return len(d.list.items) == 2 })
}

func writeText(t *testing.T, name string, pages int) string {
	d := desk{TB: t}
	return d.text(name, pages)
}

func TestDrops(t *testing.T) {
	d := newDesk(t, setup{})
	folder := t.TempDir()
	for _, name := range []string{"a.txt", "b.md", "c.exe"} {
		d.check(os.WriteFile(filepath.Join(folder, name), []byte("Some words of "+name), 0o600))
	}
	d.drop(folder)
	d.until("both are read", func() bool { return strings.Count(d.words(), "Read, 1 page") == 2 })
	far, err := storage.ParseURI("https://example.org/a.pdf")
	d.check(err)
	d.dropped([]fyne.URI{far})
	d.shows("only files of this machine can be opened")
	d.tap("Close")
	d.drop("/models/other.gguf")
	d.until("the model is loaded", func() bool { m := d.chat.Model(); return m.Ready && m.Path == "/models/other.gguf" })
	d = d.again()
	if p := d.chat.Model().Path; p != "/models/other.gguf" {
		t.Errorf("the next start loads %q", p)
	}
}

func TestModelFails(t *testing.T) {
	d := newDesk(t, setup{model: "missing.gguf"})
	d.shows("missing.gguf: no such model")
	d.shows("missing could not be loaded")
	d.tap("Choose a model")
	d.shows("No models were found on this machine")
	d.useModel("there.gguf")
	d.until("it is loaded", func() bool { return d.chat.Model().Ready })
	d.lacks("missing.gguf")
	d.shows("Test model · no device")
	if d.button("Choose a model") != nil {
		t.Error("a model is still asked for")
	}
}

// entries are the text fields of a dialog.
func (d *desk) entries() (all []*widget.Entry) {
	layers := d.window.window.Canvas().Overlays().List()
	uicheck.Walk(layers[len(layers)-1], func(o fyne.CanvasObject, _ fyne.Position) bool {
		if e, ok := o.(*widget.Entry); ok {
			all = append(all, e)
		}
		return true
	})
	return all
}

// selects are the lists of choices of a dialog.
func (d *desk) selects() (all []*widget.Select) {
	layers := d.window.window.Canvas().Overlays().List()
	uicheck.Walk(layers[len(layers)-1], func(o fyne.CanvasObject, _ fyne.Position) bool {
		if s, ok := o.(*widget.Select); ok {
			all = append(all, s)
		}
		return true
	})
	return all
}

func TestConversationSettings(t *testing.T) {
	d := newDesk(t, setup{})
	d.choose("Settings of this conversation…")
	d.shows("Instructions that precede every question")
	d.entries()[0].SetText("Answer in verse.")
	d.tap("Apply")
	d.idle()
	c, err := d.store.Conversation(d.Context(), d.open.id)
	d.check(err)
	if c.System != "Answer in verse." {
		t.Errorf("the system prompt is %q", c.System)
	}
	// A value that makes no sense is not applied.
	d.choose("Settings of this conversation…")
	d.shows("Answer in verse.")
	for _, e := range d.entries()[1:] {
		e.SetText("no number")
	}
	d.tap("Apply")
	d.shows("Something went wrong")
	if got := d.settings(); got != chat.Defaults() {
		t.Errorf("the settings are %v", got)
	}
}

func TestPreferences(t *testing.T) {
	defer func() { look = "" }() // the settings change it
	d := newDesk(t, setup{})
	d.choose("Settings…")
	d.shows("Appearance")
	d.selects()[0].SetSelected("Light")
	d.tap("Apply")
	d.until("they are kept", func() bool { return d.preferences.Theme == theme.Light })
	d = d.again()
	if d.preferences.Theme != theme.Light {
		t.Errorf("the theme is %s after a new start", d.preferences.Theme)
	}
}

// keepSample puts the sample document into the store, as if it had been read
// before: reading a PDF takes seconds.
func (d *desk) keepSample() {
	d.Helper()
	sum := sha256.Sum256(assets.Manual)
	_, err := d.store.AddDocument(context.Background(), store.Document{
		Path: assets.ManualName, Title: "The Fovea Manual", Format: string(document.PDF),
		SHA256: hex.EncodeToString(sum[:]), Size: int64(len(assets.Manual)),
	}, []store.Page{{Number: 1, Text: "The fovea of the eye."}, {Number: 2, Text: "It is small."}})
	d.check(err)
}

// TestFirstSteps goes from the first start to the first answer.
func TestFirstSteps(t *testing.T) {
	d := newDesk(t, setup{first: true, model: "none"})
	d.keepSample()
	d.shows("Welcome to Fovea")
	if d.says("Search everything") || d.says("Show recently recalled") {
		t.Error("the first steps are not alone")
	}
	d.useModel("model.gguf")
	d.shows("The model is ready")
	d.tap("Try the sample document")
	d.shows("“The Fovea Manual” is open.")
	questions, err := assets.Questions()
	d.check(err)
	d.tap(questions[0].Question)
	d.shows("Read, 2 pages")
	d.lacks("Welcome to Fovea")
	d.idle()
	if b := d.branch(); len(b) != 2 || b[0].Content != questions[0].Question {
		t.Errorf("the messages are %v", b)
	}
	d = d.again()
	d.shows("The Fovea Manual")
	if d.says("Welcome to Fovea") {
		t.Error("the first steps are shown again")
	}
	d.choose("First steps")
	d.shows("Welcome to Fovea")
	d.choose("New conversation")
	d.lacks("Welcome to Fovea")
}

// TestFirstStepsWithoutModel asks before there is a model.
func TestFirstStepsWithoutModel(t *testing.T) {
	d := newDesk(t, setup{first: true, model: "none"})
	d.keepSample()
	d.shows("Welcome to Fovea")
	d.openSample()
	d.shows("“The Fovea Manual” is open.")
	d.welcome.OnQuestion("What is it?")
	d.shows("No model is loaded. Choose one first.")
	d.tap("Close")
	d.shows("Welcome to Fovea")
	if d.talk.Draft() != "What is it?" {
		t.Errorf("the question is lost; the draft is %q", d.talk.Draft())
	}
}

// TestExport writes a conversation by the dialog for files.
func TestExport(t *testing.T) {
	d := newDesk(t, setup{})
	d.choose("Export as Markdown…")
	d.shows("There is nothing to export yet.")
	d.answered("what is kept?")
	d.until("the list has it", func() bool { return slices.Contains(d.titles(), "what is kept?") })
	d.choose("Export as Markdown…")
	d.until("the dialog asks for a name", func() bool { return len(d.entries()) > 0 })
	if name := d.entries()[0].Text; name != "what is kept.md" {
		t.Errorf("the name is %q", name)
	}
	d.tap("Save")
	d.shows("Saved as ")
	home, err := os.UserHomeDir()
	d.check(err)
	b, err := os.ReadFile(filepath.Join(home, "what is kept.md"))
	d.check(err)
	if !strings.Contains(string(b), "what is kept?") {
		t.Errorf("the file has %q", b)
	}
	d.check(os.Remove(filepath.Join(home, "what is kept.md")))
}

func TestWriteWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.txt")
	put := func(text string, err error) error {
		return writeWhole(path, func(w io.Writer) error { fmt.Fprint(w, text); return err })
	}
	if err := put("first", nil); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is full")
	if err := put("second, cut off", broken); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "first" {
		t.Errorf("the file has %q, %v, want what it had", b, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left in the folder are %v, %v", left, err)
	}
}

func TestFileName(t *testing.T) {
	for title, want := range map[string]string{
		"What is it?":            "What is it",
		"a/b\\c: d":              "a b c  d",
		"???":                    "conversation",
		"多长？":                    "多长",
		strings.Repeat("x", 100): strings.Repeat("x", 60),
		"":                       "conversation",
	} {
		if got := fileName(title); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{chat.ErrBusy, "This conversation is being answered. Wait for the end, or stop it first."},
		{fmt.Errorf("store: x.db: %w", store.ErrFull), "The disk is full. Free some space; nothing that was kept is lost.\nx.db: " + store.ErrFull.Error()},
		{errors.New("chat: open: a.pdf: broken"), "a.pdf: broken"},
		{errors.New("Note: this stays"), "Note: this stays"},
	} {
		if got := explain(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
