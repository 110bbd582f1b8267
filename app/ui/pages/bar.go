package pages

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// bar is what stands above the page: the title, the buttons, and the search
// when it is open.
type bar struct {
	viewer *Viewer
	box    *fyne.Container

	title          *titleLabel
	place, of      *widget.Label
	number         *numberEntry
	previous, next *iconButton
	zoomOut, fit   *iconButton
	zoomIn, search *iconButton
	find           *findEntry
	found          *widget.Label
	earlier, later *iconButton

	titleRow, toolRow, findRow *fyne.Container
}

func newBar(v *Viewer, t *tip) *bar {
	b := &bar{viewer: v, title: newTitleLabel(t), place: widget.NewLabel(""), of: widget.NewLabel(""), found: widget.NewLabel("")}
	b.number = newNumberEntry(b.enter, b.update)
	b.previous = newIconButton(t, theme.NavigateBackIcon(), lang.L("Previous page"), v.Previous)
	b.next = newIconButton(t, theme.NavigateNextIcon(), lang.L("Next page"), v.Next)
	b.zoomOut = newIconButton(t, theme.ZoomOutIcon(), lang.L("Zoom out"), v.ZoomOut)
	b.fit = newIconButton(t, theme.ZoomFitIcon(), lang.L("Fit width"), v.FitWidth)
	b.zoomIn = newIconButton(t, theme.ZoomInIcon(), lang.L("Zoom in"), v.ZoomIn)
	b.search = newIconButton(t, theme.SearchIcon(), lang.L("Find in this document"), b.toggleFind)
	closing := newIconButton(t, theme.WindowCloseIcon(), lang.L("Close this document"), func() {
		if v.OnClose != nil {
			v.OnClose()
		}
	})
	b.find = newFindEntry(b.look, b.closeFind)
	b.earlier = newIconButton(t, theme.MoveUpIcon(), lang.L("Previous hit"), func() { b.look(-1) })
	b.later = newIconButton(t, theme.MoveDownIcon(), lang.L("Next hit"), func() { b.look(1) })
	end := newIconButton(t, theme.CancelIcon(), lang.L("End the search"), b.closeFind)

	b.titleRow = container.NewBorder(nil, nil, nil, container.NewHBox(b.place, closing), b.title)
	b.toolRow = container.NewHBox(b.previous, b.number, b.of, b.next, layout.NewSpacer(), b.zoomOut, b.fit, b.zoomIn, b.search)
	entry := container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), 0), b.find)
	b.findRow = container.NewBorder(nil, nil, nil, container.NewHBox(b.found, b.earlier, b.later, end), entry)
	b.findRow.Hide()
	b.box = container.NewVBox(b.titleRow, b.toolRow, b.findRow, widget.NewSeparator())
	return b
}

// update writes title and numbers, and enables what there is something to do for.
func (b *bar) update() {
	v := b.viewer
	b.title.SetText(v.title)
	b.place.SetText("")
	b.of.SetText("")
	b.number.SetText("")
	if v.number > 0 {
		b.place.SetText(lang.L("Page {{.Page}} of {{.Pages}}", map[string]any{"Page": v.number, "Pages": v.pages}))
		b.of.SetText(lang.L("of {{.Pages}}", map[string]any{"Pages": v.pages}))
		b.number.SetText(strconv.Itoa(v.number))
	}
	enable(b.previous, v.number > 1)
	enable(b.next, v.number < v.pages)
	enable(b.zoomOut, v.number > 0 && v.sheet.zoom > zoomMin)
	enable(b.fit, v.number > 0 && v.sheet.zoom != 1)
	enable(b.zoomIn, v.number > 0 && v.sheet.zoom < zoomMax)
	enable(b.search, v.number > 0)
	enable(b.number, v.number > 0)
	b.titleRow.Refresh() // numbers have other widths
	b.toolRow.Refresh()
}

func enable(w fyne.Disableable, on bool) {
	if on {
		w.Enable()
	} else {
		w.Disable()
	}
}

// enter goes to the page whose number was typed; anything else is undone.
func (b *bar) enter(text string) {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		b.viewer.GoTo(n)
	}
	b.update()
}

// numberEntry takes a page number.
type numberEntry struct {
	widget.Entry
	undo func()
}

func newNumberEntry(enter func(string), undo func()) *numberEntry {
	e := &numberEntry{undo: undo}
	e.OnSubmitted = enter
	e.Scroll = container.ScrollNone
	e.ExtendBaseWidget(e)
	return e
}

// MinSize has room for a number of five digits.
func (e *numberEntry) MinSize() fyne.Size {
	digits := fyne.MeasureText("00000", theme.TextSize(), fyne.TextStyle{})
	return fyne.NewSize(digits.Width+2*theme.InnerPadding(), e.Entry.MinSize().Height)
}

func (e *numberEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.undo()
		return
	}
	e.Entry.TypedKey(k)
}

// FocusLost undoes what was typed and not entered.
func (e *numberEntry) FocusLost() {
	e.Entry.FocusLost()
	e.undo()
}
