package document

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	wordNS      = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`
	contentList = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	wordStyles  = `<w:styles` + wordNS + `>
<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:styleId="H2"><w:name w:val="Heading 2"/></w:style>
<w:style w:styleId="Mine"><w:name w:val="My Heading"/><w:basedOn w:val="H2"/></w:style>
<w:style w:styleId="NotMine"><w:name w:val="x"/><w:basedOn w:val="H2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="NewPage"><w:name w:val="np"/><w:pPr><w:pageBreakBefore/></w:pPr></w:style>
<w:style w:styleId="Bullet"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="Clause"><w:name w:val="clause"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
</w:styles>`
	wordNumbers = `<w:numbering` + wordNS + `>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="3"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
</w:numbering>`
)

// docxBytes is a Word file with the given body and further entries.
func docxBytes(t testing.TB, body string, entries ...string) []byte {
	t.Helper()
	document := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document` + wordNS + `><w:body>` + body + `</w:body></w:document>`
	return zipped(t, append([]string{"[Content_Types].xml", contentList, "word/document.xml", document}, entries...)...)
}

// para is a paragraph of a style, "" for none, with one run of text.
func para(style, text string) string {
	if style != "" {
		style = `<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`
	}
	return `<w:p>` + style + `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func run(inner string) string { return `<w:r>` + inner + `</w:r>` }

func cell(inner string) string { return `<w:tc><w:tcPr/>` + inner + `</w:tc>` }

// item is a paragraph of a list.
func item(list, level int, text string) string {
	return fmt.Sprintf(`<w:p><w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, level, list, text)
}

func word(t *testing.T, body string, entries ...string) *Document {
	t.Helper()
	doc := parse(t, docxBytes(t, body, append([]string{"word/styles.xml", wordStyles, "word/numbering.xml", wordNumbers}, entries...)...), Options{})
	if doc.Format != DOCX || doc.Encoding != "" {
		t.Errorf("format %s, encoding %q", doc.Format, doc.Encoding)
	}
	checkPages(t, doc)
	return doc
}

func TestDOCXText(t *testing.T) {
	const pageBreak, printed = `<w:br w:type="page"/>`, `<w:lastRenderedPageBreak/>`
	cut := func(kind string) string { // a section's end within a paragraph
		return `<w:p><w:pPr><w:sectPr><w:type w:val="` + kind + `"/></w:sectPr></w:pPr></w:p>`
	}
	for name, c := range map[string]struct{ body, want string }{
		"paragraphs": {para("", "One ") + para("", "") + `<w:p><w:r><w:t>a</w:t></w:r><w:r><w:t xml:space="preserve"> b&amp;</w:t></w:r></w:p>`, "One\n\na b&"},
		"headings":   {para("berschrift1", "A") + para("Mine", "B") + para("NotMine", "C") + para("Loop", "D"), "# A\n\n## B\n\nC\n\nD"},
		"outline":    {`<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>` + run("<w:t>A</w:t>") + `</w:p>`, "### A"},
		"signs": {`<w:p>` + run(`<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:cr/><w:t>d</w:t><w:noBreakHyphen/><w:t>e</w:t><w:softHyphen/><w:t>f</w:t>`) +
			`</w:p>`, "a\tb\nc\nd-ef"},
		"tracked changes": {`<w:p><w:ins>` + run("<w:t>new</w:t>") + `</w:ins><w:del>` + run("<w:delText>old</w:delText><w:t>old</w:t>") + `</w:del><w:moveFrom>` +
			run("<w:t>from</w:t>") + `</w:moveFrom><w:moveTo>` + run("<w:t>to</w:t>") + `</w:moveTo></w:p>`, "newto"},
		"hidden": {`<w:p>` + run(`<w:rPr><w:vanish/></w:rPr><w:t>x</w:t>`) + run(`<w:rPr><w:vanish w:val="0"/></w:rPr><w:t>a</w:t>`) + `</w:p>`, "a"},
		"fields": {`<w:p>` + run(`<w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>7</w:t>`) +
			`<w:hyperlink>` + run("<w:t>link</w:t>") + `</w:hyperlink><w:fldSimple w:instr="X">` + run("<w:t>y</w:t>") + `</w:fldSimple></w:p>`, "7linky"},
		"exponent": {`<w:p>` + run("<w:t>10</w:t>") + run(`<w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t>`) + run("<w:t> 1</w:t>") +
			run(`<w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>st</w:t>`) + `</w:p>`, "10^6 1st"},
		"controls": {`<w:sdt><w:sdtPr><w:text><w:t>no</w:t></w:text></w:sdtPr><w:sdtContent>` + para("", "a") + `</w:sdtContent></w:sdt><w:customXml>` + para("", "b") + `</w:customXml>`, "a\n\nb"},
		"text box": {`<w:p>` + run(`<mc:AlternateContent><mc:Choice><w:txbxContent>`+para("", "box")+`</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>`+
			para("", "box")+`</w:txbxContent></mc:Fallback></mc:AlternateContent><w:t>a</w:t>`) + `</w:p>` + para("", "b"), "a\n\nbox\n\nb"},
		"bullets": {para("Bullet", "a") + para("Bullet", "b") + item(9, 1, "c") + item(0, 0, "d"), "- a\n- b\n  - c\n\nd"},
		"numbers": {
			item(2, 0, "a") + item(2, 1, "b") + item(2, 1, "c") + item(2, 2, "d") + item(2, 0, "e") + item(2, 1, "f") + para("", "x") + item(3, 0, "g"),
			"1. a\n  1.1 b\n  1.2 c\n    (c) d\n2. e\n  2.1 f\n\nx\n\n7. g",
		},
		"clauses": {item(2, 0, "a") + para("Clause", "Term") + para("Clause", "Notice"), "1. a\n\n## 1.1 Term\n\n## 1.2 Notice"},
		"table": {para("", "x") + `<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:trPr/>` + cell(para("", "a")) + cell(para("", "b")+para("", "c")) + `</w:tr><w:tr>` + cell(`<w:p/>`) +
			`<w:sdt><w:sdtContent>` + cell(para("", "d")) + `</w:sdtContent></w:sdt></w:tr><w:tr>` + cell("<w:p/>") + `</w:tr></w:tbl>` + para("", "y"), "x\n\na | b c\n| d\n\ny"},
		"layout table":   {`<w:tbl><w:tr>` + cell(para("berschrift1", "A")+para("", "b")) + cell(para("", "c")) + `</w:tr></w:tbl>`, "# A\n\nb\n\nc"},
		"page breaks":    {para("", "a") + `<w:p>` + run(pageBreak+`<w:t>b</w:t>`) + `</w:p><w:p>` + run(pageBreak) + run(pageBreak) + `</w:p>` + para("", "c"), "a|b||c"},
		"printed pages":  {`<w:p>` + run(printed+`<w:t>a</w:t>`) + `</w:p><w:p>` + run(`<w:t>b </w:t>`+printed+`<w:t xml:space="preserve"> c</w:t>`+pageBreak+printed+`<w:t>d</w:t>`) + `</w:p>`, "a\n\nb|c|d"},
		"breaking style": {para("NewPage", "a") + para("NewPage", "b") + `<w:p><w:pPr><w:pStyle w:val="NewPage"/><w:pageBreakBefore w:val="false"/></w:pPr>` + run("<w:t>c</w:t>") + `</w:p>`, "a|b\n\nc"},
		"sections": {para("", "a") + cut("nextPage") + para("", "b") + cut("nextPage") + para("", "c") + cut("continuous") + para("", "d") +
			`<w:sectPr/>`, "a|b\n\nc|d"},
		"break in heading": {para("", "x") + `<w:p><w:pPr><w:pStyle w:val="H2"/></w:pPr>` + run(printed+`<w:t>A</w:t>`) + `</w:p>`, "x|## A"},
		"break in row":     {para("", "x") + `<w:tbl><w:tr>` + cell(para("", "a")) + cell(`<w:p>`+run(printed+pageBreak+`<w:t>b</w:t>`)+`</w:p>`) + `</w:tr></w:tbl>`, "x|a | b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pageTexts(word(t, c.body)); strings.ReplaceAll(got, " | ", " ¦ ") != strings.ReplaceAll(c.want, " | ", " ¦ ") {
				t.Errorf("text %q, want %q", got, c.want)
			}
		})
	}
}

func TestDOCXNotes(t *testing.T) {
	foot := `<w:footnotes` + wordNS + `><w:footnote w:type="separator" w:id="-1">` + para("", "line") + `</w:footnote><w:footnote w:id="2">` +
		`<w:p>` + run("<w:footnoteRef/>") + run("<w:t>First note,</w:t>") + `</w:p>` + para("", "second line.") + `</w:footnote><w:footnote w:id="3">` + para("", "Other.") + `</w:footnote></w:footnotes>`
	end := `<w:endnotes` + wordNS + `><w:endnote w:id="2">` + para("", "At the end.") + `</w:endnote></w:endnotes>`
	ref := func(kind, id string) string {
		return run(`<w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:` + kind + `noteReference w:id="` + id + `"/>`)
	}
	body := `<w:p>` + run("<w:t>a</w:t>") + ref("foot", "3") + run("<w:t>b</w:t>") + ref("end", "2") + `</w:p>` +
		`<w:tbl><w:tr>` + cell(`<w:p>`+run("<w:t>c</w:t>")+ref("foot", "2")+`</w:p>`) + cell(para("", "d")) + `</w:tr><w:tr>` + cell(para("", "e")) + cell(para("", "f")) + `</w:tr></w:tbl>` +
		`<w:p>` + run("<w:t>g</w:t>") + ref("foot", "3") + ref("foot", "99") + `</w:p>`
	got := word(t, body, "word/footnotes.xml", foot, "word/endnotes.xml", end).Text()
	want := "a[1]b[e1]\n\n[1] Other.\n\nc[2] | d\ne | f\n\n[2] First note, second line.\n\ng[1][3]\n\n[e1] At the end."
	if got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestDOCXTitle(t *testing.T) {
	core := func(title string) string {
		return `<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + title + `</dc:title></cp:coreProperties>`
	}
	body := para("berschrift1", "Head") + para("Titel", "The  Title")
	for want, entries := range map[string][]string{
		"Of the File": {"docProps/core.xml", core(" Of the File ")},
		"The Title":   {"docProps/core.xml", core("")},
	} {
		if got := word(t, body, entries...).Title; got != want {
			t.Errorf("title %q, want %q", got, want)
		}
	}
	if got := word(t, para("H2", "Head")).Title; got != "Head" {
		t.Errorf("title %q of a file with a heading", got)
	}
	if got := word(t, para("", "text")).Title; got != "test" {
		t.Errorf("title %q of a file without", got)
	}
}

// TestDOCXParts reads a file with unusual names of parts, as some programs and
// all Word files in the strict edition of the standard have them.
func TestDOCXParts(t *testing.T) {
	rels := func(list ...string) string {
		s := `<Relationships xmlns="r">`
		for i := 0; i < len(list); i += 2 {
			s += `<Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/` + list[i] + `" Target="` + list[i+1] + `"/>`
		}
		return s + `</Relationships>`
	}
	data := zipped(t, "[Content_Types].xml", contentList, "_rels/.rels", rels("officeDocument", "/word/document2.xml"),
		"word/_rels/document2.xml.rels", rels("styles", "styles2.xml"), "word/styles2.xml", wordStyles,
		"word/document2.xml", "\ufeff"+`<?xml version="1.0" encoding="utf-8"?><w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>`+
			para("berschrift1", "A&nbsp;&eacute;")+`</w:body></w:document>`)
	if got := parse(t, data, Options{}).Text(); got != "# A é" {
		t.Errorf("text %q", got)
	}
}

func TestDOCXLongPages(t *testing.T) {
	long := para("", prose(60)) // about a page and a half
	if n := len(word(t, strings.Repeat(long, 4)).Pages); n < 5 {
		t.Errorf("%d pages of a file without page breaks", n)
	}
	printed := `<w:p>` + run(`<w:lastRenderedPageBreak/><w:t>x</w:t>`) + `</w:p>`
	if n := len(word(t, strings.Repeat(printed+long, 4)).Pages); n != 4 {
		t.Errorf("%d pages of a file of 4 printed ones", n)
	}
	if n := len(word(t, printed+strings.Repeat(long, 9)).Pages); n < 9 {
		t.Errorf("%d pages of a file with a printed page of 13", n)
	}
}

func TestDOCXErrors(t *testing.T) {
	good := docxBytes(t, strings.Repeat(para("", prose(3)), 200))
	ole := func(name string) []byte {
		return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Join(strings.Split(name, ""), "\x00") + "\x00")
	}
	for name, c := range map[string]struct {
		data []byte
		opts Options
		want error
		says string
	}{
		"cut":          {good[:len(good)/2], Options{}, ErrCorrupt, "get a whole copy"},
		"no document":  {zipped(t, "[Content_Types].xml", contentList, "word/styles.xml", wordStyles), Options{}, ErrCorrupt, "word/document.xml"},
		"not XML":      {zipped(t, "[Content_Types].xml", contentList, "word/document.xml", "words"), Options{}, ErrEmpty, "no text"},
		"broken XML":   {docxBytes(t, "<w:p><w:t></w:p>"), Options{}, ErrCorrupt, "save it again"},
		"empty":        {docxBytes(t, "<w:p/>"), Options{}, ErrEmpty, "no text"},
		"pictures":     {docxBytes(t, `<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p>`), Options{}, ErrScanned, "ocrmypdf"},
		"too deep":     {docxBytes(t, strings.Repeat("<w:p>", 1000)), Options{}, ErrTooLarge, "512 deep"},
		"bomb":         {docxBytes(t, para("", strings.Repeat(" ", 1<<20))), Options{MaxBytes: 1 << 16}, ErrTooLarge, "0.1 MiB"},
		"long tag":     {docxBytes(t, `<w:p a="`+strings.Repeat(" ", 17<<20)+`"/>`), Options{}, ErrTooLarge, "16 MiB"},
		"paragraphs":   {docxBytes(t, strings.Repeat("<w:p/>", maxParagraphs+1)), Options{}, ErrTooLarge, "2000000 paragraphs"},
		"large styles": {docxBytes(t, para("", "a"), "word/styles.xml", "<a>"+strings.Repeat("<b>"+strings.Repeat(" ", 1<<20)+"</b>", 17)+"</a>"), Options{}, ErrTooLarge, "word/styles.xml"},
		"entities": {zipped(t, "[Content_Types].xml", contentList, "word/document.xml",
			`<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z SYSTEM "file:///etc/passwd">]><a><p><t>&z;</t></p></a>`), Options{}, ErrCorrupt, "entity"},
		"password":   {ole("EncryptedPackage"), Options{}, ErrPassword, "save it without the password"},
		"old Word":   {ole("WordDocument"), Options{}, ErrUnsupported, "save it as DOCX"},
		"old slides": {ole("PowerPoint Document"), Options{}, ErrUnsupported, "old Office file"},
	} {
		_, err := Parse(t.Context(), "a.docx", c.data, c.opts)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), "a.docx") {
			t.Errorf("%s: error %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
}

// TestDOCXDamaged reads files of which a part is broken.
func TestDOCXDamaged(t *testing.T) {
	var b strings.Builder
	for i := range 400 {
		b.WriteString(para("", fmt.Sprintf("Paragraph %d: %s", i, prose(1+i%5))))
	}
	good := docxBytes(t, b.String(), "word/styles.xml", wordStyles)
	doc := parse(t, damage(t, good, "word/document.xml"), Options{})
	last := doc.Pages[len(doc.Pages)-1]
	if !strings.Contains(doc.Text(), "Paragraph 100:") || len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "not whole") || !errors.Is(last.Err, ErrCorrupt) {
		t.Errorf("%d bytes, warnings %q, error %v", len(doc.Text()), doc.Warnings, last.Err)
	}
	doc = parse(t, docxBytes(t, para("berschrift1", "A"), "word/styles.xml", "<w:styles><w:style>"), Options{})
	if doc.Text() != "A" || len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "styles") {
		t.Errorf("broken styles: %q, warnings %q", doc.Text(), doc.Warnings)
	}
	doc = parse(t, docxBytes(t, `<w:p>`+run(`<w:t>a</w:t><w:sym w:char="F0FE"/>`)+`</w:p>`), Options{})
	if doc.Text() != "a" || len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "left out: 1") {
		t.Errorf("symbols: %q, warnings %q", doc.Text(), doc.Warnings)
	}
}

func TestListNumbers(t *testing.T) {
	for want, c := range map[string]struct {
		n      int
		format string
	}{
		"12": {12, "decimal"}, "07": {7, "decimalZero"}, "c": {3, "lowerLetter"}, "BB": {28, "upperLetter"}, "300": {300, "lowerLetter"},
		"xiv": {14, "lowerRoman"}, "MCMXCIX": {1999, "upperRoman"}, "2000000": {2_000_000, "upperRoman"}, "": {5, "none"}, "-3": {-3, "upperRoman"},
	} {
		if got := count(c.n, c.format); got != want {
			t.Errorf("%d as %s: %q, want %q", c.n, c.format, got, want)
		}
	}
}

func FuzzDOCX(f *testing.F) {
	f.Add(para("H2", "a")+`<w:tbl><w:tr>`+cell(item(2, 1, "b"))+cell(para("", "c"))+`</w:tr></w:tbl>`, wordStyles, wordNumbers)
	f.Add(`<w:p><w:r><w:t>a</w:t><w:br w:type="page"/><w:lastRenderedPageBreak/><w:footnoteReference w:id="1"/></w:r></w:p><w:sectPr/>`, "<a/>", "<a/>")
	f.Add(`<w:p><w:pPr><w:sectPr/></w:pPr><w:txbxContent><w:p><w:del/><w:ins><w:t>b`, `<w:style w:styleId=""><w:basedOn w:val=""/>`, `<w:num/>`)
	f.Fuzz(func(t *testing.T, body, styles, numbers string) {
		if len(body)+len(styles)+len(numbers) > 1<<16 {
			t.Skip()
		}
		notes := `<w:footnotes` + wordNS + `><w:footnote w:id="1">` + body + `</w:footnote></w:footnotes>`
		data := docxBytes(t, body, "word/styles.xml", styles, "word/numbering.xml", numbers, "word/footnotes.xml", notes)
		doc, err := readDOCX(t.Context(), "a.docx", data, Options{}.withDefaults())
		if err != nil {
			return
		}
		if n := len(doc.Text()); n > 100*(len(body)+10) {
			t.Errorf("%d bytes became %d of text", len(body), n)
		}
		checkPages(t, doc)
	})
}
