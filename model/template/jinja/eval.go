package jinja

import "fmt"

func (in *interp) eval(e expr, s *scope) (any, error) {
	if err := in.step(1); err != nil {
		return nil, err
	}
	return e.eval(in, s)
}

func (in *interp) evalAll(es []expr, s *scope) ([]any, error) {
	if err := in.items(len(es)); err != nil {
		return nil, err
	}
	out := make([]any, len(es))
	for i, e := range es {
		var err error
		if out[i], err = in.eval(e, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *literal) eval(*interp, *scope) (any, error) { return e.value, nil }

func (e *name) eval(_ *interp, s *scope) (any, error) {
	if v, ok := s.get(e.name); ok {
		return v, nil
	}
	return undefined{fmt.Sprintf("%q", e.name)}, nil
}

func (e *listOf) eval(in *interp, s *scope) (any, error) {
	items, err := in.evalAll(e.items, s)
	return &list{items, e.tuple}, err
}

func (e *dictOf) eval(in *interp, s *scope) (any, error) {
	keys, err := in.evalAll(e.keys, s)
	if err != nil {
		return nil, err
	}
	values, err := in.evalAll(e.values, s)
	if err != nil {
		return nil, err
	}
	d := NewDict()
	for i, k := range keys {
		if !hashable(k) {
			return nil, fmt.Errorf("%s cannot be a key", typeName(k))
		}
		d.Set(k, values[i])
	}
	return d, nil
}

func (e *unary) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	if e.op == "not" {
		return !truth(v), nil
	}
	sign := 1
	if e.op == "-" {
		sign = -1
	}
	if i, ok := asInt(v); ok {
		return sign * i, nil
	}
	if f, ok := v.(float64); ok {
		return float64(sign) * f, nil
	}
	return nil, fmt.Errorf("%s%s is not possible", e.op, typeName(v))
}

func (e *attribute) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	return in.attribute(v, e.name)
}

func (e *item) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	key, err := in.eval(e.key, s)
	if err != nil {
		return nil, err
	}
	return in.item(v, key)
}

func (e *logic) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.left, s)
	if err != nil || truth(v) != e.and {
		return v, err
	}
	return in.eval(e.right, s)
}

func (e *conditional) eval(in *interp, s *scope) (any, error) {
	c, err := in.eval(e.condition, s)
	switch {
	case err != nil:
		return nil, err
	case truth(c):
		return in.eval(e.value, s)
	case e.other == nil:
		return undefined{"a condition without else that is false"}, nil
	}
	return in.eval(e.other, s)
}

func (e *compare) eval(in *interp, s *scope) (any, error) {
	left, err := in.eval(e.first, s)
	if err != nil {
		return nil, err
	}
	for i, op := range e.ops {
		right, err := in.eval(e.rest[i], s)
		if err != nil {
			return nil, err
		}
		if ok, err := in.compare(op, left, right); err != nil || !ok {
			return false, err
		}
		left = right
	}
	return true, nil
}

func (e *binary) eval(in *interp, s *scope) (any, error) {
	left, err := in.eval(e.left, s)
	if err != nil {
		return nil, err
	}
	right, err := in.eval(e.right, s)
	if err != nil {
		return nil, err
	}
	return in.binary(e.op, left, right)
}

// args are the arguments of a call.
type args struct {
	positional []any
	names      []string // of the named ones, in order
	named      map[string]any
}

func (in *interp) args(a *arguments, s *scope) (*args, error) {
	out := &args{names: a.names, named: map[string]any{}}
	var err error
	if out.positional, err = in.evalAll(a.positional, s); err != nil {
		return nil, err
	}
	values, err := in.evalAll(a.named, s)
	for i := range values {
		out.named[a.names[i]] = values[i]
	}
	return out, err
}

func (e *call) eval(in *interp, s *scope) (any, error) {
	f, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	a, err := in.args(&e.arguments, s)
	if err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case *macro:
		return f.call(in, a)
	case method:
		return f.call(in, a)
	case Func:
		if len(a.named) > 0 {
			return nil, fmt.Errorf("the function takes no named arguments")
		}
		v, err := f(a.positional)
		if err != nil {
			return nil, err
		}
		return fromGo(v)
	case undefined:
		return nil, f.err()
	}
	return nil, fmt.Errorf("%s cannot be called", typeName(f))
}

func (e *filter) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	return in.filter(e.filterCall, v, s)
}

func (in *interp) filter(f filterCall, v any, s *scope) (any, error) {
	a, err := in.args(&f.arguments, s)
	if err != nil {
		return nil, err
	}
	apply, ok := filters[f.name]
	if !ok { // not while parsing: the template may need it only for tools
		return nil, fmt.Errorf("filter %q is not supported", f.name)
	}
	out, err := apply(in, v, a)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", f.name, err)
	}
	return out, nil
}

func (e *test) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	a, err := in.args(&e.arguments, s)
	if err != nil {
		return nil, err
	}
	check, ok := tests[e.name]
	if !ok {
		return nil, fmt.Errorf("test %q is not supported", e.name)
	}
	ok, err = check(in, v, a)
	if err != nil {
		return nil, fmt.Errorf("test %q: %w", e.name, err)
	}
	return ok != e.not, nil
}
