package chat_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/chat/chattest"
	"fovea/store"
)

// desk is a service over a store in a temporary folder.
type desk struct {
	testing.TB
	*chat.Service
	store  *store.Store
	engine *chattest.Engine
	path   string

	mu      sync.Mutex
	failed  []error
	noticed []error
}

// never has answers wait until all documents are read, as if that took no time;
// atOnce has none wait.
const (
	never  = time.Hour
	atOnce = time.Nanosecond
)

func newDesk(t *testing.T, e *chattest.Engine) *desk {
	t.Helper()
	return reopen(t, e, filepath.Join(t.TempDir(), store.FileName))
}

// reopen starts a program on the store at path and loads the model.
func reopen(t *testing.T, e *chattest.Engine, path string) *desk {
	t.Helper()
	return openDesk(t, e, path, never)
}

// openDesk is reopen, with a time that the rest of a reading may take before an
// answer.
func openDesk(t *testing.T, e *chattest.Engine, path string, soon time.Duration) *desk {
	t.Helper()
	d := &desk{TB: t, engine: e, path: path}
	var err error
	if d.store, err = store.Open(t.Context(), path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	d.Service, err = chat.New(t.Context(), chat.Options{Store: d.store, Open: e.Open, Notify: d.note, Soon: soon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	d.Load("model.gguf")
	return d
}

func (d *desk) note(e chat.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e.Kind {
	case chat.Failed:
		d.failed = append(d.failed, e.Err)
	case chat.Noticed:
		d.noticed = append(d.noticed, e.Err)
	}
}

// notices takes the notices that were given so far.
func (d *desk) notices() []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.noticed
	d.noticed = nil
	return all
}

// errors takes the errors that were told so far.
func (d *desk) errors() []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := d.failed
	d.failed = nil
	return errs
}

func (d *desk) close() {
	if d.store == nil {
		return
	}
	d.Service.Close()
	if err := d.store.Close(); err != nil {
		d.Error(err)
	}
	d.store = nil
	for _, err := range d.errors() {
		d.Errorf("told of: %v", err)
	}
}

func (d *desk) check(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) conversation() store.ConversationID {
	d.Helper()
	c, err := d.store.AddConversation(d.Context(), store.Conversation{})
	d.check(err)
	return c.ID
}

// until waits for a condition.
func (d *desk) until(what string, condition func() bool) {
	d.Helper()
	for end := time.Now().Add(60 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("waited in vain until %s", what)
		}
	}
}

// idle waits until nothing is done or queued.
func (d *desk) idle() {
	d.Helper()
	d.until("all is done", func() bool { return d.Model().Ready && len(d.Busy()) == 0 })
}

// file writes a text of some pages and returns its path.
func (d *desk) file(name string, pages int) string {
	d.Helper()
	var b strings.Builder
	for p := range pages {
		if p > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "Page %d of %s.\n\n%s", p+1, name, strings.Repeat("Words that fill the page without end. ", 12))
	}
	path := filepath.Join(d.TempDir(), name+".txt")
	d.check(os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// attach attaches a file and waits until it is opened.
func (d *desk) attach(id store.ConversationID, path string) {
	d.Helper()
	n := len(d.View(id).Docs)
	d.Attach(id, path)
	d.until("the document is open", func() bool {
		v := d.View(id)
		return len(v.Docs) > n && v.Docs[n].ID != 0
	})
}

// ask sends a question, waits for the answer, and returns it.
func (d *desk) ask(id store.ConversationID, text string) store.Message {
	d.Helper()
	_, err := d.Send(d.Context(), id, text)
	d.check(err)
	d.idle()
	return d.last(id)
}

// last is the last message that a conversation shows.
func (d *desk) last(id store.ConversationID) store.Message {
	d.Helper()
	branch, err := d.store.Branch(d.Context(), id)
	d.check(err)
	return branch[len(branch)-1]
}

func (d *desk) figures(m store.Message) chat.Figures {
	d.Helper()
	f, err := chat.FiguresOf(m)
	d.check(err)
	return f
}
