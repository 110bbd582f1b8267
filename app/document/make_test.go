package document

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
