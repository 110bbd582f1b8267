package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// Pane is the middle of the window. Its fields are called on the UI goroutine when the user did
// something; one that is nil is skipped. Messages and documents are named by their ids.
type Pane struct {
	widget.BaseWidget

	OnSend      func(text string) // the entry is empty by then; SetDraft brings the text back if sending failed
	OnDraft     func(text string) // what is being written, half a second after the last key or when the focus goes
	OnStop      func()            // the answer that is being written is to end
	OnAttach    func()            // a document is to be chosen
	OnSample    func()            // the sample document is to be opened
	OnPasteLong func(text string) // a text of over 20,000 characters is to become a document

	OnCopy        func(text string) // to the clipboard: a message, a code block or what is marked
	OnRegenerate  func(id int64)
	OnContinue    func(id int64)
	OnEdit        func(id int64, text string, ask bool) // with ask, the model is to answer the new text
	OnShowSibling func(id int64, delta int)             // the previous (-1) or next (1) version of a message
	OnReplay      func(id int64)
	OnCompare     func(id int64)
	OnPage        func(id, document int64, page int) // a page consulted, counted from 1
	OnLink        func(target string)                // the user confirmed to open this address

	OnOpenDocument   func(id int64)
	OnPauseDocument  func(id int64)
	OnResumeDocument func(id int64)
	OnRemoveDocument func(id int64) // also cancels its reading

	env      *env
	thread   *thread
	empty    *empty
	toEnd    *small
	offer    *notice // of a long text, to make it a document
	chips    *chips
	composer *composer
	status   *notice
}

// New returns an empty pane.
func New() *Pane {
	m := &metrics{}
	m.check()
	p := &Pane{env: &env{metrics: m, hints: newHints(m)}}
	p.env.copy = func(text string) { call(p.OnCopy, text) }
	p.env.link = p.confirmLink
	p.env.key = p.scrollKey
	p.env.wheel = func(e *fyne.ScrollEvent) { p.thread.scroll.Scrolled(e) }
	p.thread = newThread(p.env, p.acts())
	p.thread.onMove = p.showToEnd
	p.empty = newEmpty(m)
	p.empty.open.OnTapped = func() { run0(p.OnAttach) }
	p.empty.try.OnTapped = func() { run0(p.OnSample) }
	p.toEnd = newSmall(p.env.hints, theme.MoveDownIcon(), lang.L("To the end"), "", p.ScrollToEnd)
	p.toEnd.filled = true
	p.toEnd.Hide()
	p.offer, p.status = newNotice(m), newNotice(m)
	p.chips = newChips(p.env, &chipActs{
		open:   func(id int64) { call(p.OnOpenDocument, id) },
		pause:  func(id int64) { call(p.OnPauseDocument, id) },
		resume: func(id int64) { call(p.OnResumeDocument, id) },
		remove: func(id int64) { call(p.OnRemoveDocument, id) },
		reason: func(c Chip, near fyne.CanvasObject) { p.showReason(c, near) },
	})
	p.composer = newComposer(p.env.hints)
	p.composer.sent = func(text string) { call(p.OnSend, text) }
	p.composer.draft = func(text string) { call(p.OnDraft, text) }
	p.composer.resized = p.relayout
	p.composer.attach.tapped = func() { run0(p.OnAttach) }
	p.composer.stop.OnTapped = func() { run0(p.OnStop) }
	p.composer.entry.escape = func() { p.Escape() }
	p.composer.entry.long = p.offerDocument
	p.composer.entry.scroll = p.scrollKey
	p.thread.Hide()
	p.ExtendBaseWidget(p)
	return p
}

func (p *Pane) acts() *acts {
	return &acts{
		copy:       func(m Message) { call(p.OnCopy, m.Text) },
		regenerate: func(m Message) { call(p.OnRegenerate, m.ID) },
		resume:     func(m Message) { call(p.OnContinue, m.ID) },
		replay:     func(m Message) { call(p.OnReplay, m.ID) },
		compare:    func(m Message) { call(p.OnCompare, m.ID) },
		edit: func(m Message, text string, ask bool) {
			if p.OnEdit != nil {
				p.OnEdit(m.ID, text, ask)
			}
		},
		sibling: func(m Message, delta int) {
			if p.OnShowSibling != nil {
				p.OnShowSibling(m.ID, delta)
			}
		},
		page: func(m Message, c Consulted) {
			if p.OnPage != nil {
				p.OnPage(m.ID, c.Document, c.Page)
			}
		},
	}
}

// call calls f unless it is nil.
func call[T any](f func(T), x T) {
	if f != nil {
		f(x)
	}
}

func run0(f func()) {
	if f != nil {
		f()
	}
}

// SetMessages shows the messages of a branch, first to last. Widgets of messages that did not change
// are kept. A message that the user edits stays in editing.
func (p *Pane) SetMessages(messages []Message) {
	p.empty.Hidden, p.thread.Hidden = len(messages) > 0, len(messages) == 0
	p.thread.set(messages)
	p.showToEnd()
	p.Refresh()
}

// Grow shows the whole text so far of a message that is being written. An id that is not shown is
// ignored: the answer belongs to another conversation.
func (p *Pane) Grow(id int64, text string) { p.thread.grow(id, text) }

// SetDocuments shows the documents of the conversation.
func (p *Pane) SetDocuments(documents []Chip) {
	p.chips.set(documents)
	p.relayout()
}

// SetStatus shows the line below the composer.
func (p *Pane) SetStatus(s Status) {
	switch {
	case s.Error != "":
		var buttons []fyne.CanvasObject
		if s.Action != "" {
			b := newSmall(p.env.hints, nil, s.Action, "", s.OnAction)
			b.filled = true
			buttons = append(buttons, b)
		}
		p.status.set(run{text: plain(s.Error), style: style{size: captionSize, color: theme.ColorNameError}}, buttons...)
	case s.Queue == 1:
		p.status.set(caption(lang.L("Waits until another answer is written"), theme.ColorNamePlaceHolder))
	case s.Queue > 1:
		p.status.set(caption(lang.L("Waits until {{.Count}} other answers are written", map[string]any{"Count": numbers.Whole(s.Queue)}), theme.ColorNamePlaceHolder))
	default:
		p.status.set(caption(s.meter(), theme.ColorNamePlaceHolder))
	}
	p.relayout()
}

// SetDraft puts text into the entry. It is not reported as a draft.
func (p *Pane) SetDraft(text string) { p.composer.set(text) }

// Draft returns the text in the entry.
func (p *Pane) Draft() string { return p.composer.entry.Text }

// FocusComposer puts the keyboard into the entry.
func (p *Pane) FocusComposer() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p.composer.entry)
	}
}

// ScrollToEnd shows the last message, and follows it while it grows.
func (p *Pane) ScrollToEnd() { p.thread.toEnd() }

// SetBusy offers to stop instead of to send, while an answer is prepared or written.
func (p *Pane) SetBusy(busy bool) { p.composer.setBusy(busy) }

// Escape stops the answer that is being written. It reports whether there was one. The pane calls it
// itself while the entry has the keyboard; a window calls it when nothing has.
func (p *Pane) Escape() bool {
	if !p.composer.busy {
		return false
	}
	run0(p.OnStop)
	return true
}
