package eval

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpticks: the prose is long enough for the lengths that are measured, and
// no sentence comes twice.
func TestOpticks(t *testing.T) {
	h, err := Opticks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	drawn := h.draw(rand.New(rand.NewPCG(1, 2)))
	text := strings.Join(drawn, "")
	if n := len(strings.Fields(text)); n < 80_000 {
		t.Errorf("%d words of prose, want at least 80,000", n)
	}
	if n := len(h.words()); n < 3000 {
		t.Errorf("%d different words, want at least 3,000", n)
	}
	paragraphs := map[string]bool{}
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraphs[p] {
			t.Errorf("drawn twice: %q", p)
		}
		paragraphs[p] = true
	}
	if len(paragraphs) != len(h.paragraphs) {
		t.Errorf("%d paragraphs drawn of %d", len(paragraphs), len(h.paragraphs))
	}
	if !h.mentions("the Rays of LIGHT") || h.mentions("helicopter") {
		t.Error("mentions does not find what is there, or finds what is not")
	}
}

func TestHaystackKeepsProse(t *testing.T) {
	one := "The first sentence of this paragraph is long enough to stand by itself. \"The second one,\" he said, \"is as well!\" And a third closes it."
	text := "CHAPTER ONE\n\n" + strings.ReplaceAll(one, "paragraph", "_paragraph_\n") + "\n\n" + one + "\n\n| a | b |\n\n" +
		strings.Repeat("1 2 3 4. ", 40)
	h, err := NewHaystack("test", text)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.paragraphs) != 1 {
		t.Fatalf("%d paragraphs, want the prose once: %q", len(h.paragraphs), h.paragraphs)
	}
	want := []string{
		"The first sentence of this paragraph is long enough to stand by itself.",
		"\"The second one,\" he said, \"is as well!\"", "And a third closes it.",
	}
	if got := h.paragraphs[0]; strings.Join(got, "#") != strings.Join(want, "#") {
		t.Errorf("sentences %q, want %q", got, want)
	}
}

func TestHaystackErrors(t *testing.T) {
	if _, err := NewHaystack("list.txt", "a\n\nb"); err == nil || !strings.Contains(err.Error(), "list.txt has no prose") {
		t.Errorf("no prose: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "missing.txt")
	if _, err := ReadHaystack(t.Context(), missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Opticks(t.Context()); err == nil || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("no Go: %v", err)
	}
}

// TestManualAsHaystack: the repository's own prose serves short texts.
func TestManualAsHaystack(t *testing.T) {
	paths, err := filepath.Glob("../../docs/manual/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	h, err := ReadHaystack(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(h.text)); n < 4000 {
		t.Errorf("%d words of prose in the manual, want at least 4,000", n)
	}
	if !strings.Contains(h.Name, filepath.Base(paths[0])) {
		t.Errorf("the name %q does not name the files", h.Name)
	}
}
