package document

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
)

// drawn is a line of text on a page: where its baseline begins, in points
// from the page's upper left corner.
type drawn struct {
	x, y float64
	text string
}

// box is where part of the line is drawn, as a share of an A4 page.
func (d drawn) box(p *fpdf.Fpdf, part string) Box {
	i := strings.Index(d.text, part)
	w, h := p.GetPageSize()
	x := d.x + p.GetStringWidth(d.text[:i])
	return Box{x / w, (d.y - 9) / h, (x + p.GetStringWidth(part)) / w, (d.y + 3) / h}
}

// checkBoxes compares boxes with those wanted, of which Y is that of capitals
// and descenders: letters may be lower.
func checkBoxes(t *testing.T, name string, got, want []Box) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d boxes %v, want %d: %v", name, len(got), got, len(want), want)
		return
	}
	for i, g := range got {
		w := want[i]
		if math.Abs(g.X0-w.X0) > 0.005 || math.Abs(g.X1-w.X1) > 0.005 || g.Y0 < w.Y0 || g.Y1 > w.Y1 || g.Y1-g.Y0 < 0.004 {
			t.Errorf("%s: box %d is %v, want %v", name, i, g, w)
		}
	}
}

// article is three pages with a running head, a hyphen at a line's end, a
// sentence that runs over a page break and one that stands twice.
func article() (*fpdf.Fpdf, [3][]drawn) {
	pages := [3][]drawn{
		{
			{72, 100, "The first paragraph begins with some words that fill the line and then an inter-"},
			{72, 114, "national sentence follows it. Fovea recalls blocks. Then come a number of words that run"},
			{72, 128, "on to the third line of the page, which a sentence begins that the page does not end, since"},
		},
		{
			{72, 100, "it goes on here until its end. Fovea recalls blocks. This makes the second page of it long."},
			{72, 114, "Fovea recalls blocks. Nothing else is on this page but a last sentence to end it well."},
		},
		{{72, 100, "A third page that has nothing to do with either of the others, so it is not found in them."}},
	}
	p := newPDF()
	for _, lines := range pages {
		p.AddPage()
		p.Text(200, 40, "On the Reading of Pages")
		for _, l := range lines {
			p.Text(l.x, l.y, l.text)
		}
	}
	return p, pages
}

func TestBoxes(t *testing.T) {
	p, pages := article()
	data := pdfBytes(t, p)
	doc, r := parse(t, data, Options{}), openPDF(t, data, Options{})
	text := doc.Text()
	one, two := pages[0], pages[1]
	passage := func(from, to string) string {
		i := strings.Index(text, from)
		j := i + strings.Index(text[i:], to)
		if i < 0 || j < i {
			t.Fatalf("no %q to %q in %q", from, to, text)
		}
		return text[i : j+len(to)]
	}
	// A hyphen at a line's end has no box: the passage does not have it.
	for name, c := range map[string]struct {
		page    int
		passage string
		want    []Box
	}{
		"in a line": {1, passage("first paragraph", "some words"), []Box{one[0].box(p, "first paragraph begins with some words")}},
		"joined hyphen": {
			1, passage("an international", "sentence"),
			[]Box{one[0].box(p, "an inter"), one[1].box(p, "national sentence")},
		},
		"three lines": {
			1, passage("some words that fill", "third line"),
			[]Box{one[0].box(p, one[0].text[strings.Index(one[0].text, "some"):len(one[0].text)-1]), one[1].box(p, one[1].text), one[2].box(p, "on to the third line")},
		},
		"runs on to the next page":  {1, passage("which a sentence", "its end."), []Box{one[2].box(p, "which a sentence begins that the page does not end, since")}},
		"begins on the page before": {2, passage("which a sentence", "its end."), []Box{two[0].box(p, "it goes on here until its end.")}},
		"all pages":                 {2, text, []Box{two[0].box(p, two[0].text), two[1].box(p, two[1].text)}},
		"another page":              {3, passage("first paragraph", "sentence follows"), nil},
		"nowhere":                   {1, "a passage of which nothing at all is to be found", nil},
		"nothing":                   {1, " \n", nil},
		"a word":                    {1, "fill", []Box{one[0].box(p, "fill")}},
	} {
		got, err := r.Boxes(t.Context(), c.page, c.passage)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkBoxes(t, name, got, c.want)
	}
}

// TestRangeBoxes tells places with the same text apart.
func TestRangeBoxes(t *testing.T) {
	p, pages := article()
	data := pdfBytes(t, p)
	doc, r := parse(t, data, Options{}), openPDF(t, data, Options{})
	text, same := doc.Pages[1].Text, "Fovea recalls blocks."
	first, second := strings.Index(text, same), strings.LastIndex(text, same)
	for i, at := range []int{first, second} {
		got, err := r.RangeBoxes(t.Context(), 2, text, at, at+len(same))
		if err != nil {
			t.Fatal(err)
		}
		checkBoxes(t, fmt.Sprint("place ", i), got, []Box{pages[1][i].box(p, same)})
	}
	got, err := r.RangeBoxes(t.Context(), 2, text, -100, 5)
	if err != nil {
		t.Fatal(err)
	}
	checkBoxes(t, "from the page before", got, []Box{pages[1][0].box(p, "it go")})
}

// TestBoxesTurned looks on pages that are shown turned and cropped.
func TestBoxesTurned(t *testing.T) {
	page := func(more string) []byte {
		return rawPDF(
			"<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
			"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> "+more+" >>",
			stream("", "BT /F1 12 Tf 150 600 Td (Words on a page.) Tj ET"),
			"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")
	}
	// Courier is 7.2 points wide at this size: the words end at x = 265.2.
	x0, x1, y0, y1 := 150.0, 265.2, 597.0, 609.0
	for more, want := range map[string]Box{
		"":                           {x0 / 600, 1 - y1/800, x1 / 600, 1 - y0/800},
		"/Rotate 90":                 {y0 / 800, x0 / 600, y1 / 800, x1 / 600},
		"/Rotate 180":                {1 - x1/600, y0 / 800, 1 - x0/600, y1 / 800},
		"/Rotate 270":                {1 - y1/800, 1 - x1/600, 1 - y0/800, 1 - x0/600},
		"/CropBox [100 500 300 700]": {(x0 - 100) / 200, 1 - (y1-500)/200, (x1 - 100) / 200, 1 - (y0-500)/200},
	} {
		got, err := openPDF(t, page(more), Options{}).Boxes(t.Context(), 1, "Words on a page.")
		if err != nil || len(got) != 1 {
			t.Fatalf("%q: boxes %v, error %v", more, got, err)
		}
		g, d := got[0], 0.025
		if math.Abs(g.X0-want.X0) > d || math.Abs(g.Y0-want.Y0) > d || math.Abs(g.X1-want.X1) > d || math.Abs(g.Y1-want.Y1) > d {
			t.Errorf("%q: box %v, want %v", more, g, want)
		}
	}
}

// TestBoxesColumns reads two columns that the file interleaves row by row.
func TestBoxesColumns(t *testing.T) {
	left, right := prose(14), strings.ToUpper(prose(14))
	p := newPDF()
	p.AddPage()
	a, b := p.SplitText(left, 210), p.SplitText(right, 210)
	var want []Box
	for i := range max(len(a), len(b)) {
		y := 100 + 13*float64(i)
		if i < len(a) {
			p.Text(72, y, a[i])
			want = append(want, drawn{72, y, a[i]}.box(p, a[i]))
		}
		if i < len(b) {
			p.Text(310, y, b[i])
		}
	}
	got, err := openPDF(t, pdfBytes(t, p), Options{}).Boxes(t.Context(), 1, left)
	if err != nil {
		t.Fatal(err)
	}
	checkBoxes(t, "left column", got, want)
}

// TestBoxesOfManual finds every passage of the sample document on its page:
// contents with leaders, tables, program text, ligatures and hyphens.
func TestBoxesOfManual(t *testing.T) {
	const path, length = "../../assets/manual.pdf", 130 // about a block of 32 tokens
	doc, err := Read(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRenderer(t.Context(), path, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for page := 1; page <= len(doc.Pages); page += 4 {
		text := doc.Pages[page-1].Text
		for at := 0; at+length <= len(text); {
			end := min(at+length, len(text))
			for end < len(text) && !utf8.RuneStart(text[end]) {
				end++
			}
			passage := text[at:end]
			alone, err := r.Boxes(t.Context(), page, passage)
			if err != nil {
				t.Fatal(err)
			}
			within, err := r.RangeBoxes(t.Context(), page, text, at, end)
			if err != nil {
				t.Fatal(err)
			}
			if len(alone) == 0 || fmt.Sprint(alone) != fmt.Sprint(within) {
				t.Errorf("page %d: %q has boxes %v, by its place %v", page, passage, alone, within)
			}
			at = end
		}
	}
}

// TestAlignTime aligns texts made to have as many common runs as there can be.
func TestAlignTime(t *testing.T) {
	const n = 100_000
	var runs, back strings.Builder // the same words in opposite orders
	for i := range n / 10 {
		fmt.Fprintf(&runs, "word%06d", i)
		fmt.Fprintf(&back, "word%06d", n/10-i)
	}
	many := strings.Repeat(prose(20), alignSame-1)
	for name, c := range map[string][2]string{
		"one letter": {strings.Repeat("a", n), strings.Repeat("a", n)},
		"backwards":  {runs.String(), back.String()},
		"repeated":   {many, many},
	} {
		start := time.Now()
		align(appendLetters(nil, c[0], 0, 0, bytesOfFirst), appendLetters(nil, c[1], 0, 0, bytesOfFirst))
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s took %v", name, d)
		} else {
			t.Logf("%s took %v", name, d)
		}
	}
}
