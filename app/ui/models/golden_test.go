package models

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"fovea/app/models"
	"fovea/internal/uicheck"
)

// picture is a state of a widget that is compared with an image.
type picture struct {
	name          string
	width, height float32
	make          func() fyne.CanvasObject
}

func chooser(f Found, d models.Download, inUse string) func() fyne.CanvasObject {
	return func() fyne.CanvasObject {
		c := NewChooser()
		c.SetDevice(device)
		c.SetCatalogue(entries)
		c.SetDownload("smollm2-135m", d)
		c.SetInUse(inUse)
		c.SetFound(f)
		return c
	}
}

func welcome(change func(*Welcome)) func() fyne.CanvasObject {
	return func() fyne.CanvasObject {
		w := NewWelcome(nil)
		w.SetDevice(device)
		w.SetCatalogue(entries)
		w.SetQuestions(questions)
		change(w)
		return w
	}
}

func withDownload(state string) func(*Welcome) {
	return func(w *Welcome) {
		w.SetFound(Found{})
		w.SetDownload("smollm2-135m", downloads[state])
	}
}

func withModel(m Model, d Document) func(*Welcome) {
	return func(w *Welcome) {
		w.SetFound(several)
		w.SetModel(m)
		w.SetDocument(d)
	}
}

var pictures = []picture{
	{"chooser_several", 900, 780, chooser(several, downloads["new"], smol.Path)},
	{"chooser_none", 700, 420, chooser(Found{}, downloads["new"], "")},
	{"chooser_many", 700, 600, chooser(many(), downloads["new"], "")},
	{"chooser_searching", 700, 420, chooser(Found{Searching: true}, downloads["finished"], "")},
	{"chooser_error", 700, 420, chooser(Found{Err: errSearch}, downloads["failed"], "")},
	{"chooser_downloading", 700, 420, chooser(Found{}, downloads["running"], "")},
	{"chooser_paused", 700, 420, chooser(Found{}, downloads["paused"], "")},
	{"chooser_narrow", 420, 700, chooser(several, downloads["running"], "")},
	{"welcome_searching", 720, 640, welcome(func(*Welcome) {})},
	{"welcome_none", 720, 640, welcome(func(w *Welcome) { w.SetFound(Found{}) })},
	{"welcome_unfit", 720, 640, welcome(func(w *Welcome) { w.SetFound(Found{Models: []models.Local{foreign}}) })},
	{"welcome_several", 720, 640, welcome(func(w *Welcome) { w.SetFound(several) })},
	{"welcome_error", 720, 640, welcome(func(w *Welcome) { w.SetFound(Found{Err: errSearch}) })},
	{"welcome_downloading", 720, 640, welcome(withDownload("running"))},
	{"welcome_paused", 720, 640, welcome(withDownload("paused"))},
	{"welcome_failed_download", 720, 640, welcome(withDownload("failed"))},
	{"welcome_finished", 720, 640, welcome(withDownload("finished"))},
	{"welcome_loading", 720, 640, welcome(withModel(Model{State: Loading, Title: llama.Title, Loaded: 0.42}, Document{}))},
	{"welcome_ready", 720, 640, welcome(withModel(Model{State: Ready, Title: smol.Title}, Document{}))},
	{"welcome_sample", 720, 720, welcome(withModel(Model{State: Ready, Title: smol.Title}, Document{Title: "The Fovea Manual", Sample: true}))},
	{"welcome_document", 720, 640, welcome(withModel(Model{State: Loading, Title: longNames.Title, Loaded: 0.9}, Document{Title: longNames.Title}))},
	{"welcome_load_failed", 720, 720, welcome(withModel(Model{State: LoadFailed, Title: llama.Title, Err: errLoad}, Document{}))},
	{"welcome_narrow", 420, 640, welcome(withModel(Model{State: Ready, Title: longNames.Title}, Document{Title: "The Fovea Manual", Sample: true}))},
	{"welcome_wide", 1280, 800, welcome(func(w *Welcome) { w.SetFound(several) })},
}

// TestPictures compares every state with its image, in the dark, and some in
// the light and in German. Chinese has no images: what it is written with is a
// font of the machine. TestNothingIsCut covers it.
func TestPictures(t *testing.T) {
	for _, p := range pictures {
		for _, look := range []struct {
			suffix, language string
			dark             bool
		}{{"", "en", true}, {"_light", "en", false}, {"_de", "de", false}} {
			if look.suffix == "_light" && !alsoLight[p.name] || look.suffix == "_de" && !alsoGerman[p.name] {
				continue
			}
			t.Run(p.name+look.suffix, func(t *testing.T) {
				w := p.show(t, look.language, look.dark)
				test.AssertRendersToImage(t, p.name+look.suffix+".png", w.Canvas())
			})
		}
	}
}

var (
	alsoLight  = set("chooser_several", "chooser_error", "chooser_downloading", "welcome_several", "welcome_sample", "welcome_none", "welcome_load_failed")
	alsoGerman = set("chooser_several", "chooser_narrow", "chooser_error", "welcome_several", "welcome_sample", "welcome_none", "welcome_narrow")
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func (p picture) show(t *testing.T, language string, dark bool) fyne.Window {
	t.Helper()
	speak(t, language)
	look(t, dark)
	return show(t, p.make(), p.width, p.height)
}

// TestNothingIsCut requires in every state and language that each text lies
// within its place and none upon another.
func TestNothingIsCut(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		for _, p := range pictures {
			t.Run(language+"/"+p.name, func(t *testing.T) {
				w := p.show(t, language, true)
				for _, wrong := range uicheck.Wrong(w.Canvas()) {
					t.Error(wrong)
				}
				if err := uicheck.Save(w.Canvas(), strings.Join([]string{"models", p.name, language}, "_")); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
