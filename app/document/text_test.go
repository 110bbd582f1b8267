package document

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	german = "Der Müller löste die Aufgabe früher als gedacht; die Straße war „überflutet“ – für 20 € kam er trotzdem " +
		"nach Köln. Später erzählte er, dass die Brücke über den Fluss schöner sei als je zuvor.\n"
	french  = "L'été dernier, à l'hôtel, le garçon a répété sa leçon : « où êtes-vous allés ? » Déjà les élèves étaient là.\n"
	russian = "Длинный документ читается постепенно, страница за страницей, и каждая страница остаётся в памяти модели.\n"
	chinese = "长文本的注意力由少数键值块决定，因此模型在回答问题时只需要取回这些块，而不是全部的上下文。\n"
	japan   = "長い文書を読むとき、モデルはすべての文脈ではなく、必要なブロックだけを取り出します。これは速いです。\n"
)

func TestTextEncodings(t *testing.T) {
	le := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	for _, c := range []struct {
		name, text string
		enc        encoding.Encoding
		want       string
	}{
		{"UTF-8", german + chinese, encoding.Nop, "UTF-8"},
		{"UTF-8 with BOM", german, unicode.UTF8BOM, "UTF-8"},
		{"ASCII", "Plain words.\n", encoding.Nop, "UTF-8"},
		{"UTF-16 LE with BOM", german, le, "UTF-16LE"},
		{"UTF-16 BE with BOM", chinese, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "UTF-16BE"},
		{"UTF-16 LE without BOM", german, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16LE"},
		{"UTF-16 BE without BOM", french, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16BE"},
		{"UTF-32 LE with BOM", german, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "UTF-32LE"},
		{"Windows-1252 German", german, charmap.Windows1252, "windows-1252"},
		{"Windows-1252 French", french, charmap.Windows1252, "windows-1252"},
		{"Latin-1", strings.NewReplacer("„", "\"", "“", "\"", "–", "-", "€", "Mark").Replace(german), charmap.ISO8859_1, "windows-1252"},
		{"short Latin-1", "Größe", charmap.ISO8859_1, "windows-1252"},
		{"Windows-1251", strings.Repeat(russian, 3), charmap.Windows1251, "windows-1251"},
		{"KOI8-R", strings.Repeat(russian, 3), charmap.KOI8R, "koi8-r"},
		{"Shift JIS", strings.Repeat(japan, 3), japanese.ShiftJIS, ""},
		{"EUC-JP", strings.Repeat(japan, 3), japanese.EUCJP, ""},
		{"GB 18030", strings.Repeat(chinese, 3), simplifiedchinese.GB18030, ""},
		{"GB 18030 after ASCII", strings.Repeat("plain\n", 300) + strings.Repeat(chinese, 9), simplifiedchinese.GB18030, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := c.enc.NewEncoder().Bytes([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			doc := parse(t, data, Options{})
			if got := doc.Pages[0].Text; got != strings.TrimSpace(c.text) {
				t.Errorf("read as %s:\n%s\nwant:\n%s", doc.Encoding, got, c.text)
			}
			if c.want != "" && doc.Encoding != c.want {
				t.Errorf("encoding %s, want %s", doc.Encoding, c.want)
			}
		})
	}
}

func TestTextEncodingNamed(t *testing.T) {
	data, err := charmap.ISO8859_2.NewEncoder().Bytes([]byte("Źdźbło"))
	if err != nil {
		t.Fatal(err)
	}
	if got := parse(t, data, Options{Encoding: "ISO-8859-2"}).Text(); got != "Źdźbło" {
		t.Errorf("text %q", got)
	}
	if _, err := Parse(t.Context(), "a.txt", data, Options{Encoding: "EBCDIC-XX"}); err == nil || !strings.Contains(err.Error(), "EBCDIC-XX") {
		t.Errorf("error %v does not name the encoding", err)
	}
	doc := parse(t, data, Options{Encoding: "utf-8"})
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "not valid utf-8") {
		t.Errorf("warnings %q of broken text", doc.Warnings)
	}
}

func TestTextLineEnds(t *testing.T) {
	if got := parse(t, []byte("one\r\ntwo\rthree\n\r\nfour"), Options{}).Text(); got != "one\ntwo\nthree\n\nfour" {
		t.Errorf("text %q", got)
	}
}

func TestTextPages(t *testing.T) {
	doc := parse(t, []byte("first\f\n  indented\n\fthird\f"), Options{})
	var got []string
	for _, p := range doc.Pages {
		got = append(got, p.Text)
	}
	if s := strings.Join(got, "|"); s != "first|  indented|third" {
		t.Errorf("pages at form feeds: %q", s)
	}

	var b strings.Builder
	for range 40 {
		b.WriteString(prose(5) + "\n\n")
	}
	text := strings.TrimSpace(b.String())
	doc = parse(t, []byte(text), Options{})
	if doc.Text() != text {
		t.Error("pages cut at paragraphs do not join to the text")
	}
	for i, p := range doc.Pages {
		n := utf8.RuneCountInString(p.Text)
		if n > CharsPerPage || n < CharsPerPage/2 && i < len(doc.Pages)-1 {
			t.Errorf("page %d has %d characters", p.Number, n)
		}
		if !strings.HasSuffix(p.Text, "number 5.") {
			t.Errorf("page %d is cut within a paragraph: ...%q", p.Number, p.Text[len(p.Text)-20:])
		}
	}
	for name, long := range map[string]string{
		"no spaces": strings.Repeat("x", 10*CharsPerPage),
		"Chinese":   strings.Repeat(strings.TrimSpace(chinese), 200),
		"sentences": prose(400),
	} {
		doc := parse(t, []byte(long), Options{})
		n := 0
		for _, p := range doc.Pages {
			if k := utf8.RuneCountInString(p.Text); k > CharsPerPage {
				t.Errorf("%s: page %d has %d characters", name, p.Number, k)
			}
			n += len(strings.ReplaceAll(p.Text, " ", ""))
		}
		if n != len(strings.ReplaceAll(long, " ", "")) {
			t.Errorf("%s: %d bytes of text on the pages, want %d", name, n, len(long))
		}
	}
}

func TestMarkdown(t *testing.T) {
	section := "\n\n## Section\n\n" + prose(12)
	for name, c := range map[string]struct{ path, text, title string }{
		"heading":      {"a.md", "Preface\n\n# The Title #\n\nBody", "The Title"},
		"underlined":   {"a.markdown", "The Title\n=========\n\nBody", "The Title"},
		"front matter": {"a.md", "---\ntitle: \"The Title\"\ndate: 2025\n---\n# Other", "The Title"},
		"no extension": {"README", "# The Title\n\nBody", "The Title"},
		"no heading":   {"notes.md", "Body", "notes"},
	} {
		doc, err := Parse(t.Context(), c.path, []byte(c.text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if doc.Title != c.title || doc.Format != Markdown {
			t.Errorf("%s: title %q, format %s", name, doc.Title, doc.Format)
		}
	}
	doc, err := Parse(t.Context(), "book.md", []byte("# Book"+strings.Repeat(section, 20)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Pages[1:] {
		if !strings.HasPrefix(p.Text, "## Section") {
			t.Errorf("page %d starts with %q, want a heading", p.Number, p.Text[:20])
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte(german + "\f" + chinese))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Add([]byte("\x80\x81\xfe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || sniff("fuzz.md", data) != kindText {
			t.Skip()
		}
		doc, err := readText("fuzz.md", data, Options{}.withDefaults())
		if err != nil {
			return
		}
		checkPages(t, doc)
	})
}
