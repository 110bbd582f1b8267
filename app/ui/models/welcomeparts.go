package models

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	shownQuestions = 4
	welcomeWidth   = 640 // pixels at most
	welcomeMargin  = 16  // pixels around it
)

// welcomeParts are the things that a Welcome consists of.
type welcomeParts struct {
	badges         [3]*badge
	busy           *widget.Activity
	card           *rowView
	document       *widget.Label
	sample         *widget.Button
	ask            *widget.Label
	questions      *fyne.Container
	own            *fyne.Container // where a question is typed
	content        *fyne.Container
	scroll         *container.Scroll
	onQuestion     func(string)
	questionTitles []string
}

func newWelcomeParts(w *Welcome, icon fyne.Resource) *welcomeParts {
	p := &welcomeParts{
		busy: widget.NewActivity(), card: newRowView(), document: text(""), ask: text(""), questions: container.New(column{}),
		onQuestion: func(q string) { call(w.OnQuestion, q) },
	}
	p.card.framed = true
	p.own = p.entry()
	for i := range p.badges {
		p.badges[i] = newBadge(i + 1)
	}
	open := widget.NewButtonWithIcon(lang.L("Open a document…"), theme.FolderOpenIcon(), func() { do(w.OnOpenDocument) })
	p.sample = widget.NewButtonWithIcon(lang.L("Try the sample document"), theme.DocumentIcon(), func() { do(w.OnSample) })
	private := text(lang.L("No account. The network is used only when you press Download."))
	private.SizeName = theme.SizeNameCaptionText
	p.content = container.New(
		column{gap: 14},
		beginning(heading(icon)),
		beginning(text(lang.L("Fovea answers questions about documents far longer than a model's window, and shows which pages each answer consulted. Everything runs on this machine."))),
		p.step(0, lang.L("Choose a model"), p.busy, p.card),
		p.step(1, lang.L("Open a document"), nil, p.document, container.New(flow{}, open, p.sample)),
		p.step(2, lang.L("Ask"), nil, p.ask, p.questions, p.own),
		beginning(private),
	)
	p.scroll = container.NewVScroll(container.New(centred{}, p.content))
	return p
}

// text is a label that is wrapped.
func text(s string) *widget.Label {
	l := widget.NewLabel(s)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// beginning aligns a label's text, which it insets, with what lies below.
func beginning(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(column{left: -theme.InnerPadding()}, o)
}

func heading(icon fyne.Resource) fyne.CanvasObject {
	title := widget.NewLabelWithStyle(lang.L("Welcome to Fovea"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameHeadingText
	if icon == nil {
		return title
	}
	image := canvas.NewImageFromResource(icon)
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSquareSize(44))
	return container.NewHBox(image, title)
}

// step is a numbered title with what belongs to it below.
func (p *welcomeParts) step(i int, title string, beside fyne.CanvasObject, body ...fyne.CanvasObject) fyne.CanvasObject {
	l := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head := container.NewHBox(container.NewCenter(p.badges[i]), l)
	if beside != nil {
		head.Add(container.NewCenter(beside))
	}
	return container.New(column{gap: 2}, head, container.New(column{gap: 4, left: badgeSize + 4}, body...))
}

// entry is where a question of one's own is typed.
func (p *welcomeParts) entry() *fyne.Container {
	e := widget.NewEntry()
	e.SetPlaceHolder(lang.L("Your question"))
	send := widget.NewButtonWithIcon(lang.L("Ask"), theme.MailSendIcon(), func() { e.OnSubmitted(e.Text) })
	send.Disable()
	e.OnChanged = func(text string) {
		if strings.TrimSpace(text) == "" {
			send.Disable()
		} else {
			send.Enable()
		}
	}
	e.OnSubmitted = func(text string) {
		if strings.TrimSpace(text) != "" {
			e.SetText("")
			p.onQuestion(text)
		}
	}
	return container.NewBorder(nil, nil, nil, send, e)
}

// setQuestions makes links of questions.
func (p *welcomeParts) setQuestions(questions []string) {
	p.questionTitles = questions
	p.questions.RemoveAll()
	for _, q := range questions {
		link := widget.NewHyperlink(q, nil)
		link.Wrapping = fyne.TextWrapWord
		link.OnTapped = func() { p.onQuestion(q) }
		p.questions.Add(link)
	}
}

// update shows the screen as it stands.
func (w *Welcome) update() {
	p := w.parts
	searching := w.shelf.found.Searching && w.model.State == NoModel
	p.busy.Hidden = !searching
	if searching {
		p.busy.Start()
	} else {
		p.busy.Stop()
	}
	p.card.show(w.modelRow())
	p.badges[0].set(!w.hasModel(), w.model.State == Ready)
	opened := w.document.Title != ""
	p.badges[1].set(w.hasModel() && !opened, opened)
	p.badges[2].set(w.hasModel() && opened, false)
	setText(p.document, w.documentText())
	importance := widget.MediumImportance
	if w.hasModel() && !opened {
		importance = widget.HighImportance
	}
	if p.sample.Importance != importance {
		p.sample.Importance = importance
		p.sample.Refresh()
	}
	p.sample.Hidden = w.document.Sample
	setText(p.ask, w.askText())
	p.questions.Hidden = !w.hasModel() || !w.document.Sample
	p.own.Hidden = !w.hasModel() || !opened
	w.relayout()
}

func setText(l *widget.Label, s string) {
	if l.Text != s {
		l.SetText(s)
	}
}

func (w *Welcome) documentText() string {
	if w.document.Title != "" {
		return lang.L("“{{.Title}}” is open.", map[string]any{"Title": oneLine(w.document.Title)})
	}
	return lang.L("PDF, Word, EPUB, Markdown, HTML or text. You can also drop it anywhere in this window.")
}

func (w *Welcome) askText() string {
	switch {
	case w.document.Sample && w.hasModel() && len(w.parts.questionTitles) > 0:
		return lang.L("Write your own question below, or click one:")
	case w.document.Title != "" && w.hasModel():
		return lang.L("Write your question below.")
	}
	return lang.L("Write a question about the document. For the sample document some are suggested.")
}

// relayout places everything anew, for texts may have become longer.
func (w *Welcome) relayout() {
	p := w.parts
	outer := p.scroll.Content.(*fyne.Container)
	outer.Layout.Layout(outer.Objects, outer.Size())
	p.scroll.Refresh()
}

// Resize wraps the texts at the new width before they are measured.
func (w *Welcome) Resize(size fyne.Size) {
	w.BaseWidget.Resize(size)
	w.relayout()
}

// MinSize is small: what does not fit is scrolled.
func (w *Welcome) MinSize() fyne.Size { return fyne.NewSize(minimal.Width, minimal.Height) }

// CreateRenderer is for Fyne.
func (w *Welcome) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(layout.NewStackLayout(), w.parts.scroll))
}

// centred puts one thing in the middle, no wider than welcomeWidth.
type centred struct{}

func (centred) width(of float32) float32 { return min(of-2*welcomeMargin, welcomeWidth) }

// Layout is for Fyne.
func (c centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := c.width(size.Width)
	height := heightAt(objects[0], width)
	objects[0].Resize(fyne.NewSize(width, height))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, max((size.Height-height)/2, welcomeMargin)))
}

// MinSize is right once the thing has its width.
func (c centred) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, heightAt(objects[0], objects[0].Size().Width)+2*welcomeMargin)
}
