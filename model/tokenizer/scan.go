package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// class is what the pre-tokenizers distinguish of a character.
type class uint8

const (
	classNone   class = iota // past the end
	classLetter              // \p{L}
	classMark                // \p{M}
	classNumber              // \p{N}
	classSpace               // \s
	classOther               // the rest, with unassigned code points and bytes that are no UTF-8
)

var asciiClass [utf8.RuneSelf]class

func init() {
	for i := range asciiClass {
		asciiClass[i] = runeClass(rune(i))
	}
}

func runeClass(r rune) class {
	switch {
	case unicode.IsLetter(r), r >= 0x2EBF0 && r <= 0x2EE5D: // CJK extension I, newer than Go's tables
		return classLetter
	case unicode.IsNumber(r):
		return classNumber
	case unicode.IsSpace(r):
		return classSpace
	case unicode.IsMark(r):
		return classMark
	}
	return classOther
}

// classAt gives the class and the length in bytes of the character at i.
func classAt(s string, i int) (class, int) {
	if i >= len(s) {
		return classNone, 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		return asciiClass[b], 1
	}
	r, w := utf8.DecodeRuneInString(s[i:])
	return runeClass(r), w
}

// run gives the end of the characters from i on whose class is in set.
func run(s string, i int, set ...class) int {
	for i < len(s) {
		c, w := classAt(s, i)
		in := false
		for _, k := range set {
			in = in || c == k
		}
		if !in {
			break
		}
		i += w
	}
	return i
}

// step cuts text into pieces that together are the text, in order.
type step func(text string, emit func(piece string))

// each makes a step of a function that gives the length of the first piece.
func each(first func(s string) int) step {
	return func(s string, emit func(string)) {
		for len(s) > 0 {
			n := first(s)
			emit(s[:n])
			s = s[n:]
		}
	}
}

// digits isolates numbers: runs of \p{N}, in groups of at most most from the
// left.
func digits(most int) step {
	return each(func(s string) int {
		i := 0
		if c, _ := classAt(s, 0); c != classNumber {
			for i < len(s) {
				c, w := classAt(s, i)
				if c == classNumber {
					break
				}
				i += w
			}
			return i
		}
		return numberRun(s, 0, most)
	})
}

// numberRun gives the end of at most most numbers from i on.
func numberRun(s string, i, most int) int {
	for n := 0; n < most; n++ {
		c, w := classAt(s, i)
		if c != classNumber {
			break
		}
		i += w
	}
	return i
}

// contraction gives the length of 's 't 'm 'd 're 've 'll at the start of s,
// or 0. fold also takes capitals.
func contraction(s string, fold bool) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	lower := func(i int) byte {
		if i >= len(s) {
			return 0
		}
		if b := s[i]; fold && b >= 'A' && b <= 'Z' {
			return b + 'a' - 'A'
		}
		return s[i]
	}
	switch a, b := lower(1), lower(2); {
	case a == 's', a == 't', a == 'm', a == 'd':
		return 2
	case a == 'r' && b == 'e', a == 'v' && b == 'e', a == 'l' && b == 'l':
		return 3
	}
	return 0
}

// spaces gives the length of the white space at the start of s that is a
// piece: \s+(?!\S)|\s+, so the last one is left to the word that follows.
func spaces(s string) int {
	end, last := 0, 0
	for end < len(s) {
		c, w := classAt(s, end)
		if c != classSpace {
			break
		}
		last = end
		end += w
	}
	if end < len(s) && last > 0 {
		return last
	}
	return end
}

// classic is GPT-2's pattern:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func classic(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	start := 0
	if s[0] == ' ' {
		start = 1
	}
	switch c, _ := classAt(s, start); c {
	case classLetter, classNumber:
		return run(s, start, c)
	case classOther, classMark:
		return run(s, start, classOther, classMark)
	}
	return spaces(s)
}
