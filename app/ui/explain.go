package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/engine"
	"fovea/store"
)

// explain says what went wrong, in the window's language where it is known,
// and then in the words of whoever noticed it, who names the thing.
func explain(err error) string {
	detail := plain(err.Error())
	for _, known := range []struct {
		err  error
		text string
	}{
		{chat.ErrNoModel, lang.L("No model is loaded. Choose one first.")},
		{chat.ErrBusy, lang.L("This conversation is being answered. Wait for the end, or stop it first.")},
		{chat.ErrInUse, lang.L("Questions were asked about this document, so it belongs to the conversation. Begin a new conversation to be without it.")},
		{chat.ErrEmpty, lang.L("There is no text to send.")},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	for _, known := range []struct {
		err  error
		text string
	}{
		{document.ErrPassword, lang.L("The document is encrypted. Save a copy without a password and open that.")},
		{document.ErrScanned, lang.L("The document holds no text: its pages are pictures. Have it recognised (OCR) first.")},
		{document.ErrNotFound, lang.L("The file is not there.")},
		{document.ErrUnsupported, lang.L("This kind of file cannot be read.")},
		{document.ErrCorrupt, lang.L("The file is damaged.")},
		{document.ErrEmpty, lang.L("The document is empty.")},
		{document.ErrTooLarge, lang.L("The document is too large.")},
		{store.ErrFull, lang.L("The disk is full. Free some space; nothing that was kept is lost.")},
		{store.ErrReadOnly, lang.L("The data folder cannot be written.")},
		{store.ErrDamaged, lang.L("The database is damaged.")},
		{store.ErrNewer, lang.L("The database was written by a newer version of Fovea.")},
		{store.ErrBusy, lang.L("Another program is using the database.")},
		{engine.ErrNoSpace, lang.L("There is no space to keep what is read. All goes on, but the document will be read again after a restart. Free some space, or keep more or nothing, in the settings.")},
		{engine.ErrNotKept, lang.L("What is read cannot be kept. All goes on, but the document will be read again after a restart.")},
		{engine.ErrOutOfMemory, lang.L("The memory of the device does not suffice. Choose a smaller model or a shorter text, or close other programs.")},
		{engine.ErrDeviceLost, lang.L("The device was lost and is being opened again. Ask once more.")},
		{engine.ErrQuestionTooLong, lang.L("The question is too long for the model. Put long text into a document.")},
		{context.DeadlineExceeded, lang.L("It took too long.")},
	} {
		if errors.Is(err, known.err) {
			return known.text + "\n" + detail
		}
	}
	return detail
}

// plain takes the names of packages off the beginning of an error's text.
func plain(text string) string {
	for {
		name, rest, ok := strings.Cut(text, ": ")
		if !ok || strings.ContainsAny(name, " /\\.\"") || name != strings.ToLower(name) {
			return text
		}
		text = rest
	}
}

// oneLine is the first line of a text.
func oneLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// fail shows an error.
func (w *window) fail(err error) { w.failIn(w.open.id, err) }

// failIn shows an error of a conversation.
func (w *window) failIn(id store.ConversationID, err error) {
	if w.ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, store.ErrNotFound) && id != w.open.id {
		return // of a conversation that was deleted meanwhile
	}
	message := widget.NewLabel(explain(err))
	message.Wrapping = fyne.TextWrapWord
	message.Selectable = true
	scroll := container.NewVScroll(message)
	d := dialog.NewCustom(lang.L("Something went wrong"), lang.L("Close"), scroll, w.window)
	w.present(d, fyne.NewSize(520, 260))
}

// newNotice is a page with a heading, a text and a button.
func newNotice(heading, text, button string, tapped func()) fyne.CanvasObject {
	head := widget.NewLabelWithStyle(heading, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	body := widget.NewLabel(text)
	body.Wrapping = fyne.TextWrapWord
	body.Selectable = true
	return container.NewBorder(head, container.NewHBox(widget.NewButton(button, tapped)), nil, nil, container.NewVScroll(body))
}
