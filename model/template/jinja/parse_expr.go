package jinja

import (
	"strconv"
	"strings"
)

// tuple parses an expression, or several with commas between: a tuple.
func (p *parser) tuple() (expr, error) { return p.items(true) }

// items parses like tuple; conditional says whether a "x if y else z" is
// taken, which the iterable of a for block is not.
func (p *parser) items(conditional bool) (expr, error) {
	parse := p.expression
	if !conditional {
		parse = p.or
	}
	first, err := parse()
	if err != nil || !p.is(kindOp, ",") {
		return first, err
	}
	l := &listOf{items: []expr{first}, tuple: true}
	for p.accept(kindOp, ",") {
		if p.is(kindBlockEnd) || p.is(kindPrintEnd) || p.is(kindOp, ")") {
			break
		}
		e, err := parse()
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, e)
	}
	return l, nil
}

// expression parses "or" expressions with conditions: value if x else y.
func (p *parser) expression() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.or()
	if err != nil || !p.accept(kindName, "if") {
		return e, err
	}
	c := &conditional{value: e}
	if c.condition, err = p.or(); err != nil {
		return nil, err
	}
	if p.accept(kindName, "else") {
		if c.other, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (p *parser) or() (expr, error) {
	left, err := p.and()
	for err == nil && p.accept(kindName, "or") {
		var right expr
		right, err = p.and()
		left = &logic{false, left, right}
	}
	return left, err
}

func (p *parser) and() (expr, error) {
	left, err := p.not()
	for err == nil && p.accept(kindName, "and") {
		var right expr
		right, err = p.not()
		left = &logic{true, left, right}
	}
	return left, err
}

func (p *parser) not() (expr, error) {
	if !p.accept(kindName, "not") {
		return p.compare()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.not()
	return &unary{"not", e}, err
}

func (p *parser) compare() (expr, error) {
	left, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	c := &compare{first: left}
	for {
		var op string
		switch {
		case p.is(kindOp, "==", "!=", "<", "<=", ">", ">="), p.is(kindName, "in"):
			op = p.next().text
		case p.is(kindName, "not") && p.tokens[p.at+1].kind == kindName && p.tokens[p.at+1].text == "in":
			p.next()
			p.next()
			op = "not in"
		case len(c.ops) == 0:
			return left, nil
		default:
			return c, nil
		}
		right, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		c.ops, c.rest = append(c.ops, op), append(c.rest, right)
	}
}

// levels are the binary operators, the loosest first.
var levels = [][]string{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}}

func (p *parser) binary(level int) (expr, error) {
	if level == len(levels) {
		return p.unary(true)
	}
	left, err := p.binary(level + 1)
	for err == nil && p.is(kindOp, levels[level]...) {
		op := p.next().text
		var right expr
		right, err = p.binary(level + 1)
		left = &binary{op, left, right}
	}
	return left, err
}

func (p *parser) unary(filters bool) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var e expr
	var err error
	if p.is(kindOp, "-", "+") {
		op := p.next().text
		if e, err = p.unary(false); err == nil {
			e = &unary{op, e}
		}
	} else if e, err = p.primary(); err == nil {
		e, err = p.postfix(e)
	}
	if err == nil && filters {
		e, err = p.filters(e)
	}
	return e, err
}

// constants are the names that are values.
var constants = map[string]any{
	"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil,
}

func (p *parser) primary() (expr, error) {
	t := p.peek()
	switch t.kind {
	case kindString:
		var b strings.Builder
		for p.is(kindString) { // neighbours are one string
			b.WriteString(p.next().text)
		}
		return &literal{b.String()}, nil
	case kindInt:
		p.next()
		n, err := strconv.Atoi(t.text)
		return &literal{n}, err
	case kindFloat:
		p.next()
		f, err := strconv.ParseFloat(t.text, 64)
		return &literal{f}, err
	case kindName:
		if v, ok := constants[t.text]; ok {
			p.next()
			return &literal{v}, nil
		}
		n, err := p.ident()
		return &name{n}, err
	}
	switch {
	case p.accept(kindOp, "("):
		if p.accept(kindOp, ")") {
			return &listOf{tuple: true}, nil
		}
		e, err := p.tuple()
		if err != nil {
			return nil, err
		}
		return e, p.expect(kindOp, ")")
	case p.accept(kindOp, "["):
		items, err := p.until("]")
		return &listOf{items: items}, err
	case p.accept(kindOp, "{"):
		return p.dict()
	}
	return nil, p.fail("expected an expression, found %s", found(t))
}

// until parses expressions with commas between, up to a closing bracket.
func (p *parser) until(end string) ([]expr, error) {
	var out []expr
	for !p.accept(kindOp, end) {
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.accept(kindOp, ",") && !p.is(kindOp, end) {
			return nil, p.fail("expected %q, found %s", end, found(p.peek()))
		}
	}
	return out, nil
}

func (p *parser) dict() (expr, error) {
	d := &dictOf{}
	for !p.accept(kindOp, "}") {
		k, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(kindOp, ":"); err != nil {
			return nil, err
		}
		v, err := p.expression()
		if err != nil {
			return nil, err
		}
		d.keys, d.values = append(d.keys, k), append(d.values, v)
		if !p.accept(kindOp, ",") && !p.is(kindOp, "}") {
			return nil, p.fail("expected %q, found %s", "}", found(p.peek()))
		}
	}
	return d, nil
}
