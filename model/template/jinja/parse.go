package jinja

import (
	"fmt"
	"slices"
	"strings"
)

// parser makes statements of tokens.
type parser struct {
	tokens []token
	at     int
	depth  int // blocks and expressions that are open
	limit  int // of depth
	loops  int // loops that are open
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != kindEOF {
		p.at++
	}
	return t
}

// fail makes an error at the current token.
func (p *parser) fail(format string, args ...any) error {
	return &Error{p.peek().line, fmt.Errorf(format, args...)}
}

// enter goes one level deeper; leave comes back.
func (p *parser) enter() error {
	if p.depth++; p.depth > p.limit {
		return &Error{p.peek().line, fmt.Errorf("%w: it is nested deeper than %d", ErrLimit, p.limit)}
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) is(k kind, texts ...string) bool {
	t := p.peek()
	return t.kind == k && (len(texts) == 0 || slices.Contains(texts, t.text))
}

// accept takes the token if it is one of these.
func (p *parser) accept(k kind, texts ...string) bool {
	if !p.is(k, texts...) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(k kind, text string) error {
	if !p.accept(k, text) {
		return p.fail("expected %q, found %s", text, found(p.peek()))
	}
	return nil
}

func found(t token) string {
	if t.kind == kindEOF {
		return "the end of the template"
	}
	return fmt.Sprintf("%.30q", t.text)
}

// ident takes a name that is no keyword.
func (p *parser) ident() (string, error) {
	t := p.peek()
	if t.kind != kindName || keywords[t.text] {
		return "", p.fail("expected a name, found %s", found(t))
	}
	if err := p.allowed(t.text); err != nil {
		return "", err
	}
	p.next()
	return t.text, nil
}

// allowed refuses names that begin with two underscores: Python's internals.
func (p *parser) allowed(name string) error {
	if strings.HasPrefix(name, "__") {
		return p.fail("the name %q is not allowed", name)
	}
	return nil
}

var keywords = map[string]bool{"and": true, "or": true, "not": true, "in": true, "is": true, "if": true, "else": true}

func (p *parser) template() ([]stmt, error) {
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != kindEOF {
		p.next()
		return nil, p.fail("block %s was not opened", found(p.peek()))
	}
	return body, nil
}

// body parses statements up to a block whose name is one of ends, which is
// then the current token but one, or to the end of the template.
func (p *parser) body(ends ...string) ([]stmt, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var out []stmt
	for {
		t := p.peek()
		switch t.kind {
		case kindEOF:
			if len(ends) > 0 {
				return nil, p.fail("block %q is missing", ends[len(ends)-1])
			}
			return out, nil
		case kindData:
			p.next()
			out = append(out, &text{t.text})
		case kindPrintBegin:
			p.next()
			e, err := p.tuple()
			if err != nil {
				return nil, err
			}
			if err := p.expect(kindPrintEnd, "}}"); err != nil {
				return nil, err
			}
			out = append(out, &print{t.line, e})
		default:
			name := p.tokens[p.at+1]
			if name.kind == kindName && (slices.Contains(ends, name.text) || strings.HasPrefix(name.text, "end") || name.text == "else" || name.text == "elif") {
				if slices.Contains(ends, name.text) || len(ends) == 0 {
					return out, nil
				}
				p.next()
				return nil, p.fail("block %q ends what was not begun; expected %q", name.text, ends[len(ends)-1])
			}
			p.next()
			s, err := p.statement()
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
}

// end takes the block that body stopped at and gives its name, with the block
// still open.
func (p *parser) end() string {
	p.next() // {%
	return p.next().text
}

// blockEnd takes %}.
func (p *parser) blockEnd() error { return p.expect(kindBlockEnd, "%}") }

// bodyTo parses %}, statements, and the block that ends them.
func (p *parser) bodyTo(end string) ([]stmt, error) {
	if err := p.blockEnd(); err != nil {
		return nil, err
	}
	body, err := p.body(end)
	if err != nil {
		return nil, err
	}
	p.end()
	return body, p.blockEnd()
}
