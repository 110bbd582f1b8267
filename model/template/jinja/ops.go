package jinja

import (
	"fmt"
	"math"
	"strings"
)

// binary is left op right.
func (in *interp) binary(op string, left, right any) (any, error) {
	for _, v := range []any{left, right} {
		if u, ok := v.(undefined); ok && op != "~" {
			return nil, u.err()
		}
	}
	if op == "~" {
		l, err := in.str(left)
		if err != nil {
			return nil, err
		}
		r, err := in.str(right)
		if err != nil {
			return nil, err
		}
		return in.join(l, r)
	}
	a, okA := asInt(left)
	b, okB := asInt(right)
	if okA && okB {
		return intOp(op, a, b)
	}
	f, okF := asFloat(left)
	g, okG := asFloat(right)
	if okF && okG {
		return floatOp(op, f, g)
	}
	if v, ok, err := in.sequenceOp(op, left, right); ok || err != nil {
		return v, err
	}
	return nil, fmt.Errorf("%s %s %s is not possible", typeName(left), op, typeName(right))
}

// join is two strings as one.
func (in *interp) join(l, r string) (any, error) {
	if err := in.take(len(l) + len(r)); err != nil {
		return nil, err
	}
	return l + r, nil
}

// sequenceOp is an operation with a string or a list, if it is one.
func (in *interp) sequenceOp(op string, left, right any) (any, bool, error) {
	switch l := left.(type) {
	case string:
		if op == "%" {
			v, err := in.percent(l, right)
			return v, true, err
		}
		if r, ok := right.(string); ok && op == "+" {
			v, err := in.join(l, r)
			return v, true, err
		}
	case *list:
		if r, ok := right.(*list); ok && op == "+" {
			if err := in.items(len(l.items) + len(r.items)); err != nil {
				return nil, true, err
			}
			return &list{append(append([]any(nil), l.items...), r.items...), l.tuple}, true, nil
		}
	}
	if op != "*" {
		return nil, false, nil
	}
	n, ok := asInt(right)
	if !ok {
		if n, ok = asInt(left); !ok {
			return nil, false, nil
		}
		left = right
	}
	n = max(n, 0)
	switch l := left.(type) {
	case string:
		if len(l) > 0 && n > in.bytes/len(l) {
			return nil, true, in.take(in.bytes + 1)
		}
		if err := in.take(n * len(l)); err != nil {
			return nil, true, err
		}
		return strings.Repeat(l, n), true, nil
	case *list:
		if len(l.items) > 0 && n > in.bytes/len(l.items) {
			return nil, true, in.take(in.bytes + 1)
		}
		if err := in.items(n * len(l.items)); err != nil {
			return nil, true, err
		}
		var out []any
		for range n {
			out = append(out, l.items...)
		}
		return &list{out, l.tuple}, true, nil
	}
	return nil, false, nil
}

var errOverflow = fmt.Errorf("the number is too large")

func intOp(op string, a, b int) (any, error) {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return c, nil
		}
		return nil, errOverflow
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return c, nil
		}
		return nil, errOverflow
	case "*":
		if c := a * b; a == 0 || c/a == b && (a != -1 || b != math.MinInt) {
			return c, nil
		}
		return nil, errOverflow
	case "**":
		f := math.Pow(float64(a), float64(b))
		if b < 0 {
			return f, nil
		}
		if math.Abs(f) >= 1<<53 {
			return nil, errOverflow
		}
		return int(f), nil
	case "/":
		if b == 0 {
			return nil, fmt.Errorf("division by zero")
		}
		return float64(a) / float64(b), nil
	}
	if b == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	if b == -1 { // the one quotient that may not fit
		if op == "%" {
			return 0, nil
		}
		return intOp("-", 0, a)
	}
	q, r := a/b, a%b
	if r != 0 && (r < 0) != (b < 0) {
		q, r = q-1, r+b
	}
	if op == "//" {
		return q, nil
	}
	return r, nil
}

func floatOp(op string, a, b float64) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "**":
		return math.Pow(a, b), nil
	}
	if b == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	switch op {
	case "/":
		return a / b, nil
	case "//":
		return math.Floor(a / b), nil
	}
	return a - b*math.Floor(a/b), nil
}
