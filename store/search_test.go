package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestSearch says for texts and queries which finds which.
func TestSearch(t *testing.T) {
	texts := map[string]string{
		"eye":      "The fovea of the eye is 1.5 mm wide. Don't e-mail foo_bar.",
		"cafe":     "Das Café am Fluß ist GEÖFFNET",
		"chinese":  "视网膜的中央凹是视力最敏锐的区域",
		"japanese": "中心窩は網膜の中心にある",
		"katakana": "データセンターの設計",
		"korean":   "문서를 읽고 질문에 답한다",
		"thai":     "จอประสาทตาเป็นส่วนของดวงตา",
		"hindi":    "हिन्दी में आँख का पर्दा",
		"mixed":    "使用SQLite数据库 with FTS5全文搜索",
		"russian":  "Центральная ямка сетчатки",
		"arabic":   "الشبكية هي طبقة العين",
		"code":     "func (s *Store) AND OR NOT NEAR {a: b^2}",
		"emoji":    "an eye 👁 and a hand 👋🏽",
	}
	s, _ := fresh(t)
	ctx := t.Context()
	names := make(map[MessageID]string)
	c := converse(t, s, "c")
	for name, text := range texts {
		names[say(t, s, c, 0, User, text)] = name
	}
	for query, want := range map[string]string{
		"fovea": "eye", "FOVEA": "eye", "fov": "eye", "ovea": "", "fovea wide": "eye", "wide fovea": "eye", "fovea nothing": "",
		`"of the eye"`: "eye", `"the of eye"`: "", `"of the ey`: "eye", `"of the ey"`: "", "fov eye": "", "eye": "emoji eye", "eye ": "emoji eye",
		"1.5": "eye", "don't": "eye", "e-mail": "eye", "mail-e": "", "foo_bar": "eye", "foo": "eye",
		"cafe": "cafe", "café": "cafe", "cafe\u0301": "cafe", "geoffnet": "cafe", "Geöffnet": "cafe",
		"视网膜": "chinese", "中央": "chinese", "中": "chinese japanese", "网中": "", "网膜": "chinese", "網膜": "japanese", "敏锐 视力": "chinese",
		"にある": "japanese", "センター": "katakana", "ンタ": "katakana", "ー": "katakana", "문서": "korean", "질문": "korean", "서를": "korean", "문질": "",
		"ประสาท": "thai", "ดวงตา": "thai", "हिन्दी": "hindi", "हिन्": "hindi", "पर्दा": "hindi",
		"SQLite数据": "mixed", "数据库": "mixed", "sqlite": "mixed", "数据 sqlite": "mixed", "fts5全文": "mixed",
		"сетчатки": "russian", "ЯМКА": "russian", "العين": "arabic",
		"AND": "code emoji", "NOT": "code", "NEAR": "code", "AND OR NOT NEAR": "code", "NEAR(a b)": "code", "a: b^2": "code", "content:a": "",
		"*Store": "code", "sto*": "code", "(s *Store)": "code", "a -b": "code", "👁": "", "👁 eye": "emoji eye",
		"": "", " ": "", `"`: "", `""`: "", `"""`: "", "-": "", "*": "", "^": "", "()": "", "\x00": "", "\xff": "", "'": "",
		"fovea\x00wide": "", "fovea\xffwide": "eye", "\x02fovea\x03": "eye", "fovea;DROP TABLE message": "",
	} {
		hits, err := s.SearchMessages(ctx, Query{Text: query})
		if err != nil {
			t.Errorf("%q: %v", query, err)
		}
		var found []string
		for _, h := range hits {
			found = append(found, names[h.Message])
		}
		slices.Sort(found)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q finds %q, want %q (as %s)", query, got, want, expression(query))
		}
	}
}

func TestMessageHits(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	a, b := converse(t, s, "first"), converse(t, s, "second")
	long := say(t, s, a, 0, User, strings.Repeat("Something else. ", 50)+"The fovea\nis in the retina. "+strings.Repeat("Something else. ", 50))
	short := say(t, s, b, 0, Assistant, "fovea, fovea")
	hits := must(s.SearchMessages(ctx, Query{Text: "fovea"}))(t)
	if len(hits) != 2 || hits[0].Message != short || hits[1].Message != long || hits[0].Score <= hits[1].Score {
		t.Fatalf("found %+v", hits)
	}
	want := MessageHit{
		Message: short, Conversation: b, Title: "second", Role: Assistant, Created: clock.now().UTC(),
		Snippet: Snippet{Text: "fovea, fovea", Found: []Span{{0, 5}, {7, 12}}}, Score: hits[0].Score,
	}
	if !reflect.DeepEqual(hits[0], want) {
		t.Errorf("found %+v, want %+v", hits[0], want)
	}
	snippet := hits[1].Snippet
	if len(snippet.Text) > 300 || !strings.Contains(snippet.Text, "The fovea is in the retina.") || !strings.HasPrefix(snippet.Text, "…") {
		t.Errorf("snippet %q", snippet.Text)
	}
	if len(snippet.Found) != 1 || snippet.Text[snippet.Found[0].Start:snippet.Found[0].End] != "fovea" {
		t.Errorf("found %v in %q", snippet.Found, snippet.Text)
	}
	if got := must(s.SearchMessages(ctx, Query{Text: "fovea", Conversation: a}))(t); len(got) != 1 || got[0].Message != long {
		t.Errorf("in one conversation %+v", got)
	}
	if got := must(s.SearchMessages(ctx, Query{Text: "fovea", Limit: 1}))(t); len(got) != 1 || got[0].Message != short {
		t.Errorf("one result %+v", got)
	}
}

func TestPageHits(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	book, other := keep(t, s, "a", "no", "the retina and its fovea", "视网膜的中央凹"), keep(t, s, "b", "fovea")
	c := converse(t, s, "c")
	clock.wait(time.Second)
	later := converse(t, s, "later")
	check(t, s.Attach(ctx, c, book))
	check(t, s.Attach(ctx, later, book))
	hits := must(s.SearchPages(ctx, Query{Text: "fovea"}))(t) // nobody has the other one
	if len(hits) != 1 {
		t.Fatalf("found %+v", hits)
	}
	want := PageHit{
		Document: book, Page: 2, Title: "Book a", Conversation: later,
		Snippet: Snippet{Text: "the retina and its fovea", Found: []Span{{19, 24}}}, Score: hits[0].Score,
	}
	if !reflect.DeepEqual(hits[0], want) {
		t.Errorf("found %+v, want %+v", hits[0], want)
	}
	clock.wait(time.Second)
	say(t, s, c, 0, User, "hello")
	if hits := must(s.SearchPages(ctx, Query{Text: "fovea"}))(t); len(hits) != 1 || hits[0].Conversation != c {
		t.Errorf("the last conversation used is not named: %+v", hits)
	}
	if hits := must(s.SearchPages(ctx, Query{Text: "fovea", Conversation: later}))(t); len(hits) != 1 || hits[0].Conversation != later {
		t.Errorf("in one conversation %+v", hits)
	}
	check(t, s.Attach(ctx, later, other))
	if hits := must(s.SearchPages(ctx, Query{Text: "fovea", Conversation: c}))(t); len(hits) != 1 || hits[0].Document != book {
		t.Errorf("in one conversation %+v", hits)
	}
	hits = must(s.SearchPages(ctx, Query{Text: "网膜"}))(t)
	if len(hits) != 1 || hits[0].Page != 3 || !reflect.DeepEqual(hits[0].Snippet, Snippet{Text: "视网膜的中央凹", Found: []Span{{3, 9}}}) {
		t.Errorf("found %+v", hits)
	}
	check(t, s.Detach(ctx, later, book))
	check(t, s.DeleteConversation(ctx, c))
	if hits := must(s.SearchPages(ctx, Query{Text: "retina"}))(t); len(hits) != 0 {
		t.Errorf("found in a document of no conversation: %+v", hits)
	}
}

// TestIndexFollows requires that what is no longer there is no longer found.
func TestIndexFollows(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	m := must(s.AddMessage(ctx, NewMessage{Conversation: c, Role: Assistant, Status: Writing, Content: "alpha 视网膜"}))(t)
	check(t, s.SaveAnswer(ctx, m.ID, Answer{Content: "beta 网膜", Status: Complete}))
	check(t, s.Attach(ctx, c, keep(t, s, "a", "gamma")))
	keep(t, s, "a", "delta")
	for query, want := range map[string]int{"alpha": 0, "视": 0, "beta": 1, "网膜": 1, "gamma": 0, "delta": 1} {
		n := len(must(s.SearchMessages(ctx, Query{Text: query}))(t)) + len(must(s.SearchPages(ctx, Query{Text: query}))(t))
		if n != want {
			t.Errorf("%q finds %d, want %d", query, n, want)
		}
	}
	for _, index := range []string{"message_search", "page_search"} {
		// Compares the index with the texts; fails when they differ.
		_, err := s.writer.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s, rank) VALUES ('integrity-check', 1)", index, index))
		check(t, err)
	}
}

// hostile is what random queries are made of.
var hostile = []string{
	`"`, `""`, "'", "*", "^", "(", ")", "{", "}", ":", "+", "-", ",", ".", ";", "--", "/*", "\\", "|", "&", "!", "~", "<", ">", "=", "?", "?1", "@a", "$",
	" AND ", " OR ", " NOT ", "NEAR", "NEAR(", "NEAR/3", "content", "content:", "rank", "message_search", " ", "\t", "\n", "\x00", "\x01", "\x02", "\x03", "\xff", "\xc3", "\xed\xa0\x80",
	"a", "the", "fovea", "é", "e\u0301", "ß", "İ", "ǅ", "中", "視網膜", "한", "ไ", "\u200b", "\u200d", "\u202e", "\ufeff", "\ufffd", "👁", "👨‍👩‍👧", "\U000e0001", "\U0010fffd", "0", "1.5e3", "٣",
}

// tryQuery searches for a text, which must neither fail nor give a snippet
// that does not hold together.
func tryQuery(t *testing.T, s *Store, text string) {
	t.Helper()
	messages, err := s.SearchMessages(t.Context(), Query{Text: text})
	if err != nil {
		t.Errorf("%q (as %s): %v", text, expression(text), err)
	}
	pages, err := s.SearchPages(t.Context(), Query{Text: text})
	if err != nil {
		t.Errorf("%q (as %s): %v", text, expression(text), err)
	}
	for _, h := range messages {
		checkSnippet(t, h.Snippet)
	}
	for _, h := range pages {
		checkSnippet(t, h.Snippet)
	}
}

func checkSnippet(t *testing.T, s Snippet) {
	t.Helper()
	end := 0
	for _, f := range s.Found {
		if f.Start < end || f.End <= f.Start || f.End > len(s.Text) || !utf8.ValidString(s.Text[f.Start:f.End]) {
			t.Errorf("%v in %q", s.Found, s.Text)
		}
		end = f.End
	}
	if strings.ContainsAny(s.Text, "\x00\x02\x03\n\u200b") {
		t.Errorf("snippet %q", s.Text)
	}
}

// hostileStore has each hostile text, and all of them in one, in a message
// and on a page.
func hostileStore(t testing.TB) *Store {
	s, _ := fresh(t)
	c := converse(t, s, "c")
	texts := append([]string{strings.Join(hostile, " "), strings.Join(hostile, "")}, hostile...)
	for _, text := range texts[:2] {
		say(t, s, c, 0, User, text)
	}
	check(t, s.Attach(t.Context(), c, keep(t, s, "a", texts...)))
	return s
}

func TestHostileQueries(t *testing.T) {
	s := hostileStore(t)
	for _, text := range hostile {
		tryQuery(t, s, text)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 800 {
		var b strings.Builder
		for range 1 + random.IntN(8) {
			b.WriteString(hostile[random.IntN(len(hostile))])
		}
		tryQuery(t, s, b.String())
	}
	tryQuery(t, s, strings.Repeat("a ", 100_000))
	tryQuery(t, s, strings.Repeat("中", 100_000))
	tryQuery(t, s, strings.Repeat(`"`, 100_001))
	tryQuery(t, s, strings.Repeat("(", 100_000))
	checkWhole(t, s)
}

func FuzzQuery(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Add(`"視網膜" fovea* NEAR(a b, 3) OR content:x`)
	s := hostileStore(f)
	f.Fuzz(func(t *testing.T, text string) { tryQuery(t, s, text) })
}

// TestFindsItself requires that every text of letters is found by itself.
func TestFindsItself(t *testing.T) {
	s, _ := fresh(t)
	c := converse(t, s, "c")
	alphabet := []rune("abcéßÅçñ视网膜中央凹한국어ประสาทตาかなカナЯмкαβγשלוםالعينहिन्दी123")
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		word := make([]rune, 1+random.IntN(12))
		for i := range word {
			word[i] = alphabet[random.IntN(len(alphabet))]
		}
		id := say(t, s, c, 0, User, "before "+string(word)+" after")
		hits := must(s.SearchMessages(t.Context(), Query{Text: `"` + string(word) + `"`, Limit: 1000}))(t)
		if !slices.ContainsFunc(hits, func(h MessageHit) bool { return h.Message == id }) {
			t.Errorf("%q is not found (as %s)", string(word), expression(string(word)))
		}
	}
}
