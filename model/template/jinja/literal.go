package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a string literal with Python's escapes.
func (l *lexer) str(quote byte) error {
	var b strings.Builder
	for i := l.at + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == quote:
			l.add(kindString, b.String())
			l.skip(i + 1 - l.at)
			return nil
		case c != '\\' || i+1 == len(l.src):
			b.WriteByte(c)
		default:
			n, err := escape(&b, l.src[i+1:])
			if err != nil {
				return err
			}
			i += n
		}
	}
	return fmt.Errorf("the string has no end")
}

// escapes are the single-character escapes; \ and newline give nothing.
var escapes = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '0': "\x00", '\n': "",
}

// escape writes what s, which follows a backslash, begins with, and gives its
// length. An unknown escape stands for itself.
func escape(b *strings.Builder, s string) (int, error) {
	if text, ok := escapes[s[0]]; ok {
		b.WriteString(text)
		return 1, nil
	}
	digits, ok := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if !ok {
		b.WriteByte('\\')
		return 0, nil
	}
	if len(s) <= digits {
		return 0, fmt.Errorf(`the escape \%s is cut off`, s)
	}
	code, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || code > utf8.MaxRune {
		return 0, fmt.Errorf(`\%s is no character`, s[:1+digits])
	}
	b.WriteRune(rune(code))
	return 1 + digits, nil
}

// number reads an integer or a decimal fraction, with underscores between
// digits.
func (l *lexer) number() error {
	rest := l.src[l.at:]
	digits := func(i int) int {
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '_') {
			i++
		}
		return i
	}
	n := digits(0)
	k := kindInt
	if n+1 < len(rest) && rest[n] == '.' && rest[n+1] >= '0' && rest[n+1] <= '9' {
		k, n = kindFloat, digits(n+1)
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		m := n + 1
		if m < len(rest) && (rest[m] == '-' || rest[m] == '+') {
			m++
		}
		if end := digits(m); end > m {
			k, n = kindFloat, end
		}
	}
	text := strings.ReplaceAll(rest[:n], "_", "")
	if k == kindInt {
		if _, err := strconv.Atoi(text); err != nil {
			return fmt.Errorf("the number %.20s is too large", text)
		}
	}
	l.add(k, text)
	l.skip(n)
	return nil
}
