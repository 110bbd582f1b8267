package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// editor takes the place of a message's text while the user edits it.
type editor struct {
	widget.BaseWidget
	entry   *editorEntry
	buttons *bar
	rows    rowCounter
}

// editorEntry cancels on Esc.
type editorEntry struct {
	widget.Entry
	cancel func()
}

func (e *editorEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.cancel()
		return
	}
	e.Entry.TypedKey(k)
}

// AcceptsTab is false so that the keyboard reaches the buttons.
func (e *editorEntry) AcceptsTab() bool { return false }

const editorRows = 14 // that are shown at most

// newEditor edits a text. With ask there is a button that saves and asks the model again; resized is
// called when the height may have changed.
func newEditor(text string, ask bool, save func(text string, ask bool), cancel, resized func()) *editor {
	e := &editor{entry: &editorEntry{cancel: cancel}}
	e.entry.MultiLine, e.entry.Wrapping = true, fyne.TextWrapWord
	e.entry.ExtendBaseWidget(e.entry)
	e.entry.SetText(text)
	e.entry.OnChanged = func(string) { resized() }
	plain := widget.NewButtonWithIcon(lang.L("Save"), theme.DocumentSaveIcon(), func() { save(e.entry.Text, false) })
	items := []fyne.CanvasObject{plain, widget.NewButton(lang.L("Cancel"), cancel)}
	if ask {
		again := widget.NewButtonWithIcon(lang.L("Save and ask"), theme.MailSendIcon(), func() { save(e.entry.Text, true) })
		again.Importance = widget.HighImportance
		items = append([]fyne.CanvasObject{again}, items...)
	} else {
		plain.Importance = widget.HighImportance
	}
	e.buttons = newBar(6, items...)
	e.ExtendBaseWidget(e)
	return e
}

func (e *editor) height(width float32) float32 {
	e.entry.SetMinRowsVisible(max(2, e.rows.count(e.entry.Text, width, editorRows)))
	return e.entry.MinSize().Height + 6 + e.buttons.height(width)
}

func (e *editor) CreateRenderer() fyne.WidgetRenderer { return &editorRenderer{e} }

type editorRenderer struct{ e *editor }

func (r *editorRenderer) Destroy() {}

func (r *editorRenderer) MinSize() fyne.Size {
	return fyne.NewSize(60, r.e.height(max(60, r.e.Size().Width)))
}

func (r *editorRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.e.entry, r.e.buttons}
}

func (r *editorRenderer) Refresh() { r.Layout(r.e.Size()) }

func (r *editorRenderer) Layout(size fyne.Size) {
	e := r.e
	buttons := e.buttons.height(size.Width)
	e.entry.Resize(fyne.NewSize(size.Width, size.Height-buttons-6))
	e.buttons.Move(fyne.NewPos(0, size.Height-buttons))
	e.buttons.Resize(fyne.NewSize(size.Width, buttons))
}
