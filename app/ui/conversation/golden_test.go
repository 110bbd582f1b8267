package conversation

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

// looks are the appearances of the golden images. Chinese is not among them: Fyne takes its letters from
// whatever font the machine has.
var looks = []struct {
	name, language string
	choice         look.Choice
	width          float32
}{
	{"dark_en", "en", look.Dark, 800},
	{"light_de", "de", look.Light, 800},
	{"light_en_narrow", "en", look.Light, 420},
	{"dark_de_narrow", "de", look.Dark, 420},
}

// golden compares one state of a pane in all looks with the images of it.
func golden(t *testing.T, name string, height float32, prepare func(p *Pane, w fyne.Window)) {
	t.Helper()
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			speak(t, l.language)
			p, w := open(t, l.choice, l.width, height)
			prepare(p, w)
			test.AssertRendersToImage(t, name+"_"+l.name+".png", w.Canvas())
		})
	}
}

func TestGoldenConversation(t *testing.T) {
	golden(t, "conversation", 1400, func(p *Pane, _ fyne.Window) {
		p.SetMessages(conversation())
		p.SetStatus(Status{PagesRead: 512, Pages: 512, Attending: 2048})
		p.SetDraft("And what does it cost?")
	})
}

func TestGoldenWide(t *testing.T) {
	p, w := open(t, look.Light, 1600, 600)
	p.SetMessages(conversation())
	p.SetDocuments(documents())
	p.thread.by(-150)
	test.AssertRendersToImage(t, "wide.png", w.Canvas())
}

func TestGoldenStates(t *testing.T) {
	golden(t, "states", 1150, func(p *Pane, _ fyne.Window) {
		p.SetMessages(unfinished())
		p.SetBusy(true)
		p.SetStatus(Status{Queue: 2})
	})
}

// TestGoldenPart shows answers from a part of documents that are being read.
func TestGoldenPart(t *testing.T) {
	golden(t, "part", 700, func(p *Pane, _ fyne.Window) {
		p.SetMessages(partial())
		p.SetDocuments([]Chip{{ID: 1, Title: "Book.pdf", State: ChipWaiting, Page: 1112, Pages: 2512, Kept: true}})
		p.SetStatus(Status{PagesRead: 1112, Pages: 2512, Attending: 2048, Part: true})
	})
}

func TestGoldenChips(t *testing.T) {
	golden(t, "chips", 560, func(p *Pane, w fyne.Window) {
		p.SetDocuments(documents())
		p.SetStatus(Status{Error: "The model could not be loaded: the device has 3.1 GiB free, it needs 4.4 GiB.", Action: "Choose a smaller model"})
	})
}

// TestGoldenChipStates shows all chips at once, without the scroller around them.
func TestGoldenChipStates(t *testing.T) {
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			speak(t, l.language)
			p, w := open(t, l.choice, 560, 300)
			p.SetDocuments(documents())
			objects := p.chips.grid.Objects
			w.SetContent(container.New(chipLayout{}, objects...))
			test.AssertRendersToImage(t, "chipstates_"+l.name+".png", w.Canvas())
		})
	}
}

func TestGoldenEmpty(t *testing.T) {
	golden(t, "empty", 420, func(*Pane, fyne.Window) {})
}

func TestGoldenEditing(t *testing.T) {
	golden(t, "editing", 520, func(p *Pane, w fyne.Window) {
		m := conversation()[:2]
		m = append(m, Message{ID: 9, Role: Assistant, Text: "An answer that is *edited*."})
		p.SetMessages(m)
		p.thread.byID[2].row.edit()
		p.thread.byID[9].row.edit()
		w.Canvas().Unfocus() // a cursor would blink
	})
}

func TestGoldenLong(t *testing.T) {
	word := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 6)
	golden(t, "long", 900, func(p *Pane, _ fyne.Window) {
		p.SetMessages([]Message{
			{ID: 1, Role: User, Text: word},
			{
				ID: 2, Role: Assistant, Text: word + " " + word + "\n\n- `" + word + "`\n\n# " + word + "\n\n| A | B |\n|--|--|\n|" + word + "|[" + word + "](https://example.org/" + word + ")|\n\n" + strings.Repeat("a-paragraph-without-spaces,", 12),
				Pages: []Consulted{{Document: 1, Title: word, Page: 1, Share: 1}, {Document: 2, Title: word, Page: 123456, Share: 0.004}},
			},
		})
		p.SetDocuments([]Chip{{ID: 1, Title: word, State: ChipPaused, Page: 123456, Pages: 234567}})
		p.SetStatus(Status{Error: word, Action: "Do something about it"})
	})
}

func TestGoldenHint(t *testing.T) {
	golden(t, "hint", 420, func(p *Pane, w fyne.Window) {
		p.SetMessages(conversation()[1:])
		for _, b := range buttons(p.thread) {
			if b.share > 0 {
				b.MouseIn(nil)
				break
			}
		}
	})
}

func TestGoldenLink(t *testing.T) {
	golden(t, "link", 420, func(p *Pane, w fyne.Window) {
		p.SetMessages(conversation()[1:])
		p.confirmLink("https://example.org/a/rather/long/address/that/does/not/fit/on/one/line?of=this&dialog=1")
	})
}

func TestGoldenOffer(t *testing.T) {
	golden(t, "offer", 560, func(p *Pane, w fyne.Window) {
		p.offerDocument(strings.Repeat("x", 1<<20))
		p.SetDraft(strings.Repeat("A line of the draft.\n", 12))
	})
}
