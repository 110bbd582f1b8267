package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/models"
	"fovea/app/ui"
	"fovea/app/ui/theme"
	"fovea/gpu/vulkan"
	"fovea/internal/testutil"
	"fovea/internal/uicheck"
	"fovea/internal/uitest"
	"fovea/model/trace"
	"fovea/store"
)

var (
	binary string // the built program
	cache  string // what all programs under test may make once
)

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fovea")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, cache = filepath.Join(dir, "fovea"), filepath.Join(dir, "cache")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "fovea").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long what a model does may take on a busy machine.
const patience = 2 * time.Minute

// The window and its parts, in pixels.
var (
	window = image.Rect(0, 0, 1280, 800)
	middle = image.Rect(250, 30, 846, 760) // the conversation
	right  = image.Rect(846, 30, 1280, 760)
)

// journey is a person with the program.
type journey struct {
	*testing.T
	home, data string
	display    *uitest.Display
	program    *uitest.Program
	window     *uitest.Window
	looker     *store.Store // reads beside the program; nil until it is needed
	pictures   map[string][]uicheck.Picture
}

// newJourney prepares a home with the default model. With chosen, somebody has
// chosen it before.
func newJourney(t *testing.T, chosen bool) *journey {
	t.Helper()
	home := t.TempDir()
	j := &journey{
		T: t, home: home, data: filepath.Join(home, "data"), display: uitest.StartDisplay(t, window.Dx(), window.Dy()),
		pictures: map[string][]uicheck.Picture{},
	}
	t.Cleanup(j.stopLooking)
	model := filepath.Join(j.data, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
	j.must(os.MkdirAll(filepath.Dir(model), 0o700))
	j.must(os.Symlink(testutil.ModelPath(t), model))
	if chosen {
		p := ui.Preferences{Theme: theme.Dark, Model: model, Welcomed: true}
		j.must(j.store().SetSetting(t.Context(), "preferences", p))
		j.stopLooking()
	}
	return j
}

func (j *journey) must(err error) {
	j.Helper()
	if err != nil {
		j.Fatal(err)
	}
}

// command is the program in the journey's home.
func (j *journey) command(args ...string) uitest.Command {
	return uitest.Command{
		Binary: binary, Args: args, Home: j.home,
		// Without a folder of its own, Mesa's software driver would keep what it
		// compiles in the home, and compile all of it for each journey.
		Env: []string{
			models.DataVariable + "=" + j.data, models.CacheVariable + "=" + cache,
			"MESA_SHADER_CACHE_DIR=" + filepath.Join(cache, "mesa"),
			// Other tests want the cores as well, which a crew would hold while it waits.
			vulkan.ThreadVariable + "=2",
		},
	}
}

// start starts the program, and gives its window the whole screen.
func (j *journey) start(args ...string) {
	j.Helper()
	j.program = uitest.Start(j.T, j.display, j.command(args...))
	j.window = j.program.Window("Fovea")
}

func (j *journey) place() {
	j.Helper()
	j.window.Place(window)
	j.window.WaitStill()
}

// store is the program's database, to read.
func (j *journey) store() *store.Store {
	j.Helper()
	if j.looker == nil {
		var err error
		j.looker, err = store.Open(j.Context(), filepath.Join(j.data, store.FileName), store.Options{})
		j.must(err)
	}
	return j.looker
}

func (j *journey) stopLooking() {
	if j.looker != nil {
		if err := j.looker.Close(); err != nil {
			j.Error(err)
		}
		j.looker = nil
	}
}

// until waits for a condition.
func (j *journey) until(what string, condition func() bool) {
	j.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			j.Fatalf("waited %v until %s", patience, what)
		}
	}
}

// look returns all places in a part of the window that show a text.
func (j *journey) look(text string, in image.Rectangle) []image.Rectangle {
	j.Helper()
	if j.pictures[text] == nil {
		j.pictures[text] = uicheck.TextPictures(j.T, text, 13, 12, 11, 16, 21) // sizes of texts in the window
	}
	return uicheck.Find(j.window.Screenshot(), j.pictures[text], in)
}

// see waits until a part of the window shows a text, and returns where.
func (j *journey) see(text string, in image.Rectangle) image.Rectangle {
	j.Helper()
	var found []image.Rectangle
	j.until(fmt.Sprintf("%q is in %v", text, in), func() bool {
		found = j.look(text, in)
		return len(found) > 0
	})
	return found[0]
}

// click clicks on a text in a part of the window, when it is there.
func (j *journey) click(text string, in image.Rectangle) {
	j.Helper()
	at := j.see(text, in)
	j.window.Click((at.Min.X+at.Max.X)/2, (at.Min.Y+at.Max.Y)/2)
}

// press clicks on the last button in a part of the window that has an icon of
// Fyne's theme, when it is there and does not move.
func (j *journey) press(icon string, in image.Rectangle) {
	j.Helper()
	if j.pictures[icon] == nil {
		j.pictures[icon] = uicheck.IconPictures(j.T, icon, 18, 16) // sizes of icons on buttons
	}
	var at image.Rectangle
	j.until(fmt.Sprintf("a button %s is in %v", icon, in), func() bool {
		before := at
		if found := uicheck.Find(j.window.Screenshot(), j.pictures[icon], in); len(found) > 0 {
			at = found[len(found)-1]
		}
		return !at.Empty() && at == before
	})
	j.window.Click((at.Min.X+at.Max.X)/2, (at.Min.Y+at.Max.Y)/2)
}

// conversation is the one that was used last.
func (j *journey) conversation() store.Conversation {
	j.Helper()
	all, err := j.store().Conversations(j.Context())
	j.must(err)
	if len(all) == 0 {
		return store.Conversation{}
	}
	c, err := j.store().Conversation(j.Context(), all[0].ID)
	j.must(err)
	return c
}

// settings are those of the conversation.
func (j *journey) settings() (s chat.Settings) {
	j.Helper()
	s = chat.Defaults()
	j.must(json.Unmarshal(j.conversation().Sampling, &s))
	return s
}

// documents are those of the conversation.
func (j *journey) documents() []store.Document {
	j.Helper()
	all, err := j.store().Documents(j.Context(), j.conversation().ID)
	j.must(err)
	return all
}

// branch are the messages that the conversation shows.
func (j *journey) branch() []store.Message {
	j.Helper()
	all, err := j.store().Branch(j.Context(), j.conversation().ID)
	j.must(err)
	return all
}

// last is the last message that the conversation shows.
func (j *journey) last() store.Message {
	j.Helper()
	all := j.branch()
	if len(all) == 0 {
		return store.Message{}
	}
	return all[len(all)-1]
}

func (j *journey) figures(m store.Message) chat.Figures {
	j.Helper()
	f, err := chat.FiguresOf(m)
	j.must(err)
	return f
}

// trace is what was kept of what the layers did for an answer.
func (j *journey) trace(m store.Message) *trace.Log {
	j.Helper()
	b, err := j.store().Trace(j.Context(), m.ID)
	j.must(err)
	l, err := trace.Decode(b)
	j.must(err)
	return l
}

// ask types a question and sends it with the Enter key.
func (j *journey) ask(question string) {
	j.Helper()
	j.click("Ask a question", middle)
	j.window.Type(question + "\n")
	j.until("the question is kept", func() bool {
		b := j.branch()
		return len(b) >= 2 && b[len(b)-2].Content == question && b[len(b)-1].Role == store.Assistant
	})
}

// answered waits until an answer is finished, and returns it.
func (j *journey) answered() store.Message {
	j.Helper()
	j.until("the answer is finished", func() bool { m := j.last(); return m.Role == store.Assistant && m.Status != store.Writing })
	return j.last()
}

// writing waits until an answer is longer than so many bytes, and unfinished.
func (j *journey) writing(more int) {
	j.Helper()
	j.until("the answer is being written", func() bool {
		m := j.last()
		if m.Status == store.Failed || m.Role == store.Assistant && m.Status == store.Complete {
			j.Fatalf("the answer ended too early, %s: %q", m.Status, m.Content)
		}
		return m.Status == store.Writing && len(m.Content) > more
	})
}

// copied returns what the clipboard holds, when it is another text than before.
func (j *journey) copied(do func()) (text string) {
	j.Helper()
	before, _ := j.display.Clipboard() // empty at first
	do()
	j.until("something is copied", func() bool {
		var err error
		text, err = j.display.Clipboard()
		return err == nil && text != before
	})
	return text
}

// colours counts those in a part of an image.
func colours(img *image.RGBA, in image.Rectangle) int {
	seen := map[[4]byte]bool{}
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			seen[[4]byte(img.Pix[img.PixOffset(x, y):])] = true
		}
	}
	return len(seen)
}

// frames counts how many different pictures a part of the window shows until a
// condition holds.
func (j *journey) frames(in image.Rectangle, done func() bool) int {
	j.Helper()
	var before *image.RGBA
	n := 0
	j.until("what moves has ended", func() bool {
		now := j.window.Screenshot()
		if before == nil || uitest.Differing(before, now, in) > 0 {
			n++
		}
		before = now
		return done()
	})
	return n
}

// check reads the whole database and everything that must be in it.
func (j *journey) check(kept ...store.Message) {
	j.Helper()
	j.must(j.store().Check(context.Background()))
	for _, m := range kept {
		now, err := j.store().Message(j.Context(), m.ID)
		if errors.Is(err, store.ErrNotFound) || now.Content != m.Content || now.Parent != m.Parent {
			j.Errorf("message %d was\n%q and is\n%q (%v)", m.ID, m.Content, now.Content, err)
		}
	}
}

// file waits for a file that the program writes, and returns its bytes.
func (j *journey) file(name string) (b []byte) {
	j.Helper()
	j.until(name+" is written", func() bool {
		var err error
		b, err = os.ReadFile(filepath.Join(j.home, name))
		return err == nil && len(bytes.TrimSpace(b)) > 0
	})
	return b
}
