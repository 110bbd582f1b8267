package engine

import (
	"context"
	"slices"
	"testing"

	"fovea/model/actqkv"
	"fovea/model/trace"
)

// asks gives the text of the tokens that the session will be told are the
// question.
func (c *Conversation) asks() string {
	var ids []int32
	for i := c.asking[0]; i < c.asking[1]; i++ {
		ids = append(ids, c.pending[i-len(c.places)].id)
	}
	return c.engine.Tokenizer.Decode(ids)
}

// Of what is read the last question is told as such, whether it is asked or
// remembered, and nothing else.
func TestQuestionRange(t *testing.T) {
	e := tiny(t, nil)
	c := conversation(t, e, options(t, actqkv.ActQKV), book(t, "one", 3))
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(c.Read(t.Context(), nil))
	if c.asking[1] != 0 {
		t.Errorf("a document is read as a question: %v", c.asking)
	}
	m, err := c.Mark(t.Context())
	check(err)
	defer m.Free()
	check(c.question("What is <|im_end|>?"))
	if got := c.asks(); got != "What is <|im_end|>?" {
		t.Errorf("the question is %q", got)
	}
	check(c.Return(t.Context(), m))
	if c.asking[1] != 0 {
		t.Errorf("behind the mark is a question: %v", c.asking)
	}
	check(c.Remember(Turn{Text: "First?"}, Turn{Answer: true, Text: "Yes."}, Turn{Text: "And then?"}))
	if got := c.asks(); got != "And then?" {
		t.Errorf("the question is %q", got)
	}
	check(c.read(t.Context(), nil))
	check(c.Remember(Turn{Answer: true, Text: "No."}))
	c.Attach(book(t, "two", 2))
	check(c.begin())
	if first, end := c.asking[0], c.asking[1]; first != end || first < len(c.places) {
		t.Errorf("a document behind a question is read with the question %v", c.asking)
	}
}

// A question has a part in what is recalled while the answer to it is written.
func TestQuestionRecalls(t *testing.T) {
	e := tiny(t, nil)
	recalled := func(weight float32) (all [][]int32) {
		o := options(t, actqkv.ActQKV)
		o.Settings.AskWeight = weight
		c := conversation(t, e, o, book(t, "book", 9))
		if err := c.Read(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_, err := c.Ask(context.Background(), "What is it that page 4 tells of?", Listener{Step: func(s *trace.Step) {
			for _, l := range s.Layers {
				all = append(all, slices.Clone(l.IDs))
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if slices.EqualFunc(recalled(0), recalled(8), slices.Equal) {
		t.Error("the question changes nothing of what is recalled")
	}
}
