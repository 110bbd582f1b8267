package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// interp renders one template once.
type interp struct {
	*budget
	out   *strings.Builder
	calls int // macros that are being called
}

// scope holds variables; the parent's are visible and not changed.
type scope struct {
	vars   map[string]any
	parent *scope
}

func (s *scope) child() *scope { return &scope{vars: map[string]any{}, parent: s} }

func (s *scope) get(name string) (any, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v, true
		}
	}
	return nil, false
}

// What break and continue are, on their way to the loop.
var (
	errBreak    = errors.New("break outside a loop")
	errContinue = errors.New("continue outside a loop")
)

func (in *interp) block(body []stmt, s *scope) error {
	for _, st := range body {
		if err := in.step(1); err != nil {
			return err
		}
		if err := st.exec(in, s); err != nil {
			return err
		}
	}
	return nil
}

// render gives what statements write.
func (in *interp) render(body []stmt, s *scope) (string, error) {
	var b strings.Builder
	outer := in.out
	in.out = &b
	err := in.block(body, s)
	in.out = outer
	return b.String(), err
}

// at adds the line to an error that has none.
func at(line int, err error) error {
	if err == nil || err == errBreak || err == errContinue {
		return err
	}
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return &Error{line, err}
}

// write writes text out.
func (in *interp) write(s string) error {
	if err := in.take(len(s)); err != nil {
		return err
	}
	in.out.WriteString(s)
	return nil
}

func (t *text) exec(in *interp, _ *scope) error { return in.write(t.text) }

func (p *print) exec(in *interp, s *scope) error {
	v, err := in.eval(p.of, s)
	if err != nil {
		return at(p.line, err)
	}
	str, err := in.str(v)
	if err != nil {
		return at(p.line, err)
	}
	return at(p.line, in.write(str))
}

func (st *ifStmt) exec(in *interp, s *scope) error {
	for i, c := range st.conditions {
		v, err := in.eval(c, s)
		if err != nil {
			return at(st.line, err)
		}
		if truth(v) {
			return in.block(st.bodies[i], s)
		}
	}
	return in.block(st.bodies[len(st.conditions)], s)
}

func (st *setStmt) exec(in *interp, s *scope) error {
	v, err := st.of(in, s)
	if err != nil {
		return at(st.line, err)
	}
	values := []any{v}
	if st.unpack {
		if values, err = in.unpack(v, len(st.targets)); err != nil {
			return at(st.line, err)
		}
	}
	for i, t := range st.targets {
		if t.namespace == "" {
			s.vars[t.name] = values[i]
			continue
		}
		v, _ := s.get(t.namespace)
		ns, ok := v.(*namespace)
		if !ok {
			return at(st.line, fmt.Errorf("%q is no namespace, so %q cannot be set", t.namespace, t.name))
		}
		ns.vars[t.name] = values[i]
	}
	return nil
}

func (st *setStmt) of(in *interp, s *scope) (any, error) {
	if st.value != nil {
		return in.eval(st.value, s)
	}
	return in.render(st.body, s.child())
}

// unpack gives the items of v, of which there must be n.
func (in *interp) unpack(v any, n int) ([]any, error) {
	items, err := in.iterate(v)
	if err == nil && len(items) != n {
		err = fmt.Errorf("%d values for %d names", len(items), n)
	}
	return items, err
}

func (st *withStmt) exec(in *interp, s *scope) error {
	inner := s.child()
	for i, n := range st.names {
		v, err := in.eval(st.values[i], s)
		if err != nil {
			return at(st.line, err)
		}
		inner.vars[n] = v
	}
	return in.block(st.body, inner)
}

func (st *filterStmt) exec(in *interp, s *scope) error {
	str, err := in.render(st.body, s.child())
	if err != nil {
		return err
	}
	var v any = str
	for _, f := range st.filters {
		if v, err = in.filter(f, v, s); err != nil {
			return at(st.line, err)
		}
	}
	if str, err = in.str(v); err != nil {
		return at(st.line, err)
	}
	return at(st.line, in.write(str))
}

func (st *doStmt) exec(in *interp, s *scope) error {
	_, err := in.eval(st.of, s)
	return at(st.line, err)
}

func (st *generation) exec(in *interp, s *scope) error { return in.block(st.body, s) }

func (st *loopExit) exec(*interp, *scope) error { return st.of }

// macro is a function that a template defines.
type macro struct {
	*macroStmt
	scope *scope
}

func (st *macroStmt) exec(_ *interp, s *scope) error {
	s.vars[st.name] = &macro{st, s}
	return nil
}

func (m *macro) call(in *interp, a *args) (any, error) {
	if in.calls++; in.calls > in.limits.Calls {
		return nil, fmt.Errorf("%w: more than %d macros call each other", ErrLimit, in.limits.Calls)
	}
	defer func() { in.calls-- }()
	if len(a.positional) > len(m.params) {
		return nil, fmt.Errorf("macro %q takes %d arguments, not %d", m.name, len(m.params), len(a.positional))
	}
	s := m.scope.child()
	for i, p := range m.params {
		named, ok := a.named[p]
		switch {
		case i < len(a.positional) && ok:
			return nil, fmt.Errorf("macro %q gets argument %q twice", m.name, p)
		case i < len(a.positional):
			s.vars[p] = a.positional[i]
		case ok:
			s.vars[p] = named
		case m.defaults[i] != nil:
			v, err := in.eval(m.defaults[i], s)
			if err != nil {
				return nil, at(m.line, err)
			}
			s.vars[p] = v
		default:
			s.vars[p] = undefined{fmt.Sprintf("parameter %q", p)}
		}
	}
	for _, n := range a.names {
		if !slices.Contains(m.params, n) {
			return nil, fmt.Errorf("macro %q has no parameter %q", m.name, n)
		}
	}
	return in.render(m.body, s)
}
