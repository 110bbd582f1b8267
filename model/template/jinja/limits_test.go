package jinja

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Templates that ask for too much get an error, soon and without the memory.
func TestLimits(t *testing.T) {
	double := func(op string) string {
		return `{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ` + op + ` %}{% endfor %}{{ ns.x | length }}`
	}
	for name, source := range map[string]string{
		"long range":              `{% for i in range(10**9) %}{% endfor %}`,
		"huge range":              `{{ range(-9223372036854775807, 9223372036854775807) | length }}`,
		"nested loops":            `{% for a in range(3000) %}{% for b in range(3000) %}{% for c in range(3000) %}{% endfor %}{% endfor %}{% endfor %}`,
		"endless output":          `{% for a in range(9999) %}{% for b in range(99) %}` + strings.Repeat("x", 1000) + `{% endfor %}{% endfor %}`,
		"string multiplication":   `{{ 'a' * 10**12 }}`,
		"list multiplication":     `{{ [1] * 10**12 }}`,
		"multiplied twice":        `{{ ('a' * 10**7) * 10**7 }}`,
		"doubling by +":           double(`ns.x + ns.x`),
		"doubling by ~":           double(`ns.x ~ ns.x`),
		"doubling by join":        double(`[ns.x, ns.x] | join`),
		"doubling by format":      double(`'%s%s' % (ns.x, ns.x)`),
		"doubling by braces":      double(`'{0}{0}'.format(ns.x)`),
		"doubling by replace":     double(`ns.x.replace('ab', 'abab')`),
		"replace of nothing":      double(`ns.x.replace('', ns.x)`),
		"doubling by set block":   `{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}`,
		"doubling of lists":       `{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}`,
		"doubling by repr":        double(`[ns.x, ns.x] | string`),
		"doubling by tojson":      double(`[ns.x, ns.x] | tojson`),
		"indent of many lines":    `{{ ('\n' * 10**6) | indent(1000, blank=true) }}`,
		"huge indent":             `{{ 'a' | indent(10**9, true) }}`,
		"huge JSON indent":        `{{ [1] | tojson(indent=10**9) }}`,
		"wide JSON indent":        `{{ range(100000) | list | tojson(indent=1000) }}`,
		"recursion":               `{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}`,
		"mutual recursion":        `{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}`,
		"branching recursion":     `{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(50) }}`,
		"default recursion":       `{% macro f(a=f()) %}{% endmacro %}{{ f() }}`,
		"list within itself":      `{% set l = [1] %}{% do l.append(l) %}{{ l }}`,
		"lists twice in lists":    `{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}`,
		"equal lists in lists":    `{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(90) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}`,
		"JSON of lists in lists":  `{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}`,
		"deep parentheses":        `{{ ` + strings.Repeat("(", 5000) + `1` + strings.Repeat(")", 5000) + ` }}`,
		"deep lists":              `{{ ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + ` }}`,
		"deep minus":              `{{ ` + strings.Repeat("- ", 5000) + `1 }}`,
		"deep not":                `{{ ` + strings.Repeat("not ", 5000) + `1 }}`,
		"deep conditions":         `{{ ` + strings.Repeat("1 if 1 else ", 5000) + `1 }}`,
		"deep blocks":             strings.Repeat("{% if 1 %}", 5000) + strings.Repeat("{% endif %}", 5000),
		"deep subscripts":         `{{ ` + strings.Repeat("a[", 5000) + `1` + strings.Repeat("]", 5000) + ` }}`,
		"a large template":        strings.Repeat("x", DefaultLimits.Source+1),
		"splits of a long string": `{% set s = 'a' * 10**7 %}{{ s.split('a') | length }}`,
		"characters of a string":  `{% set s = 'a' * 10**7 %}{% for c in s %}{% endfor %}`,
		"reading again and again": `{% set s = 'a' * 10**7 %}{% for i in range(10**5) %}{% if 'b' in s %}{% endif %}{% endfor %}`,
		"many maps":               `{% set l = range(900) | list %}{% for i in l %}{% set x = l | map('string') | map('upper') | list | sort %}{% endfor %}`,
		"list appended to itself": `{% set l = [1] %}{% for i in range(10**6) %}{% do l.append(l) %}{% endfor %}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			limits := DefaultLimits
			limits.Time = time.Second
			tmpl, err := Parse(source, limits)
			if err == nil {
				_, err = tmpl.Render(nil, 0)
			}
			if !errors.Is(err, ErrLimit) {
				t.Errorf("error %v, want ErrLimit", err)
			}
			if d := time.Since(start); d > 10*time.Second { // machines may be slow
				t.Errorf("it took %v", d)
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 2<<30 {
				t.Errorf("it allocated %d bytes", n)
			}
		})
	}
}

// Names by which Python templates reach the interpreter lead nowhere.
func TestNoWayOut(t *testing.T) {
	for _, source := range []string{
		`{{ ''.__class__ }}`,
		`{{ ''.__class__.__mro__[1].__subclasses__() }}`,
		`{{ __builtins__ }}`,
		`{{ ''['__class__'].x }}`,
		`{{ ''|attr('__class__') }}`,
		`{{ [''] | map(attribute='__class__.x') | list }}`,
		`{{ self.x }}`,
		`{{ lipsum.__globals__ }}`,
		`{{ cycler.__init__ }}`,
		`{{ raise_exception.Func }}{{ raise_exception.Func.x }}`,
		`{{ f.__name__ }}`,
		`{{ d.keys.x.y }}`,
		`{% include 'x' %}`,
		`{% import 'x' as y %}`,
		`{% from 'x' import y %}`,
		`{% extends 'x' %}`,
		`{% block b %}{% endblock %}`,
		`{{ d.update.call(1) }}`,
		`{{ d.values.values }}{{ (1).bit_length() }}`,
	} {
		vars := map[string]any{"d": NewDict("a", 1), "f": Func(func([]any) (any, error) { return nil, nil })}
		if got, err := render(source, vars); err == nil {
			t.Errorf("%s gives %q, want an error", source, got)
		}
	}
}

func TestVariablesOfOtherTypes(t *testing.T) {
	for _, v := range []any{struct{ A int }{1}, &struct{}{}, []string{"a"}, map[string]any{}, int64(1), []any{[]int{1}}, errors.New("x")} {
		if _, err := render("{{ v }}", map[string]any{"v": v}); err == nil {
			t.Errorf("a variable of type %T is taken", v)
		}
	}
	f := Func(func([]any) (any, error) { return struct{}{}, nil })
	if _, err := render("{{ f() }}", map[string]any{"f": f}); err == nil {
		t.Error("a function may return a struct")
	}
}

// Values and the template do not change from one rendering to the next.
func TestRenderAgain(t *testing.T) {
	tmpl, err := Parse(`{% do d.update(x=1) %}{% do l.append(3) %}{% set v = [] %}{% do v.append(1) %}{{ d }}{{ l }}{{ v }}`, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]any{"d": NewDict("a", 1), "l": []any{1}}
	for range 2 {
		got, err := tmpl.Render(vars, 0)
		if want := "{'a': 1, 'x': 1}[1, 3][1]"; err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
