package jinja

import (
	"fmt"
	"math"
)

// globals are the functions that every template has.
var globals = map[string]method{
	"range":     {"range", rangeOf},
	"namespace": {"namespace", newNamespace},
	"dict":      {"dict", newDict},
}

func rangeOf(in *interp, a *args) (any, error) {
	b := bind(a, "start", "stop", "step")
	from, to, step := b.int("start", 0), b.int("stop", 0), b.int("step", 1)
	if len(a.positional) == 1 {
		from, to = 0, from
	}
	if b.need("start"); b.err != nil {
		return nil, b.err
	}
	if step == 0 {
		return nil, fmt.Errorf("range: the step is 0")
	}
	// In floats, since the difference may be more than an int holds.
	n := math.Max(0, math.Ceil((float64(to)-float64(from))/float64(step)))
	if n > float64(in.bytes/itemBytes) {
		return nil, in.take(in.bytes + 1)
	}
	if err := in.items(int(n)); err != nil {
		return nil, err
	}
	l := &list{items: make([]any, int(n))}
	for i := range l.items {
		l.items[i] = from + i*step
	}
	return l, nil
}

func newNamespace(_ *interp, a *args) (any, error) {
	ns := &namespace{vars: a.named}
	for _, v := range a.positional {
		d, ok := v.(*Dict)
		if !ok {
			return nil, fmt.Errorf("namespace: a dictionary is needed, not %s", typeName(v))
		}
		for _, k := range d.keys {
			if s, ok := k.(string); ok {
				ns.vars[s] = d.at(k)
			}
		}
	}
	return ns, nil
}

func newDict(in *interp, a *args) (any, error) {
	d := NewDict()
	if _, err := dictMethods["update"](in, d, a); err != nil {
		return nil, err
	}
	return d, nil
}
