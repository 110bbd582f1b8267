// Package jinja renders the part of the Jinja template language that chat
// templates use, and trusts no template: they come with model files from
// anywhere.
//
// A template sees only none, booleans, numbers, strings, lists, dictionaries
// and the functions it is given; there is no reflection, file access, import
// or include. Every evaluated node, every byte and every list item that it
// makes counts against Limits, so that each template ends soon, with an error
// where it asks for too much.
//
// Behaviour is that of Jinja 3 with trim_blocks and lstrip_blocks, which chat
// templates are written for, with the extensions loopcontrols, do and
// generation (of the transformers library, a block without effect).
// Differences: no recursive loops, call blocks, or keyword unpacking;
// integers have 64 bits.
package jinja

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrLimit is wrapped by the error of a template that exceeds Limits.
var ErrLimit = errors.New("the template asks for too much")

// Error is an error at a line of the template.
type Error struct {
	Line int // from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Limits bound what a template may take.
type Limits struct {
	Source  int           // bytes of the template
	Nesting int           // blocks and parentheses within another, values within another
	Calls   int           // macros that call macros
	Steps   int           // evaluated nodes and visited list items
	Bytes   int           // of strings and list items that are made, and of output
	Time    time.Duration // of rendering
}

// DefaultLimits suit chat templates with short messages. A caller with long
// texts raises Bytes in proportion.
var DefaultLimits = Limits{
	Source: 256 << 10, Nesting: 100, Calls: 64, Steps: 1_000_000, Bytes: 64 << 20, Time: 5 * time.Second,
}

// Template is a parsed template. It may be used by several goroutines.
type Template struct {
	body   []stmt
	limits Limits
}

// Parse parses a template. Errors are of type *Error, or wrap ErrLimit.
func Parse(source string, l Limits) (*Template, error) {
	if len(source) > l.Source {
		return nil, fmt.Errorf("%w: it has %d bytes, the most is %d", ErrLimit, len(source), l.Source)
	}
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, limit: l.Nesting}
	body, err := p.template()
	if err != nil {
		return nil, err
	}
	return &Template{body: body, limits: l}, nil
}

// Func is a function that a template may call, with positional arguments.
type Func func(args []any) (any, error)

// Render renders the template. Variables are nil (none), bool, int, float64,
// string, []any, *Dict or Func. extra bytes are allowed beyond Limits.Bytes.
func (t *Template) Render(vars map[string]any, extra int) (string, error) {
	b := &budget{limits: t.limits, bytes: t.limits.Bytes + extra, steps: t.limits.Steps}
	b.deadline = time.Now().Add(t.limits.Time)
	root := &scope{vars: map[string]any{}}
	for name, f := range globals {
		root.vars[name] = f
	}
	for name, v := range vars {
		value, err := fromGo(v)
		if err != nil {
			return "", fmt.Errorf("variable %q: %w", name, err)
		}
		root.vars[name] = value
	}
	var out strings.Builder
	in := &interp{budget: b, out: &out}
	if err := in.block(t.body, &scope{vars: map[string]any{}, parent: root}); err != nil {
		return "", err
	}
	return out.String(), nil
}

// budget counts what a rendering has left.
type budget struct {
	limits   Limits
	steps    int
	bytes    int
	unseen   int // bytes since the clock was looked at
	deadline time.Time
}

// step counts evaluated nodes or visited items.
func (b *budget) step(n int) error {
	if b.steps -= n; b.steps < 0 {
		return fmt.Errorf("%w: it takes more than %d steps", ErrLimit, b.limits.Steps)
	}
	if b.steps&0xff == 0 {
		return b.clock()
	}
	return nil
}

// take counts bytes that are about to be made.
func (b *budget) take(n int) error {
	if n < 0 || n > b.bytes {
		return fmt.Errorf("%w: it makes more than %d bytes", ErrLimit, b.limits.Bytes)
	}
	b.bytes -= n
	return b.read(n)
}

// read counts bytes that are about to be looked at, which only take time.
func (b *budget) read(n int) error {
	if b.unseen += n; b.unseen > 1<<20 {
		b.unseen = 0
		return b.clock()
	}
	return nil
}

func (b *budget) clock() error {
	if time.Now().After(b.deadline) {
		return fmt.Errorf("%w: it takes longer than %v", ErrLimit, b.limits.Time)
	}
	return nil
}
