package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"fovea/app/chat/chattest"
	"fovea/app/ui/sidebar"
	"fovea/app/ui/theme"
	"fovea/app/ui/translation"
	"fovea/internal/uicheck"
	"fovea/store"
)

// scene is a state of the window that people look at.
type scene struct {
	name    string
	setup   setup
	arrange func(d *desk)
}

// formatted is an answer with everything that Markdown has.
const formatted = `## What the layers recall

The cache keeps **initial tokens**, *recalled blocks*, the remainder and the ` + "`local window`" + `.

| Layer | Blocks | Entropy | Remark |
|:------|-------:|:-------:|--------|
| 0 | 46 | 0.91 | spreads its attention over nearly the whole document |
| 17 | 3 | 0.22 | few blocks |

1. Anchor tokens are found.
2. The probe asks the blocks.

` + "```go\nfunc recall(scores []float32, k int) []int {\n\treturn top(scores, k) // a line that is longer than any window is wide, so that it must be scrolled sideways to be read\n}\n```" + `

> A quotation, with a [link](https://example.org).`

// long is a name that fits nowhere.
var long = "An extraordinarily long name of which nobody reads the end, " + strings.Repeat("Donaudampfschifffahrtsgesellschaft", 4) + " 一个非常长的名字没有任何空格所以必须在任何地方断开才能显示"

// plenty is a database with far too much, made once.
var plenty = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fovea-plenty")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, store.FileName)
	st, err := store.Open(context.Background(), path, store.Options{})
	if err != nil {
		return "", err
	}
	return path, errorsOf(fill(st), st.Close())
})

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// The size of the database with far too much.
const (
	manyConversations = 2000
	manyDocuments     = 60
	manyMessages      = 500
)

// fill puts far too much into a store.
func fill(st *store.Store) error {
	ctx := context.Background()
	folder, err := st.AddFolder(ctx, long)
	if err != nil {
		return err
	}
	var last store.Conversation
	for i := range manyConversations {
		c := store.Conversation{Title: fmt.Sprintf("%d %s", i, long)}
		if i%3 == 0 {
			c.Folder = folder.ID
		}
		if last, err = st.AddConversation(ctx, c); err != nil {
			return err
		}
	}
	var documents []store.DocumentID
	for i := range manyDocuments {
		d, err := st.AddDocument(ctx, store.Document{
			Path: fmt.Sprintf("/nowhere/%d.txt", i), Title: fmt.Sprintf("%d %s", i, long), Format: "plain text", SHA256: fmt.Sprintf("%064x", i),
		}, []store.Page{{Number: 1, Text: long}, {Number: 2, NoText: true}})
		if err != nil {
			return err
		}
		documents = append(documents, d.ID)
	}
	if err := st.Attach(ctx, last.ID, documents...); err != nil {
		return err
	}
	return talkMuch(ctx, st, last.ID, documents)
}

// talkMuch fills a conversation with messages and shows it when the window
// opens.
func talkMuch(ctx context.Context, st *store.Store, id store.ConversationID, documents []store.DocumentID) error {
	var parent store.MessageID
	for i := range manyMessages {
		n := store.NewMessage{Conversation: id, Parent: parent, Role: store.User, Content: fmt.Sprintf("Question %d about %s", i, long)}
		if i%2 == 1 {
			n.Role, n.Content, n.Status = store.Assistant, formatted+"\n\n"+strings.Repeat("verylongword", 60), store.Writing
		}
		m, err := st.AddMessage(ctx, n)
		if err != nil {
			return err
		}
		parent = m.ID
		if i%2 == 0 {
			continue
		}
		a := store.Answer{Content: n.Content, Status: store.Complete, Details: []byte(`{"tokens":123456,"tokens_per_second":1234.5,"first_token_seconds":1234,"attended_tokens":2048,"held_tokens":1234567}`)}
		for _, d := range documents[:12] {
			a.Consulted = append(a.Consulted, store.Consulted{Document: d, Page: 1, Share: 0.05})
		}
		if err := st.SaveAnswer(ctx, m.ID, a); err != nil {
			return err
		}
	}
	if err := st.SetSetting(ctx, preferencesKey, Preferences{Theme: theme.System, Model: "model.gguf", Welcomed: true}); err != nil {
		return err
	}
	return st.SetWindow(ctx, windowName, store.Window{Width: 1280, Height: 800, Conversation: id})
}

// copyOf copies the database with far too much.
func copyOf(t testing.TB) string {
	t.Helper()
	path, err := plenty()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

// normal arranges a conversation as it is in the middle of work.
func normal(d *desk) {
	for _, title := range []string{"The winter of 1812", "Contracts of the harbour", "Notes on lighthouses and their keepers, second part"} {
		_, err := d.store.AddConversation(d.Context(), store.Conversation{Title: title})
		d.check(err)
	}
	d.drop(d.text("Lighthouses of the North Sea", 60))
	d.until("it is read", func() bool { v := d.chat.View(d.open.id); return len(v.Docs) == 1 && v.Read(0) == 60 })
	a := d.answered("Which blocks does each layer recall, and why?")
	d.drop("/nowhere/A missing file.pdf", d.text("The keeper's diary", 300))
	d.until("it is being read", func() bool { v := d.chat.View(d.open.id); return len(v.Docs) == 3 && v.Read(2) > 3 })
	d.chat.Pause(d.open.id)
	d.sidebar.OnNewFolder("History", int64(d.open.id))
	d.talk.OnPage(int64(a.ID), int64(d.chat.View(d.open.id).Docs[0].ID), 2)
	d.until("the page is shown", func() bool { return strings.Contains(saying(d.viewer), "lighthouse2") })
	d.compose("A question that is")
	d.settle()
}

// partRead has a part of a document read.
func partRead(d *desk) {
	d.drop(d.text("Lighthouses of the North Sea", 400))
	d.until("it is being read", func() bool { v := d.chat.View(d.open.id); return len(v.Docs) == 1 && v.Read(0) > 30 })
}

var answering = &chattest.Engine{Answer: func(string) string { return formatted }}

var scenes = []scene{
	{"first", setup{first: true, model: "none"}, func(d *desk) { d.shows("Fovea") }},
	{"ready", setup{first: true}, func(d *desk) {
		d.keepSample()
		d.openSample()
		d.until("it is open", func() bool { return len(d.chat.View(d.open.id).Docs) == 1 })
		d.preferences.Welcomed = false
		d.showMain()
	}},
	{"empty", setup{}, func(*desk) {}},
	{"failed", setup{model: "missing.gguf"}, func(d *desk) { d.shows("missing.gguf") }},
	{"normal", setup{engine: answering}, normal},
	{"search", setup{engine: answering}, func(d *desk) {
		normal(d)
		d.layout.setHidden(paneViewer, true)
		d.sidebar.FocusSearch()
		test.Type(d.window.window.Canvas().Focused(), "lighthouse")
		d.until("something is found", func() bool { return strings.Contains(saying(d.sidebar), "tells of") })
	}},
	{"writing", setup{engine: slow()}, func(d *desk) {
		d.drop(d.text("Lighthouses", 20))
		d.until("it is read", func() bool { v := d.chat.View(d.open.id); return len(v.Docs) == 1 && v.Read(0) == 20 })
		d.ask("the keepers")
		d.until("the answer has begun", func() bool { v := d.chat.View(d.open.id); return v.Writing != nil && v.Writing.Tokens > 60 })
		d.layout.setHidden(paneSidebar, true)
	}},
	{"part", setup{engine: &chattest.Engine{Delay: 5 * time.Millisecond}, soon: time.Nanosecond}, func(d *desk) {
		partRead(d)
		d.answeredNow("Where do the keepers live?")
		d.ask(strings.TrimSpace(strings.Repeat("And what do they tell of the storms? ", 80)))
		d.until("the answer has begun", func() bool { v := d.chat.View(d.open.id); return v.Writing != nil && v.Writing.Tokens > 30 })
	}},
	{"plenty", setup{}, func(d *desk) { d.shows("verylong") }},
}

// sizes are those of a small laptop and of a large screen.
var sizes = []fyne.Size{{Width: 1280, Height: 800}, {Width: 2560, Height: 1440}}

// looks are those that windows are checked in.
func looks() []theme.Choice {
	if os.Getenv("FOVEA_SCREENSHOTS") == "" {
		return []theme.Choice{theme.Dark}
	}
	return []theme.Choice{theme.Dark, theme.Light}
}

// speak makes a language that of the test.
func speak(t testing.TB, code string) {
	t.Helper()
	if err := translation.Load(code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := translation.Load("en"); err != nil {
			t.Error(err)
		}
	})
}

// TestNothingIsCut requires of all texts of the window that they are whole and
// none lies upon another.
func TestNothingIsCut(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		for _, s := range scenes {
			t.Run(language+"/"+s.name, func(t *testing.T) {
				speak(t, language)
				if s.name == "plenty" {
					s.setup.path = copyOf(t)
				}
				d := newDesk(t, s.setup)
				s.arrange(d)
				d.inspect(language + "_" + s.name)
			})
		}
	}
}

// inspect looks at the window in all sizes, and where pictures are wanted dark
// and light: colours move no text.
func (d *desk) inspect(name string) {
	d.Helper()
	for _, look := range looks() {
		d.program.wear(look)
		d.settle()
		for _, size := range sizes {
			d.look(d.window.window, size, fmt.Sprintf("%s_%.0f_%s", name, size.Width, look))
		}
	}
}

// look checks a window of a size, and keeps a picture where that is wanted.
func (d *desk) look(w fyne.Window, size fyne.Size, name string) {
	d.Helper()
	// A real driver lays out anew whatever needs another size; the one for tests
	// does so where the window's size changes.
	w.Resize(size.AddWidthHeight(1, 1))
	w.Resize(size)
	for _, wrong := range uicheck.Wrong(w.Canvas()) {
		d.Errorf("%s: %s", name, wrong)
	}
	d.check(uicheck.Save(w.Canvas(), name))
}

// settle lets the window take in what is there, while an answer may go on.
func (d *desk) settle() {
	for end := time.Now().Add(frameTime + 20*time.Millisecond); time.Now().Before(end); {
		d.loop.wait()
	}
}

// TestDialogs is TestNothingIsCut of what opens over the window.
func TestDialogs(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		t.Run(language, func(t *testing.T) {
			speak(t, language)
			d := newDesk(t, setup{})
			a := d.answered("what?")
			for name, open := range map[string]func(){
				"models":       d.showChooser,
				"conversation": d.showConversationSettings,
				"preferences":  d.showPreferences,
				"shortcuts":    d.showShortcuts,
				"kept":         d.showKept,
				"about":        d.showAbout,
				"error":        func() { d.fail(fmt.Errorf("store: %s: %w", long, store.ErrFull)) },
				"compare":      func() { d.askCompare(a.ID) },
				"palette": func() {
					d.palette.Show(d.window.window.Canvas(), []sidebar.Conversation{{ID: 1, Title: long}})
					d.window.window.Canvas().Focused().TypedRune('l')
				},
			} {
				for i, size := range sizes { // each in another look, where there are two
					look := looks()[i%len(looks())]
					d.program.wear(look)
					d.window.window.Resize(size)
					open()
					overlays := d.window.window.Canvas().Overlays()
					d.until(name+" is open", func() bool { return len(overlays.List()) > 0 })
					d.settle()
					d.look(d.window.window, size, fmt.Sprintf("%s_dialog_%s_%.0f_%s", language, name, size.Width, look))
					d.palette.Hide()
					for len(d.dialogs) > 0 {
						d.dialogs[0].Hide()
					}
				}
			}
		})
	}
}

// TestOtherWindows is TestNothingIsCut of the windows beside the main one.
func TestOtherWindows(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		t.Run(language, func(t *testing.T) {
			speak(t, language)
			d := newDesk(t, setup{engine: answering})
			d.drop(d.text("Lighthouses", 40))
			d.until("it is read", func() bool { v := d.chat.View(d.open.id); return len(v.Docs) == 1 && v.Read(0) == 40 })
			a := d.answered("what?")
			d.compare(a.ID, "infllm", 1024)
			d.until("the comparison is shown", func() bool { return d.watch.comparison != nil })
			d.idle()
			d.look(d.watch.comparison.window, fyne.NewSize(1100, 700), language+"_comparison")
			d.detachRetention()
			d.settle()
			d.look(d.watch.own, fyne.NewSize(900, 700), language+"_retention")
			fail := d.program.NewWindow("Fovea")
			fail.SetContent(failure(fmt.Errorf("store: %s: %w", long, store.ErrNewer), func() {}))
			d.look(fail, fyne.NewSize(640, 280), language+"_failure")
			fail.Close()
		})
	}
}
