package jinja

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind int

const (
	kindEOF kind = iota
	kindData
	kindBlockBegin // {%
	kindBlockEnd   // %}
	kindPrintBegin // {{
	kindPrintEnd   // }}
	kindName
	kindString
	kindInt
	kindFloat
	kindOp
)

type token struct {
	kind kind
	text string // of a string: its value
	line int
}

// operators, longest first.
var operators = []string{
	"//", "**", "==", "!=", "<=", ">=",
	"+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|",
}

type lexer struct {
	src       string
	at        int
	line      int
	tokens    []token
	lineStart bool // the last tag ended a line
}

// lex cuts a template into tokens. Newlines are \n, one at the end is left out.
func lex(source string) ([]token, error) {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l := &lexer{src: strings.TrimSuffix(source, "\n"), line: 1, lineStart: true}
	for l.at < len(l.src) {
		if err := l.next(); err != nil {
			return nil, &Error{l.line, err}
		}
	}
	l.add(kindEOF, "")
	return l.tokens, nil
}

func (l *lexer) add(k kind, text string) { l.tokens = append(l.tokens, token{k, text, l.line}) }

// skip goes on by n bytes.
func (l *lexer) skip(n int) {
	l.line += strings.Count(l.src[l.at:l.at+n], "\n")
	l.at += n
}

// next reads text up to a tag, and the tag.
func (l *lexer) next() error {
	rest := l.src[l.at:]
	start := strings.Index(rest, "{")
	for start >= 0 && (start+1 == len(rest) || !strings.ContainsRune("{%#", rune(rest[start+1]))) {
		more := strings.Index(rest[start+1:], "{")
		if more < 0 {
			start = -1
			break
		}
		start += 1 + more
	}
	if start < 0 {
		l.add(kindData, rest)
		l.skip(len(rest))
		return nil
	}
	open := rest[start : start+2]
	sign := byte(0)
	if start+2 < len(rest) && strings.IndexByte("-+", rest[start+2]) >= 0 {
		sign = rest[start+2]
	}
	if text := l.before(rest[:start], open, sign); text != "" {
		l.add(kindData, text)
	}
	l.skip(start + 2)
	if sign != 0 {
		l.skip(1)
	}
	switch open {
	case "{#":
		return l.comment()
	case "{{":
		l.add(kindPrintBegin, open)
		return l.tag("}}", kindPrintEnd)
	}
	if raw, err := l.raw(); raw || err != nil {
		return err
	}
	l.add(kindBlockBegin, open)
	return l.tag("%}", kindBlockEnd)
}

// before gives the text before a tag without the white space that the tag
// takes: all of it for a minus sign, and for a block the blanks that stand
// alone before it on its line.
func (l *lexer) before(text, open string, sign byte) string {
	if sign == '-' {
		return strings.TrimRightFunc(text, unicode.IsSpace)
	}
	if sign == 0 && open != "{{" {
		line := strings.LastIndexByte(text, '\n') + 1
		if (line > 0 || l.lineStart) && strings.TrimSpace(text[line:]) == "" {
			return text[:line]
		}
	}
	return text
}

// after skips the white space that a tag's end takes: all of it for a minus
// sign, and for a block one newline.
func (l *lexer) after(minus, newline bool) {
	rest := l.src[l.at:]
	n := 0
	if minus {
		n = len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
	} else if newline && strings.HasPrefix(rest, "\n") {
		n = 1
	}
	l.lineStart = n > 0 && rest[n-1] == '\n'
	l.skip(n)
}

func (l *lexer) comment() error {
	end := strings.Index(l.src[l.at:], "#}")
	if end < 0 {
		return fmt.Errorf("the comment has no end")
	}
	sign := byte(0)
	if end > 0 {
		sign = l.src[l.at+end-1]
	}
	l.skip(end + 2)
	l.after(sign == '-', sign != '+')
	return nil
}

// raw reads {% raw %} ... {% endraw %}, after the opening {%.
func (l *lexer) raw() (bool, error) {
	rest := l.src[l.at:]
	body, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t\n"), "raw")
	if !ok {
		return false, nil
	}
	body = strings.TrimLeft(body, " \t\n")
	minus := strings.HasPrefix(body, "-")
	if body, ok = strings.CutPrefix(strings.TrimPrefix(body, "-"), "%}"); !ok {
		return false, nil
	}
	l.skip(len(rest) - len(body))
	l.after(minus, false)
	for i := l.at; ; i++ {
		j := strings.Index(l.src[i:], "{%")
		if j < 0 {
			return true, fmt.Errorf("the raw block has no end")
		}
		i += j
		tag := l.src[i+2:]
		inner, end, ok := strings.Cut(tag, "%}")
		if !ok || strings.Trim(inner, "-+ \t\n") != "endraw" {
			continue
		}
		sign := byte(0)
		if inner[0] == '-' || inner[0] == '+' {
			sign = inner[0]
		}
		if text := l.before(l.src[l.at:i], "{%", sign); text != "" {
			l.add(kindData, text)
		}
		l.skip(len(l.src) - len(end) - l.at)
		l.after(strings.HasSuffix(inner, "-"), true)
		return true, nil
	}
}

// tag reads the tokens of a tag up to its end.
func (l *lexer) tag(end string, endKind kind) error {
	var open []byte
	for {
		l.skip(len(l.src[l.at:]) - len(strings.TrimLeft(l.src[l.at:], " \t\n")))
		rest := l.src[l.at:]
		if rest == "" {
			return fmt.Errorf("the tag has no %q", end)
		}
		if len(open) == 0 {
			for _, sign := range []string{"", "-", "+"} {
				if strings.HasPrefix(rest, sign+end) {
					l.add(endKind, end)
					l.skip(len(sign + end))
					l.after(sign == "-", end == "%}" && sign == "")
					return nil
				}
			}
		}
		if err := l.token(&open); err != nil {
			return err
		}
	}
}

// closing brackets, by the opening one.
var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}

func (l *lexer) token(open *[]byte) error {
	rest := l.src[l.at:]
	c := rest[0]
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case c == '\'' || c == '"':
		return l.str(c)
	case c >= '0' && c <= '9':
		return l.number()
	case c == '_' || unicode.IsLetter(r):
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(rest)
		}
		l.add(kindName, rest[:n])
		l.skip(n)
		return nil
	}
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		if _, ok := closing[c]; ok {
			*open = append(*open, closing[c])
		} else if strings.IndexByte(")]}", c) >= 0 {
			if len(*open) == 0 || (*open)[len(*open)-1] != c {
				return fmt.Errorf("%q closes nothing", op)
			}
			*open = (*open)[:len(*open)-1]
		}
		l.add(kindOp, op)
		l.skip(len(op))
		return nil
	}
	return fmt.Errorf("unexpected character %q", rest[:min(len(rest), 1)])
}
