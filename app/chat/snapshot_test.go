package chat_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/engine"
	"fovea/gpu/reference"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/store"
)

// tinyEngine is an engine with a model of random weights, on a device without a
// driver.
type tinyEngine struct {
	*engine.Engine
	path  string
	mu    *sync.Mutex
	read  *int // tokens that were read, of documents
	short *int // how many readings fail for want of memory
}

func (e *tinyEngine) Info() chat.ModelInfo {
	return chat.ModelInfo{Name: e.Name, Path: e.path, Window: e.Model.Config.Context, Host: e.Model.Limits.Host}
}

func (e *tinyEngine) Begin(o engine.ConversationOptions, docs ...*document.Document) chat.Talk {
	return &tinyTalk{e.NewConversation(o, docs...), e}
}

// tinyTalk counts what is read.
type tinyTalk struct {
	*engine.Conversation
	engine *tinyEngine
}

func (t *tinyTalk) Read(ctx context.Context, progress func(engine.Reading)) error {
	before := 0
	t.engine.mu.Lock()
	short := *t.engine.short > 0
	*t.engine.short = max(0, *t.engine.short-1)
	t.engine.mu.Unlock()
	if short {
		return engine.ErrOutOfMemory
	}
	return t.Conversation.Read(ctx, func(r engine.Reading) {
		t.engine.mu.Lock()
		*t.engine.read += r.Tokens - before
		t.engine.mu.Unlock()
		before = r.Tokens
		progress(r)
	})
}

// reader is a program with a model of random weights that keeps what it reads.
type reader struct {
	desk
	mu    sync.Mutex
	read  int
	short int
	kept  *engine.Snapshots
}

// newReader starts the program in a folder with the model at path.
func newReader(t *testing.T, dir, path string) *reader {
	t.Helper()
	return openReader(t, dir, path, never)
}

func openReader(t *testing.T, dir, path string, soon time.Duration) *reader {
	t.Helper()
	return readerOn(t, dir, path, soon, func(ctx context.Context, path string) (*engine.Engine, error) {
		return engine.OpenOn(ctx, reference.New(8), path)
	})
}

// readerOn is openReader, with how the model is opened.
func readerOn(t testing.TB, dir, path string, soon time.Duration, load func(ctx context.Context, path string) (*engine.Engine, error)) *reader {
	t.Helper()
	return readerWith(t, dir, path, chat.Options{Soon: soon}, load)
}

// readerWith is readerOn, with other options, too.
func readerWith(t testing.TB, dir, path string, o chat.Options, load func(ctx context.Context, path string) (*engine.Engine, error)) *reader {
	t.Helper()
	r := &reader{desk: desk{TB: t}}
	var err error
	r.store, err = store.Open(t.Context(), filepath.Join(dir, store.FileName), store.Options{})
	r.check(err)
	r.kept, err = engine.OpenSnapshots(engine.SnapshotFolder(dir))
	r.check(err)
	r.kept.Reserve = 1
	o.Store, o.Snapshots, o.Notify = r.store, r.kept, r.note
	o.Open = func(ctx context.Context, path string, _ func(float64)) (chat.Engine, error) {
		e, err := load(ctx, path)
		return &tinyEngine{e, path, &r.mu, &r.read, &r.short}, err
	}
	r.Service, err = chat.New(t.Context(), o)
	r.check(err)
	t.Cleanup(r.close)
	r.Load(path)
	return r
}

// took returns the tokens that were read and the notices since the last call.
func (r *reader) took() (int, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	read := r.read
	r.read = 0
	return read, r.notices()
}

// begin begins a conversation about a file, always in the same way.
func (r *reader) begin(path string) store.ConversationID {
	r.Helper()
	id := r.conversation()
	c := chat.Defaults()
	c.Temperature, c.Seed, c.MaxTokens = 0, 1, 8
	r.check(r.SetSettings(r.Context(), id, c))
	r.attach(id, path)
	return id
}

// about begins a conversation and asks a question.
func (r *reader) about(path string) (store.ConversationID, store.Message) {
	r.Helper()
	id := r.begin(path)
	return id, r.ask(id, "What?")
}

// drop deletes a conversation, and with it its session.
func (r *reader) drop(id store.ConversationID) {
	r.Helper()
	r.check(r.store.DeleteConversation(r.Context(), id))
	r.check(r.Drop(id))
	r.idle()
}

func (r *reader) snapshots() []store.Snapshot {
	r.Helper()
	all, err := r.store.Snapshots(r.Context())
	r.check(err)
	return all
}

// A document is read once: not again for another conversation, nor after a
// restart, and the answers are the same. The store lists what is kept.
func TestReadOnce(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	book := r.file("book", 3)
	id, first := r.about(book)
	tokens, noticed := r.took()
	if tokens == 0 || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v", tokens, noticed)
	}
	kept := r.snapshots()
	doc := r.View(id).Docs[0]
	if len(kept) != 1 || kept[0].Document != doc.ID || kept[0].Title != doc.Title || kept[0].Read != kept[0].Tokens || kept[0].Tokens != tokens ||
		kept[0].Bytes == 0 || kept[0].Model != "Tiny" || time.Since(kept[0].Used) > time.Minute {
		t.Errorf("%d tokens were read of %+v; kept %+v", tokens, doc.Document, kept)
	}
	again := func(when string) {
		t.Helper()
		id, other := r.about(book)
		tokens, noticed := r.took()
		if tokens != 0 || len(noticed) > 0 || other.Content != first.Content {
			t.Errorf("%s: %d tokens were read; told of %v; answered %q, want %q", when, tokens, noticed, other.Content, first.Content)
		}
		if v := r.View(id); v.Meter.ReadPages != 3 {
			t.Errorf("%s: %d pages of 3 are read", when, v.Meter.ReadPages)
		}
	}
	again("in another conversation")
	r.close()
	r = newReader(t, dir, path)
	again("after a restart")
	r.check(r.Regenerate(t.Context(), first.ID, nil)) // the first conversation's session is gone
	r.idle()
	if tokens, _ := r.took(); tokens != 0 || r.last(id).Content != first.Content {
		t.Errorf("%d tokens were read; answered %q, want %q", tokens, r.last(id).Content, first.Content)
	}
}

// What cannot be used is read again with a notice, and what a person deletes or
// does not want is not kept; the chat goes on.
func TestReadAgainWithNotice(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	book := r.file("book", 3)
	id, first := r.about(book)
	r.drop(id)
	all, _ := r.took()
	answer := first.Content
	read := func(what string, wantTokens int, want ...error) {
		t.Helper()
		id, a := r.about(book)
		defer r.drop(id) // else the next one would have its session
		tokens, noticed := r.took()
		if tokens != wantTokens || len(noticed) != min(1, len(want)) {
			t.Errorf("%s: %d tokens were read, want %d; told of %v", what, tokens, wantTokens, noticed)
			return
		}
		for _, err := range want {
			if !errors.Is(noticed[0], err) {
				t.Errorf("%s: told of %v, which is not %q", what, noticed[0], err)
			}
		}
		if a.Status != store.Complete || a.Content != answer && answer != "" {
			t.Errorf("%s: answered %q (%s)", what, a.Content, a.Status)
		}
	}
	read("before", 0)
	rows := filepath.Join(engine.SnapshotFolder(dir), r.snapshots()[0].Name, "rows")
	r.check(os.Truncate(rows, 1000))
	read("cut off", all, engine.ErrReadAgain, model.ErrSnapshotDamaged)
	r.check(os.Remove(rows))
	read("removed", all, engine.ErrReadAgain, model.ErrSnapshotDamaged)
	read("kept again", 0)

	r.check(r.DeleteSnapshots(t.Context(), r.snapshots()[0].Name))
	if k := r.snapshots(); len(k) != 0 {
		t.Errorf("kept %+v", k)
	}
	read("deleted", all)
	r.check(r.SetSnapshotLimit(t.Context(), 1))
	read("beyond the limit", all, engine.ErrNotKept, engine.ErrNoSpace)
	r.check(r.SetSnapshotLimit(t.Context(), 0))
	read("not wanted", all)
	r.check(r.SetSnapshotLimit(t.Context(), 1<<30))
	read("wanted again", all)
	r.close()

	answer = "" // another model writes another one
	changed := tinymodel.Default()
	changed.FFN = 128
	r = newReader(t, dir, tinymodel.Write(t, changed))
	read("another model file", all, engine.ErrReadAgain, model.ErrSnapshotModel)
}

// Blocks that memory has no place for are read from the snapshot. Where that is cut
// off while it is in use, the answer fails and says so; for the next one the
// document is read again.
func TestSnapshotCutOffInUse(t *testing.T) {
	dir, path, room := t.TempDir(), tinymodel.Write(t, tinymodel.Default()), int64(0)
	open := func() *reader {
		return readerOn(t, dir, path, never, func(ctx context.Context, path string) (*engine.Engine, error) {
			dev := reference.New(8)
			e, err := engine.OpenOn(ctx, dev, path)
			if err == nil && room > 0 {
				const program = 256 << 20 // as model.Limits has it
				e.Model.Limits = model.Limits{Host: program + dev.Stats().LocalBytes + room, Dir: t.TempDir()}
			}
			return e, err
		})
	}
	begin := func(r *reader) store.ConversationID {
		id, c := r.conversation(), chat.Defaults()
		c.Budget, c.Temperature, c.MaxTokens = 672, 0, 8
		r.check(r.SetSettings(r.Context(), id, c))
		r.attach(id, r.file("book", 12))
		return id
	}
	r := open()
	id := begin(r)
	want := r.ask(id, "What?").Content
	room = r.View(id).Meter.Bytes / 2
	r.close()

	r = open()
	id = begin(r)
	if a := r.ask(id, "What?"); a.Status != store.Complete || a.Content != want || r.View(id).Meter.Disk == 0 {
		t.Fatalf("answered %q (%s) of %+v, with more memory %q", a.Content, a.Status, r.View(id).Meter, want)
	}
	rows := filepath.Join(engine.SnapshotFolder(dir), r.snapshots()[0].Name, "rows")
	r.check(os.Truncate(rows, 1000))
	a := r.ask(id, "And what else?")
	if f := r.figures(a); a.Status != store.Failed || !strings.Contains(f.Error, rows) {
		t.Errorf("answered %q (%s: %s)", a.Content, a.Status, f.Error)
	}
	r.took()
	a = r.ask(id, "And what else?")
	if read, noticed := r.took(); a.Status != store.Complete || len(noticed) != 1 || !errors.Is(noticed[0], engine.ErrReadAgain) {
		t.Errorf("answered %q (%s) after reading %d tokens, told of %v", a.Content, a.Status, read, noticed)
	}
}

// With a document that is purged, what was read of it goes.
func TestPurgedDocument(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	id := r.conversation()
	r.attach(id, r.file("book", 3))
	r.idle()
	if k := r.snapshots(); len(k) != 1 {
		t.Fatalf("kept %+v", k)
	}
	r.check(r.Detach(t.Context(), id, 0))
	r.idle()
	time.Sleep(2 * time.Millisecond)
	r.check(r.store.Purge(t.Context(), time.Millisecond))
	r.close()
	r = newReader(t, dir, path)
	if k := r.snapshots(); len(k) != 0 {
		t.Errorf("kept %+v", k)
	}
	if k, err := r.kept.List(); err != nil || len(k) != 0 {
		t.Errorf("kept %+v (%v)", k, err)
	}
}
