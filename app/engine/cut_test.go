package engine

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
)

// readSome reads until n more tokens are read, or a few more, and then on to
// where the documents can be cut.
func readSome(t *testing.T, c *Conversation, n int) (r Reading) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := c.Read(ctx, func(now Reading) {
		if r = now; r.Tokens >= n && c.CanCut() {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("reading was to be stopped after %d tokens of %d: %v", n, r.OfTokens, err)
	}
	return r
}

// aside asks a question about what c has read so far, after turns, and goes back.
func aside(t *testing.T, c *Conversation, question string, turns ...Turn) *Answer {
	t.Helper()
	m, err := c.Mark(context.Background())
	if err == nil {
		defer m.Free()
		err = c.Cut()
	}
	if err == nil {
		err = c.Remember(turns...)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, c, question)
	if err := c.Return(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return a
}

// Questions in the middle of the reading are answered from the pages read so far,
// and neither what is read afterwards nor what is kept of it has anything of
// them.
func TestCut(t *testing.T) {
	for _, method := range []actqkv.Method{actqkv.ActQKV, actqkv.Full} {
		t.Run(string(method), func(t *testing.T) {
			l := newLibrary(t)
			l.Every = 0
			o := l.options(method)
			e, one, two := tiny(t, func(s *tinymodel.Shape) { s.Context = 4000 }), book(t, "one", 9), book(t, "two", 6)
			want := ask(t, conversation(t, e, options(t, method), one, two), "What?")

			c := conversation(t, e, o, one, two)
			if c.CanCut() || c.Cut() == nil {
				t.Error("documents were cut before they were read")
			}
			seen := 0
			var turns []Turn
			for _, n := range []int{60, 150, 300} { // in the first document, and in the second
				r := readSome(t, c, n)
				pos := c.Pos()
				if r.Page <= seen || r.Page == r.OfPages || pos != len(c.places) {
					t.Fatalf("stopped at page %d of %d after page %d", r.Page, r.OfPages, seen)
				}
				seen = r.Page
				a := aside(t, c, "What so far?", turns...)
				for _, p := range append(a.Pages, a.InView...) {
					if n := p.Page + p.Number*len(one.Pages); n > r.Page {
						t.Errorf("after page %d the answer saw page %d", r.Page, n)
					}
				}
				if a.Tokens == 0 || a.Held <= pos || c.Pos() != pos || c.CanContinue() {
					t.Errorf("answered %+v, and then stood at %d, before at %d", a, c.Pos(), pos)
				}
				turns = append(turns, Turn{Text: "What so far?"}, Turn{Answer: true, Text: a.Text})
			}
			got := ask(t, c, "What?")
			if got.Text != want.Text || got.Held != want.Held || !reflect.DeepEqual(got.Pages, want.Pages) {
				t.Errorf("after the reading answered %+v, want %+v", got, want)
			}
			r := conversation(t, e, o, one, two)
			if n, err := r.Kept(); err != nil || n == 0 {
				t.Errorf("%d tokens are kept: %v", n, err)
			}
			if n := readAll(t, r); n != 0 {
				t.Errorf("%d tokens were read again", n)
			}
			if got := ask(t, r, "What?"); got.Text != want.Text {
				t.Errorf("restored, answered %q, want %q", got.Text, want.Text)
			}
			l.quiet()
		})
	}
}

// The text of a document that is cut is closed as at its end, and the question
// stands in what the template writes around it.
func TestCutPrompt(t *testing.T) {
	e := tiny(t, nil)
	c := conversation(t, e, options(t, actqkv.ActQKV), book(t, "book", 9))
	readSome(t, c, 100)
	_, tail, err := c.scaffold()
	if err == nil {
		err = c.Cut()
	}
	if err == nil {
		err = c.question("What?")
	}
	if err != nil {
		t.Fatal(err)
	}
	var ids []int32
	for _, p := range c.pending {
		ids = append(ids, p.id)
	}
	if got := e.Tokenizer.Decode(ids); got != documentEnd+"What?"+tail {
		t.Errorf("behind the cut stands %q", got)
	}
}

// Another budget for an answer in the middle of the reading does not change what
// is read and kept.
func TestCutOtherBudget(t *testing.T) {
	l := newLibrary(t)
	l.Every = 0
	o := l.options(actqkv.ActQKV)
	e, doc := tiny(t, nil), book(t, "book", 12)
	more := o.Settings
	more.SetTopK(5)
	plain := conversation(t, e, options(t, actqkv.ActQKV), doc)
	readAll(t, plain)
	if err := plain.Change(more); err != nil {
		t.Fatal(err)
	}
	want := ask(t, plain, "What?")

	c := conversation(t, e, o, doc)
	readSome(t, c, 150)
	if err := c.Change(more); err != nil {
		t.Fatal(err)
	}
	aside(t, c, "What so far?")
	if got := ask(t, c, "What?"); got.Text != want.Text || c.session.Settings() != more {
		t.Errorf("answered %q, want %q", got.Text, want.Text)
	}
	if r := conversation(t, e, o, doc); readAll(t, r) != 0 {
		t.Error("what was read is not kept")
	}
	l.quiet()
}

// A writing that went on behind a mark ends with the return to it, so that
// nothing else comes into the snapshot.
func TestReturnWhileKeeping(t *testing.T) {
	l := newLibrary(t)
	l.Every = 0
	o := l.options(actqkv.ActQKV)
	e, one, two, three := tiny(t, nil), book(t, "one", 6), book(t, "two", 9), book(t, "three", 9)
	want := ask(t, conversation(t, e, options(t, actqkv.ActQKV), one, two), "What?")
	c := conversation(t, e, o, one)
	readAll(t, c)
	m, err := c.Mark(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Free()
	for _, n := range []int{0, 80} { // before its first checkpoint, and after some
		c.Attach(two)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if n == 0 {
			cancel()
		}
		if err := c.Read(ctx, func(r Reading) {
			if r.Tokens > n {
				cancel()
			}
		}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := c.Return(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		c.Attach(three)
		readAll(t, c)
		if err := c.Return(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	r := conversation(t, e, o, one, two)
	if got := ask(t, r, "What?"); got.Text != want.Text || r.Restored() == 0 {
		t.Errorf("answered %q, want %q; %d tokens restored", got.Text, want.Text, r.Restored())
	}
	l.quiet()
}
