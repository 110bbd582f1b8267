package document

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		opts Options
		want error
		says string
	}{
		"missing":     {filepath.Join(dir, "none.pdf"), Options{}, ErrNotFound, "none.pdf"},
		"directory":   {dir, Options{}, ErrDirectory, dir},
		"empty":       {writeFile(t, "empty.txt", nil), Options{}, ErrEmpty, "empty.txt"},
		"white space": {writeFile(t, "white.txt", []byte(" \n\t\f\n")), Options{}, ErrEmpty, "white space"},
		"too large":   {writeFile(t, "big.txt", []byte("0123456789")), Options{MaxBytes: 9}, ErrTooLarge, "split"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), c.path, c.opts)
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("error %v, want %v that says %q", err, c.want, c.says)
			}
		})
	}
	if _, err := Parse(t.Context(), "big.txt", []byte("0123456789"), Options{MaxBytes: 9}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Parse of too much: error %v, want %v", err, ErrTooLarge)
	}
}

func TestUnsupportedFormats(t *testing.T) {
	tar := make([]byte, 512)
	copy(tar[257:], "ustar")
	for want, data := range map[string]string{
		"XLSX":          "PK\x03\x04\x14\x00\x06\x00......[Content_Types].xml...xl/workbook.xml",
		"PPTX":          "PK\x03\x04\x14\x00\x06\x00......[Content_Types].xml...ppt/presentation.xml",
		"OpenDocument":  "PK\x03\x04......mimetypeapplication/vnd.oasis.opendocument.text",
		"ZIP":           "PK\x03\x04......stuff/password/list.bin",
		"old Office":    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
		"convert-to":    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00",
		"RTF":           "{\\rtf1\\ansi Hello}",
		"PNG":           "\x89PNG\r\n\x1a\n\x00\x00",
		"GGUF":          "GGUF\x03\x00\x00\x00",
		"PostScript":    "%!PS-Adobe-3.0\n",
		"tar":           string(tar),
		"binary data":   "abc\x00\x01\x02\x03\x00\x00\x05\x06",
		"\"binary data": strings.Repeat("\x01\x02\x03 ", 20),
	} {
		want = strings.TrimPrefix(want, "\"")
		_, err := Parse(t.Context(), "some.pdf", []byte(data), Options{})
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("error %v, want %v that names %s", err, ErrUnsupported, want)
		}
	}
}

// TestFormatByContent gives files names that lie.
func TestFormatByContent(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, "A PDF inside.", "", "L", false)
	doc, err := Read(t.Context(), writeFile(t, "notes.txt", append([]byte("junk\n"), pdfBytes(t, p)...)), Options{})
	if err != nil || doc.Format != PDF || doc.Text() != "A PDF inside." || doc.Title != "notes" {
		t.Errorf("PDF named .txt: %+v, error %v", doc, err)
	}
	doc, err = Read(t.Context(), writeFile(t, "notes.pdf", []byte("Only text.")), Options{})
	if err != nil || doc.Format != Text || doc.Text() != "Only text." {
		t.Errorf("text named .pdf: %+v, error %v", doc, err)
	}
}

func TestPageAt(t *testing.T) {
	doc := &Document{Pages: []Page{
		{Number: 1, NoText: true},
		{Number: 2, Text: "A sentence that runs"},
		{Number: 3, NoText: true},
		{Number: 4, Text: "over the page. A word is bro-"},
		{Number: 5, Text: "ken."},
		{Number: 6, Text: "Next."},
		{Number: 7, NoText: true},
	}}
	want := "A sentence that runs over the page. A word is bro-ken.\n\nNext."
	if got := doc.Text(); got != want {
		t.Fatalf("text %q, want %q", got, want)
	}
	for _, c := range []struct {
		word string
		page int
	}{{"A sentence", 2}, {" over", 2}, {"over", 4}, {"bro-", 4}, {"ken", 5}, {"\n\nNext", 5}, {"Next", 6}, {".", 4}} {
		if got := doc.PageAt(strings.Index(want, c.word)); got != c.page {
			t.Errorf("%q is on page %d, want %d", c.word, got, c.page)
		}
	}
	for offset, page := range map[int]int{-1: 2, len(want): 6, len(want) + 99: 6} {
		if got := doc.PageAt(offset); got != page {
			t.Errorf("offset %d is on page %d, want %d", offset, got, page)
		}
	}
	if got := doc.PageStart(3); got != doc.PageStart(4) {
		t.Errorf("page 3 starts at %d, page 4 at %d", got, doc.PageStart(4))
	}
	if got := (&Document{}).PageAt(0); got != 0 {
		t.Errorf("a document without pages: page %d", got)
	}
}

func TestPageRanges(t *testing.T) {
	if got := pageRanges([]int{1, 2, 3, 7, 9, 10}); got != "1-3, 7, 9-10" {
		t.Errorf("ranges %q", got)
	}
}

func TestUTF16Slice(t *testing.T) {
	s := "aé𝕏中b"
	units := utf16.Encode([]rune(s))
	if utf16Len(s) != len(units) {
		t.Errorf("length %d, want %d", utf16Len(s), len(units))
	}
	for _, c := range [][2]int{{0, 2}, {1, 4}, {2, 5}, {4, 6}, {0, 6}, {3, 3}} {
		if got, want := utf16Slice(s, c[0], c[1]), string(utf16.Decode(units[c[0]:c[1]])); got != want && c[0] != 3 {
			t.Errorf("units %v: %q, want %q", c, got, want)
		}
	}
}

// BenchmarkPDF reads the PDF named by FOVEA_BENCH_PDF, for page throughput on
// real documents.
func BenchmarkPDF(b *testing.B) {
	path := os.Getenv("FOVEA_BENCH_PDF")
	if path == "" {
		b.Skip("FOVEA_BENCH_PDF names no file")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	pages := 0
	for b.Loop() {
		doc, err := Parse(b.Context(), path, bytes.Clone(data), Options{})
		if err != nil {
			b.Fatal(err)
		}
		pages += len(doc.Pages)
	}
	b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
}

// TestZipByEntries tells archives apart whose bytes hold those of another one:
// a Word file with a sheet in it, and the other way round.
func TestZipByEntries(t *testing.T) {
	sheet := string(zipped(t, "[Content_Types].xml", contentList, "xl/workbook.xml", "<a/>"))
	word := string(docxBytes(t, para("", "a")))
	for name, c := range map[string]struct {
		data []byte
		want kind
	}{
		"sheet in Word": {docxBytes(t, para("", "a"), "word/embeddings/a.xlsx", sheet), kindDOCX},
		"Word in sheet": {zipped(t, "[Content_Types].xml", contentList, "xl/workbook.xml", "<a/>", "xl/embeddings/a.docx", word), "XLSX"},
		"Word in a ZIP": {zipped(t, "a.docx", word), "a ZIP archive"},
		"no directory":  {[]byte(word[:len(word)-30]), kindDOCX},
	} {
		if got := sniff("a", c.data); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
