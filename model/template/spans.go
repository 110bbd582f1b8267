package template

import (
	"fmt"
	"strings"
	"unicode"
)

// Span is a place in a rendered text: bytes Start to End.
type Span struct{ Start, End int }

// NoSpan stands for a message whose content the template does not write, or
// not once and unchanged.
var NoSpan = Span{-1, -1}

// Known reports whether the span is a place.
func (s Span) Known() bool { return s.Start >= 0 }

// RenderSpans renders like Render and gives the place of each message's
// content. Where a template trims contents, the place is that of the trimmed
// content.
//
// Places are found by rendering again with marks around the contents: where
// the text without the marks is the same, the marks were where the contents
// are. So a template that looks into contents or writes them twice gives no
// wrong place, but NoSpan.
func (t *Template) RenderSpans(messages []Message, o Options) (string, []Span, error) {
	plain, err := t.Render(messages, o)
	if err != nil {
		return "", nil, err
	}
	spans := make([]Span, len(messages))
	for i := range spans {
		spans[i] = NoSpan
	}
	m := newMarks(plain, messages)
	for _, trimmed := range []bool{false, true} {
		// All messages at once, and if one of them makes a difference one by one.
		if t.locate(messages, o, plain, m, trimmed, spans, unknown(spans)) {
			continue
		}
		for _, i := range unknown(spans) {
			t.locate(messages, o, plain, m, trimmed, spans, []int{i})
		}
	}
	return plain, spans, nil
}

func unknown(spans []Span) []int {
	var out []int
	for i, s := range spans {
		if !s.Known() {
			out = append(out, i)
		}
	}
	return out
}

// locate marks the contents of some messages and enters their spans. It
// reports whether the marked text is the plain one but for the marks.
func (t *Template) locate(messages []Message, o Options, plain string, m marks, trimmed bool, spans []Span, which []int) bool {
	if len(which) == 0 {
		return true
	}
	marked := append([]Message(nil), messages...)
	for _, i := range which {
		marked[i].Content = m.around(i, marked[i].Content, trimmed)
	}
	text, err := t.Render(marked, o)
	if err != nil {
		return false // a template may refuse what it does not know
	}
	clean, places := m.remove(text, len(messages))
	if clean != plain {
		return false
	}
	for _, i := range which {
		want := messages[i].Content
		if trimmed {
			want = strings.TrimFunc(want, unicode.IsSpace)
		}
		// A template may change a content and leave the marks around it.
		if p := places[i]; p.Known() && plain[p.Start:p.End] == want {
			spans[i] = p
		}
	}
	return true
}

// marks are pairs of texts that occur nowhere else.
type marks struct{ prefix string }

// newMarks makes marks of a private-use character and a number that neither
// the rendered text nor a content has.
func newMarks(plain string, messages []Message) marks {
	has := func(s string) bool {
		if strings.Contains(plain, s) {
			return true
		}
		for _, m := range messages {
			if strings.Contains(m.Content, s) {
				return true
			}
		}
		return false
	}
	for n := 0; ; n++ {
		m := marks{fmt.Sprintf("\uf8d7%d\uf8d7", n)}
		if !has(m.prefix) {
			return m
		}
	}
}

func (m marks) begin(i int) string { return fmt.Sprintf("%sb%d;", m.prefix, i) }
func (m marks) end(i int) string   { return fmt.Sprintf("%se%d;", m.prefix, i) }

// around puts marks around a content, or inside of the white space around it.
func (m marks) around(i int, content string, trimmed bool) string {
	if !trimmed {
		return m.begin(i) + content + m.end(i)
	}
	rest := strings.TrimLeftFunc(content, unicode.IsSpace)
	lead := content[:len(content)-len(rest)]
	core := strings.TrimRightFunc(rest, unicode.IsSpace)
	return lead + m.begin(i) + core + m.end(i) + rest[len(core):]
}

// remove gives the text without marks and the n contents' places in it: those
// of which each mark occurs once, in order.
func (m marks) remove(text string, n int) (string, []Span) {
	var clean strings.Builder
	begins, ends := make([][]int, n), make([][]int, n)
	for {
		before, after, ok := strings.Cut(text, m.prefix)
		clean.WriteString(before)
		if !ok {
			break
		}
		var kind byte
		var i int
		if k, err := fmt.Sscanf(after, "%c%d;", &kind, &i); err != nil || k != 2 || i < 0 || i >= n {
			text = after
			continue
		}
		text = after[strings.IndexByte(after, ';')+1:]
		if kind == 'b' {
			begins[i] = append(begins[i], clean.Len())
		} else {
			ends[i] = append(ends[i], clean.Len())
		}
	}
	spans := make([]Span, n)
	for i := range spans {
		spans[i] = NoSpan
		if len(begins[i]) == 1 && len(ends[i]) == 1 && begins[i][0] <= ends[i][0] {
			spans[i] = Span{begins[i][0], ends[i][0]}
		}
	}
	return clean.String(), spans
}
