package pages

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

// rowTexts are the rows without the spaces at their ends.
func rowTexts(text string, rows []row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.TrimRight(text[r.start:r.end], " "))
	}
	return out
}

func TestRows(t *testing.T) {
	test.NewTempApp(t)
	f := newTypeface(14)
	for name, c := range map[string]struct {
		text, like string // a row is as wide as like
		want       string // rows parted by |
	}{
		"words":      {"one two three four", "one two thre", "one two|three four"},
		"spaces":     {"one      two", "one", "one|two"},
		"paragraphs": {"one\n\ntwo\n", "one two", "one||two|"},
		"indent":     {"  one two", "  one", "  one|two"},
		"long word":  {"a incomprehensible b", "incompre", "a|incompre|hensible|b"},
		"hyphen":     {"state-of-the-art", "state-of-", "state-of-|the-art"},
		"number":     {"pages 3-7 of it", "pages 3-", "pages|3-7 of it"},
		"Chinese":    {"读取文档时，激活（偏置）", "读取文档时", "读取文档|时，激活|（偏置）"},
		"mixed":      {"KV缓存的token", "KV缓存的to", "KV缓存的|token"},
		"nothing":    {"", "one", ""},
		"narrow":     {"ab", "", "a|b"},
	} {
		rows := setRows(c.text, f.measure(c.like)+0.5, f)
		if got := strings.Join(rowTexts(c.text, rows), "|"); got != c.want {
			t.Errorf("%s: rows %q, want %q", name, got, c.want)
		}
		y := float32(0)
		for i, r := range rows {
			if r.y != y || !utf8.ValidString(c.text[r.start:r.end]) || i > 0 && strings.TrimSpace(c.text[rows[i-1].end:r.start]) != "" {
				t.Errorf("%s: row %d is %+v, at %g", name, i, r, y)
			}
			y += r.height
		}
	}
}

func TestClip(t *testing.T) {
	text := "ab 中文 cd  "
	r := row{start: 3, end: len(text)}
	for _, c := range []struct {
		start, end int
		want       string
	}{
		{0, 99, "中文 cd"}, {0, 3, ""}, {4, 5, "中"}, {5, 7, "中文"}, {11, 99, "d"}, {12, 99, ""}, {13, 14, ""}, {-5, -1, ""}, {6, 6, ""},
	} {
		start, end, ok := r.clip(text, Mark{Start: c.start, End: c.end})
		if got := text[start:max(start, end)]; got != c.want || ok != (c.want != "") {
			t.Errorf("%d to %d: %q (%v), want %q", c.start, c.end, got, ok, c.want)
		}
	}
}

// TestLongText sets the longest page that there is, and draws what is in view.
func TestLongText(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(400, 400))
	s.Open("A", 1, 1, nil)
	text := strings.Repeat("Some words that fill the page.\n", 200_000/31)
	start := time.Now()
	s.SetPage(s.last(t), Page{Text: text})
	t.Logf("set in %v", time.Since(start))
	if d := time.Since(start); d > time.Second {
		t.Errorf("setting 200,000 characters took %v", d)
	}
	for range 30 {
		s.PageDown()
	}
	shown := test.WidgetRenderer(s.sheet).(*sheetRenderer)
	if n := len(shown.texts); n < 10 || n > 60 || len(shown.objects) > 70 {
		t.Errorf("%d rows of %d are drawn, with %d objects", n, len(s.sheet.rows), len(shown.objects))
	}
	if s.scroll.Offset.Y < 5000 {
		t.Errorf("at %v after 30 views", s.scroll.Offset)
	}
}

func BenchmarkSetPage(b *testing.B) {
	app := test.NewTempApp(b)
	app.Settings().SetTheme(look.New(look.Dark))
	v := NewViewer()
	w := test.NewTempWindow(b, v)
	w.Resize(fyne.NewSize(500, 700))
	var r Request
	v.OnPage = func(q Request) { r = q }
	v.Open("A", 2, 1, nil)
	page := Page{Text: strings.Repeat(article+"\n\n", 4)}
	for b.Loop() {
		v.SetPage(r, page)
	}
}
