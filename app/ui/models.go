package ui

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/models"
	modelsui "fovea/app/ui/models"
	"fovea/assets"
)

// chooser is the dialog of models and what it knows.
type chooser struct {
	widget *modelsui.Chooser
	dialog dialog.Dialog
	found  modelsui.Found
	load   int
	// fetching are the downloads that a person began since the start.
	fetching map[string]bool
}

// planTokens is the length of the text that models must fit with.
const planTokens = 100_000

// connectModels has the first steps and the list of models do what a person
// does in them.
func (w *window) connectModels() {
	c := modelsui.NewChooser()
	w.chooser.widget = c
	w.chooser.fetching = map[string]bool{}
	c.OnUse, c.OnDownload, c.OnPause = w.useModel, w.download, w.downloads.Pause
	c.OnOpenFile, c.OnSearch = w.chooseModelFile, w.searchModels
	c.SetCatalogue(models.Catalogue())

	f := w.welcome
	f.OnUse, f.OnDownload, f.OnPause = w.useModel, w.download, w.downloads.Pause
	f.OnChoose, f.OnOpenFile, f.OnSearch = w.showChooser, w.chooseModelFile, w.searchModels
	f.OnOpenDocument, f.OnSample = w.chooseDocuments, w.openSample
	f.OnQuestion = w.send
	f.SetCatalogue(models.Catalogue())
	questions, err := assets.Questions()
	if err != nil {
		panic(err) // the file is a part of the program
	}
	var texts []string
	for _, q := range questions {
		texts = append(texts, q.Question)
	}
	f.SetQuestions(texts)
	for _, e := range models.Catalogue() {
		w.downloadChanged(e.Name)
	}
	w.background(func(context.Context) error {
		devices, err := w.options.Devices()
		if err != nil || len(devices) == 0 {
			return err
		}
		w.do(func() {
			use := devices[0]
			for _, d := range devices {
				if d.Name == w.preferences.Device {
					use = d
				}
			}
			d := modelsui.Device{Name: use.Name, Memory: use.Memory, Tokens: planTokens}
			if limit := w.preferences.MemoryLimit; limit > 0 {
				d.Memory = min(d.Memory, limit)
			}
			c.SetDevice(d)
			f.SetDevice(d)
		})
		return nil
	})
}

// searchModels looks for the models on this machine.
func (w *window) searchModels() {
	c := &w.chooser
	c.load++
	load := c.load
	c.found.Searching = true
	w.showFound()
	w.background(func(ctx context.Context) error {
		l, err := models.List(ctx)
		w.do(func() {
			if load != c.load {
				return
			}
			c.found = modelsui.Found{Err: err}
			if l != nil {
				c.found.Models, c.found.Skipped = l.Models, l.Skipped
			}
			w.showFound()
			w.showModel() // what it is called may be known only now
		})
		return nil
	})
}

func (w *window) showFound() {
	w.chooser.widget.SetFound(w.chooser.found)
	w.welcome.SetFound(w.chooser.found)
}

// downloadChanged hears, on any goroutine, how far a download is.
func (w *window) downloadChanged(name string) {
	w.do(func() {
		d := w.downloads.State(name)
		w.chooser.widget.SetDownload(name, d)
		w.welcome.SetDownload(name, d)
		if d.State == models.Finished && w.chooser.fetching[name] {
			delete(w.chooser.fetching, name)
			w.searchModels()
			if w.preferences.Model == "" { // the first one: it was fetched to be used
				w.useModel(d.Path)
			}
		}
	})
}

// download fetches a model of the catalogue, or goes on with that.
func (w *window) download(name string) {
	w.chooser.fetching[name] = true
	w.downloads.Start(name)
}

// useModel loads a model, now and at each start from now on.
func (w *window) useModel(path string) {
	w.preferences.Model = path
	w.savePreferences()
	if w.chooser.dialog != nil {
		w.chooser.dialog.Hide()
	}
	w.chat.Load(path)
}

// showChooser shows the list of models.
func (w *window) showChooser() {
	c := &w.chooser
	if c.dialog == nil {
		c.dialog = dialog.NewCustom(lang.L("Models"), lang.L("Close"), c.widget, w.window)
	}
	w.present(c.dialog, fyne.NewSize(900, 760))
	w.downloads.Refresh()
	w.searchModels()
}

// showModel shows how the model is doing.
func (w *window) showModel() {
	m := w.chat.Model()
	name := w.modelName(m)
	w.status.showModel(m, name)
	shown := modelsui.Model{Path: m.Path, Title: name, Loaded: m.Share, Err: m.Err}
	switch {
	case m.Loading:
		shown.State = modelsui.Loading
	case m.Ready:
		shown.State = modelsui.Ready
	case m.Err != nil:
		shown.State = modelsui.LoadFailed
	}
	w.welcome.SetModel(shown)
	inUse := ""
	if m.Ready {
		inUse = m.Path
	}
	w.chooser.widget.SetInUse(inUse)
}

// modelName is what people call a model.
func (w *window) modelName(m chat.ModelState) string {
	for _, l := range w.chooser.found.Models {
		if l.Path == m.Path && l.Title != "" {
			return l.Title
		}
	}
	if m.Ready && m.Info.Name != "" {
		return m.Info.Name
	}
	return strings.TrimSuffix(filepath.Base(m.Path), filepath.Ext(m.Path))
}

// welcomeDocument is the document of the first steps.
func welcomeDocument(v *chat.View) modelsui.Document {
	for _, d := range v.Docs {
		if d.ID != 0 {
			return modelsui.Document{Title: d.Title, Sample: filepath.Base(d.Path) == assets.ManualName}
		}
	}
	return modelsui.Document{}
}
