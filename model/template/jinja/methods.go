package jinja

import (
	"fmt"
	"slices"
)

// methodOf gives a method of a value.
func methodOf(v any, name string) (method, bool) {
	var f func(in *interp, b *args) (any, error)
	switch v := v.(type) {
	case string:
		if m, ok := stringMethods[name]; ok {
			f = func(in *interp, a *args) (any, error) { return m(in, v, a) }
		}
	case *list:
		if m, ok := listMethods[name]; ok {
			f = func(in *interp, a *args) (any, error) { return m(in, v, a) }
		}
	case *Dict:
		if m, ok := dictMethods[name]; ok {
			f = func(in *interp, a *args) (any, error) { return m(in, v, a) }
		}
	}
	if f == nil {
		return method{}, false
	}
	return method{name, func(in *interp, a *args) (any, error) {
		out, err := f(in, a)
		if err != nil {
			return nil, fmt.Errorf("method %q: %w", name, err)
		}
		return out, nil
	}}, true
}

var listMethods = map[string]func(in *interp, l *list, a *args) (any, error){
	"append": func(in *interp, l *list, a *args) (any, error) {
		b := bind(a, "item")
		item := b.need("item")
		if b.err != nil || l.tuple {
			return nil, fmt.Errorf("cannot append: %w", orTuple(b.err))
		}
		l.items = append(l.items, item)
		return nil, in.items(1)
	},
	"pop": func(in *interp, l *list, a *args) (any, error) {
		b := bind(a, "index")
		i := b.int("index", -1)
		if i < 0 {
			i += len(l.items)
		}
		if b.err != nil || l.tuple {
			return nil, fmt.Errorf("cannot pop: %w", orTuple(b.err))
		}
		if i < 0 || i >= len(l.items) {
			return nil, fmt.Errorf("the list has %d items, none at %d", len(l.items), i)
		}
		item := l.items[i]
		l.items = append(slices.Clone(l.items[:i]), l.items[i+1:]...)
		return item, in.items(len(l.items))
	},
	"index": func(in *interp, l *list, a *args) (any, error) {
		b := bind(a, "item")
		want := b.need("item")
		if b.err != nil {
			return nil, b.err
		}
		for i, v := range l.items {
			if eq, err := in.equal(v, want, 0); err != nil || eq {
				return i, err
			}
		}
		return nil, fmt.Errorf("the list does not have the item")
	},
	"count": func(in *interp, l *list, a *args) (any, error) {
		b := bind(a, "item")
		want := b.need("item")
		n := 0
		for _, v := range l.items {
			eq, err := in.equal(v, want, 0)
			if err != nil {
				return nil, err
			}
			if eq {
				n++
			}
		}
		return n, b.err
	},
}

func orTuple(err error) error {
	if err == nil {
		return fmt.Errorf("a tuple does not change")
	}
	return err
}

var dictMethods = map[string]func(in *interp, d *Dict, a *args) (any, error){
	"get": func(_ *interp, d *Dict, a *args) (any, error) {
		b := bind(a, "key", "default")
		if v, ok := d.get(b.need("key")); ok {
			return v, b.err
		}
		return b.or("default", nil), b.err
	},
	"items": func(in *interp, d *Dict, _ *args) (any, error) { return pairs(in, d) },
	"keys": func(in *interp, d *Dict, _ *args) (any, error) {
		return &list{items: slices.Clone(d.keys)}, in.items(len(d.keys))
	},
	"values": dictValues,
	"copy": func(in *interp, d *Dict, _ *args) (any, error) {
		out := NewDict()
		for _, k := range d.keys {
			out.Set(k, d.at(k))
		}
		return out, in.items(2 * len(d.keys))
	},
	"update": func(in *interp, d *Dict, a *args) (any, error) {
		for _, v := range a.positional {
			o, ok := v.(*Dict)
			if !ok {
				return nil, fmt.Errorf("a dictionary is needed, not %s", typeName(v))
			}
			for _, k := range slices.Clone(o.keys) {
				d.Set(k, o.at(k))
			}
			if err := in.items(2 * len(o.keys)); err != nil {
				return nil, err
			}
		}
		for _, n := range a.names {
			d.Set(n, a.named[n])
		}
		return nil, nil
	},
	"pop": func(in *interp, d *Dict, a *args) (any, error) {
		b := bind(a, "key", "default")
		key := b.need("key")
		v, ok := d.get(key)
		if !ok {
			v = b.need("default")
		}
		d.remove(key)
		if b.err != nil {
			return nil, b.err
		}
		return v, in.step(len(d.keys))
	},
}

func dictValues(in *interp, d *Dict, _ *args) (any, error) {
	if err := in.items(len(d.keys)); err != nil {
		return nil, err
	}
	l := &list{}
	for _, k := range d.keys {
		l.items = append(l.items, d.at(k))
	}
	return l, nil
}

// pairs gives a dictionary as a list of (key, value).
func pairs(in *interp, d *Dict) (*list, error) {
	if err := in.items(3 * len(d.keys)); err != nil {
		return nil, err
	}
	l := &list{}
	for _, k := range d.keys {
		l.items = append(l.items, &list{items: []any{k, d.at(k)}, tuple: true})
	}
	return l, nil
}
