package jinja

import (
	"fmt"
	"strings"
)

// loop is the variable "loop" of a for block.
type loop struct {
	items []any
	i     int
}

func (l *loop) attribute(name string) (any, bool) {
	n := len(l.items)
	switch name {
	case "index":
		return l.i + 1, true
	case "index0":
		return l.i, true
	case "revindex":
		return n - l.i, true
	case "revindex0":
		return n - l.i - 1, true
	case "first":
		return l.i == 0, true
	case "last":
		return l.i == n-1, true
	case "length":
		return n, true
	case "depth":
		return 1, true
	case "depth0":
		return 0, true
	case "previtem":
		if l.i > 0 {
			return l.items[l.i-1], true
		}
		return undefined{"loop.previtem of the first item"}, true
	case "nextitem":
		if l.i+1 < n {
			return l.items[l.i+1], true
		}
		return undefined{"loop.nextitem of the last item"}, true
	case "cycle":
		return method{"cycle", func(_ *interp, a *args) (any, error) {
			if len(a.positional) == 0 {
				return nil, fmt.Errorf("loop.cycle needs values")
			}
			return a.positional[l.i%len(a.positional)], nil
		}}, true
	}
	return nil, false
}

func (st *forStmt) exec(in *interp, s *scope) error {
	v, err := in.eval(st.of, s)
	if err != nil {
		return at(st.line, err)
	}
	items, err := in.iterate(v)
	if err != nil {
		return at(st.line, err)
	}
	if st.where != nil {
		if items, err = st.filtered(in, items, s); err != nil {
			return at(st.line, err)
		}
	}
	if len(items) == 0 {
		return in.block(st.otherwise, s.child())
	}
	l := &loop{items: items}
	for l.i = range items {
		if err := in.step(1); err != nil {
			return at(st.line, err)
		}
		inner := s.child()
		inner.vars["loop"] = l
		if err := st.bind(in, inner, items[l.i]); err != nil {
			return at(st.line, err)
		}
		switch err := in.block(st.body, inner); err {
		case nil, errContinue:
		case errBreak:
			return nil
		default:
			return err
		}
	}
	return nil
}

// filtered gives the items for which the loop's condition holds.
func (st *forStmt) filtered(in *interp, items []any, s *scope) ([]any, error) {
	var out []any
	for _, item := range items {
		inner := s.child()
		if err := st.bind(in, inner, item); err != nil {
			return nil, err
		}
		v, err := in.eval(st.where, inner)
		if err != nil {
			return nil, err
		}
		if truth(v) {
			out = append(out, item)
		}
	}
	return out, nil
}

func (st *forStmt) bind(in *interp, s *scope, item any) error {
	if !st.unpack {
		s.vars[st.targets[0]] = item
		return nil
	}
	values, err := in.unpack(item, len(st.targets))
	for i := range values {
		if err == nil {
			s.vars[st.targets[i]] = values[i]
		}
	}
	return err
}

// iterate gives the items of a value: of a list its items, of a dictionary its
// keys, of a string its characters, of an undefined value none.
func (in *interp) iterate(v any) ([]any, error) {
	switch v := v.(type) {
	case undefined:
		return nil, nil
	case *list:
		return v.items, in.step(len(v.items))
	case *Dict:
		if err := in.items(len(v.keys)); err != nil {
			return nil, err
		}
		return append([]any(nil), v.keys...), nil
	case string:
		if err := in.items(len(v)); err != nil {
			return nil, err
		}
		out := make([]any, 0, len(v))
		for _, c := range strings.Split(v, "") {
			out = append(out, c)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s cannot be iterated", typeName(v))
}

// itemBytes is what a list item counts in Limits.Bytes: a value's two words.
const itemBytes = 16

// items counts list items that are about to be made.
func (in *interp) items(n int) error {
	if n > in.bytes/itemBytes {
		return in.take(in.bytes + 1)
	}
	if err := in.step(n); err != nil {
		return err
	}
	return in.take(n * itemBytes)
}
