package document

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
)

func parse(t *testing.T, data []byte, opts Options) *Document {
	t.Helper()
	doc, err := Parse(t.Context(), "test.pdf", data, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range doc.Warnings {
		t.Logf("warning: %s", w)
	}
	return doc
}

func TestPDFParagraphs(t *testing.T) {
	p := newPDF()
	p.SetTitle("On Reading", true)
	p.AddPage()
	p.SetFont("Helvetica", "B", 18)
	p.MultiCell(0, 24, "1 Reading", "", "L", false)
	p.SetFont("Times", "", 11)
	first, second := prose(12), prose(7)
	p.MultiCell(0, 13, first, "", "J", false)
	p.Ln(8)
	p.MultiCell(0, 13, second, "", "L", false)
	p.Ln(8)
	for _, item := range []string{"1. first item", "2. second item", "3. third item"} {
		p.MultiCell(0, 13, item, "", "L", false)
	}
	p.Ln(8)
	p.SetFont("Courier", "", 10)
	p.MultiCell(0, 12, "foveactl devices\nfoveactl ask --doc report.pdf \"What does the report say of the year\"\nfoveactl chat", "", "L", false)
	doc := parse(t, pdfBytes(t, p), Options{})
	want := "1 Reading\n\n" + first + "\n\n" + second + "\n\n1. first item\n2. second item\n3. third item\n\n" +
		"foveactl devices\nfoveactl ask --doc report.pdf \"What does the report say of the year\"\nfoveactl chat"
	if got := doc.Pages[0].Text; got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	if doc.Title != "On Reading" || doc.Format != PDF {
		t.Errorf("title %q, format %q", doc.Title, doc.Format)
	}
}

func TestPDFDrawnTitle(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.SetFont("Times", "B", 22)
	p.MultiCell(0, 26, "A Very Long\nTitle of a Report", "", "C", false)
	p.SetFont("Times", "", 11)
	p.MultiCell(0, 13, prose(10), "", "L", false)
	if got := parse(t, pdfBytes(t, p), Options{}).Title; got != "A Very Long Title of a Report" {
		t.Errorf("title %q", got)
	}
}

// TestPDFColumns draws two columns row by row, as some programs write them,
// between a heading and a closing line that cross both.
func TestPDFColumns(t *testing.T) {
	left, right := prose(14), strings.ToUpper(prose(14))
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, "A heading that runs across both columns of text, from the left margin to the right one of the page", "", "L", false)
	a, b := p.SplitText(left, 210), p.SplitText(right, 210)
	y := p.GetY() + 20
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			p.Text(72, y, a[i])
		}
		if i < len(b) {
			p.Text(310, y, b[i])
		}
		y += 13
	}
	p.SetY(y + 20)
	p.MultiCell(0, 13, "A closing line that runs across both columns of text, from the left margin to the right of the page", "", "L", false)
	got := squeeze(parse(t, pdfBytes(t, p), Options{}).Pages[0].Text)
	order := []string{"A heading that", left, right, "A closing line"}
	at := 0
	for _, part := range order {
		i := strings.Index(got[at:], part)
		if i < 0 {
			t.Fatalf("%q is not in its place in:\n%s", part, got)
		}
		at += i + len(part)
	}
}

func TestPDFTableIsNoColumns(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, prose(6), "", "L", false)
	p.Ln(10)
	for i := range 8 {
		p.CellFormat(150, 13, fmt.Sprintf("parameter %d", i), "", 0, "L", false, 0, "")
		p.CellFormat(150, 13, fmt.Sprintf("value %d", i*i), "", 1, "L", false, 0, "")
	}
	got := parse(t, pdfBytes(t, p), Options{}).Pages[0].Text
	if !strings.Contains(got, "parameter 3  value 9\nparameter 4  value 16\n") {
		t.Errorf("rows are not lines with their cells apart:\n%s", got)
	}
}

func TestPDFHyphens(t *testing.T) {
	p := newPDF()
	p.AddPage()
	y := 100.0
	for _, l := range []string{
		"This paragraph explains how a long-context model finds the informa-",
		"tion in a book, and why the pages that it has consulted are the long-",
		"context model's evidence, with a budget of two thousand tokens in the",
		"well-known setting of the year 2025 for GPU-based and state-of-the-",
		"art systems, until its end.",
	} {
		p.Text(72, y, l)
		y += 13
	}
	got := parse(t, pdfBytes(t, p), Options{}).Pages[0].Text
	for _, want := range []string{"the information in", "the long-context model's evidence", "state-of-the-art systems"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

// heads draws n pages with a running head of left and right pages and page
// numbers; the first page has none.
func heads(n int, body func(p *fpdf.Fpdf, page int)) *fpdf.Fpdf {
	p := newPDF()
	for i := 1; i <= n; i++ {
		p.AddPage()
		if i > 1 {
			head := fmt.Sprintf("%d   The Annual Report", i)
			if i%2 == 1 {
				head = fmt.Sprintf("Chapter %d: Results   %d", 1+i/4, i)
			}
			p.Text(72, 40, head)
			p.Text(280, 800, fmt.Sprintf("- %d -", i))
		}
		body(p, i)
	}
	return p
}

func TestPDFRunningHeads(t *testing.T) {
	p := heads(9, func(p *fpdf.Fpdf, page int) {
		p.MultiCell(0, 13, fmt.Sprintf("Chapter %d begins here. %s", page, prose(9)), "", "L", false)
	})
	doc := parse(t, pdfBytes(t, p), Options{})
	for _, page := range doc.Pages {
		if strings.Contains(page.Text, "Annual Report") || strings.Contains(page.Text, ": Results") || strings.Contains(page.Text, "- ") {
			t.Errorf("page %d keeps its running head:\n%s", page.Number, page.Text)
		}
		if want := fmt.Sprintf("Chapter %d begins here.", page.Number); !strings.HasPrefix(page.Text, want) {
			t.Errorf("page %d does not start with %q:\n%s", page.Number, want, page.Text)
		}
	}
}

// TestPDFShortChapters has heads of which only the book's name, on the left,
// repeats often enough.
func TestPDFShortChapters(t *testing.T) {
	p := newPDF()
	for i := range 6 {
		p.AddPage()
		p.Text(72, 40, "The Collected Works")
		p.Text(430, 40, "Volume "+[]string{"One", "Two", "Three"}[i/2])
		p.MultiCell(0, 13, prose(8), "", "L", false)
	}
	for _, page := range parse(t, pdfBytes(t, p), Options{}).Pages {
		if page.Text != prose(8) {
			t.Errorf("page %d:\n%s", page.Number, page.Text)
		}
	}
}

// TestPDFMergedRows has a heading and a short line that PDFium gives as one.
func TestPDFMergedRows(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.SetFont("Helvetica", "B", 18)
	p.CellFormat(0, 24, "Contents", "", 1, "L", false, 0, "")
	p.Ln(8)
	p.SetFont("Times", "", 10)
	for i := range 4 {
		p.CellFormat(30, 13, fmt.Sprint(i+1), "", 0, "L", false, 0, "")
		p.CellFormat(300, 13, fmt.Sprintf("Chapter on %d", i*i), "", 1, "L", false, 0, "")
	}
	got := parse(t, pdfBytes(t, p), Options{}).Pages[0].Text
	if want := "Contents\n\n1  Chapter on 0\n2  Chapter on 1\n3  Chapter on 4\n4  Chapter on 9"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestPDFRepeatedBodyStays(t *testing.T) {
	p := newPDF()
	for i := range 6 {
		p.AddPage()
		for k := range 30 {
			p.Text(72, 72+13*float64(k), fmt.Sprintf("Entry %d of list %d is due.", k, i))
		}
	}
	for _, page := range parse(t, pdfBytes(t, p), Options{}).Pages {
		if n := strings.Count(page.Text, "Entry"); n != 30 {
			t.Errorf("page %d keeps %d of 30 lines", page.Number, n)
		}
	}
}

// TestPDFRotated reads text that runs sideways in the file, on the page as it
// is shown, or both.
func TestPDFRotated(t *testing.T) {
	text := prose(8)
	for _, c := range []struct{ page, text int }{{0, 90}, {0, 270}, {90, 0}, {270, 0}, {90, 90}, {180, 180}} {
		p := newPDF()
		p.AddPage()
		p.TransformBegin()
		p.TransformRotate(float64(c.text), 300, 400)
		p.MultiCell(0, 13, text, "", "L", false)
		p.TransformEnd()
		data := string(pdfBytes(t, p))
		turned := strings.Replace(data, "/Type /Page\n", fmt.Sprintf("/Type /Page /Rotate %d\n", c.page), 1)
		if turned == data {
			t.Fatal("no page dictionary to rotate")
		}
		if got := parse(t, []byte(turned), Options{}).Pages[0].Text; got != text {
			t.Errorf("page rotated by %d, text by %d:\n%s\nwant:\n%s", c.page, c.text, got, text)
		}
	}
}

// TestPDFUnicode uses a font of the Adobe-GB1 collection for Chinese and maps
// codes of a simple font to ligatures and German letters.
func TestPDFUnicode(t *testing.T) {
	chinese := "长文本的注意力由少数键值块决定"
	cmap := `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <20> <7E> <0020> endbfrange
4 beginbfchar <80> <FB01> <81> <00DF> <82> <00FC> <83> <FB03> endbfchar
endcmap end end`
	utf16be := func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u>>8), byte(u))
		}
		return hex.EncodeToString(b)
	}
	content := "BT /F1 12 Tf 72 700 Td (Eine gro\x81e \x82bersicht: di\x83cult \x80gures) Tj ET\n" +
		"BT /F2 12 Tf 72 650 Td <" + utf16be(chinese[:24]) + "> Tj 0 -16 Td <" + utf16be(chinese[24:]) + "> Tj ET"
	data := rawPDF(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 7 0 R >> >> >>",
		stream("", content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
		stream("", cmap),
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [8 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 9 0 R >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 752 /Descent -271 /CapHeight 737 /StemV 58 >>",
	)
	got := parse(t, data, Options{}).Pages[0].Text
	if want := "Eine große übersicht: difficult figures\n\n" + chinese; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestPDFNoTextPages(t *testing.T) {
	p := newPDF()
	for i := 1; i <= 7; i++ {
		p.AddPage()
		if i == 2 || i == 3 || i == 6 {
			p.Rect(72, 72, 300, 300, "F")
			continue
		}
		p.MultiCell(0, 13, prose(5), "", "L", false)
	}
	doc := parse(t, pdfBytes(t, p), Options{})
	if got := fmt.Sprint(doc.NoTextPages()); got != "[2 3 6]" {
		t.Errorf("pages without text %s", got)
	}
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "2-3, 6") {
		t.Errorf("warnings %q do not name the pages", doc.Warnings)
	}
}

func TestPDFErrors(t *testing.T) {
	scan := newPDF()
	empty := newPDF()
	for range 3 {
		scan.AddPage()
		scan.Rect(72, 72, 300, 300, "F")
		empty.AddPage()
	}
	locked := newPDF()
	locked.SetProtection(fpdf.CnProtectPrint, "open sesame", "owner")
	locked.AddPage()
	locked.MultiCell(0, 13, "The treasure lies under the oak.", "", "L", false)
	lockedBytes := pdfBytes(t, locked)
	whole := newPDF()
	whole.AddPage()
	whole.MultiCell(0, 13, prose(20), "", "L", false)
	for name, c := range map[string]struct {
		data []byte
		opts Options
		want error
		says string
	}{
		"scanned":        {pdfBytes(t, scan), Options{}, ErrScanned, "pages 1-3"},
		"blank":          {pdfBytes(t, empty), Options{}, ErrEmpty, "pages 1-3"},
		"encrypted":      {lockedBytes, Options{}, ErrPassword, "give the password"},
		"wrong password": {lockedBytes, Options{Password: "sesam"}, ErrPassword, "not the right one"},
		"garbage":        {[]byte("%PDF-1.7\nthis is no PDF at all"), Options{}, ErrCorrupt, "whole copy"},
		"truncated":      {pdfBytes(t, whole)[:400], Options{}, ErrCorrupt, "whole copy"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(t.Context(), "some.pdf", c.data, c.opts)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "some.pdf") {
				t.Errorf("error %q does not say %q of some.pdf", err, c.says)
			}
		})
	}
	doc := parse(t, lockedBytes, Options{Password: "open sesame"})
	if got := doc.Pages[0].Text; got != "The treasure lies under the oak." {
		t.Errorf("with its password: %q", got)
	}
}

// bomb is a PDF whose second page would draw 12^12 strings through nested
// forms; pages 1 and 3 are harmless.
func bomb() []byte {
	page := func(contents string) string {
		return "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents " + contents +
			" /Resources << /Font << /F1 9 0 R >> /XObject << /X 10 0 R >> >> >>"
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>",
		page("6 0 R"), page("7 0 R"), page("8 0 R"),
		stream("", "BT /F1 12 Tf 72 700 Td (The first page.) Tj ET"),
		stream("", "/X Do"),
		stream("", "BT /F1 12 Tf 72 700 Td (The third page.) Tj ET"),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	const depth = 12
	for i := range depth {
		content := strings.Repeat("/X Do\n", 12)
		if i == depth-1 {
			content = "BT /F1 12 Tf (boom) Tj ET"
		}
		objects = append(objects, stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 595 842] "+
			"/Resources << /Font << /F1 9 0 R >> /XObject << /X %d 0 R >> >>", 11+i), content))
	}
	return rawPDF(objects...)
}

func TestPDFPageTime(t *testing.T) {
	doc := parse(t, bomb(), Options{PageTime: 500 * time.Millisecond})
	if err := doc.Pages[1].Err; !errors.Is(err, ErrPageLimit) {
		t.Errorf("page 2: error %v, want %v", err, ErrPageLimit)
	}
	if doc.Pages[0].Text != "The first page." || doc.Pages[2].Text != "The third page." {
		t.Errorf("pages 1 and 3: %q, %q", doc.Pages[0].Text, doc.Pages[2].Text)
	}
	if len(doc.Warnings) == 0 || !strings.Contains(doc.Warnings[0], "page 2") {
		t.Errorf("warnings %q do not name page 2", doc.Warnings)
	}
}

func TestPDFCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	start := time.Now()
	_, err := Parse(ctx, "bomb.pdf", bomb(), Options{Progress: func(int, int) {
		time.AfterFunc(100*time.Millisecond, cancel)
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if d := time.Since(start); d > DefaultPageTime/2 {
		t.Errorf("returned after %v", d)
	}
}

func TestPDFPageChars(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, prose(20), "", "L", false)
	doc := parse(t, pdfBytes(t, p), Options{PageChars: 300})
	if err := doc.Pages[0].Err; !errors.Is(err, ErrPageLimit) {
		t.Errorf("error %v, want %v", err, ErrPageLimit)
	}
	if got := len(doc.Pages[0].Text); got < 250 || got > 300 {
		t.Errorf("%d characters kept, want about 300", got)
	}
}

func TestPDFManyPages(t *testing.T) {
	const n = 300
	p := heads(n, func(p *fpdf.Fpdf, page int) {
		p.MultiCell(0, 13, fmt.Sprintf("The secret of page %d is %d. %s", page, page*page, prose(30)), "", "L", false)
	})
	last, calls := 0, 0
	start := time.Now()
	doc := parse(t, pdfBytes(t, p), Options{Progress: func(read, pages int) {
		if read != last+1 || pages != n {
			t.Errorf("progress %d of %d after %d", read, pages, last)
		}
		last, calls = read, calls+1
	}})
	t.Logf("%.0f pages/s", n/time.Since(start).Seconds())
	if calls != n || len(doc.Pages) != n {
		t.Fatalf("%d pages, %d calls", len(doc.Pages), calls)
	}
	for _, page := range []int{1, 2, 150, 299, 300} {
		secret := fmt.Sprintf("The secret of page %d is %d.", page, page*page)
		i := strings.Index(doc.Text(), secret)
		if i < 0 || doc.PageAt(i) != page || doc.PageAt(i+len(secret)) != page {
			t.Errorf("page %d: %q at %d is said to be on page %d", page, secret, i, doc.PageAt(i))
		}
	}
}

func TestPDFCacheUnusable(t *testing.T) {
	p := newPDF()
	p.AddPage()
	p.MultiCell(0, 13, "Some text.", "", "L", false)
	doc := parse(t, pdfBytes(t, p), Options{CacheDir: writeFile(t, "file", nil)})
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0], "cache") || doc.Pages[0].Text != "Some text." {
		t.Errorf("warnings %q, text %q", doc.Warnings, doc.Pages[0].Text)
	}
}
