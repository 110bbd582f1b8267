package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/trace"
)

// library is a folder of snapshots that notes what it is told.
type library struct {
	*testing.T
	*Snapshots
	told []error
}

func newLibrary(t *testing.T) *library {
	s, err := OpenSnapshots(filepath.Join(t.TempDir(), "snapshots"))
	if err != nil {
		t.Fatal(err)
	}
	l := &library{T: t, Snapshots: s}
	l.Reserve, l.Notice = 1, func(err error) { l.told = append(l.told, err) }
	return l
}

// options are the tests' with the library's snapshots.
func (l *library) options(method actqkv.Method) ConversationOptions {
	o := options(l.T, method)
	o.Snapshots = l.Snapshots
	return o
}

// quiet requires that nothing was told.
func (l *library) quiet() {
	l.Helper()
	for _, err := range l.told {
		l.Errorf("told of %v", err)
	}
	l.told = nil
}

// hears requires that it was told of exactly one error that is target.
func (l *library) hears(target ...error) {
	l.Helper()
	if len(l.told) != 1 {
		l.Fatalf("told of %v, want one error", l.told)
	}
	for _, err := range target {
		if !errors.Is(l.told[0], err) {
			l.Errorf("told of %v, which is not %q", l.told[0], err)
		}
	}
	l.told = nil
}

func (l *library) list() []Kept {
	l.Helper()
	all, err := l.List()
	if err != nil {
		l.Fatal(err)
	}
	return all
}

// readAll reads what c has to read, and returns how many tokens were read.
func readAll(t testing.TB, c *Conversation) (n int) {
	t.Helper()
	last := 0
	if err := c.Read(context.Background(), func(r Reading) { last = r.Tokens }); err != nil {
		t.Fatal(err)
	}
	return last
}

// What was read comes from the snapshot: in another conversation, after a
// restart, with fewer documents and with more; and the answers are those of a
// conversation that read it.
func TestRestore(t *testing.T) {
	for _, method := range []actqkv.Method{actqkv.ActQKV, actqkv.Full} {
		t.Run(string(method), func(t *testing.T) {
			l, plain := newLibrary(t), options(t, method)
			o := l.options(method)
			var titles []string
			e := tiny(t, func(s *tinymodel.Shape) { s.Context = 4000 })
			one, two, three := book(t, "one", 6), book(t, "two", 5), book(t, "three", 3)
			want := ask(t, conversation(t, e, plain, one, two), "What?")
			wantFirst := ask(t, conversation(t, e, plain, one), "What?")

			first := conversation(t, e, o, one, two)
			if got := ask(t, first, "What?"); got.Text != want.Text || first.Restored() != 0 {
				t.Errorf("answered %q, %d tokens restored; want %q", got.Text, first.Restored(), want.Text)
			}
			for _, k := range l.list() {
				titles = append(titles, k.Title)
				if k.Read != k.Tokens || k.Bytes == 0 || time.Since(k.Used) > time.Minute || k.Model != "Tiny" {
					t.Errorf("kept %+v", k)
				}
			}
			if len(titles) != 2 {
				t.Errorf("kept %q", titles)
			}

			again := tiny(t, func(s *tinymodel.Shape) { s.Context = 4000 }) // the same file's content
			second := conversation(t, again, o, one, two)
			if n := readAll(t, second); n != 0 || second.Restored() != second.Pos() {
				t.Errorf("%d tokens were read, %d restored", n, second.Restored())
			}
			if !reflect.DeepEqual(second.Map(), conversationMap(first, second.Pos())) {
				t.Error("the pages of the positions are others after a restoration")
			}
			got := ask(t, second, "What?")
			if got.Text != want.Text || !reflect.DeepEqual(got.Pages, want.Pages) || !reflect.DeepEqual(got.InView, want.InView) {
				t.Errorf("answered %+v, want %+v", got, want)
			}
			fewer := conversation(t, again, o, one)
			if n := readAll(t, fewer); n != 0 {
				t.Errorf("%d tokens of the first document were read", n)
			}
			if got := ask(t, fewer, "What?"); got.Text != wantFirst.Text {
				t.Errorf("answered %q, want %q", got.Text, wantFirst.Text)
			}
			more := conversation(t, again, o, one, two, three)
			if n := readAll(t, more); n == 0 || more.Restored() != second.Restored() || n != more.Pos()-more.Restored() {
				t.Errorf("%d tokens were read, %d restored of %d", n, more.Restored(), more.Pos())
			}
			if len(l.list()) != 3 {
				t.Errorf("%d snapshots, want 3", len(l.list()))
			}
			l.quiet()
		})
	}
}

// conversationMap is a conversation's map of the first n positions.
func conversationMap(c *Conversation, n int) trace.Map {
	m := c.Map()
	for i, s := range m.Spans {
		if s.Pos >= n {
			m.Spans = m.Spans[:i]
			break
		}
	}
	return m
}

// A reading that was interrupted goes on where its last checkpoint was, under
// the settings that it began with, and ends as one that was not.
func TestRestoreInterrupted(t *testing.T) {
	l := newLibrary(t)
	l.Every = 0
	o := l.options(actqkv.ActQKV)
	e, doc := tiny(t, nil), book(t, "book", 9)
	want := ask(t, conversation(t, e, options(t, actqkv.ActQKV), doc), "What?")

	c := conversation(t, e, o, doc)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopped := 0
	if err := c.Read(ctx, func(r Reading) {
		if stopped = r.Tokens; r.Tokens > 100 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c.Close()
	if k := l.list(); len(k) != 1 || k[0].Read != stopped || k[0].Tokens <= stopped {
		t.Errorf("kept %+v, stopped at %d", k, stopped)
	}
	r := conversation(t, e, o, doc)
	got := ask(t, r, "What?")
	if r.Restored() != stopped || got.Text != want.Text {
		t.Errorf("restored %d tokens, stopped at %d; answered %q, want %q", r.Restored(), stopped, got.Text, want.Text)
	}
	if k := l.list(); len(k) != 1 || k[0].Read != k[0].Tokens {
		t.Errorf("kept %+v", k)
	}
	l.quiet()
}

// Why a document is read again is told, and it is kept anew.
func TestReadAgain(t *testing.T) {
	l := newLibrary(t)
	o := l.options(actqkv.ActQKV)
	e, doc := tiny(t, nil), book(t, "book", 6)
	want := ask(t, conversation(t, e, o, doc), "What?")
	l.quiet()
	again := func(e *Engine, o ConversationOptions) *Conversation {
		t.Helper()
		c := conversation(t, e, o, doc)
		if n := readAll(t, c); n != c.Pos() || c.Restored() != 0 {
			t.Errorf("%d tokens were read, %d restored", n, c.Restored())
		}
		return c
	}
	name := l.list()[0].Name
	for _, file := range []string{"rows", "state"} {
		path := filepath.Join(l.dir, name, file)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 4
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c := again(e, o)
		l.hears(ErrReadAgain, model.ErrSnapshotDamaged)
		if got := ask(t, c, "What?"); got.Text != want.Text {
			t.Errorf("answered %q, want %q", got.Text, want.Text)
		}
		r := conversation(t, e, o, doc)
		if readAll(t, r); r.Restored() != r.Pos() {
			t.Error("what was read again is not kept")
		}
		l.quiet()
	}

	more := o
	more.Settings.SetTopK(5)
	again(e, more)
	l.hears(ErrReadAgain, model.ErrSnapshotSettings)
	other := tiny(t, func(s *tinymodel.Shape) { s.FFN = 128 })
	again(other, o)
	l.hears(ErrReadAgain, model.ErrSnapshotModel)
	if n := len(l.list()); n != 3 {
		t.Errorf("%d snapshots, want one of each", n)
	}
	if err := os.RemoveAll(l.dir); err != nil {
		t.Fatal(err)
	}
	again(e, o)
	l.quiet() // there is nothing to tell of
}

// With AnyBudget a document that was read with one budget serves conversations
// with others, which then are what a change of the budget would have made.
func TestRestoreAnyBudget(t *testing.T) {
	l := newLibrary(t)
	o := l.options(actqkv.ActQKV)
	more := o
	more.Settings.SetTopK(5)
	e, doc := tiny(t, nil), book(t, "book", 6)
	c := conversation(t, e, o, doc)
	readAll(t, c)
	if err := c.Change(more.Settings); err != nil {
		t.Fatal(err)
	}
	want := ask(t, c, "What?")
	l.AnyBudget = true
	r := conversation(t, e, more, doc)
	if n := readAll(t, r); n != 0 {
		t.Errorf("%d tokens were read", n)
	}
	if got := ask(t, r, "What?"); got.Text != want.Text {
		t.Errorf("answered %q, want %q", got.Text, want.Text)
	}
	// Of two, the one of which more was read.
	other := book(t, "other", 6)
	l.AnyBudget, l.Every = false, 0
	readAll(t, conversation(t, e, o, other))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begun := conversation(t, e, more, other)
	if err := begun.Read(ctx, func(Reading) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	begun.Close()
	l.hears(ErrReadAgain, model.ErrSnapshotSettings)
	l.AnyBudget = true
	r = conversation(t, e, more, other)
	if n := readAll(t, r); n != 0 {
		t.Errorf("%d tokens were read that had been read with another budget", n)
	}
	l.quiet()

	dense := o
	dense.Settings.Method = actqkv.Full
	d := conversation(t, e, dense, doc)
	if readAll(t, d); d.Restored() != 0 {
		t.Error("dense attention took what method actqkv read")
	}
	l.hears(ErrReadAgain, model.ErrSnapshotSettings)
}

// What a question had a part in, and what came after one, is not kept.
func TestNotKept(t *testing.T) {
	l := newLibrary(t)
	e, doc := tiny(t, nil), book(t, "book", 4)
	o := l.options(actqkv.ActQKV)
	o.Question = "What?"
	ask(t, conversation(t, e, o, doc), "What?")
	o.Question = ""
	c := conversation(t, e, o)
	ask(t, c, "What?")
	c.Attach(doc)
	ask(t, c, "And now?")
	if k := l.list(); len(k) != 0 {
		t.Errorf("kept %+v", k)
	}
	if err := l.SetLimit(0); err != nil {
		t.Fatal(err)
	}
	readAll(t, conversation(t, e, o, doc))
	if k := l.list(); len(k) != 0 {
		t.Errorf("kept %+v with a limit of 0", k)
	}
	l.quiet()
}

// The limit holds: what was not used for longest goes, with all that goes on
// behind it. What does not fit is read without being kept.
func TestLimit(t *testing.T) {
	l := newLibrary(t)
	o := l.options(actqkv.ActQKV)
	e := tiny(t, nil)
	one, two, three := book(t, "one", 6), book(t, "two", 6), book(t, "three", 6)
	readAll(t, conversation(t, e, o, one, two))
	each := l.list()[0].Bytes
	time.Sleep(20 * time.Millisecond) // file systems count time in steps
	readAll(t, conversation(t, e, o, three))
	time.Sleep(20 * time.Millisecond)
	if err := l.SetLimit(each * 5 / 2); err != nil { // two of three
		t.Fatal(err)
	}
	var titles []string
	for _, k := range l.list() {
		titles = append(titles, k.Title)
	}
	if strings.Join(titles, " ") != "three one" && strings.Join(titles, " ") != "three" {
		t.Errorf("kept %q", titles)
	}
	if err := l.SetLimit(each / 2); err != nil {
		t.Fatal(err)
	}
	want := ask(t, conversation(t, e, options(t, actqkv.ActQKV), one), "What?")
	if got := ask(t, conversation(t, e, o, one), "What?"); got.Text != want.Text {
		t.Errorf("answered %q, want %q", got.Text, want.Text)
	}
	l.hears(ErrNotKept, ErrNoSpace)
	if k := l.list(); len(k) != 0 {
		t.Errorf("kept %+v", k)
	}
	l.limit = 1 << 30
	readAll(t, conversation(t, e, o, one))
	l.Reserve = 1 << 60
	readAll(t, conversation(t, e, o, two))
	l.hears(ErrNotKept, ErrNoSpace)
	l.limit, l.Reserve = each*2, 1
	readAll(t, conversation(t, e, o, book(t, "large", 40)))
	l.hears(ErrNotKept, ErrNoSpace)
	if k := l.list(); len(k) != 1 || k[0].Title != "one" {
		t.Errorf("kept %+v: what could not make room was deleted", k)
	}
	readAll(t, conversation(t, e, o, two))
	if k := l.list(); len(k) != 1 || k[0].Title != "two" {
		t.Errorf("kept %+v, want the last document read", k)
	}
	l.quiet()
}

// Deleting what is being written, or what is in use, harms nothing.
func TestDeleteWhileReading(t *testing.T) {
	l := newLibrary(t)
	l.Every = 0
	e, doc := tiny(t, nil), book(t, "book", 9)
	want := ask(t, conversation(t, e, options(t, actqkv.ActQKV), doc), "What?")
	c := conversation(t, e, l.options(actqkv.ActQKV), doc)
	err := c.Read(context.Background(), func(r Reading) {
		for _, k := range l.list() {
			if r.Tokens < 100 {
				break
			}
			if err := l.Delete(k.Name); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "What?"); got.Text != want.Text {
		t.Errorf("answered %q, want %q", got.Text, want.Text)
	}
	if k := l.list(); len(k) != 0 {
		t.Errorf("kept %+v", k)
	}
	l.quiet()
}

// Two conversations that read the same at the same time do not write over each
// other.
func TestKeptByAnother(t *testing.T) {
	l := newLibrary(t)
	l.Every = 0
	dev := gputest.Reference(t)
	path := tinymodel.Write(t, tinymodel.Default())
	e, err := OpenOn(context.Background(), dev, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Model.Close)
	doc := book(t, "book", 6)
	a, b := conversation(t, e, l.options(actqkv.ActQKV), doc), conversation(t, e, l.options(actqkv.ActQKV), doc)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := a.Read(ctx, func(r Reading) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if readAll(t, b); b.Restored() == 0 { // goes on from where a is, without keeping
		t.Error("nothing was restored")
	}
	l.hears(ErrNotKept)
	readAll(t, a)
	if k := l.list(); len(k) != 1 || k[0].Read != k[0].Tokens {
		t.Errorf("kept %+v", k)
	}
	l.quiet()
}
