package jinja

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type stringMethod func(in *interp, s string, a *args) (any, error)

// empty is the default of string arguments that may be left out.
var empty = ""

var stringMethods = map[string]stringMethod{
	"strip":        trimmer(true, true),
	"lstrip":       trimmer(true, false),
	"rstrip":       trimmer(false, true),
	"upper":        mapper(strings.ToUpper),
	"lower":        mapper(strings.ToLower),
	"title":        mapper(title),
	"capitalize":   mapper(capitalize),
	"startswith":   affix(strings.HasPrefix),
	"endswith":     affix(strings.HasSuffix),
	"removeprefix": cutter(strings.TrimPrefix),
	"removesuffix": cutter(strings.TrimSuffix),
	"isdigit":      every(unicode.IsDigit),
	"isnumeric":    every(unicode.IsNumber),
	"isalpha":      every(unicode.IsLetter),
	"isalnum":      every(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
	"isspace":      every(unicode.IsSpace),
	"isupper":      cased(unicode.IsUpper, unicode.IsLower),
	"islower":      cased(unicode.IsLower, unicode.IsUpper),
	"split":        splitter(false),
	"rsplit":       splitter(true),
	"splitlines":   splitLines,
	"replace":      replace,
	"join":         func(in *interp, s string, a *args) (any, error) { return joinItems(in, s, bind(a, "items"), "items") },
	"find":         finder(strings.Index),
	"rfind":        finder(strings.LastIndex),
	"count":        countMethod,
	"format":       formatMethod,
}

func trimmer(left, right bool) stringMethod {
	return func(in *interp, s string, a *args) (any, error) {
		b := bind(a, "chars")
		chars := b.or("chars", nil)
		drop := unicode.IsSpace
		if chars != nil {
			set := b.str("chars", &empty)
			drop = func(r rune) bool { return strings.ContainsRune(set, r) }
		}
		if left {
			s = strings.TrimLeftFunc(s, drop)
		}
		if right {
			s = strings.TrimRightFunc(s, drop)
		}
		if b.err != nil {
			return nil, b.err
		}
		return s, in.read(len(s))
	}
}

// mapper makes a method of a function that may make a string up to three times
// as long.
func mapper(f func(string) string) stringMethod {
	return func(in *interp, s string, a *args) (any, error) {
		if b := bind(a); b.err != nil {
			return nil, b.err
		}
		if err := in.take(3 * len(s)); err != nil {
			return nil, err
		}
		return f(s), nil
	}
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + strings.ToLower(s[n:])
}

func title(s string) string {
	letter := false
	return strings.Map(func(r rune) rune {
		before := letter
		letter = unicode.IsLetter(r)
		if before {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

// affix takes one string, or a tuple of which one must fit.
func affix(f func(s, affix string) bool) stringMethod {
	return func(in *interp, s string, a *args) (any, error) {
		b := bind(a, "affix")
		options := []any{b.need("affix")}
		if l, ok := options[0].(*list); ok && l.tuple {
			options = l.items
		}
		for _, o := range options {
			t, ok := o.(string)
			if !ok && b.err == nil {
				return nil, fmt.Errorf("a string is needed, not %s", typeName(o))
			}
			if b.err == nil && f(s, t) {
				return true, in.step(1)
			}
		}
		return false, b.err
	}
}

func cutter(f func(s, affix string) string) stringMethod {
	return func(_ *interp, s string, a *args) (any, error) {
		b := bind(a, "affix")
		return f(s, b.str("affix", nil)), b.err
	}
}

func every(f func(rune) bool) stringMethod {
	return func(in *interp, s string, _ *args) (any, error) {
		return s != "" && strings.IndexFunc(s, func(r rune) bool { return !f(r) }) < 0, in.read(len(s))
	}
}

// cased reports strings with a letter of one case and none of the other.
func cased(has, not func(rune) bool) stringMethod {
	return func(in *interp, s string, _ *args) (any, error) {
		return strings.IndexFunc(s, has) >= 0 && strings.IndexFunc(s, not) < 0, in.read(len(s))
	}
}

// finder makes a method that gives the place of a string, in characters, or -1.
func finder(f func(s, sub string) int) stringMethod {
	return func(in *interp, s string, a *args) (any, error) {
		b := bind(a, "sub")
		i := f(s, b.str("sub", nil))
		if b.err != nil {
			return nil, b.err
		}
		if i > 0 {
			i = utf8.RuneCountInString(s[:i])
		}
		return i, in.read(len(s))
	}
}

func countMethod(in *interp, s string, a *args) (any, error) {
	b := bind(a, "sub")
	return strings.Count(s, b.str("sub", nil)), orError(b.err, in.read(len(s)))
}

// orError gives the first of two errors.
func orError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func replace(in *interp, s string, a *args) (any, error) {
	b := bind(a, "old", "new", "count")
	from, to, n := b.str("old", nil), b.str("new", nil), -1
	if b.or("count", nil) != nil {
		n = b.int("count", -1)
	}
	if b.err != nil {
		return nil, b.err
	}
	times := strings.Count(s, from)
	if n >= 0 {
		times = min(times, n)
	}
	if grow := len(to) - len(from); times > 0 && grow > 0 && grow > in.bytes/times {
		return nil, in.take(in.bytes + 1)
	}
	if err := in.take(len(s) + times*max(len(to)-len(from), 0)); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, n), nil
}
