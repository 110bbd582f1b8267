package jinja

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitter is split, or from the right rsplit.
func splitter(fromRight bool) stringMethod {
	return func(in *interp, s string, a *args) (any, error) {
		b := bind(a, "sep", "maxsplit")
		most := b.int("maxsplit", -1)
		sep := b.or("sep", nil)
		if sep != nil && b.str("sep", nil) == "" && b.err == nil {
			return nil, fmt.Errorf("the separator is empty")
		}
		if b.err != nil {
			return nil, b.err
		}
		cut := fields
		n := len(s)/2 + 1
		if str, ok := sep.(string); ok {
			cut = func(s string, most int, fromRight bool) []string { return splitBy(s, str, most, fromRight) }
			n = strings.Count(s, str) + 1
		}
		if most >= 0 {
			n = min(n, most+1)
		}
		if err := in.items(n); err != nil {
			return nil, err
		}
		return stringList(cut(s, most, fromRight)), in.read(len(s))
	}
}

func stringList(parts []string) *list {
	l := &list{items: make([]any, len(parts))}
	for i, p := range parts {
		l.items[i] = p
	}
	return l
}

// splitBy cuts s at sep, at most places from one side; most < 0 is everywhere.
func splitBy(s, sep string, most int, fromRight bool) []string {
	if most < 0 {
		return strings.Split(s, sep)
	}
	if !fromRight {
		return strings.SplitN(s, sep, most+1)
	}
	var parts []string
	for ; most > 0; most-- {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

// fields cuts s at white space. What most leaves keeps the white space at its
// other end.
func fields(s string, most int, fromRight bool) []string {
	if most < 0 {
		return strings.Fields(s)
	}
	trim, cut := strings.TrimLeftFunc, strings.IndexFunc
	if fromRight {
		trim, cut = strings.TrimRightFunc, strings.LastIndexFunc
	}
	var parts []string
	for {
		if s = trim(s, unicode.IsSpace); s == "" {
			break
		}
		i := cut(s, unicode.IsSpace)
		if i < 0 || len(parts) == most {
			parts = append(parts, s)
			break
		}
		word, rest := s[:i], s[i:]
		if fromRight {
			_, w := utf8.DecodeRuneInString(s[i:])
			rest, word = s[:i], s[i+w:]
		}
		parts, s = append(parts, word), rest
	}
	if fromRight {
		slices.Reverse(parts)
	}
	return parts
}

func splitLines(in *interp, s string, a *args) (any, error) {
	b := bind(a, "keepends")
	keep := truth(b.or("keepends", false))
	if b.err != nil {
		return nil, b.err
	}
	if err := in.items(strings.Count(s, "\n") + strings.Count(s, "\r") + 1); err != nil {
		return nil, err
	}
	var lines []string
	for s != "" {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			lines = append(lines, s)
			break
		}
		end := i + 1
		if strings.HasPrefix(s[i:], "\r\n") {
			end++
		}
		if keep {
			i = end
		}
		lines = append(lines, s[:i])
		s = s[end:]
	}
	return stringList(lines), in.read(len(s))
}

// joinItems joins the text of the items of a parameter.
func joinItems(in *interp, sep string, b *bound, param string) (any, error) {
	v := b.need(param)
	if b.err != nil {
		return nil, b.err
	}
	items, err := in.iterate(v)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for i, item := range items {
		s, err := in.str(item)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			s = sep + s
		}
		if err := in.take(len(s)); err != nil {
			return nil, err
		}
		out.WriteString(s)
	}
	return out.String(), nil
}
