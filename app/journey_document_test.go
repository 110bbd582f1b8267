package app_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
)

// facts are sentences that only one page has, page by page.
var facts = []string{
	"The lighthouse of Varn has a green lamp that turns once in nine seconds.",
	"The baker of Varn is called Oswin and has seven cats.",
	"The ferry to Varn leaves at six in the morning, on Tuesdays only.",
	"The schoolhouse of Varn burned down in 1871 and was built again of slate.",
	"The deepest well of Varn is 41 metres deep and tastes of iron.",
	"The council of Varn has eleven members, who meet below an oak.",
	"The museum of Varn shows the bones of a whale that was found in 1902.",
	"The harbour of Varn freezes in January, so the boats lie ashore.",
}

// filler is text that fills pages between the facts.
const filler = "Visitors walk along the shore, look at the houses and rest on the benches before they go on. " +
	"The path is narrow where it passes the cliffs, and it is wise to carry water in the summer months. "

// varn makes the PDF of facts, one a page, and returns its path.
func varn(t testing.TB) string {
	t.Helper()
	p := fpdf.New("P", "pt", "A5", "")
	p.SetTitle("A Guide to Varn", true)
	for i, fact := range facts {
		page(p, fmt.Sprintf("Chapter %d", i+1), fact+" "+strings.Repeat(filler, 3))
	}
	path := filepath.Join(t.TempDir(), "varn.pdf")
	if err := p.OutputFileAndClose(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// page adds a page with a heading and a text.
func page(p *fpdf.Fpdf, heading, text string) {
	p.AddPage()
	p.SetFont("Helvetica", "B", 16)
	p.MultiCell(0, 24, heading, "", "L", false)
	p.SetFont("Times", "", 11)
	p.MultiCell(0, 15, text, "", "L", false)
}

// book makes a PDF of many pages and returns its path. It has about 110 tokens
// a page: of 2,400 pages that is what every device can hold.
func book(t testing.TB, pages int) string {
	t.Helper()
	p := fpdf.New("P", "pt", "A5", "")
	p.SetTitle("A Long Book", true)
	for i := range pages {
		page(p, fmt.Sprintf("Page %d", i+1), strings.Repeat(fmt.Sprintf("This is entry %d of the register. ", i+1)+filler, 2))
	}
	path := filepath.Join(t.TempDir(), "book.pdf")
	if err := p.OutputFileAndClose(path); err != nil {
		t.Fatal(err)
	}
	return path
}
