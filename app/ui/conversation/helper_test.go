package conversation

import (
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
	"fovea/app/ui/translation"
)

// TestMain makes English the language, whatever the machine speaks.
func TestMain(m *testing.M) {
	if err := translation.Load("en"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// speak switches the language until the test ends.
func speak(t testing.TB, code string) {
	t.Helper()
	if err := translation.Load(code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := translation.Load("en"); err != nil {
			t.Error(err)
		}
	})
}

// open shows a new pane in a window.
func open(t testing.TB, choice look.Choice, width, height float32) (*Pane, fyne.Window) {
	t.Helper()
	app := test.NewApp()
	app.Settings().SetTheme(look.New(choice))
	w := test.NewWindow(nil)
	p := New()
	p.composer.after = func(time.Duration, func()) func() { return func() {} }
	w.SetPadded(false)
	w.SetContent(p)
	w.Resize(fyne.NewSize(width, height))
	t.Cleanup(w.Close)
	return p, w
}

const answer = `## What the method keeps

The cache keeps **four kinds** of places, *in this order*: initial tokens, recalled blocks, the remainder and the ` + "`local window`" + `. See [the paper](https://example.org/actqkv) for more.

1. Find anchor tokens by their activation bias.
2. Ask the blocks with a probe query:
   - cosine with each representative
   - entropy of the scores
3. Recall k blocks a layer.

| Layer | k | Entropy | Remark |
|:------|--:|:-------:|--------|
| 0 | 12 | 0.91 | spreads its attention over nearly the whole document |
| 17 | 3 | 0.22 | few blocks |

> The budget is shared by all layers.
>
> > A quote in a quote.

` + "```go\nfunc recall(scores []float32, k int) []int {\n\treturn top(scores, k) // a comment that is far too long to fit into the width of any narrow window at all\n}\n```" + `

The share of a layer is $s_l = \frac{1 - H_l}{\sum_j (1 - H_j)}$, so that

$$
\sum_l k_l = K
$$

It costs $5 or $10, see <https://example.org> ![a heat map](https://example.org/map.png).

- [x] read
- [ ] understood
`

func conversation() []Message {
	return []Message{
		{ID: 1, Role: System, Text: "Answer from the documents only."},
		{ID: 2, Role: User, Text: "What does the method *keep*, and\nhow many blocks does a layer recall?", Sibling: 1, Siblings: 3},
		{
			ID: 3, Role: Assistant, Text: answer, Trace: true,
			Pages: []Consulted{
				{Document: 1, Title: "ActQKV.pdf", Page: 4, Share: 0.41},
				{Document: 1, Title: "ActQKV.pdf", Page: 1204, Share: 0.22},
				{Document: 2, Title: "A very long title of another document.epub", Page: 7, Share: 0.06},
			},
			Figures: Figures{Tokens: 312, Rate: 14.21, First: 1340 * time.Millisecond, Attending: 2048, Context: 153000},
		},
	}
}

// unfinished are messages in all states but Complete.
func unfinished() []Message {
	return []Message{
		{ID: 1, Role: User, Text: "One"},
		{ID: 2, Role: Assistant, Text: "It was stopped here", State: Stopped, Figures: Figures{Tokens: 4, Rate: 120.4}},
		{ID: 3, Role: User, Text: "Two"},
		{ID: 4, Role: Assistant, Text: "Then the device", State: Failed, Error: "The graphics device was lost after 214 tokens. The conversation was restored from its last checkpoint; ask again.", Siblings: 2},
		{ID: 5, Role: Assistant, State: Failed},
		{ID: 6, Role: User, Text: "Three"},
		{ID: 7, Role: Assistant, Text: "It is being writ", State: Writing, Siblings: 12, Sibling: 11},
		{ID: 8, Role: Assistant, State: Waiting},
	}
}

// partial are answers from a part of documents.
func partial() []Message {
	return []Message{
		{ID: 1, Role: User, Text: "What so far?"},
		{
			ID: 2, Role: Assistant, Text: "An answer from the beginning.", Part: Part{Read: 612, Pages: 2512},
			Pages: []Consulted{{Document: 1, Title: "Book.pdf", Page: 603, Share: 0.4}}, Figures: Figures{Tokens: 6, Rate: 14.2},
		},
		{ID: 3, Role: User, Text: "And now?"},
		{ID: 4, Role: Assistant, State: Waiting, Part: Part{Read: 1112, Pages: 2512}},
	}
}

func documents() []Chip {
	return []Chip{
		{ID: 1, Title: "Waiting.pdf", State: ChipWaiting},
		{ID: 2, Title: "Opening.pdf", State: ChipOpening, Page: 312, Pages: 2400},
		{ID: 3, Title: "Reading, with a title that is much too long to be shown.pdf", State: ChipReading, Page: 112, Pages: 512, Left: 200 * time.Second, Rate: 341.6},
		{ID: 4, Title: "Paused.epub", State: ChipPaused, Page: 1200, Pages: 2512, EmptyText: 1},
		{ID: 5, Title: "Read.md", State: ChipRead, Page: 1, Pages: 1},
		{ID: 6, Title: "Scanned.pdf", State: ChipRead, Page: 512, Pages: 512, EmptyText: 12},
		{ID: 7, Title: "Broken.pdf", State: ChipFailed, Error: "The file is encrypted. Remove its password and add it again."},
		{ID: 8, Title: "New.docx", State: ChipOpening},
	}
}

// buttons returns the small buttons of an object and of all below it that are shown.
func buttons(o fyne.CanvasObject) []*small {
	var found []*small
	walk(o, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*small); ok {
			found = append(found, b)
		}
	})
	return found
}

// button returns the button that says or hints at something.
func button(t *testing.T, o fyne.CanvasObject, label string) *small {
	t.Helper()
	var seen []string
	for _, b := range buttons(o) {
		if b.hint == label || b.text == label {
			return b
		}
		seen = append(seen, b.hint+"/"+b.text)
	}
	t.Fatalf("no button %q among %q", label, seen)
	return nil
}

// walk visits an object and all visible ones that it draws, with their positions in it.
func walk(o fyne.CanvasObject, at fyne.Position, visit func(fyne.CanvasObject, fyne.Position)) {
	if !o.Visible() {
		return
	}
	visit(o, at)
	var children []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		children = o.Objects
	case fyne.Widget:
		children = test.WidgetRenderer(o).Objects()
	}
	for _, c := range children {
		walk(c, at.Add(c.Position()), visit)
	}
}

// renderedTexts returns the texts of an object, a line each.
func renderedTexts(o fyne.CanvasObject) string {
	var sb strings.Builder
	walk(o, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if t, ok := o.(*canvas.Text); ok {
			sb.WriteString(t.Text + "\n")
		}
	})
	return sb.String()
}

// tapLabelled taps the button with a label below an object.
func tapLabelled(t *testing.T, o fyne.CanvasObject, label string) {
	t.Helper()
	var found *widget.Button
	walk(o, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widget.Button); ok && b.Text == label {
			found = b
		}
	})
	if found == nil {
		t.Fatalf("no button %q", label)
	}
	test.Tap(found)
}
