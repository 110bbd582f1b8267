package pages

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// SetFound answers OnFind: hit number, from 1, of so many is shown. With hits
// 0 nothing was found.
func (v *Viewer) SetFound(number, hits int) { v.bar.setFound(number, hits) }

// Find opens the search and puts the keyboard into it.
func (v *Viewer) Find() {
	if v.number == 0 {
		return
	}
	v.bar.findRow.Show()
	v.frame.Refresh() // the page makes room
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.bar.find); c != nil {
		c.Focus(v.bar.find)
	}
}

// EditPage puts the keyboard into the page number.
func (v *Viewer) EditPage() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.bar.number); c != nil && v.number > 0 {
		c.Focus(v.bar.number)
		v.bar.number.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// look passes on what to find. The count of hits is unknown until the answer.
func (b *bar) look(step int) {
	if step == 0 {
		b.setFound(-1, 0)
	}
	if b.viewer.OnFind != nil {
		b.viewer.OnFind(b.find.Text, step)
	}
}

// setFound writes which hit is shown. Number -1 is that nothing is known.
func (b *bar) setFound(number, hits int) {
	text := ""
	switch {
	case number >= 0 && hits == 0:
		text = lang.L("No hits")
	case hits > 0:
		text = lang.L("{{.Hit}} of {{.Hits}}", map[string]any{"Hit": number, "Hits": hits})
	}
	b.found.SetText(text)
	enable(b.earlier, hits > 1)
	enable(b.later, hits > 1)
	b.findRow.Refresh()
}

func (b *bar) toggleFind() {
	if b.findRow.Visible() {
		b.closeFind()
		return
	}
	b.viewer.Find()
}

// closeFind closes the search and ends it.
func (b *bar) closeFind() {
	b.findRow.Hide()
	b.viewer.frame.Refresh()
	if b.find.Text != "" {
		b.find.SetText("") // looks for it
	}
}

// findEntry takes what to find.
type findEntry struct {
	widget.Entry
	look func(step int)
	end  func()
	back bool // a Shift key is down
}

func newFindEntry(look func(step int), end func()) *findEntry {
	e := &findEntry{look: look, end: end}
	e.PlaceHolder = lang.L("Find text")
	e.OnChanged = func(string) { look(0) }
	e.ExtendBaseWidget(e)
	return e
}

func (e *findEntry) KeyDown(k *fyne.KeyEvent) {
	e.back = e.back || k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight
	e.Entry.KeyDown(k)
}

func (e *findEntry) KeyUp(k *fyne.KeyEvent) {
	e.back = e.back && k.Name != desktop.KeyShiftLeft && k.Name != desktop.KeyShiftRight
	e.Entry.KeyUp(k)
}

func (e *findEntry) FocusLost() {
	e.back = false
	e.Entry.FocusLost()
}

func (e *findEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		e.end()
	case fyne.KeyReturn, fyne.KeyEnter:
		step := 1
		if e.back {
			step = -1
		}
		e.look(step)
	default:
		e.Entry.TypedKey(k)
	}
}
