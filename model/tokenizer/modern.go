package tokenizer

// modern is the pattern that Llama 3 made common, with the places where its
// descendants differ:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
//	 ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
type modern struct {
	digits         int  // the most numbers in a piece
	noContractions bool // without the first alternative
	marks          bool // \p{M} counts as a letter
}

func (m modern) letter(c class) bool { return c == classLetter || m.marks && c == classMark }

func (m modern) first(s string) int {
	if !m.noContractions {
		if n := contraction(s, true); n > 0 {
			return n
		}
	}
	c, w := classAt(s, 0)
	newline := s[0] == '\r' || s[0] == '\n'
	if !newline && c != classNumber {
		next, _ := classAt(s, w)
		if m.letter(c) || m.letter(next) {
			return m.word(s, w)
		}
	}
	if c == classNumber {
		return numberRun(s, 0, m.digits)
	}
	start := 0
	if s[0] == ' ' {
		start = 1
		c, _ = classAt(s, start)
	}
	if c == classOther || c == classMark {
		return newlines(s, m.punctuation(s, start))
	}
	return spacesOrLines(s)
}

// word gives the end of the letters from i on.
func (m modern) word(s string, i int) int {
	if m.marks {
		return run(s, i, classLetter, classMark)
	}
	return run(s, i, classLetter)
}

// punctuation gives the end of what is neither letter, number nor space.
func (m modern) punctuation(s string, i int) int {
	if m.marks {
		return run(s, i, classOther)
	}
	return run(s, i, classOther, classMark)
}

// newlines gives the end of the line ends from i on.
func newlines(s string, i int) int {
	for i < len(s) && (s[i] == '\r' || s[i] == '\n') {
		i++
	}
	return i
}

// spacesOrLines is \s*[\r\n]+|\s+(?!\S)|\s+.
func spacesOrLines(s string) int {
	for i := run(s, 0, classSpace) - 1; i >= 0; i-- {
		if s[i] == '\r' || s[i] == '\n' {
			return i + 1
		}
	}
	return spaces(s)
}
