package document

import (
	"strings"
	"testing"
)

// TestFromPages keeps the texts of documents' pages, as a database does, and
// puts the documents together again.
func TestFromPages(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, prose(4)+" A sentence that runs", "", "L", false)
	p.AddPage() // without text
	p.AddPage()
	p.MultiCell(0, 13, "over the page. A word is bro-", "", "L", false)
	p.AddPage()
	p.MultiCell(0, 13, "ken.", "", "L", false)
	for name, read := range map[string]*Document{
		"PDF":  parse(t, pdfBytes(t, p), Options{}),
		"EPUB": parse(t, epubBytes(t, chapter("<h1>One</h1><p>a&nbsp;b"), chapter("<h1>Two</h1>"+strings.Repeat("<p>"+prose(9)+"</p>", 20))), Options{}),
		"text": parse(t, []byte("One\n\fsecond page, \f\f  \n\flast page"+strings.Repeat("\n\n"+prose(9), 20)), Options{}),
	} {
		kept := make([]Page, len(read.Pages))
		for i, p := range read.Pages {
			kept[i].Text = p.Text
		}
		doc := FromPages(read.Title, read.Path, read.Format, kept)
		checkPages(t, doc)
		if len(doc.Pages) < 4 || doc.Text() != read.Text() {
			t.Errorf("%s: %d pages with the text %q, want %d with %q", name, len(doc.Pages), doc.Text(), len(read.Pages), read.Text())
		}
		for i := range doc.Pages {
			if doc.PageStart(i+1) != read.PageStart(i+1) || doc.Pages[i] != read.Pages[i] {
				t.Errorf("%s: page %+v starts at %d, want %+v at %d", name, doc.Pages[i], doc.PageStart(i+1), read.Pages[i], read.PageStart(i+1))
			}
		}
		if doc.Title != read.Title || doc.Path != read.Path || doc.Format != read.Format {
			t.Errorf("%s: title %q, path %q, format %s", name, doc.Title, doc.Path, doc.Format)
		}
		if kept[0].Number != 0 {
			t.Errorf("%s: the caller's pages were changed", name)
		}
	}
}
