package jinja

import "fmt"

// bound are a function's arguments by parameter.
type bound struct {
	values map[string]any
	err    error // the first thing that was wrong
}

// bind gives positional arguments the names of the parameters in order.
func bind(a *args, params ...string) *bound {
	b := &bound{values: map[string]any{}}
	if len(a.positional) > len(params) {
		b.err = fmt.Errorf("it takes %d arguments, not %d", len(params), len(a.positional))
		return b
	}
	known := map[string]bool{}
	for i, p := range params {
		known[p] = true
		if i < len(a.positional) {
			b.values[p] = a.positional[i]
		}
	}
	for _, n := range a.names {
		if _, twice := b.values[n]; (twice || !known[n]) && b.err == nil {
			b.err = fmt.Errorf("argument %q is unknown or given twice", n)
		}
		b.values[n] = a.named[n]
	}
	return b
}

// or gives an argument, or def where it is absent.
func (b *bound) or(param string, def any) any {
	if v, ok := b.values[param]; ok {
		return v
	}
	return def
}

// need gives an argument that must be there.
func (b *bound) need(param string) any {
	v, ok := b.values[param]
	if !ok && b.err == nil {
		b.err = fmt.Errorf("argument %q is missing", param)
	}
	return v
}

func (b *bound) str(param string, def *string) string {
	var v any
	if def == nil {
		v = b.need(param)
	} else if v = b.or(param, nil); v == nil {
		return *def
	}
	s, ok := v.(string)
	if !ok && b.err == nil {
		b.err = fmt.Errorf("argument %q is %s, not a string", param, typeName(v))
	}
	return s
}

func (b *bound) int(param string, def int) int {
	v := b.or(param, def)
	n, ok := asInt(v)
	if !ok && b.err == nil {
		b.err = fmt.Errorf("argument %q is %s, not an integer", param, typeName(v))
	}
	return n
}
