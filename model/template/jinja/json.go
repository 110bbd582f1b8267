package jinja

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonWriter writes values as Python's json.dumps does.
type jsonWriter struct {
	in        *interp
	b         strings.Builder
	indent    string // of one level; empty with compact
	compact   bool   // on one line
	item, key string // separators
	ascii     bool   // escape other characters
	sorted    bool   // keys in order
}

func (w *jsonWriter) write(v any, depth int) error {
	if err := w.in.deep(depth); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		w.b.WriteString("null")
	case bool, int:
		fmt.Fprint(&w.b, v)
	case float64:
		w.b.WriteString(floatText(v))
	case string:
		return w.str(v)
	case *list:
		return w.each("[", "]", len(v.items), depth, func(i int) error { return w.write(v.items[i], depth+1) })
	case *Dict:
		keys := slices.Clone(v.keys)
		if w.sorted {
			var failed error
			slices.SortStableFunc(keys, func(a, b any) int {
				c, err := w.in.order(a, b, 0)
				if err != nil {
					failed = err
				}
				return c
			})
			if failed != nil {
				return failed
			}
		}
		return w.each("{", "}", len(keys), depth, func(i int) error { return w.pair(keys[i], v.at(keys[i]), depth) })
	default:
		return fmt.Errorf("%s has no JSON", typeName(v))
	}
	return nil
}

func (w *jsonWriter) pair(key, value any, depth int) error {
	name, ok := key.(string)
	if !ok {
		inner := *w
		inner.b = strings.Builder{}
		if err := inner.write(key, depth+1); err != nil {
			return err
		}
		name = inner.b.String()
	}
	if err := w.str(name); err != nil {
		return err
	}
	w.b.WriteString(w.key)
	return w.write(value, depth+1)
}

// each writes n items between brackets.
func (w *jsonWriter) each(open, end string, n, depth int, item func(i int) error) error {
	w.b.WriteString(open)
	for i := range n {
		if i > 0 {
			w.b.WriteString(w.item)
		}
		if err := w.line(depth + 1); err != nil {
			return err
		}
		if err := item(i); err != nil {
			return err
		}
	}
	if n > 0 {
		if err := w.line(depth); err != nil {
			return err
		}
	}
	w.b.WriteString(end)
	return nil
}

// line begins a line.
func (w *jsonWriter) line(depth int) error {
	if w.compact {
		return nil
	}
	if err := w.in.take(1 + depth*len(w.indent)); err != nil {
		return err
	}
	w.b.WriteString("\n")
	w.b.WriteString(strings.Repeat(w.indent, depth))
	return nil
}

// shortEscapes are JSON's escapes of one letter.
var shortEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`,
}

func (w *jsonWriter) str(s string) error {
	if err := w.in.take(2 * len(s)); err != nil {
		return err
	}
	w.b.WriteByte('"')
	for _, r := range s {
		esc, ok := shortEscapes[r]
		switch {
		case ok:
			w.b.WriteString(esc)
		case r < 0x20 || w.ascii && r >= 0x7f && r <= 0xffff:
			fmt.Fprintf(&w.b, `\u%04x`, r)
		case w.ascii && r >= utf8.RuneSelf:
			hi, lo := 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff
			fmt.Fprintf(&w.b, `\u%04x\u%04x`, hi, lo)
		default:
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
	return nil
}

// toJSON is the filter tojson of the transformers library: json.dumps without
// HTML escapes.
func toJSON(in *interp, v any, a *args) (any, error) {
	b := bind(a, "ensure_ascii", "indent", "separators", "sort_keys")
	w := &jsonWriter{in: in, compact: true, item: ", ", key: ": "}
	w.ascii = truth(b.or("ensure_ascii", false))
	w.sorted = truth(b.or("sort_keys", false))
	switch n := b.or("indent", nil).(type) {
	case nil:
	case int:
		if n > 1<<10 {
			return nil, fmt.Errorf("%w: an indent of %s", ErrLimit, strconv.Itoa(n))
		}
		w.compact, w.item, w.indent = false, ",", strings.Repeat(" ", max(n, 0))
	case string:
		w.compact, w.item, w.indent = false, ",", n
	default:
		return nil, fmt.Errorf("the indent is %s", typeName(n))
	}
	if l, ok := b.or("separators", nil).(*list); ok && len(l.items) == 2 {
		item, okI := l.items[0].(string)
		key, okK := l.items[1].(string)
		if !okI || !okK {
			return nil, fmt.Errorf("the separators are no strings")
		}
		w.item, w.key = item, key
	}
	if b.err != nil {
		return nil, b.err
	}
	err := w.write(v, 0)
	return w.b.String(), err
}
