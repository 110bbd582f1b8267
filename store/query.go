package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a search; what is beyond them is not searched for.
const (
	maxQueryBytes = 1000
	maxPhrases    = 32
)

// expression makes an FTS5 expression of what a person typed: all words must
// be there, in any order; words in double quotes, and words joined by other
// characters (e-mail, 3.14), must follow each other. The word that is being
// typed, the last one, may be the beginning of a longer one. Empty when
// nothing typed is a word.
//
// Only letters, marks and digits get into the expression, each word between
// quotes, so nothing typed is an operator of FTS5.
func expression(typed string) string {
	typed = strings.ToValidUTF8(cut(typed, maxQueryBytes), " ")
	var phrases []string
	var word string // the last one
	for i, part := range strings.Split(typed, `"`) {
		chunks := []string{part} // in quotes
		if i%2 == 0 {
			chunks = strings.Fields(part)
		}
		for _, chunk := range chunks {
			words := strings.FieldsFunc(segment(chunk), func(r rune) bool { return !isWord(r) })
			if len(words) > 0 && len(phrases) < maxPhrases {
				phrases = append(phrases, `"`+strings.Join(words, " ")+`"`)
				word = words[len(words)-1]
			}
		}
	}
	if len(phrases) == 0 {
		return ""
	}
	all := strings.Join(phrases, " ")
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(typed, "*"))
	if isWord(last) && utf8.RuneCountInString(word) > 1 { // almost everything begins with some letter
		all += "*"
	}
	return all
}

// isWord is true for the categories that the indexes are made with.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Co)
}

// cut shortens a text to at most n bytes, which may end within a character.
func cut(text string, n int) string { return text[:min(n, len(text))] }
