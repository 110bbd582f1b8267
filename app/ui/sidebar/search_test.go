package sidebar

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

func TestSearch(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, clock := open(t, 260, 600)
	heard := record(s)
	s.FocusSearch()
	test.Type(s.search.entry, "fovea")
	if got := len(s.search.list.lines); got != 2 { // a heading and the title, at once
		t.Errorf("%d lines before the search, want 2", got)
	}
	expect(t, heard) // it waits for typing to pause
	clock.pass(searchDelay)
	expect(t, heard, "search fovea")
	s.SetResults("fove", sampleResults()[:1]) // late
	if got := len(s.search.list.lines); got != 2 {
		t.Errorf("late results are shown: %d lines", got)
	}
	s.SetResults("fovea", append(sampleResults(), Result{Kind: TitleResult, Title: "double"}))
	if got := len(s.search.list.lines); got != 8 { // three headings, five results
		t.Errorf("%d lines after the search, want 8", got)
	}
	press(w, fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn)
	expect(t, heard, "result 0 1 0", "result 1 9 0")
	press(w, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	expect(t, heard, "result 2 7 7")
	press(w, fyne.KeyEscape)
	if s.search.entry.Text != "" || !s.tree.Visible() || s.search.results.Visible() {
		t.Error("Esc does not return to the list")
	}
	clock.pass(searchDelay)
	expect(t, heard)
}

func TestSearchOnlyOnceATypingPause(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, clock := open(t, 260, 600)
	heard := record(s)
	s.search.entry.SetText("a")
	s.search.entry.SetText("ab")
	s.search.entry.SetText("ab ")
	clock.pass(searchDelay)
	clock.pass(searchDelay)
	expect(t, heard, "search ab")
}

// TestLater uses the clock.
func TestLater(t *testing.T) {
	setup(t, look.Dark, "en")
	ran := make(chan string, 2)
	later(50*time.Millisecond, func() { ran <- "stopped" })()
	later(100*time.Millisecond, func() { ran <- "run" })
	if got := <-ran; got != "run" {
		t.Errorf("what was stopped ran")
	}
}

func TestPalette(t *testing.T) {
	setup(t, look.Dark, "en")
	w := test.NewTempWindow(t, canvas.NewRectangle(nil))
	w.Resize(fyne.NewSize(800, 600))
	clock := &timer{}
	p := NewPalette()
	p.later = clock.later
	var searched []string
	var chosen []Result
	p.OnSearch = func(text string) { searched = append(searched, text) }
	p.OnResult = func(r Result) {
		if p.popup != nil {
			t.Error("the palette is still there when the result is opened")
		}
		chosen = append(chosen, r)
	}
	p.SetResults("before it is shown", nil)
	conversations, _ := samples()
	p.Show(w.Canvas(), conversations)
	if w.Canvas().Focused() != p.search.entry {
		t.Fatal("the field has not got the focus")
	}
	test.Type(p.search.entry, "moby")
	clock.pass(searchDelay)
	if !slices.Equal(searched, []string{"moby"}) {
		t.Errorf("searched for %q", searched)
	}
	p.SetResults("moby", sampleResults())
	press(w, fyne.KeyDown, fyne.KeyUp, fyne.KeyDown, fyne.KeyReturn)
	if len(chosen) != 1 || chosen[0].Message != 12 || w.Canvas().Overlays().Top() != nil {
		t.Errorf("chosen %v, overlay %v", chosen, w.Canvas().Overlays().Top())
	}
	p.Show(w.Canvas(), conversations)
	test.Type(p.search.entry, "x")
	press(w, fyne.KeyEscape)
	if w.Canvas().Overlays().Top() != nil || len(clock.waiting) != 0 {
		t.Error("Esc leaves the palette or its search")
	}
	p.SetResults("x", sampleResults())
}

func TestMatchTitles(t *testing.T) {
	conversations, _ := samples()
	for text, want := range map[string][]int64{
		"": nil, "  ": nil, "FOVEA": {1}, "long name very": {2, 5}, "PERSONNAGES": {7}, "fovea nothing": nil,
	} {
		var got []int64
		for _, r := range MatchTitles(conversations, text) {
			got = append(got, r.Conversation)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	if n := len(MatchTitles(many(2000), "conversation")); n != maxTitles {
		t.Errorf("%d titles, want %d", n, maxTitles)
	}
}

func TestPieces(t *testing.T) {
	long := strings.Repeat("word ", 20) + "fovea end"
	at := strings.Index(long, "fovea")
	for _, c := range []struct {
		text  string
		found []Span
		want  []piece
	}{
		{"plain", nil, []piece{{"plain", false}}},
		{"ab", []Span{{0, 1}, {1, 2}}, []piece{{"a", true}, {"b", true}}},
		{"a bc d", []Span{{2, 4}}, []piece{{"a ", false}, {"bc", true}, {" d", false}}},
		{long, []Span{{at, at + 5}}, []piece{{"…word word word word ", false}, {"fovea", true}, {" end", false}}},
		{strings.Repeat("字", 20) + "中", []Span{{60, 63}}, []piece{{"…" + strings.Repeat("字", 8), false}, {"中", true}}},
	} {
		if got := pieces(c.text, c.found); !slices.Equal(got, c.want) {
			t.Errorf("%q: pieces are %v, want %v", c.text, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	setup(t, look.Dark, "en")
	for _, text := range []string{
		"", "short", strings.Repeat("some words ", 30), strings.Repeat("字", 200), strings.Repeat("x", 500),
		"word " + strings.Repeat("y", 300), "ends with an ellipsis already and goes on…" + strings.Repeat(" more", 20),
	} {
		for cut := range min(len(text)/3, 3) + 1 {
			p := []piece{{text[:cut*3], false}, {text[cut*3:], true}}
			said := ""
			for _, r := range wrap(p, 120, 11) {
				w := fyne.MeasureText(strings.TrimRight(r.text, " "), 11, styleOf(r.piece)).Width
				if r.x+w > 120 || r.line >= snippetLines {
					t.Errorf("%.20q: %q is in line %d and ends at %v of 120", text, r.text, r.line, r.x+w)
				}
				said += r.text
			}
			if len(text) < 10 && said != text || len(text) > 100 && !strings.HasSuffix(said, "…") {
				t.Errorf("%.20q is shown as %q", text, said)
			}
		}
	}
}

func TestElide(t *testing.T) {
	setup(t, look.Dark, "en")
	style := fyne.TextStyle{}
	for _, text := range []string{"short", strings.Repeat("long ", 5000), strings.Repeat("长", 3000), "a\nb"} {
		got := elide(text, 100, 13, style)
		width := fyne.MeasureText(got, 13, style).Width
		if width > 100 {
			t.Errorf("%.20q becomes %q, %v wide", text, got, width)
		}
		if strings.Contains(got, "\n") || (len(text) > 50) != strings.HasSuffix(got, "…") {
			t.Errorf("%.20q becomes %q", text, got)
		}
		if len(text) > 50 && width < 80 {
			t.Errorf("%.20q becomes only %q", text, got)
		}
	}
	if got := elide("anything", 0, 13, style); got != "…" {
		t.Errorf("without room: %q", got)
	}
}
