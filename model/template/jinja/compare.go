package jinja

import (
	"fmt"
	"strings"
)

// compare is left op right of ==, !=, <, <=, >, >=, in, not in.
func (in *interp) compare(op string, left, right any) (bool, error) {
	switch op {
	case "==", "!=":
		eq, err := in.equal(left, right, 0)
		return eq == (op == "=="), err
	case "in", "not in":
		has, err := in.contains(right, left)
		return has == (op == "in"), err
	}
	c, err := in.order(left, right, 0)
	if err != nil {
		return false, err
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	}
	return c >= 0, nil
}

// deep reports values that are nested too deeply; only lists that contain
// themselves are.
func (in *interp) deep(depth int) error {
	if depth > in.limits.Nesting {
		return fmt.Errorf("%w: its values are nested deeper than %d", ErrLimit, in.limits.Nesting)
	}
	return in.step(1)
}

func (in *interp) equal(a, b any, depth int) (bool, error) {
	if err := in.deep(depth); err != nil {
		return false, err
	}
	if f, ok := asFloat(a); ok {
		g, ok := asFloat(b)
		return ok && f == g, nil
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case undefined:
		_, ok := b.(undefined)
		return ok, nil
	case string:
		s, ok := b.(string)
		return ok && a == s, in.read(len(a))
	case *list:
		o, ok := b.(*list)
		if !ok || len(o.items) != len(a.items) || o.tuple != a.tuple {
			return false, nil
		}
		for i := range a.items {
			if eq, err := in.equal(a.items[i], o.items[i], depth+1); err != nil || !eq {
				return false, err
			}
		}
		return true, nil
	case *Dict:
		o, ok := b.(*Dict)
		if !ok || len(o.keys) != len(a.keys) {
			return false, nil
		}
		for _, k := range a.keys {
			v, ok := o.get(k)
			if !ok {
				return false, nil
			}
			if eq, err := in.equal(a.at(k), v, depth+1); err != nil || !eq {
				return false, err
			}
		}
		return true, nil
	case *namespace, *loop, *macro:
		return a == b, nil
	}
	return false, nil // functions
}

// order is negative, zero or positive as a is before, equal to or behind b.
func (in *interp) order(a, b any, depth int) (int, error) {
	if err := in.deep(depth); err != nil {
		return 0, err
	}
	f, okA := asFloat(a)
	g, okB := asFloat(b)
	if okA && okB {
		switch {
		case f < g:
			return -1, nil
		case f > g:
			return 1, nil
		}
		return 0, nil
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return strings.Compare(s, t), in.read(min(len(s), len(t)))
		}
	}
	if l, ok := a.(*list); ok {
		if m, ok := b.(*list); ok {
			for i := range min(len(l.items), len(m.items)) {
				if c, err := in.order(l.items[i], m.items[i], depth+1); err != nil || c != 0 {
					return c, err
				}
			}
			return len(l.items) - len(m.items), nil
		}
	}
	return 0, fmt.Errorf("%s and %s have no order", typeName(a), typeName(b))
}

// contains reports whether item is in a container.
func (in *interp) contains(container, item any) (bool, error) {
	switch c := container.(type) {
	case string:
		s, ok := item.(string)
		if !ok {
			return false, fmt.Errorf("a string cannot contain %s", typeName(item))
		}
		return strings.Contains(c, s), in.read(len(c))
	case *list:
		for _, v := range c.items {
			if eq, err := in.equal(v, item, 0); err != nil || eq {
				return eq, err
			}
		}
		return false, nil
	case *Dict:
		_, ok := c.get(item)
		return ok, nil
	case undefined:
		return false, nil
	}
	return false, fmt.Errorf("%s cannot contain anything", typeName(container))
}
