package jinja

import "fmt"

func (e *slice) eval(in *interp, s *scope) (any, error) {
	v, err := in.eval(e.of, s)
	if err != nil {
		return nil, err
	}
	var bounds [3]*int
	for i, b := range []expr{e.from, e.to, e.step} {
		if b == nil {
			continue
		}
		k, err := in.eval(b, s)
		if err != nil {
			return nil, err
		}
		if k == nil {
			continue
		}
		n, ok := asInt(k)
		if !ok {
			return nil, fmt.Errorf("%s is no place in a slice", typeName(k))
		}
		bounds[i] = &n
	}
	switch v := v.(type) {
	case *list:
		items, err := sliced(in, v.items, bounds)
		return &list{items, v.tuple}, err
	case string:
		if bounds[2] == nil && ascii(v) {
			from, to := span(len(v), bounds[0], bounds[1], 1)
			return v[from:max(from, to)], in.read(len(v))
		}
		if err := in.take(4 * len(v)); err != nil {
			return nil, err
		}
		runes, err := sliced(in, []rune(v), bounds)
		return string(runes), err
	case undefined:
		return nil, v.err()
	}
	return nil, fmt.Errorf("%s cannot be sliced", typeName(v))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// sliced gives items[from:to:step] with Python's meaning.
func sliced[T any](in *interp, items []T, bounds [3]*int) ([]T, error) {
	step := 1
	if bounds[2] != nil {
		step = *bounds[2]
	}
	if step == 0 {
		return nil, fmt.Errorf("a slice's step cannot be 0")
	}
	from, to := span(len(items), bounds[0], bounds[1], step)
	if err := in.items(max(from-to, to-from, 0)); err != nil {
		return nil, err
	}
	var out []T
	// The last step may go far past the end, but not past the end of int.
	for i := from; step > 0 && i < to || step < 0 && i > to; {
		out = append(out, items[i])
		if step > len(items) || step < -len(items) {
			break
		}
		i += step
	}
	return out, nil
}

// span gives the places from which and before which a slice of n items goes.
func span(n int, from, to *int, step int) (int, int) {
	low, high := 0, n
	if step < 0 {
		low, high = -1, n-1
	}
	clamp := func(p *int, def int) int {
		if p == nil {
			return def
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	if step < 0 {
		return clamp(from, high), clamp(to, low)
	}
	return clamp(from, low), clamp(to, high)
}
