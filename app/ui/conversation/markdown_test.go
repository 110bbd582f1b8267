package conversation

import (
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// texts is Markdown of all kinds, to be parsed whole and in pieces.
var texts = []string{
	answer,
	"# a\nb\n===\n\nc\n---\nd\n\n***\n- x\n\n  y\n- z\n  1. p\n  2. q\n\n    code\n\n> q\nlazy\n\n~~~\nopen fence",
	"| a | b |\n|---|---|\n| 1 | 2 |\nafter\n\n<div>\nraw\n</div>\n\ntext <b>bold</b> &amp; &#65; \\* `a  b`",
	"\\[ x \\] y\n\n\\[\nx\n\\]\ntail\n\n$$ a $$\n\n$$\nopen\n\nformula",
	"   indented\n\n\ttab code\n\tmore\n\n1) a\n2) b\n\n- [ ] t\n",
}

// TestGrowEqualsSet lets texts grow character by character: what is parsed in pieces has to be what is
// parsed at once.
func TestGrowEqualsSet(t *testing.T) {
	for _, text := range texts {
		var grown document
		for i := range len(text) + 1 {
			grown.grow(text[:i])
			var whole document
			whole.set(text[:i])
			if !reflect.DeepEqual(grown.blocks, whole.blocks) {
				t.Fatalf("%q in pieces:\n%+v\nat once:\n%+v", text[:i], grown.blocks, whole.blocks)
			}
		}
	}
}

// TestGrowParsesOnlyTheTail requires that finished blocks are not parsed again.
func TestGrowParsesOnlyTheTail(t *testing.T) {
	var d document
	d.set(strings.Repeat("A paragraph.\n\n", 100) + "The last")
	if got := d.grow(d.source + " one"); got != 100 {
		t.Errorf("%d blocks stayed, want 100", got)
	}
}

// TestSetFindsLinkDefinitions covers the one thing that growing misses.
func TestSetFindsLinkDefinitions(t *testing.T) {
	var d document
	source := "See [it].\n\n[it]: https://example.org\n"
	d.set(source)
	if got := d.blocks[0].runs[1].link; got != "https://example.org" {
		t.Errorf("link is %q", got)
	}
	if len(d.blocks) != 1 {
		t.Errorf("%d blocks, want 1: a definition is not shown", len(d.blocks))
	}
}

func TestBlocks(t *testing.T) {
	para := func(text string) block { return block{runs: []run{{text: text}}} }
	item := para("a")
	item.marker, item.indent = "3.", 1
	second := para("b")
	second.marker, second.indent, second.tight = "4.", 1, true
	quoted := para("q")
	quoted.quote = 1
	for source, want := range map[string][]block{
		"a\nb":               {para("a b")},
		"a  \nb":             {para("a\nb")},
		"3. a\n4. b":         {item, second},
		"> q":                {quoted},
		"```go\nx\n\ty\n```": {{kind: code, code: "x\n    y", language: "go"}},
		"$$\nx_1\n$$":        {{kind: code, code: "$$\nx_1\n$$", language: "math"}},
		"<div>\nx\n</div>":   {{kind: code, code: "<div>\nx\n</div>", language: "html"}},
		"<!-- x\n-->":        {{kind: code, code: "<!-- x\n-->", language: "html"}},
		"***":                {{kind: rule}},
		"a &lt; b \\* c":     {para("a < b * c")},
		"$5 and $6":          {para("$5 and $6")},
		"|a|b|\n|-|:-:|\n|1|2|": {{
			kind: table, align: []fyne.TextAlign{fyne.TextAlignLeading, fyne.TextAlignCenter},
			rows: [][][]run{
				{{{text: "a", style: style{bold: true}}}, {{text: "b", style: style{bold: true}}}},
				{{{text: "1"}}, {{text: "2"}}},
			},
		}},
	} {
		var d document
		d.set(source)
		if !reflect.DeepEqual(d.blocks, want) {
			t.Errorf("%q:\n%+v\nwant\n%+v", source, d.blocks, want)
		}
	}
}

func TestInline(t *testing.T) {
	linked := style{color: theme.ColorNameHyperlink, underline: true}
	grey := style{color: theme.ColorNamePlaceHolder}
	for source, want := range map[string][]run{
		"**a** *b* ~~c~~": {
			{text: "a", style: style{bold: true}},
			{text: " "},
			{text: "b", style: style{italic: true}},
			{text: " "},
			{text: "c", style: style{strike: true}},
		},
		"`a*b*`":        {{text: "a*b*", style: style{mono: true, fill: true}}},
		"$a_1 * b_2$ x": {{text: "$a_1 * b_2$", style: style{mono: true}}, {text: " x"}},
		`\(a_1*b*\) x`:  {{text: `\(a_1*b*\)`, style: style{mono: true}}, {text: " x"}},
		"[t](javascript:x)": {
			{text: "t", style: linked, link: "javascript:x"},
			{text: " (javascript:x)", style: grey, link: "javascript:x"},
		},
		"<https://a.org>":      {{text: "https://a.org", style: linked, link: "https://a.org"}},
		"![alt](http://a/b.c)": {{text: "Image: alt"}, {text: " (http://a/b.c)", style: grey}},
		"x <b>y</b>":           {{text: "x <b>y</b>"}},
	} {
		var d document
		d.set(source)
		if !reflect.DeepEqual(d.blocks[0].runs, want) {
			t.Errorf("%q:\n%+v\nwant\n%+v", source, d.blocks[0].runs, want)
		}
	}
}

func TestShortKeepsTheHost(t *testing.T) {
	long := "https://example.org/" + strings.Repeat("a", 200) + "?end"
	got := short(long)
	if len([]rune(got)) != 70 || !strings.HasPrefix(got, "https://example.org/") || !strings.HasSuffix(got, "?end") {
		t.Errorf("short is %q", got)
	}
}

// FuzzMarkdown requires that no answer can make the parser panic, and that growing and setting agree.
func FuzzMarkdown(f *testing.F) {
	for _, text := range texts {
		f.Add(text, len(text)/2)
	}
	f.Add("# $0$", 3)
	f.Fuzz(func(t *testing.T, text string, at int) {
		var d document
		d.set(text)
		if at >= 0 && at < len(text) {
			d.grow(text[:at])
			d.grow(text)
		}
		for _, b := range d.blocks {
			newWrapper(&metrics{}, b.runs).lines(100)
		}
	})
}
