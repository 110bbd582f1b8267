package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"fovea/store"
)

func TestViewer(t *testing.T) {
	d := newDesk(t, setup{})
	d.drop(d.text("Harbours", 12))
	d.shows("Read, 12 pages")
	a := d.answered("where is it?")
	doc := d.chat.View(d.open.id).Docs[0].ID
	d.talk.OnPage(int64(a.ID), int64(doc), 2)
	d.until("the page is shown", func() bool { return strings.Contains(saying(d.viewer), "lighthouse2") })
	if d.layout.hidden[paneViewer] {
		t.Error("the viewer is hidden")
	}
	marks := 0
	for _, m := range d.reader.marks {
		if m.Page == 2 && m.End > m.Start && !m.Found {
			marks++
		}
	}
	if marks == 0 {
		t.Errorf("nothing is marked on the page: %v", d.reader.marks)
	}

	d.choose("Find")
	test.Type(d.window.window.Canvas().Focused(), "LIGHTHOUSE12")
	d.shows("1 of 1")
	d.until("the hit is shown", func() bool { return d.viewer.Page() == 12 })
	d.viewer.OnFind("without end", 0)
	d.shows("of 360")
	d.viewer.OnFind("without end", -1)
	d.viewer.OnFind("no such words", 0)
	d.shows("No hits")
	if d.reader.hits != nil {
		t.Errorf("%d hits are left", len(d.reader.hits))
	}

	d.talk.OnOpenDocument(1)
	d.until("it begins at the first page", func() bool { return d.viewer.Page() == 1 && strings.Contains(saying(d.viewer), "lighthouse1") })
	d.choose("Go to page…")
	d.viewer.OnClose()
	if !d.layout.hidden[paneViewer] || d.viewer.Page() != 0 {
		t.Error("the viewer is still open")
	}
	d.choose("Go to page…") // opens it
	d.until("it is open again", func() bool { return d.viewer.Page() == 1 })
}

// TestViewerMenu shows and hides the viewer by the menu.
func TestViewerMenu(t *testing.T) {
	d := newDesk(t, setup{})
	d.choose("Go to page…")
	d.shows("There is no document to show.")
	d.drop(d.text("Harbours", 3))
	d.shows("Read, 3 pages")
	d.choose("Document")
	d.until("the document is shown", func() bool { return strings.Contains(saying(d.viewer), "lighthouse1") })
	d.choose("Document")
	if !d.layout.hidden[paneViewer] {
		t.Error("the viewer is still shown")
	}
}

func TestFindWords(t *testing.T) {
	all := []store.Page{{Number: 1, Text: "Straße, STRASSE, straße"}, {Number: 2, Text: "ÄÖ äö x"}, {Number: 3}}
	for text, want := range map[string][]hit{
		"straße": {{1, 0, 7}, {1, 18, 25}},
		"äö":     {{2, 0, 4}, {2, 5, 9}},
		" X ":    {{2, 10, 11}},
		"zz":     nil,
	} {
		got := search(all, text)
		if len(got) != len(want) {
			t.Errorf("%q: hits %v, want %v", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: hits %v, want %v", text, got, want)
			}
		}
	}
}
