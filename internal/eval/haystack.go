package eval

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fovea/app/document"
)

// Limits of a paragraph that serves as hay, in characters: shorter ones are
// headings and captions, longer ones are tables and what was read wrongly.
const (
	minParagraph = 120
	maxParagraph = 8000
)

// Haystack is real prose in which needles can be hidden. It may be used by
// several goroutines.
type Haystack struct {
	Name       string     // what the prose is, for results
	paragraphs [][]string // sentences; no paragraph twice
	text       string     // all of it, in lower case
}

// NewHaystack makes a haystack of the prose in a text, whose paragraphs are
// parted by blank lines. It fails where there is none.
func NewHaystack(name, text string) (*Haystack, error) {
	h := &Haystack{Name: name}
	seen := map[string]bool{}
	for _, p := range blankLine.Split(strings.NewReplacer("\r\n", "\n", "_", "").Replace(text), -1) {
		p = strings.Join(strings.Fields(p), " ")
		if !prose(p) || seen[p] {
			continue
		}
		seen[p] = true
		h.paragraphs = append(h.paragraphs, splitSentences(p))
		h.text += strings.ToLower(p) + "\n"
	}
	if len(h.paragraphs) == 0 {
		return nil, fmt.Errorf("eval: %s has no prose to hide needles in; name a file with paragraphs of whole sentences", name)
	}
	return h, nil
}

// ReadHaystack makes one haystack of the prose in files of any format that
// package document reads.
func ReadHaystack(ctx context.Context, paths ...string) (*Haystack, error) {
	var text strings.Builder
	var names []string
	for _, path := range paths {
		doc, err := document.Read(ctx, path, document.Options{})
		if err != nil {
			return nil, fmt.Errorf("eval: haystack: %w", err)
		}
		names = append(names, filepath.Base(path))
		text.WriteString(doc.Text() + "\n\n")
	}
	return NewHaystack(strings.Join(names, ", "), text.String())
}

// Opticks is Newton's Opticks of 1730, about 115,000 tokens of prose in the
// public domain, which every installation of Go has among its test data. It
// fails where there is no Go, or one without test data.
func Opticks(ctx context.Context) (*Haystack, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("eval: haystack: asking go where it is installed: %w; install Go, or name text files to take prose from", err)
	}
	h, err := ReadHaystack(ctx, filepath.Join(strings.TrimSpace(string(out)), "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		return nil, fmt.Errorf("%w; install Go with its test data, or name text files to take prose from", err)
	}
	h.Name = "Newton, Opticks (1730)"
	return h, nil
}

var (
	blankLine   = regexp.MustCompile(`\n[ \t]*\n`)
	sentenceEnd = regexp.MustCompile(`[.!?]["'”’)\]]*\s+["'“‘(]*\p{Lu}`)
)

// prose tells sentences from headings, tables, code and captions.
func prose(p string) bool {
	n := utf8.RuneCountInString(p)
	if n < minParagraph || n > maxParagraph || strings.Contains(p, "```") || strings.HasPrefix(p, "|") || strings.HasPrefix(p, "[") {
		return false
	}
	letters := 0
	for _, r := range p {
		if unicode.IsLetter(r) || r == ' ' {
			letters++
		}
	}
	return letters*20 > n*17 && strings.ContainsAny(p[len(p)-2:], ".!?")
}

// splitSentences cuts a paragraph where a sentence seems to end.
func splitSentences(p string) (all []string) {
	start := 0
	for _, at := range sentenceEnd.FindAllStringIndex(p, -1) {
		end := at[0] + strings.IndexFunc(p[at[0]:at[1]], unicode.IsSpace)
		if end-start < 40 { // an abbreviation more likely
			continue
		}
		all = append(all, p[start:end])
		start = end + 1
	}
	return append(all, p[start:])
}

// draw gives all sentences, paragraphs in random order. A sentence that ends a
// paragraph ends with a blank line, others with a space.
func (h *Haystack) draw(rng *rand.Rand) []string {
	var all []string
	for _, i := range rng.Perm(len(h.paragraphs)) {
		sentences := h.paragraphs[i]
		for j, s := range sentences {
			if j < len(sentences)-1 {
				all = append(all, s+" ")
			} else {
				all = append(all, s+"\n\n")
			}
		}
	}
	return all
}

// mentions says whether a word or phrase occurs, whatever its case.
func (h *Haystack) mentions(phrase string) bool {
	return strings.Contains(h.text, strings.ToLower(phrase))
}

// words are the different words of 4 to 10 ASCII letters, sorted, without those
// that an apostrophe shortens.
func (h *Haystack) words() []string {
	seen := map[string]bool{}
	for w := range strings.FieldsFuncSeq(h.text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if len(w) >= 4 && len(w) <= 10 && utf8.RuneCountInString(w) == len(w) && !strings.Contains(w, "'") {
			seen[w] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
