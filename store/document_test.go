package store

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDocument(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	given := Document{Path: "/a.pdf", Title: "A", Format: "PDF", SHA256: strings.Repeat("ab", 32), Size: 123}
	pages := []Page{{Number: 1, Text: "one"}, {Number: 2, NoText: true}, {Number: 3, Text: "thr", Problem: "cut short"}}
	added := must(s.AddDocument(ctx, given, pages))(t)
	want := given
	want.ID, want.Pages, want.Added = added.ID, 3, clock.now().UTC()
	if !reflect.DeepEqual(added, want) {
		t.Errorf("added %+v, want %+v", added, want)
	}
	same := func(want Document, pages []Page) {
		t.Helper()
		if got := must(s.Document(ctx, want.ID))(t); !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
		if got := must(s.DocumentBySHA256(ctx, want.SHA256))(t); !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
		if got := must(s.Pages(ctx, want.ID))(t); !reflect.DeepEqual(got, pages) {
			t.Errorf("read %+v, want %+v", got, pages)
		}
		if got := must(s.Page(ctx, want.ID, len(pages)))(t); !reflect.DeepEqual(got, pages[len(pages)-1]) {
			t.Errorf("read %+v, want %+v", got, pages[len(pages)-1])
		}
	}
	same(want, pages)

	// The same file elsewhere.
	clock.wait(time.Hour)
	given.Path = "/moved/a.pdf"
	must(s.AddDocument(ctx, given, pages))(t)
	want.Path = given.Path
	same(want, pages)

	// The same file, read better.
	pages = []Page{{Number: 1, Text: "one"}, {Number: 2, Text: "two"}, {Number: 3, Text: "three"}, {Number: 4, Text: "four"}}
	must(s.AddDocument(ctx, given, pages))(t)
	want.Pages = 4
	same(want, pages)
	checkWhole(t, s)
}

func TestBadDocument(t *testing.T) {
	s, _ := fresh(t)
	good := Document{SHA256: strings.Repeat("ab", 32)}
	for name, bad := range map[string]struct {
		sum   string
		pages []Page
	}{
		"short hash":     {strings.Repeat("ab", 31), nil},
		"large letters":  {strings.Repeat("AB", 32), nil},
		"no hexadecimal": {strings.Repeat("xy", 32), nil},
		"numbers from 0": {good.SHA256, []Page{{Number: 0}}},
		"a missing page": {good.SHA256, []Page{{Number: 1}, {Number: 3}}},
	} {
		if _, err := s.AddDocument(t.Context(), Document{SHA256: bad.sum}, bad.pages); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	must(s.AddDocument(t.Context(), good, nil))(t)
}

func TestDigest(t *testing.T) {
	base := []Page{{Number: 1, Text: "ab", Problem: "c"}, {Number: 2, Text: "d"}}
	for name, other := range map[string][]Page{
		"text moved to the problem": {{Number: 1, Text: "a", Problem: "bc"}, {Number: 2, Text: "d"}},
		"a page less":               {{Number: 1, Text: "ab", Problem: "c"}},
		"a picture":                 {{Number: 1, Text: "ab", Problem: "c", NoText: true}, {Number: 2, Text: "d"}},
		"a page more":               {{Number: 1, Text: "ab", Problem: "c"}, {Number: 2, Text: "d"}, {Number: 3}},
	} {
		if digestPages(base) == digestPages(other) {
			t.Errorf("%s: the same digest", name)
		}
	}
}

func TestAttach(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	a, b, d := keep(t, s, "a", "x"), keep(t, s, "b", "y"), keep(t, s, "d", "z")
	ids := func() (ids []DocumentID) {
		for _, d := range must(s.Documents(ctx, c))(t) {
			ids = append(ids, d.ID)
		}
		return ids
	}
	check(t, s.Attach(ctx, c, b, a))
	check(t, s.Attach(ctx, c, d, b))
	if got := ids(); !reflect.DeepEqual(got, []DocumentID{b, a, d}) {
		t.Errorf("attached %v", got)
	}
	check(t, s.Detach(ctx, c, b))
	check(t, s.Attach(ctx, c, b))
	if got := ids(); !reflect.DeepEqual(got, []DocumentID{a, d, b}) {
		t.Errorf("attached %v", got)
	}
	if err := s.Attach(ctx, c, keep(t, s, "e", ""), 99); err == nil {
		t.Error("attached a document that is not there")
	}
	if got := ids(); len(got) != 3 {
		t.Errorf("a failed call attached %v", got)
	}
}
