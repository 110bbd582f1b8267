package assets_test

import (
	"strings"
	"testing"

	"fovea/app/document"
	"fovea/assets"
)

// TestQuestions checks that every answer stands on its page of the manual and
// on no other, as the reader of documents sees it.
func TestQuestions(t *testing.T) {
	doc, err := document.Parse(t.Context(), assets.ManualName, assets.Manual, document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Pages) < 32 {
		t.Errorf("the manual has %d pages, want at least 32", len(doc.Pages))
	}
	if doc.Title != "The Fovea Manual" || len(doc.Warnings) > 0 || len(doc.NoTextPages()) > 0 {
		t.Errorf("title %q, warnings %q, pages without text %v", doc.Title, doc.Warnings, doc.NoTextPages())
	}
	questions, err := assets.Questions()
	if err != nil {
		t.Fatal(err)
	}
	if len(questions) < 12 {
		t.Errorf("%d questions, want at least 12", len(questions))
	}
	for _, q := range questions {
		var pages []int
		for _, p := range doc.Pages {
			if strings.Contains(strings.Join(strings.Fields(p.Text), " "), q.Answer) {
				pages = append(pages, p.Number)
			}
		}
		if len(pages) != 1 || pages[0] != q.Page {
			t.Errorf("%q: %q is on pages %v, want page %d only", q.Question, q.Answer, pages, q.Page)
		}
		if i := strings.Index(doc.Text(), q.Answer); i >= 0 && doc.PageAt(i) != q.Page {
			t.Errorf("%q: offset %d is said to be on page %d", q.Question, i, doc.PageAt(i))
		}
		if !strings.HasSuffix(q.Question, "?") {
			t.Errorf("%q is no question", q.Question)
		}
	}
}

// TestRunningHeads checks that what stands in the manual's margins is not read
// as its text.
func TestRunningHeads(t *testing.T) {
	doc, err := document.Parse(t.Context(), assets.ManualName, assets.Manual, document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Pages[1:] {
		if strings.Contains(p.Text, "The Fovea Manual") {
			t.Errorf("page %d keeps its running head:\n%s", p.Number, p.Text)
		}
	}
}
