package eval

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"fovea/app/document"
)

// PageQuestion is a question about a document whose answer stands on a known
// page.
type PageQuestion struct {
	Question string
	Answer   string // a phrase as it stands on the page, but for spaces
	Page     int    // from 1
}

// DocumentTask is the name of the task that DocumentSample makes.
const DocumentTask = "document"

// DocumentSample asks about a document: about all of it where o.Length is 0, else
// about as many pages in a row as fit, which o.Seed and o.Index choose. There
// are at most o.Facts questions, 0 meaning DefaultFacts; o.Haystack is not used.
// It fails where the document is shorter than o.Length, where no question is
// about the pages, and where an answer does not stand on its page.
func DocumentSample(doc *document.Document, questions []PageQuestion, o TaskOptions) (Sample, error) {
	g := newGenerator(DocumentTask, o)
	g.sample.Source = doc.Title
	if err := g.ask(doc, questions); err != nil {
		return Sample{}, fmt.Errorf("eval: task %s about %s: %w", DocumentTask, doc.Title, err)
	}
	g.finish()
	return g.sample, nil
}

func (g *generator) ask(doc *document.Document, questions []PageQuestion) error {
	first, last, err := g.pages(doc)
	if err != nil {
		return err
	}
	const intro = "A document follows. You will be asked questions about it.\n\n"
	shift := len(intro) - doc.PageStart(first)
	g.sample.Context = intro + doc.Text()[doc.PageStart(first):pageEnd(doc, last)]
	for _, i := range g.rng.Perm(len(questions)) {
		q := questions[i]
		if q.Page < 1 || q.Page > len(doc.Pages) {
			return fmt.Errorf("the question %q names page %d of %d", q.Question, q.Page, len(doc.Pages))
		}
		if q.Page < first || q.Page > last || len(g.sample.Questions) == g.Facts {
			continue
		}
		at, ok := placeOf(doc, q)
		if !ok {
			return fmt.Errorf("page %d does not have the answer %q to %q; write it as it stands there", q.Page, q.Answer, q.Question)
		}
		g.sample.Questions = append(g.sample.Questions, Question{
			Text: q.Question, Answers: []string{q.Answer}, Metric: F1, MaxTokens: 64,
			Needles: []Range{{at.Start + shift, at.End + shift}},
		})
	}
	if len(g.sample.Questions) == 0 {
		return fmt.Errorf("no question is about its pages %d to %d; choose a greater length", first, last)
	}
	return nil
}

// pages are the first and the last page of a stretch that fits.
func (g *generator) pages(doc *document.Document) (first, last int, err error) {
	all := len(doc.Pages)
	if g.Length == 0 {
		return 1, all, nil
	}
	rest := func(from int) int { return g.Count(doc.Text()[doc.PageStart(from):]) }
	if n := rest(1); n < g.Length {
		return 0, 0, fmt.Errorf("%w: it has %d tokens; choose at most so many, or a longer document", ErrUsedUp, n)
	}
	starts := sort.Search(all, func(i int) bool { return rest(i+1) < g.Length }) // pages 1 to starts have enough behind them
	first = 1 + g.rng.IntN(starts)
	n, err := g.fit(all-first+1, func(n int) string {
		if n == 0 {
			return ""
		}
		return doc.Text()[doc.PageStart(first):pageEnd(doc, first+n-1)]
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: page %d has more tokens; choose a greater length", ErrTooShort, first)
	}
	return first, first + n - 1, err
}

// pageEnd is the byte behind a page.
func pageEnd(doc *document.Document, number int) int {
	if number == len(doc.Pages) {
		return len(doc.Text())
	}
	return doc.PageStart(number + 1)
}

// placeOf finds an answer on its page.
func placeOf(doc *document.Document, q PageQuestion) (Range, bool) {
	words := strings.Fields(q.Answer)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	start := doc.PageStart(q.Page)
	at := regexp.MustCompile(strings.Join(words, `\s+`)).FindStringIndex(doc.Text()[start:pageEnd(doc, q.Page)])
	if at == nil || at[0] == at[1] {
		return Range{}, false
	}
	return Range{start + at[0], start + at[1]}, true
}
