package jinja

import (
	"errors"
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	for source, want := range map[string]string{
		"{{ 1 ":                      `line 1: the tag has no "}}"`,
		"a\n{{ 'x }}":                "line 2: the string has no end",
		"\n\n{# c":                   "line 3: the comment has no end",
		"{% raw %}x":                 "line 1: the raw block has no end",
		"{{ ( }}":                    "line 1: ",
		"{{ ) }}":                    `line 1: ")" closes nothing`,
		"{{ (1] }}":                  `line 1: "]" closes nothing`,
		"{{ }}":                      `line 1: expected an expression, found "}}"`,
		"{{ 1 2 }}":                  `line 1: expected "}}", found "2"`,
		"{{ a ? b }}":                `line 1: unexpected character "?"`,
		"{% if 1 %}\n{{ 1 }}":        `line 2: block "endif" is missing`,
		"{% endif %}":                `line 1: block "endif" was not opened`,
		"{% if 1 %}{% endfor %}":     `line 1: block "endfor" ends what was not begun; expected "endif"`,
		"{% else %}":                 `line 1: block "else" was not opened`,
		"{% for x of y %}":           `line 1: expected "in", found "of"`,
		"{% for in x %}":             `line 1: expected a name, found "in"`,
		"{% for x in y recursive %}": "line 1: recursive loops are not supported",
		"{% break %}":                `line 1: "break" stands outside a loop`,
		"{% for x in y %}{% macro f() %}{% continue %}": `line 1: "continue" stands outside a loop`,
		"{% set 1 = 2 %}":            `line 1: expected a name, found "1"`,
		"{% set a, b %}":             `line 1: expected "=", found "%}"`,
		"{% macro f(a, a) %}":        `line 1: macro "f" has two parameters "a"`,
		"{% frobnicate %}":           `line 1: block "frobnicate" is not supported`,
		"{% call f() %}":             `line 1: block "call" is not supported`,
		"{% %}":                      `line 1: expected a block's name, found "%}"`,
		"{{ f(a=1, 2) }}":            "line 1: an argument without a name follows one with a name",
		"{{ f(a=1, a=2) }}":          `line 1: argument "a" is given twice`,
		"{{ f(*a) }}":                "line 1: unpacking of arguments is not supported",
		"{{ a[] }}":                  "line 1: a key is missing",
		"{{ a. }}":                   `line 1: expected a name, found "}}"`,
		"{{ a | }}":                  `line 1: expected a filter's name, found "}}"`,
		"{{ a is }}":                 `line 1: expected a test's name, found "}}"`,
		"{{ {1} }}":                  `line 1: expected ":", found "}"`,
		`{{ "\xq0" }}`:               `line 1: \xq0 is no character`,
		`{{ "\u12" }}`:               "line 1: ",
		"{{ 99999999999999999999 }}": "line 1: the number 99999999999999999999 is too large",
		"{{ a.__class__ }}":          `line 1: the name "__class__" is not allowed`,
		"{% include 'x' %}":          `line 1: "include" is not allowed`,
	} {
		_, err := Parse(source, DefaultLimits)
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", source, err, want)
		}
	}
}

func TestRenderErrors(t *testing.T) {
	for source, want := range map[string]string{
		"\n{{ a.b }}":                          `line 2: "a" is undefined`,
		"{% if 1 %}\n{{ 1 + 'a' }}{% endif %}": "line 2: an integer + a string is not possible",
		"{{ 1 | nope }}":                       `line 1: filter "nope" is not supported`,
		"{{ 1 is nope }}":                      `line 1: test "nope" is not supported`,
		"{% macro f() %}\n{{ x.y }}{% endmacro %}\n\n{{ f() }}": `line 2: "x" is undefined`,
		"{{ 'a'.find() }}":  `line 1: method "find": argument "sub" is missing`,
		"{% set x.y = 1 %}": `line 1: "x" is no namespace`,
	} {
		if _, err := render(source, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", source, err, want)
		}
	}
	// What is not reached does no harm: templates test for what they need.
	if got, err := render("{% if false %}{{ 1 | nope }}{{ a.b }}{% endif %}ok", nil); got != "ok" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// No template panics or takes long.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"{% for m in messages %}{{ m['role'] ~ m.content | trim }}{% endfor %}", "{{ [1, 2][0:-1] | tojson(indent=1) }}",
		"{%- macro f(a, b=1) -%}{{ a % b }}{%- endmacro -%}{{ f('%s', (1,)) }}", "{% set ns = namespace(a=1) %}{% set ns.a = -ns.a ** 2 // 3 %}",
		"{{ 'a b'.split(none, 1) | map('upper') | join(loop) if 1 is odd else x.y() }}", "{% raw %}{{ {% endraw %}{# #}", "{{ '\\u00e9'[::-1].format(1) }}",
	} {
		f.Add(s)
	}
	limits := Limits{Source: 1 << 12, Nesting: 30, Calls: 10, Steps: 2000, Bytes: 1 << 16, Time: DefaultLimits.Time}
	f.Fuzz(func(t *testing.T, source string) {
		tmpl, err := Parse(source, limits)
		if err != nil {
			return
		}
		vars := map[string]any{"messages": []any{NewDict("role", "user", "content", " Hé\n")}, "x": 5, "f": 1.5}
		a, errA := tmpl.Render(vars, 0)
		b, errB := tmpl.Render(vars, 0)
		if a != b || (errA == nil) != (errB == nil) {
			t.Errorf("%q renders to %q, %v and then %q, %v", source, a, errA, b, errB)
		}
	})
}
