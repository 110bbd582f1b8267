package jinja

import (
	"fmt"
	"slices"
	"strings"
)

func first(in *interp, v any, _ *args) (any, error) {
	items, err := in.iterate(v)
	if err != nil || len(items) == 0 {
		return undefined{"the first of no items"}, err
	}
	return items[0], nil
}

func last(in *interp, v any, _ *args) (any, error) {
	items, err := in.iterate(v)
	if err != nil || len(items) == 0 {
		return undefined{"the last of no items"}, err
	}
	return items[len(items)-1], nil
}

// copied gives a value's items as a new slice.
func (in *interp) copied(v any) ([]any, error) {
	items, err := in.iterate(v)
	if err != nil {
		return nil, err
	}
	return slices.Clone(items), in.items(len(items))
}

func toList(in *interp, v any, _ *args) (any, error) {
	items, err := in.copied(v)
	return &list{items: items}, err
}

func reverse(in *interp, v any, _ *args) (any, error) {
	items, err := in.copied(v)
	if err != nil {
		return nil, err
	}
	slices.Reverse(items)
	if _, ok := v.(string); ok {
		return joinItems(in, "", &bound{values: map[string]any{"items": &list{items: items}}}, "items")
	}
	return &list{items: items}, nil
}

func itemsOf(in *interp, v any, _ *args) (any, error) {
	switch v := v.(type) {
	case undefined:
		return &list{}, nil
	case *Dict:
		return pairs(in, v)
	}
	return nil, fmt.Errorf("%s is no dictionary", typeName(v))
}

func join(in *interp, v any, a *args) (any, error) {
	b := bind(a, "d", "attribute")
	sep := b.str("d", &empty)
	items := v
	if path := b.or("attribute", nil); path != nil {
		l := &list{}
		all, err := in.iterate(v)
		if err != nil {
			return nil, err
		}
		for _, item := range all {
			got, err := in.path(item, path)
			if err != nil {
				return nil, err
			}
			l.items = append(l.items, got)
		}
		items = l
	}
	b.values["items"] = items
	return joinItems(in, sep, b, "items")
}

// path gives the attribute that a dotted name or an index names.
func (in *interp) path(v, path any) (any, error) {
	names, ok := path.(string)
	if !ok {
		return in.item(v, path)
	}
	for _, n := range strings.Split(names, ".") {
		if err := in.step(1); err != nil {
			return nil, err
		}
		var err error
		if v, err = in.item(v, n); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// lazily gives the items for the filters that Jinja applies when their result
// is used: templates give them none where they then do not use it.
func (in *interp) lazily(v any) ([]any, error) {
	if v == nil {
		return nil, nil
	}
	return in.iterate(v)
}

// mapItems applies a filter by name, or takes an attribute, of each item.
func mapItems(in *interp, v any, a *args) (any, error) {
	items, err := in.lazily(v)
	if err != nil {
		return nil, err
	}
	f, err := eachOf(a)
	if err != nil {
		return nil, err
	}
	out := &list{}
	for _, item := range items {
		got, err := f(in, item)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, got)
	}
	return out, in.items(len(items))
}

// eachOf gives the function that map applies to each item.
func eachOf(a *args) (func(in *interp, v any) (any, error), error) {
	if path, ok := a.named["attribute"]; ok {
		def, has := a.named["default"]
		return func(in *interp, v any) (any, error) {
			got, err := in.path(v, path)
			if _, missing := got.(undefined); missing && has {
				got = def
			}
			return got, err
		}, nil
	}
	if len(a.positional) == 0 {
		return nil, fmt.Errorf("a filter's name or an attribute is missing")
	}
	n, _ := a.positional[0].(string)
	f, ok := filters[n]
	if !ok {
		return nil, fmt.Errorf("filter %q is not supported", n)
	}
	rest := &args{positional: a.positional[1:], names: a.names, named: a.named}
	return func(in *interp, v any) (any, error) { return f(in, v, rest) }, nil
}

// choose is select, reject, selectattr and rejectattr.
func choose(keep, attr bool) filterFunc {
	return func(in *interp, v any, a *args) (any, error) {
		items, err := in.lazily(v)
		if err != nil {
			return nil, err
		}
		rest := a.positional
		var path any
		if attr {
			if len(rest) == 0 {
				return nil, fmt.Errorf("an attribute is missing")
			}
			path, rest = rest[0], rest[1:]
		}
		check := func(v any) (bool, error) { return truth(v), nil }
		if len(rest) > 0 {
			n, _ := rest[0].(string)
			f, ok := tests[n]
			if !ok {
				return nil, fmt.Errorf("test %q is not supported", n)
			}
			check = func(v any) (bool, error) { return f(in, v, &args{positional: rest[1:]}) }
		}
		out := &list{}
		for _, item := range items {
			got := item
			if attr {
				if got, err = in.path(item, path); err != nil {
					return nil, err
				}
			}
			ok, err := check(got)
			if err != nil {
				return nil, err
			}
			if ok == keep {
				out.items = append(out.items, item)
			}
		}
		return out, in.items(len(out.items))
	}
}

func sum(in *interp, v any, a *args) (any, error) {
	b := bind(a, "attribute", "start")
	items, err := in.iterate(v)
	if err != nil || b.err != nil {
		return nil, orError(b.err, err)
	}
	total := b.or("start", 0)
	for _, item := range items {
		if path := b.or("attribute", nil); path != nil {
			if item, err = in.path(item, path); err != nil {
				return nil, err
			}
		}
		if total, err = in.binary("+", total, item); err != nil {
			return nil, err
		}
	}
	return total, nil
}
