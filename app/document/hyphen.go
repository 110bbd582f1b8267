package document

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary is the words that a document writes within its lines, in lower
// case. It tells a hyphen that breaks a word from one that belongs to it.
type vocabulary map[string]bool

func newVocabulary(pages []rawPage) vocabulary {
	v := vocabulary{}
	hyphens := false
	for _, p := range pages {
		for i := range p.lines {
			hyphens = hyphens || p.lines[i].hyphen
		}
	}
	if !hyphens {
		return v
	}
	for _, p := range pages {
		for i := range p.lines {
			fields := strings.Fields(cleanText(p.lines[i].text()))
			if p.lines[i].hyphen && len(fields) > 0 {
				fields = fields[:len(fields)-1] // half a word
			}
			for _, w := range fields {
				v[trimWord(w)] = true
			}
		}
	}
	return v
}

// hyphenation is what stands between the two halves of a word that was broken
// at a line's end: nothing, or the hyphen where it is the word's own.
func (v vocabulary) hyphenation(head, tail string) string {
	first, _ := utf8.DecodeRuneInString(tail)
	head, tail = trimWord(cleanText(head)), trimWord(tail)
	switch {
	case v[head+tail]:
		return ""
	case v[head+"-"+tail]:
		return "-"
	case !unicode.IsLower(first):
		return "-" // "GPU-\nBound", "page 3-\n7"
	case strings.Contains(head, "-"):
		return "-" // "state-of-the-\nart"
	}
	return ""
}

// trimWord is w in lower case without the punctuation around it.
func trimWord(w string) string {
	return strings.ToLower(strings.TrimFunc(w, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }))
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}

func lastWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[len(f)-1]
	}
	return ""
}
