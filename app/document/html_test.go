package document

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// web is the text of a page with the given body.
func web(t *testing.T, body string) string {
	t.Helper()
	doc := parse(t, []byte("<!DOCTYPE html><html><head><title>T</title></head><body>"+body+"</body></html>"), Options{})
	if doc.Format != HTML {
		t.Errorf("format %s", doc.Format)
	}
	checkPages(t, doc)
	return doc.Text()
}

func TestHTMLText(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"paragraphs":    {"<p>One\n  two<p>Three", "One two\n\nThree"},
		"headings":      {"<h1>Top</h1>text<h3>Low <em>er</em></h3><div>more</div>", "# Top\n\ntext\n\n### Low er\n\nmore"},
		"block heading": {"<h2><div>A</div></h2><p>B", "## A\n\nB"},
		"entities":      {"<p>a &lt; b &amp; c &eacute; &#x4e2d; &nbsp;d&shy;e &unknown;", "a < b & c é 中 de &unknown;"},
		"inline":        {"<p>a<b>b</b><i> c</i> <a href=x>d</a>", "ab c d"},
		"line breaks":   {"<p>a <br> b<br>c</p>", "a\nb\nc"},
		"left out":      {"a<script>if (a<b) x('</p>')</script><style>p{}</style><!-- no --><nav>Home</nav><noscript>on</noscript><template>t</template><p>b", "a\n\nb"},
		"hidden":        {"<p hidden>x<p>a<span style='Display : none'>y</span><b aria-hidden=true>z</b><div style=visibility:hidden>w</div><dialog>v</dialog>", "a"},
		"hidden inside": {"<div hidden><div>x</div>y</div>z", "z"},
		"list":          {"<ul><li>a<li>b<ul><li>c</ul><li><p>d</p><p>e</p></ul>f", "- a\n- b\n  - c\n- d\n  e\n\nf"},
		"numbers":       {"<ol start=3><li>a<li value=7>b<li>c</ol>", "3. a\n7. b\n8. c"},
		"definitions":   {"<dl><dt>T<dd>d<dt>U<dd>e</dl>", "T\n  d\nU\n  e"},
		"two lists":     {"<ul><li>a</ul><ul><li>b</ul>", "- a\n\n- b"},
		"table":         {"<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td>2 <br> 3<tr><td><td>4</table>", "C\n\na | b\n1 | 2 3\n| 4"},
		"layout table":  {"<table><tr><td><h1>A</h1><p>b<td><p>c</table>", "# A\n\nb\n\nc"},
		"nested table":  {"<table><tr><td><table><tr><td>1<td>2<tr><td>3<td>4</table><td>x</table>", "1 | 2\n3 | 4\n\nx"},
		"pre":           {"<pre>\n  a\n\n\tb &lt;c></pre>d", "  a\n\n\tb <c>\n\nd"},
		"lines in pre":  {"<pre><div>a</div><div>  b</div></pre>", "a\n  b"},
		"exponent":      {"<p>10<sup>6</sup> m<sup>−2</sup>, 1<sup>st</sup>", "10^6 m^−2, 1st"},
		"note":          {"<p>word<sup><a href='#n1'>1</a></sup> and<a href='#n2'><sup>2</sup></a> x<a epub:type=noteref href='#n'>*</a> p. <a href='#p'>7</a>", "word[1] and[2] x[*] p. 7"},
		"ruby":          {"<p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>", "漢字(かんじ)"},
		"picture":       {"<p><img src=x alt='A'>bcd<svg><text>no</text></svg>", "Abcd"},
		"formula":       {"<p>x: <math alttext='x^2'><msup><mi>x</mi></msup></math>, <math><mi>y</mi><annotation>y_1</annotation></math>", "x: x^2, y_1"},
		"quotation":     {"<p>he said <q>so</q>", "he said “so”"},
		"controls":      {"<p>a<select><option>no</select><button>no</button><textarea>no</textarea><label>b</label>", "ab"},
		"unclosed":      {"<p><b><i>a<p>b</i>" + strings.Repeat("<font color=red>", 2000) + "c", "a\n\nbc"},
		"form feed":     {"<p>a\fb<pre>c&#12;d</pre>", "a b\n\nc d"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := web(t, c.body); got != c.want {
				t.Errorf("text %q, want %q", got, c.want)
			}
		})
	}
}

// TestHTMLHiddenBody reads a page that a script would show.
func TestHTMLHiddenBody(t *testing.T) {
	if got := parse(t, []byte("<html><body style='visibility:hidden'><p>a"), Options{}).Text(); got != "a" {
		t.Errorf("text %q", got)
	}
}

func TestHTMLTitle(t *testing.T) {
	for html, want := range map[string]string{
		"<html><head><title> A\n &amp; B </title><body><h1>C</h1>":                "A & B",
		"<html><body><svg><title>S</title></svg><h1>The\n<i>C</i></h1><h1>D</h1>": "The C",
		"<html><body><table><tr><td><h1>In a cell</h1></table>":                   "In a cell",
		"<html><body>text": "test",
	} {
		if got := parse(t, []byte(html), Options{}).Title; got != want {
			t.Errorf("%s: title %q, want %q", html, got, want)
		}
	}
}

func TestHTMLEncodings(t *testing.T) {
	page := func(head string) string { return "<html><head>" + head + "<title>ü</title></head><body><p>" + german }
	for name, c := range map[string]struct {
		text string
		enc  encoding.Encoding
		want string
	}{
		"byte order mark": {page("<meta charset=iso-8859-2>"), unicode.UTF8BOM, "UTF-8"},
		"UTF-16":          {page(""), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16LE"},
		"meta charset":    {page("<meta charset='Windows-1250'>"), charmap.Windows1250, "windows-1250"},
		"meta http-equiv": {page(`<META http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">`), charmap.Windows1252, "windows-1252"},
		"meta UTF-16":     {page("<meta charset=utf-16>"), encoding.Nop, "UTF-8"},
		"meta unknown":    {page("<meta charset=klingon>"), charmap.Windows1252, "windows-1252"},
		"XML declaration": {`<?xml version="1.0" encoding="windows-1252"?>` + page(""), charmap.Windows1252, "windows-1252"},
		"detected":        {page(""), charmap.Windows1252, "windows-1252"},
		"UTF-8":           {page("<meta charset='utf8'>"), encoding.Nop, "UTF-8"},
	} {
		data, err := c.enc.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, data, Options{})
		if doc.Text() != strings.TrimSpace(german) || doc.Title != "ü" || doc.Encoding != c.want {
			t.Errorf("%s: title %q, read as %s: %s", name, doc.Title, doc.Encoding, doc.Text())
		}
	}
	data, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte("<html><body>" + japan))
	if err != nil {
		t.Fatal(err)
	}
	if got := parse(t, data, Options{Encoding: "shift_jis"}).Text(); got != strings.TrimSpace(japan) {
		t.Errorf("named encoding: %s", got)
	}
	doc := parse(t, []byte("<html><meta charset=utf-8><body>Gr\xf6\xdfe"), Options{})
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "2 characters are not valid UTF-8") {
		t.Errorf("warnings %q", doc.Warnings)
	}
}

func TestHTMLPages(t *testing.T) {
	doc := parse(t, []byte("<html><body>"+strings.Repeat("<h2>Section</h2><p>"+prose(12)+"</p><p>"+prose(5)+"</p>", 20)), Options{})
	if len(doc.Pages) < 8 {
		t.Fatalf("%d pages", len(doc.Pages))
	}
	for _, p := range doc.Pages {
		if !strings.HasPrefix(p.Text, "## Section") {
			t.Errorf("page %d starts with %q, want a heading", p.Number, p.Text[:20])
		}
	}
}

func TestXHTML(t *testing.T) {
	doc := parse(t, []byte(`<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/>
<style/></head><body><a id="x"/><div/><p>a &lt; b<br/>c</p><p hidden="hidden"/><p>d<![CDATA[<e>]]></p><textarea/>f</body></html>`), Options{})
	if got, want := doc.Text(), "a < b\nc\n\nd<e>\n\nf"; got != want || doc.Title != "test" {
		t.Errorf("text %q, want %q; title %q", got, want, doc.Title)
	}
}

func TestHTMLByContent(t *testing.T) {
	for name, c := range map[string]struct {
		path, text string
		want       Format
	}{
		"text name":      {"a.txt", " <!-- saved --><HTML><body>a", HTML},
		"fragment":       {"a.htm", "<div>a</div>", HTML},
		"Markdown":       {"a.md", "<div>a</div>\n\n# b", Markdown},
		"text":           {"a.txt", "<p>a</p>", Text},
		"XML":            {"a.xml", "<?xml version='1.0'?><a/>", Text},
		"XHTML":          {"a.xml", "<?xml version='1.0'?>\n<html xmlns=''><p>a", HTML},
		"text named so":  {"a.html", "plain words", Text},
		"doctype in MD":  {"a.md", "<!doctype html>\n<p>a", HTML},
		"title at first": {"", "<title>a</title><p>b", HTML},
	} {
		doc, err := Parse(t.Context(), c.path, []byte(c.text), Options{})
		if err != nil || doc.Format != c.want {
			t.Errorf("%s: format %v, error %v", name, doc, err)
		}
	}
}

func TestHTMLErrors(t *testing.T) {
	var attrs strings.Builder
	for i := range maxHTMLAttrs + 1 {
		fmt.Fprintf(&attrs, "a%d ", i)
	}
	for name, c := range map[string]struct {
		body string
		opts Options
		want error
		says string
	}{
		"scripts only": {"<script>document.write('a')</script>", Options{}, ErrEmpty, "print the page to a PDF"},
		"too deep":     {strings.Repeat("<div>", 5000) + "a", Options{}, ErrTooLarge, "512"},
		"time":         {strings.Repeat("<p>a", 100_000), Options{PageTime: time.Nanosecond}, ErrPageLimit, "not read within 1ns"},
		"attributes":   {"<p " + attrs.String() + ">a", Options{}, ErrTooLarge, "10000 attributes"},
		"one long tag": {"<p title='" + strings.Repeat("a", maxHTMLToken) + "'>a", Options{}, ErrTooLarge, "16 MiB"},
		"many tags":    {strings.Repeat("<p>", maxHTMLNodes+1), Options{}, ErrTooLarge, "5000000 elements"},
	} {
		_, err := Parse(t.Context(), "a.html", []byte("<html><body>"+c.body), c.opts)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), "a.html") {
			t.Errorf("%s: error %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
}

// TestHTMLGrowth gives the parser what it would repeat in every paragraph.
func TestHTMLGrowth(t *testing.T) {
	var b strings.Builder
	b.WriteString("<html><body>")
	for i := range 400 {
		fmt.Fprintf(&b, "<b class=%d>", i)
	}
	b.WriteString(strings.Repeat("<p>a", 50_000))
	start := time.Now()
	doc := parse(t, []byte(b.String()), Options{})
	if n := strings.Count(doc.Text(), "a"); n != 50_000 {
		t.Errorf("%d paragraphs", n)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("took %s", d)
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<p>a<ul><li>b<ol start=2><li value=x>c</ol><table><tr><td>d<td>e<tr><td><h1>f</table><pre> g\n\nh</pre>", false)
	f.Add("<?xml version='1.0'?><title/><p hidden='' /><script/>a<![CDATA[<b>]]><sup><a href='#n'>1</a></sup>", true)
	f.Add("<dl><dt>a<dd>b<p>c</dl><select><option>d</select><math alttext='e'/><ruby>f<rt>g</ruby><svg><style><p></style></svg>", false)
	f.Add("<table><td><table><td>a</table><li>b<dd>c<b><p>d</b>e<plaintext>f", false)
	f.Fuzz(func(t *testing.T, text string, xhtml bool) {
		if len(text) > 1<<16 {
			t.Skip()
		}
		text = strings.ToValidUTF8(text, "\uFFFD")
		page, err := parseHTML(t.Context(), text, xhtml, time.Minute)
		if err != nil {
			return
		}
		if strings.Contains(page.text, "\f") {
			t.Error("a page break that no page has")
		}
		if len(page.text) > 50*len(text)+100 {
			t.Errorf("%d bytes became %d of text", len(text), len(page.text))
		}
		doc := &Document{}
		doc.addPages(paginate(page.text, CharsPerPage))
		checkPages(t, doc)
	})
}
