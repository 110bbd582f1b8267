package jinja

import (
	"fmt"
	"strings"
)

type testFunc func(in *interp, v any, a *args) (bool, error)

// tests are the tests that templates may use.
var tests = map[string]testFunc{
	"boolean":  typed(func(v any) bool { _, ok := v.(bool); return ok }),
	"callable": typed(callable),
	"defined":  typed(func(v any) bool { _, ok := v.(undefined); return !ok }),
	"divisibleby": func(in *interp, v any, a *args) (bool, error) {
		r, err := operand(a, func(o any) (any, error) { return in.binary("%", v, o) })
		return r == 0 || r == 0.0, err
	},
	"eq": ordered("=="), "equalto": ordered("=="), "sameas": ordered("=="), "ne": ordered("!="),
	"lt": ordered("<"), "lessthan": ordered("<"), "le": ordered("<="),
	"gt": ordered(">"), "greaterthan": ordered(">"), "ge": ordered(">="), "in": ordered("in"),
	"==": ordered("=="), "!=": ordered("!="), "<": ordered("<"), "<=": ordered("<="), ">": ordered(">"), ">=": ordered(">="),
	"even":      parity(0),
	"odd":       parity(1),
	"false":     typed(func(v any) bool { return v == false }),
	"true":      typed(func(v any) bool { return v == true }),
	"float":     typed(func(v any) bool { _, ok := v.(float64); return ok }),
	"integer":   typed(func(v any) bool { _, ok := v.(int); return ok }),
	"number":    typed(func(v any) bool { _, ok := asFloat(v); return ok }),
	"string":    typed(func(v any) bool { _, ok := v.(string); return ok }),
	"mapping":   typed(func(v any) bool { _, ok := v.(*Dict); return ok }),
	"sequence":  typed(sequence),
	"iterable":  typed(sequence),
	"none":      typed(func(v any) bool { return v == nil }),
	"undefined": typed(func(v any) bool { _, ok := v.(undefined); return ok }),
	"lower":     ofText(func(s string) bool { return s == strings.ToLower(s) && s != strings.ToUpper(s) }),
	"upper":     ofText(func(s string) bool { return s == strings.ToUpper(s) && s != strings.ToLower(s) }),
}

func typed(f func(v any) bool) testFunc {
	return func(_ *interp, v any, a *args) (bool, error) { return f(v), bind(a).err }
}

func callable(v any) bool {
	switch v.(type) {
	case Func, method, *macro:
		return true
	}
	return false
}

func sequence(v any) bool {
	switch v.(type) {
	case string, *list, *Dict, undefined:
		return true
	}
	return false
}

func ordered(op string) testFunc {
	return func(in *interp, v any, a *args) (bool, error) {
		r, err := operand(a, func(o any) (any, error) { return in.compare(op, v, o) })
		return r == true, err
	}
}

// operand calls f with the test's one argument.
func operand(a *args, f func(o any) (any, error)) (any, error) {
	b := bind(a, "other")
	o := b.need("other")
	if b.err != nil {
		return nil, b.err
	}
	return f(o)
}

func parity(rest int) testFunc {
	return func(_ *interp, v any, _ *args) (bool, error) {
		i, ok := asInt(v)
		if !ok {
			return false, fmt.Errorf("%s is neither odd nor even", typeName(v))
		}
		return i&1 == rest, nil
	}
}

func ofText(f func(s string) bool) testFunc {
	return func(in *interp, v any, _ *args) (bool, error) {
		s, err := in.str(v)
		if err != nil {
			return false, err
		}
		return f(s), in.take(6 * len(s))
	}
}
