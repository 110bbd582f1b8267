package jinja

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

type filterFunc func(in *interp, v any, a *args) (any, error)

// filters are the filters that templates may use. They are set in init since
// some of them apply others by name.
var filters map[string]filterFunc

func init() {
	filters = map[string]filterFunc{
		"abs":        absolute,
		"capitalize": ofString("capitalize"),
		"count":      length,
		"d":          defaultTo,
		"default":    defaultTo,
		"dictsort":   dictSort,
		"first":      first,
		"float":      toFloat,
		"format":     formatFilter,
		"indent":     indent,
		"int":        toInt,
		"items":      itemsOf,
		"join":       join,
		"last":       last,
		"length":     length,
		"list":       toList,
		"lower":      ofString("lower"),
		"map":        mapItems,
		"max":        extreme(1),
		"min":        extreme(-1),
		"reject":     choose(false, false),
		"rejectattr": choose(false, true),
		"replace":    ofString("replace"),
		"reverse":    reverse,
		"round":      round,
		"safe":       toString,
		"select":     choose(true, false),
		"selectattr": choose(true, true),
		"sort":       sortItems,
		"string":     toString,
		"sum":        sum,
		"title":      ofString("title"),
		"tojson":     toJSON,
		"trim":       ofString("strip"),
		"unique":     unique,
		"upper":      ofString("upper"),
	}
}

// ofString makes a filter of a string method; other values become text.
func ofString(method string) filterFunc {
	return func(in *interp, v any, a *args) (any, error) {
		s, err := in.str(v)
		if err != nil {
			return nil, err
		}
		return stringMethods[method](in, s, a)
	}
}

func toString(in *interp, v any, _ *args) (any, error) { return in.str(v) }

func absolute(_ *interp, v any, _ *args) (any, error) {
	if i, ok := asInt(v); ok {
		return max(i, -i), nil
	}
	if f, ok := v.(float64); ok {
		return math.Abs(f), nil
	}
	return nil, fmt.Errorf("%s has no absolute value", typeName(v))
}

func length(in *interp, v any, _ *args) (any, error) {
	switch v := v.(type) {
	case undefined:
		return 0, nil
	case string:
		return utf8.RuneCountInString(v), in.read(len(v))
	case *list:
		return len(v.items), nil
	case *Dict:
		return len(v.keys), nil
	}
	return nil, fmt.Errorf("%s has no length", typeName(v))
}

func defaultTo(_ *interp, v any, a *args) (any, error) {
	b := bind(a, "default_value", "boolean")
	_, missing := v.(undefined)
	if missing || truth(b.or("boolean", false)) && !truth(v) {
		return b.or("default_value", ""), b.err
	}
	return v, b.err
}

func toFloat(_ *interp, v any, a *args) (any, error) {
	b := bind(a, "default")
	if s, ok := v.(string); ok {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return f, b.err
		}
	}
	if f, ok := asFloat(v); ok {
		return f, b.err
	}
	return b.or("default", 0.0), b.err
}

func toInt(_ *interp, v any, a *args) (any, error) {
	b := bind(a, "default", "base")
	base := b.int("base", 10)
	if s, ok := v.(string); ok && b.err == nil {
		s = strings.TrimSpace(s)
		if base < 2 || base > 36 {
			return nil, fmt.Errorf("base %d", base)
		}
		if n, err := strconv.ParseInt(s, base, strconv.IntSize); err == nil {
			return int(n), nil
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return b.or("default", 0), nil
		}
		v = f
	}
	if f, ok := v.(float64); ok {
		if math.Abs(f) < 1<<62 {
			return int(f), b.err
		}
		return b.or("default", 0), b.err
	}
	if i, ok := asInt(v); ok {
		return i, b.err
	}
	return b.or("default", 0), b.err
}

func round(_ *interp, v any, a *args) (any, error) {
	b := bind(a, "precision", "method")
	f, ok := asFloat(v)
	if !ok {
		return nil, fmt.Errorf("%s cannot be rounded", typeName(v))
	}
	common := "common"
	scale := math.Pow(10, float64(b.int("precision", 0)))
	switch b.str("method", &common) {
	case "ceil":
		f = math.Ceil(f*scale) / scale
	case "floor":
		f = math.Floor(f*scale) / scale
	default:
		f = math.RoundToEven(f*scale) / scale
	}
	return f, b.err
}

func formatFilter(in *interp, v any, a *args) (any, error) {
	s, err := in.str(v)
	if err != nil {
		return nil, err
	}
	return in.percent(s, &list{items: a.positional, tuple: true})
}

func indent(in *interp, v any, a *args) (any, error) {
	s, err := in.str(v)
	if err != nil {
		return nil, err
	}
	b := bind(a, "width", "first", "blank")
	prefix, ok := b.or("width", 4).(string)
	if !ok {
		n := b.int("width", 4)
		if n > 1<<10 {
			return nil, fmt.Errorf("%w: an indent of %d", ErrLimit, n)
		}
		prefix = strings.Repeat(" ", max(n, 0))
	}
	if b.err != nil {
		return nil, b.err
	}
	lines := strings.Count(s, "\n") + 1
	if len(prefix) > 0 && lines > in.bytes/len(prefix) {
		return nil, in.take(in.bytes + 1)
	}
	if err := in.take(len(s) + lines*len(prefix)); err != nil {
		return nil, err
	}
	parts := strings.SplitAfter(s, "\n")
	for i, line := range parts {
		blank := line == "" || line == "\n"
		if (i > 0 || truth(b.or("first", false))) && (!blank || truth(b.or("blank", false))) {
			parts[i] = prefix + line
		}
	}
	return strings.Join(parts, ""), nil
}
