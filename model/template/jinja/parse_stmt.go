package jinja

import "slices"

// statement parses a block after its {%.
func (p *parser) statement() (stmt, error) {
	t := p.next()
	if t.kind != kindName {
		p.at--
		return nil, p.fail("expected a block's name, found %s", found(t))
	}
	switch t.text {
	case "if":
		return p.ifStmt(t.line)
	case "for":
		return p.forStmt(t.line)
	case "set":
		return p.setStmt(t.line)
	case "macro":
		return p.macroStmt(t.line)
	case "with":
		return p.withStmt(t.line)
	case "filter":
		return p.filterStmt(t.line)
	case "do":
		e, err := p.tuple()
		if err != nil {
			return nil, err
		}
		return &doStmt{t.line, e}, p.blockEnd()
	case "generation":
		body, err := p.bodyTo("endgeneration")
		return &generation{body}, err
	case "break", "continue":
		if p.loops == 0 {
			return nil, p.fail("%q stands outside a loop", t.text)
		}
		exit := errBreak
		if t.text == "continue" {
			exit = errContinue
		}
		return &loopExit{exit}, p.blockEnd()
	case "include", "import", "from", "extends", "block":
		return nil, p.fail("%q is not allowed: a chat template is one file", t.text)
	}
	return nil, p.fail("block %q is not supported", t.text)
}

func (p *parser) ifStmt(line int) (stmt, error) {
	s := &ifStmt{line: line}
	for {
		c, err := p.tuple()
		if err != nil {
			return nil, err
		}
		s.conditions = append(s.conditions, c)
		if err := p.blockEnd(); err != nil {
			return nil, err
		}
		body, err := p.body("elif", "else", "endif")
		if err != nil {
			return nil, err
		}
		s.bodies = append(s.bodies, body)
		switch p.end() {
		case "elif":
		case "else":
			body, err := p.bodyTo("endif")
			s.bodies = append(s.bodies, body)
			return s, err
		default:
			s.bodies = append(s.bodies, nil)
			return s, p.blockEnd()
		}
	}
}

func (p *parser) forStmt(line int) (stmt, error) {
	s := &forStmt{line: line}
	paren := p.accept(kindOp, "(")
	for {
		n, err := p.ident()
		if err != nil {
			return nil, err
		}
		s.targets = append(s.targets, n)
		if !p.accept(kindOp, ",") {
			break
		}
		if s.unpack = true; p.is(kindName, "in") || p.is(kindOp, ")") {
			break
		}
	}
	if paren {
		if err := p.expect(kindOp, ")"); err != nil {
			return nil, err
		}
	}
	err := p.expect(kindName, "in")
	if err != nil {
		return nil, err
	}
	if s.of, err = p.items(false); err != nil {
		return nil, err
	}
	if p.accept(kindName, "if") {
		if s.where, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.is(kindName, "recursive") {
		return nil, p.fail("recursive loops are not supported")
	}
	if err := p.blockEnd(); err != nil {
		return nil, err
	}
	p.loops++
	s.body, err = p.body("else", "endfor")
	p.loops--
	if err != nil {
		return nil, err
	}
	if p.end() == "else" {
		s.otherwise, err = p.bodyTo("endfor")
		return s, err
	}
	return s, p.blockEnd()
}

func (p *parser) setStmt(line int) (stmt, error) {
	s := &setStmt{line: line}
	paren := p.accept(kindOp, "(")
	for {
		n, err := p.ident()
		if err != nil {
			return nil, err
		}
		t := target{name: n}
		if p.accept(kindOp, ".") {
			t.namespace = n
			if t.name, err = p.ident(); err != nil {
				return nil, err
			}
		}
		s.targets = append(s.targets, t)
		if !p.accept(kindOp, ",") {
			break
		}
		s.unpack = true
	}
	if paren {
		if err := p.expect(kindOp, ")"); err != nil {
			return nil, err
		}
	}
	var err error
	if p.accept(kindOp, "=") {
		if s.value, err = p.tuple(); err != nil {
			return nil, err
		}
		return s, p.blockEnd()
	}
	if s.unpack {
		return nil, p.fail("expected %q, found %s", "=", found(p.peek()))
	}
	s.body, err = p.bodyTo("endset")
	return s, err
}

func (p *parser) macroStmt(line int) (stmt, error) {
	s := &macroStmt{line: line}
	var err error
	if s.name, err = p.ident(); err != nil {
		return nil, err
	}
	if err := p.expect(kindOp, "("); err != nil {
		return nil, err
	}
	for !p.accept(kindOp, ")") {
		n, err := p.ident()
		if err != nil {
			return nil, err
		}
		if slices.Contains(s.params, n) {
			return nil, p.fail("macro %q has two parameters %q", s.name, n)
		}
		var def expr
		if p.accept(kindOp, "=") {
			if def, err = p.expression(); err != nil {
				return nil, err
			}
		}
		s.params, s.defaults = append(s.params, n), append(s.defaults, def)
		if !p.accept(kindOp, ",") && !p.is(kindOp, ")") {
			return nil, p.fail("expected %q, found %s", ")", found(p.peek()))
		}
	}
	loops := p.loops
	p.loops = 0 // break and continue do not leave a macro
	s.body, err = p.bodyTo("endmacro")
	p.loops = loops
	return s, err
}

func (p *parser) withStmt(line int) (stmt, error) {
	s := &withStmt{line: line}
	for !p.is(kindBlockEnd) {
		if len(s.names) > 0 {
			if err := p.expect(kindOp, ","); err != nil {
				return nil, err
			}
		}
		n, err := p.ident()
		if err != nil {
			return nil, err
		}
		if err := p.expect(kindOp, "="); err != nil {
			return nil, err
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		s.names, s.values = append(s.names, n), append(s.values, e)
	}
	var err error
	s.body, err = p.bodyTo("endwith")
	return s, err
}

func (p *parser) filterStmt(line int) (stmt, error) {
	s := &filterStmt{line: line}
	for {
		f, err := p.filterCall()
		if err != nil {
			return nil, err
		}
		s.filters = append(s.filters, f)
		if !p.accept(kindOp, "|") {
			break
		}
	}
	var err error
	s.body, err = p.bodyTo("endfilter")
	return s, err
}
