package template

import (
	"strings"
	"testing"
	"time"
)

// A content gets a place only where it is written once and unchanged.
func TestSpans(t *testing.T) {
	for name, c := range map[string]struct {
		source  string
		content string
		want    string // at the place; "-": no place
	}{
		"plain":          {`<{{ messages[0].content }}>`, " a b\n", " a b\n"},
		"trimmed":        {`<{{ messages[0].content | trim }}>`, " a b\n", "a b"},
		"left":           {`<{{ messages[0].content.lstrip() }}>`, " a b\n", "a b"},
		"empty":          {`<{{ messages[0].content }}>`, "", ""},
		"dropped":        {`<>`, "a", "-"},
		"twice":          {`{{ messages[0].content }}{{ messages[0].content }}`, "a", "-"},
		"upper":          {`{{ messages[0].content | upper }}`, "abc", "-"},
		"replaced":       {`{{ messages[0].content.replace('b', 'x') }}`, "abc", "-"},
		"cut":            {`{{ messages[0].content[:2] }}`, "abc", "-"},
		"after thinking": {`{{ messages[0].content.split('</think>')[-1] }}`, "x</think>abc", "-"},
		"looked into":    {`{% if messages[0].content.startswith('a') %}A{% endif %}{{ messages[0].content }}`, "abc", "-"},
		"measured":       {`{{ messages[0].content | length }} {{ messages[0].content }}`, "abc", "-"},
		"refused marks":  {`{% if messages[0].content != 'abc' %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}`, "abc", "-"},
		"with marks":     {`<{{ messages[0].content }}>`, "\uf8d70\uf8d7b0;a\uf8d71\uf8d7", "\uf8d70\uf8d7b0;a\uf8d71\uf8d7"},
		"broken UTF-8":   {`<{{ messages[0].content }}>`, "\xff\xe6", "\xff\xe6"},
	} {
		t.Run(name, func(t *testing.T) {
			tmpl := mustNew(t, c.source)
			text, spans, err := tmpl.RenderSpans([]Message{{"user", c.content}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			plain, err := tmpl.Render([]Message{{"user", c.content}}, Options{})
			if err != nil || text != plain {
				t.Errorf("got %q, without spans %q, %v", text, plain, err)
			}
			got := "-"
			if spans[0].Known() {
				got = text[spans[0].Start:spans[0].End]
			}
			if got != c.want {
				t.Errorf("the content is %q, want %q", got, c.want)
			}
		})
	}
}

// One message without a place does not cost the others theirs.
func TestSpansOneByOne(t *testing.T) {
	tmpl := mustNew(t, `{% for m in messages %}<{{ m.content | upper if loop.index0 == 1 else m.content | trim }}>{% endfor %}`)
	text, spans, err := tmpl.RenderSpans([]Message{{"user", "one"}, {"assistant", "two"}, {"user", " three "}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text != "<one><TWO><three>" || spans[0] != (Span{1, 4}) || spans[1].Known() || spans[2] != (Span{11, 16}) {
		t.Errorf("%q with spans %v", text, spans)
	}
}

// A document of many pages in a message is no problem.
func TestLongContent(t *testing.T) {
	content := "  " + strings.Repeat("All work and no play. ", 1<<19) // 11 MB
	start := time.Now()
	text, spans, err := mustNew(t, headers).RenderSpans([]Message{{"user", content}, {"assistant", "a"}, {"user", "b"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := text[spans[0].Start:spans[0].End]; got != strings.TrimSpace(content) {
		t.Errorf("the content has %d bytes, want %d", len(got), len(strings.TrimSpace(content)))
	}
	t.Logf("%d bytes in %v", len(text), time.Since(start))
}

func BenchmarkRenderSpans(b *testing.B) {
	tmpl := mustNew(b, headers)
	chat := []Message{{"system", "Be brief."}, {"user", strings.Repeat("word ", 1000)}}
	for b.Loop() {
		if _, _, err := tmpl.RenderSpans(chat, Options{AddGenerationPrompt: true}); err != nil {
			b.Fatal(err)
		}
	}
}
