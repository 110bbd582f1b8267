package conversation

import (
	"strings"
	"testing"
)

func lines(text string, width float32) (got []string, laid []textLine) {
	w := newWrapper(&metrics{}, []run{{text: text}})
	laid = w.lines(width)
	for _, l := range laid {
		got = append(got, string(w.text[l.from:l.to]))
	}
	return got, laid
}

func TestWrapKeepsAllText(t *testing.T) {
	for _, text := range []string{
		"", "a", "a\n", "a\n\nb", "\n", "one two three four five six seven eight nine ten",
		strings.Repeat("x", 300), strings.Repeat("很长的中文段落，", 30), "a  b   c", "日本 " + strings.Repeat("y", 90) + " z",
	} {
		got, laid := lines(text, 120)
		joined := strings.Join(got, "")
		strip := func(s string) string { return strings.NewReplacer("\n", "", " ", "").Replace(s) }
		if strip(joined) != strip(text) {
			t.Errorf("%q became %q", text, got)
		}
		if want := strings.Count(text, "\n") + 1; len(got) < want {
			t.Errorf("%q has %d lines, want at least %d", text, len(got), want)
		}
		for i, l := range laid {
			if l.w > 121 {
				t.Errorf("line %q is %.1f pixels wide, want 120", got[i], l.w)
			}
			if l.height < 10 {
				t.Errorf("line %q is %.1f pixels high", got[i], l.height)
			}
		}
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	got, _ := lines("several words that do not fit", 80)
	for _, l := range got {
		for _, word := range strings.Fields(l) {
			if !strings.Contains(" several words that do not fit ", " "+word+" ") {
				t.Errorf("%q was broken within a word", got)
			}
		}
	}
	if len(got) < 3 {
		t.Errorf("%q is too few lines", got)
	}
}

func TestFit(t *testing.T) {
	m := &metrics{}
	if got := fit(m, "short", style{}, 100); got != "short" {
		t.Errorf("fit gives %q", got)
	}
	got := fit(m, strings.Repeat("long ", 50), style{}, 100)
	if !strings.HasSuffix(got, "…") || len(got) > 40 {
		t.Errorf("fit gives %q", got)
	}
}
