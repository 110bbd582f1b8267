package jinja

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// sortBy sorts items by the keys that key gives, case aside unless sensitive.
func (in *interp) sortBy(items []any, key func(v any) (any, error), sensitive, reverse bool) error {
	type keyed struct{ key, item any }
	all := make([]keyed, len(items))
	for i, item := range items {
		k, err := key(item)
		if err != nil {
			return err
		}
		if s, ok := k.(string); ok && !sensitive {
			if err := in.take(3 * len(s)); err != nil {
				return err
			}
			k = strings.ToLower(s)
		}
		all[i] = keyed{k, item}
	}
	var failed error
	slices.SortStableFunc(all, func(a, b keyed) int {
		if failed != nil {
			return 0
		}
		c, err := in.order(a.key, b.key, 0)
		if err != nil {
			failed = err
		}
		if reverse {
			return cmp.Compare(0, c)
		}
		return c
	})
	for i := range all {
		items[i] = all[i].item
	}
	return failed
}

func sortItems(in *interp, v any, a *args) (any, error) {
	b := bind(a, "reverse", "case_sensitive", "attribute")
	items, err := in.copied(v)
	if err != nil || b.err != nil {
		return nil, orError(b.err, err)
	}
	path := b.or("attribute", nil)
	key := func(v any) (any, error) {
		if path == nil {
			return v, nil
		}
		return in.path(v, path)
	}
	err = in.sortBy(items, key, truth(b.or("case_sensitive", false)), truth(b.or("reverse", false)))
	return &list{items: items}, err
}

func dictSort(in *interp, v any, a *args) (any, error) {
	b := bind(a, "case_sensitive", "by", "reverse")
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("%s is no dictionary", typeName(v))
	}
	l, err := pairs(in, d)
	byKey := "key"
	by := b.str("by", &byKey)
	if err != nil || b.err != nil {
		return nil, orError(b.err, err)
	}
	at := 0
	if by == "value" {
		at = 1
	}
	key := func(v any) (any, error) { return v.(*list).items[at], nil }
	err = in.sortBy(l.items, key, truth(b.or("case_sensitive", false)), truth(b.or("reverse", false)))
	return l, err
}

// extreme is max (1) or min (-1).
func extreme(sign int) filterFunc {
	return func(in *interp, v any, _ *args) (any, error) {
		items, err := in.iterate(v)
		if err != nil || len(items) == 0 {
			return undefined{"the extreme of no items"}, err
		}
		best := items[0]
		for _, item := range items[1:] {
			c, err := in.order(item, best, 0)
			if err != nil {
				return nil, err
			}
			if c*sign > 0 {
				best = item
			}
		}
		return best, nil
	}
}

func unique(in *interp, v any, _ *args) (any, error) {
	items, err := in.iterate(v)
	if err != nil {
		return nil, err
	}
	out := &list{}
	seen := map[any]bool{}
	for _, item := range items {
		key := hashKey(item)
		if s, ok := item.(string); ok {
			key = strings.ToLower(s)
		}
		if !hashable(item) {
			return nil, fmt.Errorf("%s cannot be told apart", typeName(item))
		}
		if !seen[key] {
			seen[key] = true
			out.items = append(out.items, item)
		}
	}
	return out, in.items(len(items))
}
