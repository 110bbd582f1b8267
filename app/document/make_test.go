package document

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
)

// newPDF is an A4 document in points with one font set, without compression.
func newPDF() *fpdf.Fpdf {
	p := fpdf.New("P", "pt", "A4", "")
	p.SetMargins(72, 72, 72)
	p.SetAutoPageBreak(false, 0)
	p.SetFont("Times", "", 11)
	return p
}

func pdfBytes(t *testing.T, p *fpdf.Fpdf) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// writeFile puts data in a file of the given name and returns its path.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rawPDF writes a PDF object by object, for what the PDF library cannot make.
// Objects are numbered from 1; the first must be the catalogue.
func rawPDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// stream is a PDF stream object with the given dictionary entries.
func stream(dict, content string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content)
}

// prose is n sentences of varied words, none of which ends in a hyphen.
func prose(n int) string {
	words := strings.Fields("the engine reads every page of the report and keeps what later questions may need while " +
		"older blocks of keys wait in memory until a probe recalls them for attention over long contexts")
	var b strings.Builder
	for i := range n {
		for k := range 9 + i%5 {
			if k > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(words[(i*7+k*3)%len(words)])
		}
		fmt.Fprintf(&b, " number %d. ", i+1)
	}
	return strings.TrimSpace(b.String())
}

// zipped is an archive of entries, given as names and contents in turn. An
// EPUB's mimetype is stored as it is.
func zipped(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		method := zip.Deflate
		if entries[i] == "mimetype" {
			method = zip.Store
		}
		e, err := w.CreateHeader(&zip.FileHeader{Name: entries[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(entries[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// damage changes one byte in the middle of the packed bytes of an entry, and
// keeps the archive around it whole.
func damage(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Name != name {
			continue
		}
		start, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.Clone(data)
		middle := data[start+int64(f.CompressedSize64)*2/3:]
		for i := range 8 {
			middle[i] ^= 0xff
		}
		return data
	}
	t.Fatalf("no entry %s", name)
	return nil
}

// checkPages checks what holds for the pages of every document: they are text,
// and each byte of the text leads to its page.
func checkPages(t *testing.T, doc *Document) {
	t.Helper()
	text := doc.Text()
	if !utf8.ValidString(text) {
		t.Fatal("invalid UTF-8")
	}
	for i, p := range doc.Pages {
		at := doc.PageStart(i + 1)
		if p.Number != i+1 || !strings.HasPrefix(text[at:], p.Text) || p.Text != "" && doc.PageAt(at) != p.Number {
			t.Fatalf("page %d is not at its start %d", p.Number, at)
		}
	}
}

// pageTexts is the text of all pages, with "|" between them.
func pageTexts(doc *Document) string {
	var texts []string
	for _, p := range doc.Pages {
		texts = append(texts, p.Text)
	}
	return strings.Join(texts, "|")
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
