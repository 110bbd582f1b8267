package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	bookContainer = `<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>` +
		`<rootfile full-path="other.pdf" media-type="application/pdf"/><rootfile full-path="OPS/my book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`
	bookPackage = `<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<dc:title> The Book&nbsp;of
Tests </dc:title><dc:title>Subtitle</dc:title></metadata><manifest>` +
		`<item id="two" href="text/ch%202.xhtml#top" media-type="application/xhtml+xml"/><item id="cover" href="cover.svg" media-type="image/svg+xml"/>` +
		`<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>` +
		`<item id="one" href="../one.xhtml" media-type="application/xhtml+xml"/></manifest>` +
		`<spine><itemref idref="cover"/><itemref idref="nav"/><itemref idref="one"/><itemref idref="two" linear="no"/><itemref idref="one"/></spine></package>`
)

// chapter is a part of a book; its head would swallow all of it in HTML.
func chapter(body string) string {
	return `<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>` + body + `</body></html>`
}

// epubBytes is a book of a cover and two chapters, and further entries.
func epubBytes(t testing.TB, one, two string, entries ...string) []byte {
	t.Helper()
	return zipped(t, append([]string{
		"mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer, "OPS/my book.opf", bookPackage,
		"OPS/cover.svg", "<svg/>", "OPS/nav.xhtml", chapter("contents"), "one.xhtml", one, "OPS/text/ch 2.xhtml", two,
	}, entries...)...)
}

func TestEPUB(t *testing.T) {
	var steps []string
	opts := Options{Progress: func(read, pages int) { steps = append(steps, fmt.Sprint(read, "/", pages)) }}
	doc := parse(t, epubBytes(t, chapter("<h1>One</h1><p>a&nbsp;b<span epub:type='pagebreak'>12</span>"), chapter("<h1>Two</h1>"+strings.Repeat("<p>"+prose(9)+"</p>", 20))), opts)
	checkPages(t, doc)
	if doc.Title != "The Book of Tests" || doc.Format != EPUB || doc.Encoding != "" || len(doc.Warnings) != 0 {
		t.Errorf("title %q, format %s, encoding %q, warnings %q", doc.Title, doc.Format, doc.Encoding, doc.Warnings)
	}
	if len(doc.Pages) < 5 || !doc.Pages[0].NoText || doc.Pages[1].Text != "# One\n\na b" || !strings.HasPrefix(doc.Pages[2].Text, "# Two\n\n") {
		t.Errorf("pages %q", pageTexts(doc))
	}
	if got := strings.Join(steps, " "); got != "1/3 2/3 3/3" {
		t.Errorf("progress %s", got)
	}
}

// TestEPUBWithoutType reads a book that lacks the entry with its media type.
func TestEPUBWithoutType(t *testing.T) {
	data := zipped(t, "META-INF/container.xml", bookContainer, "OPS/my book.opf", bookPackage, "one.xhtml", chapter("A"), "OPS/text/ch 2.xhtml", chapter("B"))
	if got := parse(t, data, Options{}).Text(); got != "A\n\nB" {
		t.Errorf("text %q", got)
	}
}

func TestEPUBErrors(t *testing.T) {
	encryption := func(method string, names ...string) string {
		s := `<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">`
		for _, n := range names {
			s += `<enc:EncryptedData><enc:EncryptionMethod Algorithm="` + method + `"/><enc:CipherData><enc:CipherReference URI="` + n + `"/></enc:CipherData></enc:EncryptedData>`
		}
		return s + `</encryption>`
	}
	const aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
	good := epubBytes(t, chapter("a"), chapter("b"))
	for name, c := range map[string]struct {
		data []byte
		opts Options
		want error
		says string
	}{
		"cut":          {good[:len(good)-100], Options{}, ErrCorrupt, "get a whole copy"},
		"no container": {zipped(t, "mimetype", "application/epub+zip"), Options{}, ErrCorrupt, "META-INF/container.xml"},
		"no package":   {zipped(t, "mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer), Options{}, ErrCorrupt, "my book.opf"},
		"no text": {
			zipped(t, "mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer, "OPS/my book.opf", "<package/>"),
			Options{},
			ErrCorrupt, "no part",
		},
		"unknown part": {zipped(t, "mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer, "OPS/my book.opf",
			"<package><spine><itemref idref='q'/></spine></package>"), Options{}, ErrCorrupt, `"q"`},
		"protected": {
			epubBytes(t, "\x01\x02", "\x03", "META-INF/encryption.xml", encryption(aes, "one.xhtml", "OPS/text/ch%202.xhtml")),
			Options{},
			ErrPassword, "copy-protected (DRM)",
		},
		"pictures": {epubBytes(t, chapter("<img src='a'/>"), chapter("")), Options{}, ErrScanned, "ocrmypdf"},
		"empty": {zipped(t, "mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer, "OPS/my book.opf",
			"<package><manifest><item id='a' href='a'/></manifest><spine><itemref idref='a'/></spine></package>", "OPS/a", chapter("")), Options{}, ErrEmpty, "1 parts"},
		"bomb":    {epubBytes(t, chapter("a"), chapter(strings.Repeat(" ", 1<<20))), Options{MaxBytes: 1 << 16}, ErrTooLarge, "0.1 MiB"},
		"missing": {zipped(t, "mimetype", "application/epub+zip", "META-INF/container.xml", bookContainer, "OPS/my book.opf", bookPackage), Options{}, ErrCorrupt, "one.xhtml"},
	} {
		_, err := Parse(t.Context(), "a.epub", c.data, c.opts)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), "a.epub") {
			t.Errorf("%s: error %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
	for name, entries := range map[string][]string{
		"fonts": {"META-INF/encryption.xml", encryption("http://www.idpf.org/2008/embedding", "one.xhtml")},
		"other": {"META-INF/encryption.xml", encryption(aes, "OPS/video.mp4")},
	} {
		if got := parse(t, epubBytes(t, chapter("A"), chapter("B"), entries...), Options{}).Text(); got != "A\n\nB" {
			t.Errorf("%s encrypted: text %q", name, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Parse(ctx, "a.epub", good, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

// TestEPUBDamaged reads books of which one part is broken, missing, protected
// or too deep.
func TestEPUBDamaged(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "<p>Paragraph %d: %s</p>", i, prose(1+i%5))
	}
	doc := parse(t, damage(t, epubBytes(t, chapter(b.String()), chapter("last")), "one.xhtml"), Options{})
	checkPages(t, doc)
	if !strings.Contains(doc.Text(), "Paragraph 50:") || !strings.HasSuffix(doc.Text(), "last") || len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "one.xhtml") {
		t.Errorf("%d bytes, warnings %q", len(doc.Text()), doc.Warnings)
	}
	bad := 0
	for _, p := range doc.Pages {
		if p.Err != nil {
			bad++
			if !errors.Is(p.Err, ErrCorrupt) {
				t.Errorf("error %v", p.Err)
			}
		}
	}
	if bad != 1 {
		t.Errorf("%d pages with errors", bad)
	}
	doc = parse(t, epubBytes(t, chapter(strings.Repeat("<div>", 2000)), chapter("last")), Options{})
	if doc.Text() != "last" || len(doc.Warnings) != 1 || !errors.Is(doc.Pages[1].Err, ErrTooLarge) {
		t.Errorf("too deep: %q, warnings %q", doc.Text(), doc.Warnings)
	}
	doc = parse(t, epubBytes(t, chapter("<img src='a'/>"), chapter("last")), Options{})
	if doc.Text() != "last" || len(doc.Warnings) != 1 || doc.Warnings[0] != "no text on page 2: blank or pictures only" {
		t.Errorf("pictures: %q, warnings %q", doc.Text(), doc.Warnings)
	}
}

func TestArchiveLimits(t *testing.T) {
	many := bytes.Repeat([]byte("PK\x01\x02"), maxEntries+1)
	if _, err := openArchive(t.Context(), many, 1); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "50001 entries") {
		t.Errorf("error %v", err)
	}
	data := zipped(t, "a", "12345", "b", "12345")
	a, err := openArchive(t.Context(), data, 9)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.read("a"); err != nil || string(got) != "12345" {
		t.Errorf("read %q, error %v", got, err)
	}
	if _, err := a.read("b"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond the limit: error %v", err)
	}
	// The lowest bit of the flags says that an entry is encrypted.
	for _, mark := range []struct {
		magic string
		at    int
	}{{"PK\x01\x02", 8}, {"PK\x03\x04", 6}} {
		data[bytes.Index(data, []byte(mark.magic))+mark.at] |= 1
	}
	if a, err = openArchive(t.Context(), data, 99); err != nil {
		t.Fatal(err)
	}
	if _, err := a.read("a"); !errors.Is(err, ErrPassword) {
		t.Errorf("encrypted entry: error %v", err)
	}
}

func FuzzEPUB(f *testing.F) {
	f.Add(bookContainer, bookPackage, chapter("<p>a"), "<encryption/>")
	f.Add(`<container><rootfiles><rootfile full-path="OPS/my book.opf"/></rootfiles></container>`, `<package><manifest><item id="a" href="../one.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>`, "\xff\xfea\x00", "")
	f.Fuzz(func(t *testing.T, container, opf, one, encryption string) {
		if len(container)+len(opf)+len(one)+len(encryption) > 1<<16 {
			t.Skip()
		}
		data := zipped(t, "META-INF/container.xml", container, "OPS/my book.opf", opf, "one.xhtml", one, "META-INF/encryption.xml", encryption)
		doc, err := readEPUB(t.Context(), "a.epub", data, Options{}.withDefaults())
		if err == nil {
			checkPages(t, doc)
		}
	})
}

// FuzzArchive reads whole files, so that it reaches what is around the parsers.
func FuzzArchive(f *testing.F) {
	f.Add(docxBytes(f, para("", "a"), "word/styles.xml", wordStyles))
	f.Add(epubBytes(f, chapter("a"), chapter("b")))
	f.Add([]byte("PK\x03\x04[Content_Types].xml word/"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if k := sniff("a", data); len(data) > 1<<16 || k != kindDOCX && k != kindEPUB {
			t.Skip()
		}
		doc, err := Parse(t.Context(), "a", data, Options{MaxBytes: 1 << 20})
		if err == nil {
			checkPages(t, doc)
		}
	})
}
