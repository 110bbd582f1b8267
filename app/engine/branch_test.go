package engine

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"

	"fovea/model/actqkv"
)

// shelved is a conversation that has read a document, with a mark behind that.
func shelved(t *testing.T, e *Engine, method actqkv.Method) (*Conversation, *Mark) {
	t.Helper()
	o := options(t, method)
	o.System, o.MaxTokens = "Be brief.", 12
	c := conversation(t, e, o, book(t, "book", 8))
	if err := c.Read(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	m, err := c.Mark(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Free)
	return c, m
}

// Three talks about a document take turns: each goes on as if it were alone, with
// its own text, and the last answer of each can be continued.
func TestBranches(t *testing.T) {
	e := tiny(t, nil)
	for _, method := range []actqkv.Method{actqkv.ActQKV, actqkv.Streaming} {
		c, mark := shelved(t, e, method)
		talks := [][]string{{"What?", "And then?", "Why?"}, {"Who?", "And who else was there on the pages?", "So?"}, {"Where?", "When?", "How?"}}
		branches, answers := make([]*Branch, len(talks)), make([][]*Answer, len(talks))
		turn := func(i int, f func() *Answer) {
			t.Helper()
			var err error
			if b := branches[i]; b == nil {
				err = c.Return(context.Background(), mark)
			} else {
				err = c.TakeUp(context.Background(), b)
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := len(c.pending); n > 1 {
				t.Errorf("%d tokens are to be read again", n)
			}
			answers[i] = append(answers[i], f())
			if branches[i], err = c.SetAside(mark, math.MaxInt64); err != nil {
				t.Fatal(err)
			}
			if branches[i].Bytes() < 1000 {
				t.Errorf("a branch of %d bytes", branches[i].Bytes())
			}
		}
		goOn := func(c *Conversation) *Answer {
			t.Helper()
			a, err := c.Continue(context.Background(), Listener{})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		for part := range 3 {
			for i, questions := range talks {
				turn(i, func() *Answer { return ask(t, c, questions[part]) })
			}
		}
		for i := range talks {
			turn(i, func() *Answer { return goOn(c) })
		}
		for i, questions := range talks {
			alone, _ := shelved(t, e, method)
			var want []*Answer
			for _, q := range questions {
				want = append(want, ask(t, alone, q))
			}
			for j, w := range append(want, goOn(alone)) {
				got := answers[i][j]
				got.FirstToken, got.Rate, w.FirstToken, w.Rate = 0, 0, 0, 0
				if !reflect.DeepEqual(got, w) {
					t.Errorf("%s: answer %d of talk %d is %+v, alone %+v", method, j, i, got, w)
				}
			}
			if err := c.TakeUp(context.Background(), branches[i]); err != nil {
				t.Fatal(err)
			}
			if got, want := c.Map(), alone.Map(); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(c.history, alone.history) {
				t.Errorf("%s: talk %d has another text than alone", method, i)
			}
		}
	}
}

// What cannot be set aside or taken up is an error that says so, and costs
// nothing.
func TestBranchRefused(t *testing.T) {
	e, ctx := tiny(t, nil), context.Background()
	c, mark := shelved(t, e, actqkv.ActQKV)
	other, _ := shelved(t, e, actqkv.ActQKV)
	ask(t, c, "What?")
	if _, err := c.SetAside(mark, 1000); !errors.Is(err, ErrBranchTooLarge) {
		t.Errorf("error %v without memory", err)
	}
	b, err := c.SetAside(mark, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]*Conversation{"another session": other, "none": conversation(t, e, options(t, actqkv.ActQKV))} {
		if err := wrong.TakeUp(ctx, b); !errors.Is(err, ErrMarkGone) {
			t.Errorf("error %v by %s", err, name)
		}
	}
	empty := conversation(t, e, options(t, actqkv.ActQKV), book(t, "long", 20))
	nothing, err := empty.Mark(ctx)
	if err != nil {
		t.Fatal(err)
	}
	readSome(t, empty, 100)
	if _, err := empty.SetAside(nothing, math.MaxInt64); !errors.Is(err, ErrMarkGone) {
		t.Errorf("error %v behind nothing", err)
	}
	some, err := empty.Mark(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer some.Free()
	readSome(t, empty, 100)
	if _, err := empty.SetAside(some, math.MaxInt64); err == nil {
		t.Error("a document was set aside of which a part is read")
	}
	want := ask(t, other, "And then?").Text
	if err := c.Return(ctx, mark); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "And then?").Text; got != want {
		t.Errorf("afterwards answered %q, want %q", got, want)
	}
}
