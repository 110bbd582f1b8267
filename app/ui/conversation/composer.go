package conversation

import (
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	composerRows = 8
	longText     = 20_000 // characters beyond which a text is offered as a document
	draftDelay   = 500 * time.Millisecond
)

// input is the entry that the user writes in.
type input struct {
	widget.Entry
	shift   bool
	send    func()
	escape  func()
	long    func(text string)
	scroll  func(fyne.KeyName)
	settled func() // the focus went elsewhere
}

func newInput() *input {
	e := &input{}
	e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
	e.SetPlaceHolder(lang.L("Ask a question"))
	e.ExtendBaseWidget(e)
	return e
}

// AcceptsTab is false: Tab leads to the buttons.
func (e *input) AcceptsTab() bool { return false }

func (e *input) KeyDown(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		e.shift = true
	}
	e.Entry.KeyDown(k)
}

func (e *input) KeyUp(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		e.shift = false
	}
	e.Entry.KeyUp(k)
}

func (e *input) FocusLost() {
	e.shift = false
	e.Entry.FocusLost()
	e.settled()
}

// TypedKey sends on Enter; with Shift, Enter ends the line.
func (e *input) TypedKey(k *fyne.KeyEvent) {
	switch {
	case (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter) && !e.shift:
		e.send()
	case k.Name == fyne.KeyEscape:
		e.escape()
	case k.Name == fyne.KeyPageUp || k.Name == fyne.KeyPageDown:
		e.scroll(k.Name)
	default:
		e.Entry.TypedKey(k)
	}
}

// TypedShortcut keeps a long text out of the entry, which would take seconds to show it.
func (e *input) TypedShortcut(s fyne.Shortcut) {
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		text := paste.Clipboard.Content()
		if len(text)+len(e.Text) > longText && utf8.RuneCountInString(text)+utf8.RuneCountInString(e.Text) > longText {
			e.long(text)
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// composer is the entry with the buttons beside it.
type composer struct {
	widget.BaseWidget
	entry  *input
	attach *small
	send   *widget.Button
	stop   *widget.Button
	rows   rowCounter
	shown  int // rows that the entry is high
	most   int // rows that there is room for
	busy   bool
	width  float32 // of the entry

	sent    func(text string)
	draft   func(text string)
	resized func()

	after   func(d time.Duration, f func()) (cancel func()) // runs f on the UI goroutine
	cancel  func()                                          // of the draft to come, nil if there is none
	setting bool
}

func newComposer(h *hints) *composer {
	c := &composer{entry: newInput(), after: afterUI}
	c.attach = newSmall(h, theme.MailAttachmentIcon(), "", lang.L("Attach a document"), nil)
	c.send = widget.NewButtonWithIcon(lang.L("Send"), theme.MailSendIcon(), c.submit)
	c.send.Importance = widget.HighImportance
	c.stop = widget.NewButtonWithIcon(lang.L("Stop"), theme.MediaStopIcon(), nil)
	c.stop.Importance = widget.DangerImportance
	c.stop.Hide()
	c.entry.OnChanged = c.changed
	c.entry.send, c.entry.settled = c.submit, c.settle
	c.ExtendBaseWidget(c)
	c.enable()
	return c
}

func afterUI(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, func() { fyne.Do(f) })
	return func() { t.Stop() }
}

// submit hands the text over and empties the entry, unless an answer is being written.
func (c *composer) submit() {
	text := c.entry.Text
	if c.busy || strings.TrimSpace(text) == "" {
		return
	}
	c.set("")
	c.sent(text)
}

// set replaces the text without reporting it as a draft.
func (c *composer) set(text string) {
	c.drop()
	c.setting = true
	c.entry.SetText(text)
	c.setting = false
	c.entry.CursorRow, c.entry.CursorColumn = 0, 0
	c.toEnd()
	c.enable()
	c.resized()
}

// toEnd moves the cursor behind the text.
func (c *composer) toEnd() {
	c.entry.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
}

func (c *composer) changed(text string) {
	if c.setting {
		return
	}
	c.drop()
	c.cancel = c.after(draftDelay, c.settle)
	c.enable()
	c.resized()
}

// settle reports a draft that was not reported yet.
func (c *composer) settle() {
	if c.cancel == nil {
		return
	}
	c.drop()
	c.draft(c.entry.Text)
}

func (c *composer) drop() {
	if c.cancel != nil {
		c.cancel()
		c.cancel = nil
	}
}

// enable lets the button stand out when there is something to send. It is not disabled otherwise: the
// theme's disabled buttons can hardly be read.
func (c *composer) enable() {
	importance := widget.HighImportance
	if strings.TrimSpace(c.entry.Text) == "" {
		importance = widget.MediumImportance
	}
	if c.send.Importance != importance {
		c.send.Importance = importance
		c.send.Refresh()
	}
}

func (c *composer) setBusy(busy bool) {
	if c.busy == busy {
		return
	}
	c.busy = busy
	c.send.Hidden, c.stop.Hidden = busy, !busy
	c.Refresh()
}

// sides returns the widths of the buttons left and right of the entry.
func (c *composer) sides() (left, right float32) {
	return c.send.MinSize().Height, max(c.send.MinSize().Width, c.stop.MinSize().Width)
}

const composerGap = 6

func (c *composer) height(width float32) float32 {
	left, right := c.sides()
	c.width = max(60, width-left-right-2*composerGap)
	rows := c.rows.count(c.entry.Text, c.width, max(1, min(composerRows, c.most)))
	if rows != c.shown { // setting it draws the whole text again
		c.shown = rows
		c.entry.SetMinRowsVisible(rows)
	}
	return max(c.entry.MinSize().Height, c.send.MinSize().Height)
}

func (c *composer) CreateRenderer() fyne.WidgetRenderer { return &composerRenderer{c} }

type composerRenderer struct{ c *composer }

func (r *composerRenderer) Destroy() {}

func (r *composerRenderer) MinSize() fyne.Size {
	left, right := r.c.sides()
	return fyne.NewSize(left+right+120, r.c.send.MinSize().Height)
}

func (r *composerRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.attach, r.c.entry, r.c.send, r.c.stop}
}

func (r *composerRenderer) Refresh() {
	r.c.attach.Refresh()
	r.c.send.Refresh()
	r.c.stop.Refresh()
	r.Layout(r.c.Size())
}

func (r *composerRenderer) Layout(size fyne.Size) {
	c := r.c
	left, right := c.sides()
	h := c.send.MinSize().Height
	c.attach.Move(fyne.NewPos(0, size.Height-h))
	c.attach.Resize(fyne.NewSize(left, h))
	c.entry.Move(fyne.NewPos(left+composerGap, 0))
	c.entry.Resize(fyne.NewSize(max(60, size.Width-left-right-2*composerGap), size.Height))
	for _, b := range []*widget.Button{c.send, c.stop} {
		b.Move(fyne.NewPos(size.Width-right, size.Height-h))
		b.Resize(fyne.NewSize(right, h))
	}
}
