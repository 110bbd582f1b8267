package jinja

import (
	"fmt"
	"slices"
	"strings"
)

// Values are nil (none), bool, int, float64, string, *list, *Dict, undefined,
// *namespace, *loop, *macro, method and Func.

// undefined is what a missing variable or attribute gives: empty in output and
// loops, false in conditions, an error elsewhere.
type undefined struct{ what string }

func (u undefined) err() error { return fmt.Errorf("%s is undefined", u.what) }

type list struct {
	items []any
	tuple bool
}

// Dict is a dictionary that keeps the order in which keys were first set.
type Dict struct {
	keys   []any       // as first set: nil, bool, int, float64, string
	values map[any]any // by hashKey
}

// NewDict makes a dictionary of alternating keys and values.
func NewDict(pairs ...any) *Dict {
	d := &Dict{values: map[any]any{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		d.Set(pairs[i], pairs[i+1])
	}
	return d
}

// Set sets a key, which must be nil, bool, int, float64 or string.
func (d *Dict) Set(key, value any) {
	hash := hashKey(key)
	if _, ok := d.values[hash]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[hash] = value
}

// at gives the value of a key that is there.
func (d *Dict) at(key any) any { return d.values[hashKey(key)] }

func (d *Dict) get(key any) (any, bool) {
	v, ok := d.values[hashKey(key)]
	return v, ok
}

func (d *Dict) remove(key any) {
	hash := hashKey(key)
	delete(d.values, hash)
	d.keys = slices.DeleteFunc(slices.Clone(d.keys), func(k any) bool { return hashKey(k) == hash })
}

// hashKey makes equal keys the same: True is 1, and 1.0 is 1. Unhashable
// values become a key that no dictionary has.
func hashKey(key any) any {
	switch k := key.(type) {
	case bool:
		if k {
			return 1
		}
		return 0
	case float64:
		if i := int(k); float64(i) == k {
			return i
		}
	case nil, int, string:
	default:
		return undefined{}
	}
	return key
}

func hashable(v any) bool {
	switch v.(type) {
	case nil, bool, int, float64, string:
		return true
	}
	return false
}

// namespace is a mutable record, made by namespace().
type namespace struct{ vars map[string]any }

// method is a function bound to a value, or a filter's test by name.
type method struct {
	name string
	call func(in *interp, a *args) (any, error)
}

// fromGo checks and converts a variable.
func fromGo(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int, float64, string, Func:
		return v, nil
	case []any:
		l := &list{items: make([]any, len(v))}
		for i := range v {
			var err error
			if l.items[i], err = fromGo(v[i]); err != nil {
				return nil, err
			}
		}
		return l, nil
	case *Dict:
		d := NewDict()
		for _, k := range v.keys {
			item, err := fromGo(v.at(k))
			if err != nil {
				return nil, err
			}
			d.Set(k, item)
		}
		return d, nil
	}
	return nil, fmt.Errorf("type %T is not a template's", v)
}

// typeName names a value's type for errors.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case bool:
		return "a boolean"
	case int:
		return "an integer"
	case float64:
		return "a float"
	case string:
		return "a string"
	case *list:
		if v.tuple {
			return "a tuple"
		}
		return "a list"
	case *Dict:
		return "a dictionary"
	case undefined:
		return "undefined (" + v.what + ")"
	case *namespace:
		return "a namespace"
	case *loop:
		return "the loop"
	}
	return "a function"
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case *list:
		return len(v.items) > 0
	case *Dict:
		return len(v.keys) > 0
	}
	return true
}

// attribute is value.name: a method, or, of a dictionary, the item.
func (in *interp) attribute(v any, name string) (any, error) {
	if u, ok := v.(undefined); ok {
		return nil, u.err()
	}
	if m, ok := methodOf(v, name); ok {
		return m, nil
	}
	switch v := v.(type) {
	case *Dict:
		if item, ok := v.get(name); ok {
			return item, nil
		}
	case *namespace:
		if item, ok := v.vars[name]; ok {
			return item, nil
		}
	case *loop:
		if item, ok := v.attribute(name); ok {
			return item, nil
		}
	}
	return undefined{fmt.Sprintf("attribute %q of %s", name, typeName(v))}, nil
}

// item is value[key].
func (in *interp) item(v, key any) (any, error) {
	switch v := v.(type) {
	case undefined:
		return nil, v.err()
	case *Dict:
		if item, ok := v.get(key); ok {
			return item, nil
		}
	case *list:
		if i, ok := asInt(key); ok {
			if i < 0 {
				i += len(v.items)
			}
			if i >= 0 && i < len(v.items) {
				return v.items[i], nil
			}
		}
	case string:
		if i, ok := asInt(key); ok {
			return in.charAt(v, i)
		}
	}
	if name, ok := key.(string); ok && !strings.HasPrefix(name, "_") {
		return in.attribute(v, name)
	}
	return undefined{fmt.Sprintf("item %s of %s", describe(key), typeName(v))}, nil
}

func (in *interp) charAt(s string, i int) (any, error) {
	if err := in.read(len(s)); err != nil {
		return nil, err
	}
	if i < 0 {
		i += len([]rune(s))
	}
	if i >= 0 {
		for _, r := range s {
			if i--; i < 0 {
				return string(r), nil
			}
		}
	}
	return undefined{"a character past the end of a string"}, nil
}

// describe names a key in an error.
func describe(key any) string {
	switch k := key.(type) {
	case string:
		return fmt.Sprintf("%.40q", k)
	case int:
		return fmt.Sprint(k)
	}
	return "(" + typeName(key) + ")"
}

// asInt gives the integer that a value is; booleans are 0 and 1.
func asInt(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// asFloat gives the number that a value is.
func asFloat(v any) (float64, bool) {
	if f, ok := v.(float64); ok {
		return f, true
	}
	i, ok := asInt(v)
	return float64(i), ok
}
