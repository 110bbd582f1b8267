package eval

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"fovea/app/document"
)

// manual is the sample document with its questions.
func manual(t *testing.T) (*document.Document, []PageQuestion) {
	t.Helper()
	doc, err := document.Read(context.Background(), "../../assets/manual.pdf", document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../assets/questions.json")
	if err != nil {
		t.Fatal(err)
	}
	var questions []PageQuestion
	if err := json.Unmarshal(data, &questions); err != nil {
		t.Fatal(err)
	}
	return doc, questions
}

func TestDocumentSample(t *testing.T) {
	doc, questions := manual(t)
	for _, o := range []TaskOptions{{Facts: 100}, {Seed: 3, Length: 8000, Count: countWords}, {Seed: 4, Index: 1, Length: 8000, Count: countWords}} {
		s, err := DocumentSample(doc, questions, o)
		if err != nil {
			t.Fatal(err)
		}
		if o.Length == 0 && (len(s.Questions) != len(questions) || !strings.HasSuffix(s.Context, doc.Text())) {
			t.Errorf("the whole document: %d questions of %d", len(s.Questions), len(questions))
		}
		if n := countWords(s.Context); o.Length > 0 && (n > o.Length || n < o.Length-1500) {
			t.Errorf("%d tokens, want up to a page less than %d", n, o.Length)
		}
		for _, q := range s.Questions {
			at := q.Needles[0]
			if got := strings.Join(strings.Fields(s.Context[at.Start:at.End]), " "); got != strings.Join(strings.Fields(q.Answers[0]), " ") {
				t.Errorf("%s: the needle %q is not the answer %q", q.Text, got, q.Answers[0])
			}
			if score, err := Score(q, q.Answers[0]); err != nil || score != 1 {
				t.Errorf("%s: the right answer scores %v, %v", q.Text, score, err)
			}
		}
	}
}

func TestDocumentErrors(t *testing.T) {
	doc := document.FromPages("Two pages", "", document.Text, []document.Page{{Text: "The sea is green."}, {Text: "The sun is yellow."}})
	sea := PageQuestion{Question: "How is the sea?", Answer: "green", Page: 1}
	for _, c := range []struct {
		q       PageQuestion
		length  int
		is      error
		message string
	}{
		{q: sea, length: 1000, is: ErrUsedUp, message: "Two pages"},
		{q: sea, length: 3, is: ErrTooShort, message: "has more tokens"},
		{q: PageQuestion{Question: "How is the sea?", Answer: "blue", Page: 1}, message: `page 1 does not have the answer "blue"`},
		{q: PageQuestion{Question: "How is the sea?", Answer: "green", Page: 3}, message: "page 3 of 2"},
		{q: PageQuestion{Question: "How is the sun?", Answer: "yellow", Page: 2}, length: 9, message: "no question is about its pages 1 to 1"},
	} {
		_, err := DocumentSample(doc, []PageQuestion{c.q}, TaskOptions{Length: c.length, Count: countWords})
		if err == nil || !strings.Contains(err.Error(), c.message) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%+v, %d tokens: %v, want %q", c.q, c.length, err, c.message)
		}
	}
}
