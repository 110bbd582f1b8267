package engine

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"fovea/app/document"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
)

// joinery is a library with two documents that were read alone.
type joinery struct {
	*library
	o        ConversationOptions
	engine   *Engine
	one, two *document.Document
}

func newJoinery(t *testing.T) *joinery {
	t.Helper()
	j := &joinery{library: newLibrary(t), engine: tiny(t, func(s *tinymodel.Shape) { s.Context = 4000 })}
	j.o = j.options(actqkv.ActQKV)
	j.one, j.two = book(t, "one", 6), book(t, "two", 44)
	for _, d := range []*document.Document{j.one, j.two} {
		readAll(t, conversation(t, j.engine, j.o, d))
	}
	j.quiet()
	return j
}

// exact is a conversation that takes nothing as it was read alone.
func (j *joinery) exact(docs ...*document.Document) *Conversation {
	o := j.o
	o.Exact = true
	return conversation(j.T, j.engine, o, docs...)
}

// joined requires that c took document 1 as it was read alone, and said so.
func (j *joinery) joined(c *Conversation) {
	j.Helper()
	j.hears(ErrJoined)
	if got := c.Joined(); !slices.Equal(got, []int{1}) {
		j.Errorf("documents %v were taken as they were read alone, want document 1", got)
	}
	j.placed(c)
}

// placed requires that each position of c has the page of the token that the
// session has read there.
func (j *joinery) placed(c *Conversation) {
	j.Helper()
	if c.Pos() != len(c.places) {
		j.Fatalf("the session is at token %d, the map at %d", c.Pos(), len(c.places))
	}
	exact := conversation(j.T, j.engine, options(j.T, j.o.Settings.Method), c.docs...)
	if err := exact.begin(); err != nil {
		j.Fatal(err)
	}
	at, spans := 0, c.Map().Spans
	for i, p := range exact.parts {
		shift := c.parts[i].end - p.end // tokens of no document before it
		for ; at < c.parts[i].end && at < c.Pos(); at++ {
			want := placed{}
			if begin := exact.begins(i) + shift; at >= begin {
				want = exact.pending[at-shift]
			}
			if c.places[at] != want.place {
				j.Fatalf("position %d is of %+v, want %+v", at, c.places[at], want.place)
			}
			for len(spans) > 1 && spans[1].Pos <= at {
				spans = spans[1:]
			}
			if s := spans[0]; want.page > 0 && (s.Doc != int(want.doc) || s.Page != int(want.page) || s.Pos == at && s.Offset != int(want.offset)) {
				j.Fatalf("position %d is in %+v, want %+v", at, s, want)
			}
		}
	}
}

// begins is the position before the first token of a part.
func (c *Conversation) begins(part int) int {
	if part == 0 {
		return 0
	}
	return c.parts[part-1].end
}

// A document that was read alone is not read again behind another one; each
// position has its page, and the same question has the same answer. With Exact,
// or where both were read together before, nothing is taken as it was read alone.
func TestJoin(t *testing.T) {
	j := newJoinery(t)
	c := conversation(t, j.engine, j.o, j.one, j.two)
	n := readAll(t, c)
	j.joined(c)
	alone := c.begins(1)
	if n != 0 || c.Restored() >= c.Pos() || c.Pos()-c.Restored() > j.o.Settings.Init+2*j.o.Settings.BlockSize || c.Restored() < alone+joinLeast {
		t.Errorf("%d tokens were read, %d restored of %d", n, c.Restored(), c.Pos())
	}
	if got := c.Snapshots(); len(got) != 1 || len(j.list()) != 2 {
		t.Errorf("%q keep what was read, of %d snapshots", got, len(j.list()))
	}
	want := ask(t, c, "What?")
	again := conversation(t, j.engine, j.o, j.one, j.two)
	got := ask(t, again, "What?")
	j.joined(again)
	if got.Text != want.Text || !reflect.DeepEqual(got.Pages, want.Pages) || !reflect.DeepEqual(got.InView, want.InView) || got.Tokens == 0 {
		t.Errorf("answered %+v, then %+v", want, got)
	}
	if !slices.ContainsFunc(got.Pages, func(p Page) bool { return p.Number == 1 && p.Page <= 44 }) {
		t.Errorf("no page of the second document was consulted: %+v", got.Pages)
	}

	e := j.exact(j.one, j.two)
	if n := readAll(t, e); n != e.Pos()-alone || e.Joined() != nil || e.Restored() != alone {
		t.Errorf("%d tokens were read, %d restored; documents %v taken as they were read alone", n, e.Restored(), e.Joined())
	}
	together := conversation(t, j.engine, j.o, j.one, j.two)
	if n := readAll(t, together); n != 0 || together.Joined() != nil || together.Restored() != together.Pos() {
		t.Errorf("%d tokens were read, %d restored; documents %v taken as they were read alone", n, together.Restored(), together.Joined())
	}
	j.quiet()
}

// A document behind one that was taken as it was read alone is read and not kept;
// one that is short is read; so is one where a question stands before all, and one
// behind another system prompt.
func TestNotJoined(t *testing.T) {
	j := newJoinery(t)
	three := book(t, "three", 6)
	c := conversation(t, j.engine, j.o, j.one, j.two, three)
	n := readAll(t, c)
	j.joined(c)
	if n != c.Pos()-c.Restored() || n < c.Pos()-c.begins(2) || len(j.list()) != 2 {
		t.Errorf("%d tokens were read, %d restored of %d; %d snapshots", n, c.Restored(), c.Pos(), len(j.list()))
	}
	short := conversation(t, j.engine, j.o, j.two, j.one)
	if readAll(t, short); short.Joined() != nil || short.Restored() != short.begins(1) {
		t.Errorf("%d tokens were restored; documents %v taken as they were read alone", short.Restored(), short.Joined())
	}
	o := j.o
	o.Question = "What?"
	if c := conversation(t, j.engine, o, j.one, j.two); readAll(t, c) != c.Pos() || c.Joined() != nil {
		t.Error("a document was taken that was read without the question")
	}
	o = j.o
	o.System = "Be brief."
	if c := conversation(t, j.engine, o, j.one, j.two); readAll(t, c) != c.Pos() || c.Joined() != nil {
		t.Error("a document was taken that was read behind another system prompt")
	}
	j.quiet()
}

// What is damaged is told, deleted, and the document is read and kept as if
// nothing had been there to take.
func TestJoinDamaged(t *testing.T) {
	j := newJoinery(t)
	want := ask(t, conversation(t, j.engine, options(t, actqkv.ActQKV), j.one, j.two), "What?")
	for _, k := range j.list() {
		if k.Title != "two" {
			continue
		}
		path := filepath.Join(j.dir, k.Name, "rows")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-len(b)/4] ^= 4
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := conversation(t, j.engine, j.o, j.one, j.two)
	n := readAll(t, c)
	j.hears(ErrReadAgain, ErrSnapshotDamaged)
	if n != c.Pos()-c.Restored() || c.Restored() != c.begins(1) || c.Joined() != nil || len(c.Snapshots()) != 2 {
		t.Errorf("%d tokens were read, %d restored of %d; documents %v taken, %q keep it", n, c.Restored(), c.Pos(), c.Joined(), c.Snapshots())
	}
	if got := ask(t, c, "What?"); got.Text != want.Text || got.Held != want.Held {
		t.Errorf("answered %+v, want %+v", got, want)
	}
	for _, k := range j.list() {
		if k.Title == "two" && k.Before == 0 {
			t.Error("the damaged snapshot is still there")
		}
	}
	j.placed(c)
	j.quiet()
}

// Behind what was taken as it was read alone, marks, branches and turns are as
// behind what was read; before it, another document may follow, or the same, read.
func TestJoinMarks(t *testing.T) {
	j := newJoinery(t)
	want := ask(t, j.exact(j.one, j.two), "What?")
	if err := j.Delete(j.list()[0].Name); err != nil { // what was read together
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	c := conversation(t, j.engine, j.o, j.one)
	readAll(t, c)
	before, err := c.Mark(ctx)
	check(err)
	defer before.Free()
	c.Attach(j.two)
	readAll(t, c)
	j.joined(c)
	behind, err := c.Mark(ctx)
	check(err)
	defer behind.Free()
	first := ask(t, c, "What?")
	if second := ask(t, c, "And then?"); second.Held <= first.Held {
		t.Errorf("%d tokens are held, then %d", first.Held, second.Held)
	}
	aside, err := c.SetAside(behind, math.MaxInt64)
	check(err)
	check(c.Return(ctx, behind))
	j.placed(c)
	if again := ask(t, c, "What?"); again.Text != first.Text || again.Held != first.Held {
		t.Errorf("at the mark answered %+v, before %+v", again, first)
	}
	check(c.TakeUp(ctx, aside))
	if third := ask(t, c, "Why?"); third.Tokens == 0 || third.Held <= first.Held || len(c.Joined()) != 1 {
		t.Errorf("on the branch answered %+v", third)
	}

	check(c.Return(ctx, before))
	if c.Joined() != nil || c.Pos() != c.begins(1) {
		t.Errorf("before the document, %v are taken as they were read alone, at token %d", c.Joined(), c.Pos())
	}
	c.options.Exact = true
	c.Attach(j.two)
	if got := ask(t, c, "What?"); got.Text != want.Text || got.Held != want.Held || len(c.Snapshots()) != 2 {
		t.Errorf("answered %+v, want %+v; %q keep what was read", got, want, c.Snapshots())
	}
	j.quiet()
}

// A reading that is stopped before the document takes it when it goes on, and a
// question that waits behind it is where it was told to be.
func TestJoinLater(t *testing.T) {
	j := newJoinery(t)
	zero := book(t, "zero", 5)
	turns := []Turn{{Documents: []*document.Document{j.two}, Text: "First?"}, {Answer: true, Text: "Yes."}, {Text: "And then?"}}
	c := conversation(t, j.engine, j.o, zero)
	if err := c.Remember(turns...); err != nil {
		t.Fatal(err)
	}
	asked := c.asking
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := c.Read(ctx, func(r Reading) {
		if c.Pos() == c.parts[0].end {
			cancel()
		}
		if r.OfTokens >= joinLeast {
			t.Errorf("%d tokens are said to be read", r.OfTokens)
		}
	})
	if !errors.Is(err, context.Canceled) || c.Pos() != c.begins(1) {
		t.Fatalf("%v, at token %d of %d", err, c.Pos(), c.begins(1))
	}
	exact := c.parts[1].end
	last := Reading{}
	if err := c.Read(context.Background(), func(r Reading) { last = r }); err != nil {
		t.Fatal(err)
	}
	j.joined(c)
	if last.Tokens != last.OfTokens || last.Tokens >= joinLeast || last.Page != last.OfPages || last.OfPages != 49 {
		t.Errorf("at the end of the reading, %+v", last)
	}
	pad := c.parts[1].end - exact
	if want := [2]int{asked[0] + pad, asked[1] + pad}; c.asking != want || asked[1]-asked[0] < 3 {
		t.Errorf("the question was at %v, %d tokens are before it, it is at %v", asked, pad, c.asking)
	}
	j.quiet()
}

// With AnyBudget a document is taken that was read with another budget; else not.
func TestJoinAnyBudget(t *testing.T) {
	j := newJoinery(t)
	j.o.Settings.SetTopK(5)
	other := j.exact(j.one) // with the new budget
	readAll(t, other)
	j.hears(ErrReadAgain, ErrSnapshotSettings)
	c := conversation(t, j.engine, j.o, j.one, j.two)
	if n := readAll(t, c); c.Joined() != nil || n != c.Pos()-c.begins(1) {
		t.Errorf("%d tokens were read of a document that was read with another budget", n)
	}
	if err := j.Delete(c.Snapshots()[1]); err != nil {
		t.Fatal(err)
	}
	j.quiet()
	j.AnyBudget = true
	c = conversation(t, j.engine, j.o, j.one, j.two)
	n := readAll(t, c)
	j.joined(c)
	if n != 0 || c.session.Settings() != j.o.Settings {
		t.Errorf("%d tokens were read; the settings are %+v", n, c.session.Settings())
	}
	if a := ask(t, c, "What?"); a.Tokens == 0 {
		t.Error("no answer")
	}
	j.quiet()
}
