package conversation

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// confirmLink shows where a link of an answer leads and opens it only when the user says so: what a
// model writes may have been put into its mouth by a document.
func (p *Pane) confirmLink(target string) {
	c := fyne.CurrentApp().Driver().CanvasForObject(p)
	if c == nil {
		return
	}
	var popup *widget.PopUp
	buttons := newBar(6,
		widget.NewButton(lang.L("Cancel"), func() { popup.Hide() }),
		widget.NewButton(lang.L("Copy address"), func() {
			popup.Hide()
			call(p.OnCopy, target)
		}))
	text := lang.L("This address cannot be opened from here.")
	if openable(target) {
		text = lang.L("Open this address in the web browser?")
		open := widget.NewButton(lang.L("Open"), func() {
			popup.Hide()
			call(p.OnLink, target)
		})
		open.Importance = widget.HighImportance
		buttons.items = append(buttons.items, open)
	}
	title := newFlow(p.env.metrics, run{text: text, style: style{bold: true}})
	popup = widget.NewModalPopUp(sheet(min(460, c.Size().Width-60), title, newFlow(p.env.metrics, run{text: target}), buttons), c)
	popup.Show()
}

// sheet places objects below each other in a width, with room around them.
func sheet(width float32, items ...tall) fyne.CanvasObject {
	const gap = 12
	height := stack(items, 0, 0, width, gap, true)
	objects := make([]fyne.CanvasObject, len(items))
	for i, o := range items {
		objects[i] = o
	}
	fixed := container.NewGridWrap(fyne.NewSize(width, height), container.NewWithoutLayout(objects...))
	return container.New(layout.NewCustomPaddedLayout(gap, gap, gap, gap), fixed)
}

// openable reports whether an address is one that a web browser or a mail program opens.
func openable(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return true
	}
	return false
}

// showReason says why a document could not be opened or read.
func (p *Pane) showReason(c Chip, near fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	canvas := driver.CanvasForObject(p)
	if canvas == nil {
		return
	}
	text := newFlow(p.env.metrics, run{text: plain(c.Error)})
	popup := widget.NewPopUp(sheet(min(360, canvas.Size().Width-60), text), canvas)
	at := driver.AbsolutePositionForObject(near)
	popup.ShowAtPosition(at.SubtractXY(0, popup.MinSize().Height+4))
}

// offerDocument asks what to do with a text that is too long for the entry.
func (p *Pane) offerDocument(text string) {
	accept := newSmall(p.env.hints, theme.ContentAddIcon(), lang.L("Add as a document"), "", func() {
		p.closeOffer()
		call(p.OnPasteLong, text)
	})
	cancel := newSmall(p.env.hints, nil, lang.L("Cancel"), "", p.closeOffer)
	accept.filled, cancel.filled = true, true
	size := map[string]any{"Count": numbers.Whole(utf8.RuneCountInString(text))}
	p.offer.set(run{text: lang.L("The pasted text has {{.Count}} characters, too many for a message.", size), style: style{size: captionSize}}, accept, cancel)
	p.relayout()
}

func (p *Pane) closeOffer() {
	p.offer.set(run{})
	p.relayout()
}
