package jinja

import "slices"

// postfix parses what may follow a value: .name, [key], [from:to], (arguments).
func (p *parser) postfix(e expr) (expr, error) {
	for {
		switch {
		case p.accept(kindOp, "."):
			t := p.peek()
			if t.kind == kindInt { // of a tuple
				p.next()
				e = &item{e, &literal{atoi(t.text)}}
				continue
			}
			if t.kind != kindName {
				return nil, p.fail("expected a name, found %s", found(t))
			}
			if err := p.allowed(t.text); err != nil {
				return nil, err
			}
			p.next()
			e = &attribute{e, t.text}
		case p.accept(kindOp, "["):
			var err error
			if e, err = p.subscript(e); err != nil {
				return nil, err
			}
		case p.accept(kindOp, "("):
			a, err := p.arguments()
			if err != nil {
				return nil, err
			}
			e = &call{e, a}
		default:
			return e, nil
		}
	}
}

func atoi(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// subscript parses a key or a slice, after [.
func (p *parser) subscript(of expr) (expr, error) {
	var parts [3]expr
	n := 0
	for ; n < 3; n++ {
		if !p.is(kindOp, ":") && !p.is(kindOp, "]") {
			var err error
			if parts[n], err = p.tuple(); err != nil {
				return nil, err
			}
		}
		if !p.accept(kindOp, ":") {
			break
		}
	}
	if n == 0 && parts[0] == nil {
		return nil, p.fail("a key is missing")
	}
	if err := p.expect(kindOp, "]"); err != nil {
		return nil, err
	}
	if n == 0 {
		return &item{of, parts[0]}, nil
	}
	return &slice{of, parts[0], parts[1], parts[2]}, nil
}

// arguments parses call arguments, after (.
func (p *parser) arguments() (arguments, error) {
	var a arguments
	for !p.accept(kindOp, ")") {
		if p.is(kindOp, "*", "**") {
			return a, p.fail("unpacking of arguments is not supported")
		}
		if t := p.peek(); t.kind == kindName && p.tokens[p.at+1].kind == kindOp && p.tokens[p.at+1].text == "=" {
			if slices.Contains(a.names, t.text) {
				return a, p.fail("argument %q is given twice", t.text)
			}
			p.next()
			p.next()
			e, err := p.expression()
			if err != nil {
				return a, err
			}
			a.names, a.named = append(a.names, t.text), append(a.named, e)
		} else {
			e, err := p.expression()
			if err != nil {
				return a, err
			}
			if len(a.names) > 0 {
				return a, p.fail("an argument without a name follows one with a name")
			}
			a.positional = append(a.positional, e)
		}
		if !p.accept(kindOp, ",") && !p.is(kindOp, ")") {
			return a, p.fail("expected %q, found %s", ")", found(p.peek()))
		}
	}
	return a, nil
}

// filters parses filters, tests and calls after a value.
func (p *parser) filters(e expr) (expr, error) {
	for {
		switch {
		case p.accept(kindOp, "|"):
			f, err := p.filterCall()
			if err != nil {
				return nil, err
			}
			e = &filter{e, f}
		case p.accept(kindName, "is"):
			var err error
			if e, err = p.test(e); err != nil {
				return nil, err
			}
		case p.accept(kindOp, "("):
			a, err := p.arguments()
			if err != nil {
				return nil, err
			}
			e = &call{e, a}
		default:
			return e, nil
		}
	}
}

func (p *parser) filterCall() (filterCall, error) {
	t := p.peek()
	if t.kind != kindName {
		return filterCall{}, p.fail("expected a filter's name, found %s", found(t))
	}
	p.next()
	f := filterCall{name: t.text}
	if p.accept(kindOp, "(") {
		var err error
		if f.arguments, err = p.arguments(); err != nil {
			return f, err
		}
	}
	return f, nil
}

// afterTest are names that cannot be a test's argument.
var afterTest = []string{"else", "or", "and", "if", "in", "not", "is"}

func (p *parser) test(of expr) (expr, error) {
	e := &test{of: of, not: p.accept(kindName, "not")}
	t := p.peek()
	if t.kind != kindName {
		return nil, p.fail("expected a test's name, found %s", found(t))
	}
	p.next()
	e.name = t.text
	switch next := p.peek(); {
	case p.accept(kindOp, "("):
		var err error
		if e.arguments, err = p.arguments(); err != nil {
			return nil, err
		}
	case next.kind == kindString, next.kind == kindInt, next.kind == kindFloat, p.is(kindOp, "[", "{"),
		next.kind == kindName && !slices.Contains(afterTest, next.text):
		arg, err := p.primary()
		if err != nil {
			return nil, err
		}
		if arg, err = p.postfix(arg); err != nil {
			return nil, err
		}
		e.positional = []expr{arg}
	}
	return e, nil
}
