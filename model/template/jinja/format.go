package jinja

import (
	"fmt"
	"strconv"
	"strings"
)

// percent is format % values of Python, with %s, %r, %d, %i, %f (with
// precision) and %%.
func (in *interp) percent(format string, values any) (any, error) {
	rest := []any{values}
	if l, ok := values.(*list); ok && l.tuple {
		rest = l.items
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(format, "%")
		if err := in.take(len(before)); err != nil {
			return nil, err
		}
		b.WriteString(before)
		if !ok {
			break
		}
		spec := strings.IndexFunc(after, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if spec < 0 {
			return nil, fmt.Errorf("the format ends after %%")
		}
		precision, verb := after[:spec], after[spec]
		format = after[spec+1:]
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		if len(rest) == 0 {
			return nil, fmt.Errorf("the format has more places than values")
		}
		if err := in.verb(&b, verb, precision, rest[0]); err != nil {
			return nil, err
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("the format has fewer places than values")
	}
	return b.String(), nil
}

// verb writes one value of a format. precision may be such as ".2".
func (in *interp) verb(b *strings.Builder, verb byte, precision string, v any) error {
	places := 6
	if precision != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(precision, "."))
		if precision[0] != '.' || verb != 'f' || err != nil || n > 20 {
			return fmt.Errorf("the format %%%.20s%c is not supported", precision, verb)
		}
		places = n
	}
	switch verb {
	case 's':
		s, err := in.str(v)
		if err != nil {
			return err
		}
		b.WriteString(s)
		return in.take(len(s))
	case 'r':
		return in.repr(b, v, 0)
	case 'd', 'i':
		if f, ok := asFloat(v); ok {
			b.WriteString(strconv.Itoa(int(f)))
			return nil
		}
	case 'f':
		if f, ok := asFloat(v); ok {
			b.WriteString(strconv.FormatFloat(f, 'f', places, 64))
			return nil
		}
	}
	return fmt.Errorf("the format %%%c of %s is not supported", verb, typeName(v))
}

// formatMethod is "...".format(...) with {}, {0}, {name}, {{ and }}.
func formatMethod(in *interp, s string, a *args) (any, error) {
	var b strings.Builder
	next := 0
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.WriteString(s)
			return b.String(), in.take(len(s))
		}
		if err := in.take(i); err != nil {
			return nil, err
		}
		b.WriteString(s[:i])
		if i+1 < len(s) && s[i+1] == s[i] {
			b.WriteByte(s[i])
			s = s[i+2:]
			continue
		}
		field, rest, ok := strings.Cut(s[i+1:], "}")
		if s[i] == '}' || !ok {
			return nil, fmt.Errorf("a brace stands alone in the format")
		}
		s = rest
		if field == "" {
			field = strconv.Itoa(next)
			next++
		}
		v, ok := a.named[field]
		if n, err := strconv.Atoi(field); err == nil && n >= 0 && n < len(a.positional) {
			v, ok = a.positional[n], true
		}
		if !ok {
			return nil, fmt.Errorf("the format's {%.40s} is not among the arguments", field)
		}
		text, err := in.str(v)
		if err != nil {
			return nil, err
		}
		if err := in.take(len(text)); err != nil {
			return nil, err
		}
		b.WriteString(text)
	}
}
