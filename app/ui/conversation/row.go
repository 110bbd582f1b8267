package conversation

import (
	"image/color"
	"reflect"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
	look "fovea/app/ui/theme"
)

// acts is what a row reports; Pane passes it on to its own callbacks.
type acts struct {
	copy       func(Message)
	regenerate func(Message)
	resume     func(Message)
	edit       func(m Message, text string, ask bool)
	sibling    func(m Message, delta int)
	replay     func(Message)
	compare    func(Message)
	page       func(m Message, c Consulted)
	resized    func(id int64) // the row has another height now
}

// row shows one message: who wrote it, its text, what went wrong, the pages that were recalled, and
// what can be done with it.
type row struct {
	widget.BaseWidget
	env  *env
	acts *acts
	msg  Message

	box    *canvas.Rectangle // behind what the user and the system say
	mark   *canvas.Rectangle // beside what went wrong
	header *notice           // who wrote it; for all but answers, which may be long, with the tools
	body   *body
	editor *editor // nil unless the message is edited
	note   *flow   // how it ended, nil if as it should
	part   *flow   // from which pages it is, nil if from all
	pages  *pagesView
	figs   *flow
	tools  *bar
}

const (
	rowPad   = 12
	rowGap   = 8
	userLeft = 0.12 // of the width: what the user says is set to the right
)

func newRow(e *env, a *acts, m Message) *row {
	r := &row{env: e, acts: a, box: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent)}
	r.box.CornerRadius = 10
	r.header, r.body = newNotice(e.metrics), newBody(e)
	r.header.buttons.gap = 0
	r.ExtendBaseWidget(r)
	r.show(m, false)
	return r
}

// show shows another state of the same message. With grow, only its text became longer.
func (r *row) show(m Message, grow bool) {
	old := r.msg
	r.msg = m
	switch {
	case m.Role == Assistant && grow:
		r.body.growMarkdown(m.Text)
	case m.Role == Assistant:
		r.body.setMarkdown(m.Text)
	case m.Text != old.Text || old.ID == 0:
		r.body.setPlain(m.Text)
	}
	old.Text = m.Text
	if reflect.DeepEqual(old, m) {
		return
	}
	r.env.hints.hide() // its button may be gone
	r.note = nil
	if note := r.notice(); note.text != "" {
		r.note = newFlow(r.env.metrics, note)
	}
	r.part = nil
	if m.Part.Pages > 0 {
		r.part = newFlow(r.env.metrics, caption(m.Part.line(), theme.ColorNameWarning))
	}
	r.pages = nil
	if len(m.Pages) > 0 {
		r.pages = newPagesView(r.env, m.Pages, func(c Consulted) { r.acts.page(r.msg, c) })
	}
	r.figs = nil
	if line := m.Figures.line(); line != "" {
		r.figs = newFlow(r.env.metrics, caption(line, theme.ColorNamePlaceHolder))
	}
	r.tools = nil
	title, tools := run{text: r.title(), style: style{size: captionSize, bold: true, color: theme.ColorNamePlaceHolder}}, r.actions()
	if m.Role == Assistant {
		r.tools = newBar(0, tools...)
		tools = nil
	}
	r.header.set(title, tools...)
}

func (r *row) title() string {
	name := lang.L("Model")
	switch r.msg.Role {
	case User:
		name = lang.L("You")
	case System:
		name = lang.L("System prompt")
	}
	switch r.msg.State {
	case Writing:
		name += dot + lang.L("is writing…")
	case Waiting:
		name += dot + lang.L("is preparing the answer…")
	}
	return name
}

// notice says how a message ended, if it ended otherwise than it should.
func (r *row) notice() run {
	switch r.msg.State {
	case Stopped:
		return caption(lang.L("Stopped before the end. It can be continued."), theme.ColorNamePlaceHolder)
	case Repeated:
		return caption(lang.L("Ended here, because the model began to repeat itself."), theme.ColorNamePlaceHolder)
	case Failed:
		text := r.msg.Error
		if text == "" {
			text = lang.L("The answer could not be written.")
		}
		return run{text: plain(text), style: style{color: theme.ColorNameError}}
	}
	return run{}
}

// actions returns the buttons below a message.
func (r *row) actions() []fyne.CanvasObject {
	m, h := r.msg, r.env.hints
	var items []fyne.CanvasObject
	add := func(icon fyne.Resource, hint string, do func(Message)) *small {
		b := newSmall(h, icon, "", hint, func() { do(r.msg) })
		items = append(items, b)
		return b
	}
	if m.Siblings > 1 {
		items = append(items, r.switcher()...)
	}
	if m.State == Writing || m.State == Waiting {
		return items
	}
	if m.Text != "" {
		add(theme.ContentCopyIcon(), lang.L("Copy message"), r.acts.copy)
	}
	add(theme.DocumentCreateIcon(), lang.L("Edit"), func(Message) { r.edit() })
	if m.Role != Assistant {
		return items
	}
	again := add(theme.ViewRefreshIcon(), lang.L("Answer again"), r.acts.regenerate)
	if m.State == Failed || m.Part.Pages > 0 {
		again.label() // what one most likely wants to do
	}
	if m.State == Stopped {
		add(theme.MediaSkipNextIcon(), lang.L("Continue the answer"), r.acts.resume).label()
	}
	if m.Trace {
		add(theme.HistoryIcon(), lang.L("Replay what was retained"), r.acts.replay)
	}
	add(theme.GridIcon(), lang.L("Compare with other settings"), r.acts.compare)
	return items
}

// switcher returns the buttons that lead to the alternatives of a message.
func (r *row) switcher() []fyne.CanvasObject {
	m, h := r.msg, r.env.hints
	previous := newSmall(h, theme.NavigateBackIcon(), "", lang.L("Previous version"), func() { r.acts.sibling(r.msg, -1) })
	previous.disabled = m.Sibling <= 0
	next := newSmall(h, theme.NavigateNextIcon(), "", lang.L("Next version"), func() { r.acts.sibling(r.msg, 1) })
	next.disabled = m.Sibling >= m.Siblings-1
	// The number is a button as well, so that it stands in line with its neighbours.
	number := newSmall(h, nil, numbers.Whole(m.Sibling+1)+" / "+numbers.Whole(m.Siblings), lang.L("Versions of this message"), nil)
	return []fyne.CanvasObject{previous, number, next}
}

// edit lets the user change the text in place.
func (r *row) edit() {
	if r.editor != nil {
		return
	}
	resized := func() { r.acts.resized(r.msg.ID) }
	done := func() {
		r.editor = nil
		r.Refresh()
		resized()
	}
	r.editor = newEditor(r.msg.Text, r.msg.Role == User, func(text string, ask bool) {
		done()
		r.acts.edit(r.msg, text, ask)
	}, done, resized)
	r.Refresh()
	resized()
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		c.Focus(r.editor.entry)
	}
}

// items returns what is below each other in the row.
func (r *row) items() []tall {
	if r.editor != nil {
		return []tall{r.header, r.editor}
	}
	items := []tall{r.header}
	if r.msg.Text != "" {
		items = append(items, r.body)
	}
	if r.note != nil {
		items = append(items, r.note)
	}
	if r.part != nil {
		items = append(items, r.part)
	}
	if r.pages != nil {
		items = append(items, r.pages)
	}
	if r.figs != nil {
		items = append(items, r.figs)
	}
	if r.tools != nil && len(r.tools.items) > 0 {
		items = append(items, r.tools)
	}
	return items
}

// frame returns the left edge and the width of the content in a row of a width.
func (r *row) frame(width float32) (left, inner float32) {
	if r.msg.Role == User && r.editor == nil {
		left = width * userLeft
	}
	return left + rowPad, max(60, width-left-2*rowPad)
}

func (r *row) height(width float32) float32 {
	_, inner := r.frame(width)
	return stack(r.items(), 0, 0, inner, rowGap, false) + 2*rowPad
}

func (r *row) CreateRenderer() fyne.WidgetRenderer {
	w := &rowRenderer{row: r}
	w.colour()
	return w
}

type rowRenderer struct{ row *row }

func (w *rowRenderer) Destroy() {}

func (w *rowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(100, w.row.height(max(100, w.row.Size().Width)))
}

func (w *rowRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{w.row.box, w.row.mark}
	for _, o := range w.row.items() {
		objects = append(objects, o)
	}
	return objects
}

func (w *rowRenderer) Layout(size fyne.Size) {
	r := w.row
	left, inner := r.frame(size.Width)
	stack(r.items(), left, rowPad, inner, rowGap, true)
	if r.body.dirty {
		r.body.Refresh()
	}
	r.box.Move(fyne.NewPos(left-rowPad, 0))
	r.box.Resize(fyne.NewSize(inner+2*rowPad, size.Height))
	r.mark.Hidden = r.msg.State != Failed || r.note == nil || r.editor != nil
	if !r.mark.Hidden {
		r.mark.Move(r.note.Position().SubtractXY(9, 0))
		r.mark.Resize(fyne.NewSize(3, r.note.Size().Height))
	}
}

func (w *rowRenderer) Refresh() {
	w.colour()
	w.Layout(w.row.Size())
	canvas.Refresh(w.row)
}

func (w *rowRenderer) colour() {
	r := w.row
	r.box.FillColor = color.Transparent
	switch r.msg.Role {
	case User:
		r.box.FillColor = theme.Color(look.ColorNameBubble)
	case System:
		r.box.FillColor = theme.Color(look.ColorNameSurface)
	}
	r.mark.FillColor = theme.Color(theme.ColorNameError)
	r.box.Refresh()
	r.mark.Refresh()
}
