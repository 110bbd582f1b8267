package models

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/models"
	"fovea/app/ui/numbers"
)

// Chooser lists the models on this machine by the program that owns them, and
// the catalogue with its downloads.
type Chooser struct {
	widget.BaseWidget

	OnUse      func(path string) // a model was chosen
	OnDownload func(name string) // an entry of the catalogue shall be fetched, or fetched on
	OnPause    func(name string) // its download shall pause
	OnOpenFile func()            // the user wants to name a file
	OnSearch   func()            // search again

	shelf      shelf
	rows       []row
	firstEntry int                  // of the catalogue, in rows
	sizes      map[string]fyne.Size // of buttons with an icon, by text
	about      *widget.Label
	busy       *widget.Activity
	search     *widget.Button
	list       *widget.List
	holder     *fyne.Container // of list
	body       *fyne.Container // all of it
}

// minimal is the least size of a Chooser that is pleasant, in pixels.
var minimal = fyne.NewSize(420, 320)

// NewChooser makes a chooser that shows nothing yet.
func NewChooser() *Chooser {
	c := &Chooser{about: widget.NewLabel(""), busy: widget.NewActivity()}
	c.about.Wrapping = fyne.TextWrapWord
	c.about.SizeName = theme.SizeNameCaptionText
	c.search = widget.NewButtonWithIcon(lang.L("Search again"), theme.ViewRefreshIcon(), func() { do(c.OnSearch) })
	open := widget.NewButtonWithIcon(lang.L("Open a model file…"), theme.FolderOpenIcon(), func() { do(c.OnOpenFile) })
	c.about.Hide()
	c.busy.Hide()
	c.holder = container.NewStack()
	bottom := container.NewVBox(widget.NewSeparator(), container.NewPadded(container.NewHBox(open, c.search, container.NewCenter(c.busy))))
	c.body = container.NewBorder(c.about, bottom, nil, nil, c.holder)
	c.ExtendBaseWidget(c)
	c.reset()
	return c
}

// SetFound shows what a search has come to.
func (c *Chooser) SetFound(f Found) {
	c.shelf.found, c.shelf.searched = f, true
	if f.Searching {
		c.search.Disable()
		c.busy.Start()
	} else {
		c.search.Enable()
		c.busy.Stop()
	}
	c.busy.Hidden = !f.Searching
	c.reset()
}

// SetDevice says what models must fit.
func (c *Chooser) SetDevice(d Device) {
	c.shelf.device = d
	c.about.SetText(aboutText(d))
	c.about.Hidden = c.about.Text == ""
	c.reset()
}

// SetInUse marks the model that is loaded; "": none is.
func (c *Chooser) SetInUse(path string) {
	c.shelf.inUse = path
	c.reset()
}

// SetCatalogue sets the models that can be downloaded. What is known of their
// downloads is kept.
func (c *Chooser) SetCatalogue(entries []models.Entry) {
	c.shelf.catalogue = entries
	c.reset()
}

// SetDownload shows how far the download of an entry is. It may be called often.
func (c *Chooser) SetDownload(name string, d models.Download) {
	c.shelf.setDownload(name, d)
	for i := range c.shelf.catalogue {
		if e := &c.shelf.catalogue[i]; e.Name == name {
			at := c.firstEntry + i
			c.rows[at] = c.shelf.entryRow(e, c.actions())
			c.list.SetItemHeight(at, c.height(&c.rows[at]))
			c.list.RefreshItem(at)
		}
	}
}

func (s *shelf) setDownload(name string, d models.Download) {
	if s.downloads == nil {
		s.downloads = map[string]models.Download{}
	}
	s.downloads[name] = d
}

func aboutText(d Device) string {
	if d.Name == "" {
		return ""
	}
	data := map[string]any{"Device": oneLine(d.Name), "Memory": gib(d.Memory), "Tokens": numbers.Whole(d.Tokens)}
	if d.Memory <= 0 {
		return lang.L("Device: {{.Device}}. Memory is reckoned for documents of {{.Tokens}} tokens.", data)
	}
	return lang.L("Device: {{.Device}}, {{.Memory}} GiB. Memory is reckoned for documents of {{.Tokens}} tokens.", data)
}

func (c *Chooser) actions() actions {
	return actions{
		use:      func(path string) { call(c.OnUse, path) },
		download: func(name string) { call(c.OnDownload, name) },
		pause:    func(name string) { call(c.OnPause, name) },
	}
}

// reset makes the list anew, where it was scrolled to. A list that is not shown
// yet takes the heights of its rows without drawing them each time.
func (c *Chooser) reset() {
	c.rows, c.firstEntry = c.shelf.rows(c.actions())
	c.sizes = map[string]fyne.Size{}
	offset := float32(0)
	if c.list != nil {
		offset = c.list.GetScrollOffset()
	}
	c.list = widget.NewList(
		func() int { return len(c.rows) },
		func() fyne.CanvasObject { return newRowView() },
		func(i widget.ListItemID, o fyne.CanvasObject) { o.(*rowView).show(c.rows[i]) },
	)
	c.list.HideSeparators = true
	c.list.OnSelected = func(i widget.ListItemID) { // by the keyboard
		c.list.UnselectAll()
		if b := c.rows[i].buttons; len(b) > 0 {
			b[0].tapped()
		}
	}
	for i := range c.rows {
		c.list.SetItemHeight(i, c.height(&c.rows[i]))
	}
	c.holder.Objects = []fyne.CanvasObject{c.list}
	heightAt(c.about, c.Size().Width) // wraps it before it is measured
	c.body.Refresh()                  // places what has come or gone, too
	c.list.ScrollToOffset(offset)
}

// height is what a row needs at the chooser's width.
func (c *Chooser) height(r *row) float32 {
	view := &rowView{row: *r}
	var sizes []fyne.Size
	for _, b := range r.buttons {
		key := b.text
		if b.icon != nil {
			key = "+" + key
		}
		size, ok := c.sizes[key]
		if !ok {
			size = widget.NewButtonWithIcon(b.text, b.icon, nil).MinSize()
			c.sizes[key] = size
		}
		sizes = append(sizes, size)
	}
	return view.plan(c.Size().Width, sizes).height
}

// Resize lays the rows out anew where their texts are wrapped otherwise.
func (c *Chooser) Resize(size fyne.Size) {
	other := size.Width != c.Size().Width
	c.BaseWidget.Resize(size)
	if other {
		c.reset()
	}
}

// Refresh also takes over another theme's sizes.
func (c *Chooser) Refresh() {
	c.reset()
	c.BaseWidget.Refresh()
}

// CreateRenderer is for Fyne.
func (c *Chooser) CreateRenderer() fyne.WidgetRenderer {
	least := canvas.NewRectangle(color.Transparent)
	least.SetMinSize(minimal)
	return widget.NewSimpleRenderer(container.NewStack(least, c.body))
}
