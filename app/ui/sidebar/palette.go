package sidebar

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Palette is a search over everything in a pop-up over the window. Its
// callbacks are set before it is shown and run on the UI goroutine.
type Palette struct {
	OnSearch func(text string) // answer with SetResults; not called with ""
	OnResult func(r Result)    // open it; the palette is closed before

	conversations []Conversation
	search        *searcher
	popup         *widget.PopUp
	later         func(time.Duration, func()) (stop func())
}

// NewPalette makes one that is not shown yet.
func NewPalette() *Palette { return &Palette{later: later} }

// Size of the palette, in pixels, where the window is large enough.
const (
	paletteWidth  = 640
	paletteHeight = 440
)

// Show opens the palette over a window, empty, and gives it the focus.
// conversations are those whose titles are searched.
func (p *Palette) Show(c fyne.Canvas, conversations []Conversation) {
	p.Hide()
	p.conversations = conversations
	results := newResultList(func(r Result) {
		p.Hide()
		if p.OnResult != nil {
			p.OnResult(r)
		}
	})
	p.search = &searcher{
		list: results, titles: func() []Conversation { return p.conversations },
		search: func(text string) {
			if p.OnSearch != nil {
				p.OnSearch(text)
			}
		},
		stop: func() {}, later: p.later,
	}
	p.search.entry = newSearchEntry(lang.L("Search conversations, messages and documents"), p.key)
	p.search.entry.OnChanged = p.search.typed
	hint := canvas.NewText(lang.L("Arrow keys move, Enter opens, Esc closes"), theme.Color(theme.ColorNamePlaceHolder))
	hint.TextSize = theme.CaptionTextSize()
	pad := layout.NewCustomPaddedLayout(12, 10, 12, 12)
	content := container.New(pad, container.NewBorder(p.search.entry, hint, nil, nil,
		container.New(layout.NewCustomPaddedLayout(4, 4, -margin, -margin), results.object())))
	p.popup = widget.NewPopUp(content, c)
	size := fyne.NewSize(min(paletteWidth, c.Size().Width-40), min(paletteHeight, c.Size().Height-40))
	p.popup.Resize(size)
	p.popup.ShowAtPosition(fyne.NewPos((c.Size().Width-size.Width)/2, (c.Size().Height-size.Height)/4))
	c.Focus(p.search.entry)
}

// SetResults answers OnSearch with the messages and pages that were found for
// its text; results of kind TitleResult are left out.
func (p *Palette) SetResults(text string, results []Result) {
	if p.search != nil {
		p.search.set(text, results)
	}
}

// Hide closes the palette.
func (p *Palette) Hide() {
	if p.popup == nil {
		return
	}
	p.search.stop()
	p.popup.Hide()
	p.popup, p.search = nil, nil
}

func (p *Palette) key(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyEscape {
		p.Hide()
		return true
	}
	return p.search.list.key(e)
}
