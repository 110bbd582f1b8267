package settings

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	look "fovea/app/ui/theme"
	"fovea/app/ui/translation"
	"fovea/assets"
)

// looks are the appearances of the golden images. Chinese is not among them:
// Fyne takes its letters from whatever font the machine has.
var looks = []struct {
	name, language string
	choice         look.Choice
}{
	{"dark_en", "en", look.Dark},
	{"light_de", "de", look.Light},
}

// setup makes an app that looks and speaks as the window does.
func setup(t *testing.T, choice look.Choice, language string) {
	t.Helper()
	test.NewTempApp(t)
	test.ApplyTheme(t, look.New(choice))
	if err := translation.Load(language); err != nil {
		t.Fatal(err)
	}
}

// show puts an object into a window as a dialog would, at its least size.
func show(t *testing.T, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, container.NewStack(
		canvas.NewRectangle(theme.Color(theme.ColorNameOverlayBackground)), container.NewPadded(o)))
	w.SetPadded(false)
	w.Resize(w.Content().MinSize())
	return w
}

func sampleConversation() Conversation {
	return Conversation{
		System: "Answer in one sentence.", Method: "actqkv", Preset: "fovea", Budget: 2048, Temperature: 0.7, TopK: 40,
		TopP: 0.95, MinP: 0.05, RepetitionPenalty: 1.1, Seed: 42, MaxTokens: 512,
	}
}

func sampleApplication() (Application, Environment) {
	return Application{Theme: look.Dark, Method: "actqkv", Budget: 2048, Device: "1", MemoryLimit: 3 << 29, KeepLimit: 20 << 30}, Environment{
		Devices: []Device{
			{ID: "0", Name: "llvmpipe (LLVM 15.0.6, 256 bits)", Memory: 8 << 30},
			{ID: "1", Name: strings.Repeat("An adapter with a very long name ", 3), Memory: 24 << 30},
		},
		DataFolder: "/home/somebody/with/a/very/long/path" + strings.Repeat("/that/goes/on/and/on", 5) + "/fovea",
		DataSize:   123456789, KeptSize: 98765432,
	}
}

func sampleKept() []Kept {
	used := time.Date(2026, 3, 14, 12, 0, 0, 0, time.Local)
	return []Kept{
		{Name: "a", Title: "A book", Model: "SmolLM2 135M Instruct", Share: 1, Bytes: 2400 << 20, Used: used},
		{Name: "b", Title: strings.Repeat("A book with a very long name ", 4), Model: strings.Repeat("A long name ", 5), Share: 0.374, Bytes: 900 << 20, Used: used},
		{Name: "c", Bytes: 1 << 20, Used: used},
	}
}

func sampleAbout() About {
	return About{
		Icon: fyne.NewStaticResource("icon.png", assets.Icon), Version: "1.0.0-rc.1+0123456789abcdef (2026-03-14)", Licence: "MIT",
		Link: "https://example.org/fovea",
		Components: []Component{
			{"Fyne", "BSD 3-Clause", "https://fyne.io"},
			{strings.Repeat("A component with a very long name ", 4), "Apache 2.0", "https://example.org/" + strings.Repeat("long/", 30)},
			{"SQLite", "Public Domain", "https://sqlite.org"},
		},
	}
}

// sampleShortcuts are as many as the window has.
func sampleShortcuts() []Shortcut {
	all := []Shortcut{
		{"Enter", lang.L("New conversations")},
		{"Shift+Enter", lang.L("Back up database…")},
		{"Ctrl+Shift+Delete", lang.L("Reset to defaults")},
		{"F2", lang.L("Longest answer")},
	}
	for _, key := range "NOKFGBL,E" {
		all = append(all, Shortcut{"Ctrl+" + string(key), lang.L("Open folder")})
	}
	return all
}
