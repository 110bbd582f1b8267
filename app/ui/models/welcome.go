package models

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/models"
	"fovea/app/ui/numbers"
)

// ModelState is where the model that was chosen stands.
type ModelState int

// The states.
const (
	NoModel ModelState = iota
	Loading
	Ready
	LoadFailed
)

// Model is the model that was chosen.
type Model struct {
	State  ModelState
	Path   string
	Title  string
	Loaded float64 // share of the weights that is on the device, 0 to 1
	Err    error   // why loading failed, with the cure
}

// Document is the document that was opened.
type Document struct {
	Title  string // "": none
	Sample bool   // it is the sample document
}

// Welcome is the first screen: the three steps to a first answer.
type Welcome struct {
	widget.BaseWidget

	OnUse          func(path string) // load a model, or try again to
	OnDownload     func(name string) // fetch an entry of the catalogue, or fetch on
	OnPause        func(name string) // pause that
	OnChoose       func()            // show all models
	OnOpenFile     func()            // the user wants to name a model file
	OnSearch       func()            // search for models again
	OnOpenDocument func()
	OnSample       func() // open the sample document
	OnQuestion     func(question string)

	shelf     shelf
	model     Model
	document  Document
	questions []string
	parts     *welcomeParts
}

// NewWelcome makes the screen as it is while models are searched for. icon is
// the program's; nil: none.
func NewWelcome(icon fyne.Resource) *Welcome {
	w := &Welcome{}
	w.shelf.found.Searching = true
	w.parts = newWelcomeParts(w, icon)
	w.ExtendBaseWidget(w)
	w.update()
	return w
}

// SetFound shows what a search has come to.
func (w *Welcome) SetFound(f Found) {
	w.shelf.found, w.shelf.searched = f, true
	w.update()
}

// SetDevice says what models must fit.
func (w *Welcome) SetDevice(d Device) {
	w.shelf.device = d
	w.update()
}

// SetCatalogue sets the models that can be downloaded; the first is proposed
// where none is found.
func (w *Welcome) SetCatalogue(entries []models.Entry) {
	w.shelf.catalogue = entries
	w.update()
}

// SetDownload shows how far the download of an entry is. It may be called
// often.
func (w *Welcome) SetDownload(name string, d models.Download) {
	w.shelf.setDownload(name, d)
	w.update()
}

// SetModel shows how the model that was chosen is doing. It may be called often.
func (w *Welcome) SetModel(m Model) {
	w.model = m
	w.update()
}

// SetDocument shows which document was opened.
func (w *Welcome) SetDocument(d Document) {
	w.document = d
	w.update()
}

// SetQuestions sets the questions that are proposed about the sample document.
// The first few are shown.
func (w *Welcome) SetQuestions(questions []string) {
	w.questions = questions
	w.parts.setQuestions(questions[:min(len(questions), shownQuestions)])
	w.update()
}

// hasModel says whether a question could be put now or soon.
func (w *Welcome) hasModel() bool { return w.model.State == Loading || w.model.State == Ready }

// modelRow is the first step as it stands.
func (w *Welcome) modelRow() row {
	title := oneLine(w.model.Title)
	switch w.model.State {
	case Loading:
		return row{
			title: title, bar: true, done: float32(min(max(w.model.Loaded, 0), 1)),
			lines: []line{{text: lang.L("Loading: {{.Percent}} %", map[string]any{"Percent": int(100 * w.model.Loaded)})}},
		}
	case Ready:
		return row{
			title: title, lines: []line{{text: lang.L("The model is ready"), icon: rightIcon()}},
			buttons: []button{w.othersButton()},
		}
	case LoadFailed:
		r := row{
			title: title, lines: []line{{text: lang.L("The model could not be loaded. Try again, or choose another one."), icon: wrongIcon()}},
			buttons: []button{{text: lang.L("Try again"), icon: theme.ViewRefreshIcon(), tapped: func() { call(w.OnUse, w.model.Path) }}, w.othersButton()},
		}
		if w.model.Err != nil {
			r.lines = append(r.lines, line{text: oneLine(w.model.Err.Error()), dim: true})
		}
		return r
	case NoModel:
	}
	return w.proposal()
}

// proposal is the model to take: one that is being fetched, or the best that is
// here, or one of the catalogue.
func (w *Welcome) proposal() row {
	s := &w.shelf
	if e := s.entryThat(models.Running, models.Failed); e != nil {
		return w.withOthers(s.entryRow(e, w.actions()))
	}
	if best := models.Best(s.found.Models, s.device.Tokens, s.device.Memory); best != nil {
		return w.withOthers(first(s.localRow(best, w.actions())))
	}
	if e := s.entryThat(models.Finished, models.Paused); e != nil {
		return w.withOthers(first(s.entryRow(e, w.actions())))
	}
	if s.found.Searching {
		return row{lines: []line{{text: lang.L("Searching for models on this machine…")}}}
	}
	if s.found.Err != nil {
		return w.withOthers(row{
			lines:   s.searchFailed(),
			buttons: []button{{text: lang.L("Search again"), icon: theme.ViewRefreshIcon(), tapped: func() { do(w.OnSearch) }}},
		})
	}
	return w.offer()
}

// offer proposes to download the first model of the catalogue.
func (w *Welcome) offer() row {
	s := &w.shelf
	r := row{}
	if len(s.catalogue) > 0 {
		r = first(s.entryRow(&s.catalogue[0], w.actions()))
		r.buttons[0].text = lang.L("Download ({{.Size}})", map[string]any{"Size": sizeText(s.catalogue[0].Size)})
	}
	if n := len(s.found.Models); n > 0 {
		r.above = lang.L("Models on this machine: {{.Count}}, but none runs on this device. You can download one:", map[string]any{"Count": numbers.Whole(n)})
		return w.withOthers(r)
	}
	r.above = lang.L("No model was found on this machine. You can download one:")
	r.buttons = append(r.buttons, button{text: lang.L("Open a model file…"), icon: theme.FolderOpenIcon(), tapped: func() { do(w.OnOpenFile) }})
	return r
}

// first makes a row's first button the one to press now.
func first(r row) row {
	r.buttons[0].importance = widget.HighImportance
	return r
}

func (w *Welcome) actions() actions {
	return actions{
		use:      func(path string) { call(w.OnUse, path) },
		download: func(name string) { call(w.OnDownload, name) },
		pause:    func(name string) { call(w.OnPause, name) },
	}
}

func (w *Welcome) withOthers(r row) row {
	r.buttons = append(r.buttons, w.othersButton())
	return r
}

func (w *Welcome) othersButton() button {
	text := lang.L("Other models…")
	if n := len(w.shelf.found.Models); n > 1 {
		text = lang.L("All models ({{.Count}})…", map[string]any{"Count": numbers.Whole(n)})
	}
	return button{text: text, tapped: func() { do(w.OnChoose) }}
}

// do calls a callback, if it is set.
func do(f func()) {
	if f != nil {
		f()
	}
}
