package ui

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/ui/settings"
	"fovea/app/ui/theme"
	"fovea/assets"
	"fovea/model/actqkv"
	"fovea/store"
)

// formOf are a conversation's settings as the form has them.
func formOf(s chat.Settings, system string) settings.Conversation {
	return settings.Conversation{
		System: system, Method: string(s.Method), Preset: s.Preset, Budget: s.Budget,
		Temperature: s.Temperature, TopK: s.TopK, TopP: s.TopP, MinP: s.MinP, RepetitionPenalty: s.Repetition,
		Seed: s.Seed, MaxTokens: s.MaxTokens,
	}
}

func settingsOf(f settings.Conversation) chat.Settings {
	return chat.Settings{
		Method: actqkv.Method(f.Method), Preset: f.Preset, Budget: f.Budget,
		Temperature: f.Temperature, TopK: f.TopK, TopP: f.TopP, MinP: f.MinP, Repetition: f.RepetitionPenalty,
		Seed: f.Seed, MaxTokens: f.MaxTokens,
	}
}

// shown is a dialog.
type shown interface {
	Show()
	Hide()
	Resize(size fyne.Size)
	SetOnClosed(func())
}

// present shows a dialog, as large as it should be and the window lets it. The
// Escape key closes it.
func (w *window) present(d shown, size fyne.Size) {
	w.dialogs = append(w.dialogs, d)
	d.SetOnClosed(func() {
		w.dialogs = slices.DeleteFunc(w.dialogs, func(other shown) bool { return other == d })
	})
	d.Show() // first: a file dialog has no size before, and resizing it crashes
	have := w.window.Canvas().Size()
	d.Resize(fyne.NewSize(min(size.Width, have.Width-40), min(size.Height, have.Height-40)))
}

// showConversationSettings edits the settings of the open conversation.
func (w *window) showConversationSettings() {
	w.withConversation(func(id store.ConversationID) {
		w.background(func(ctx context.Context) error {
			s, err := w.chat.Settings(ctx, id)
			if err != nil {
				return err
			}
			c, err := w.store.Conversation(ctx, id)
			if err != nil {
				return err
			}
			w.do(func() { w.editConversation(id, formOf(s, c.System)) })
			return nil
		})
	})
}

func (w *window) editConversation(id store.ConversationID, values settings.Conversation) {
	form := settings.NewConversationForm(values, formOf(chat.Defaults(), ""))
	w.ask(lang.L("Settings of this conversation"), lang.L("Apply"), form, fyne.NewSize(620, 640), form.Validate, func() {
		now := form.Values()
		w.writeThen(func(ctx context.Context) error {
			if now.System != values.System {
				if err := w.store.SetSystem(ctx, id, now.System); err != nil {
					return err
				}
			}
			return w.chat.SetSettings(ctx, id, settingsOf(now))
		}, w.showSettings)
	})
}

// ask shows a form with a button to apply it and one to leave all as it is.
func (w *window) ask(title, apply string, form fyne.CanvasObject, size fyne.Size, valid func() error, then func()) {
	var d *dialog.ConfirmDialog
	d = dialog.NewCustomConfirm(title, apply, lang.L("Cancel"), container.NewVScroll(form), func(ok bool) {
		if !ok {
			return
		}
		if err := valid(); err != nil {
			w.present(d, size)
			w.fail(err)
			return
		}
		then()
	}, w.window)
	w.present(d, size)
}

// showPreferences edits the settings of the program.
func (w *window) showPreferences() {
	w.background(func(ctx context.Context) error {
		defaults, err := w.chat.Default(ctx)
		if err != nil {
			return err
		}
		devices, err := w.options.Devices()
		if err != nil {
			return err
		}
		folder := filepath.Dir(w.store.Path())
		kept, err := w.store.Snapshots(ctx)
		if err != nil {
			return err
		}
		env := settings.Environment{DataFolder: folder, DataSize: folderSize(folder)}
		for _, k := range kept {
			env.KeptSize += k.Bytes
		}
		for _, d := range devices {
			env.Devices = append(env.Devices, settings.Device{ID: d.Name, Name: d.Name, Memory: d.Memory})
		}
		w.do(func() { w.editPreferences(env, defaults) })
		return nil
	})
}

// folderSize adds up the files in a folder, as far as they can be seen.
func folderSize(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // a size that is shown to people need not be exact
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

func (w *window) editPreferences(env settings.Environment, defaults chat.Settings) {
	p := w.preferences
	form := settings.NewApplicationForm(settings.Application{
		Theme: p.Theme, Language: p.Language, Method: string(defaults.Method), Budget: defaults.Budget,
		Device: p.Device, MemoryLimit: p.MemoryLimit, HostLimit: p.HostLimit, KeepLimit: w.chat.SnapshotLimit(),
		Exact: w.chat.Exact(),
	}, env)
	form.OnOpenFolder = func() { w.openFolder(env.DataFolder) }
	form.OnBackup = w.backup
	form.OnKept = w.showKept
	w.ask(lang.L("Settings"), lang.L("Apply"), form, fyne.NewSize(620, 640), form.Validate, func() {
		v := form.Values()
		p.Theme, p.Language, p.Device, p.MemoryLimit, p.HostLimit = v.Theme, v.Language, v.Device, v.MemoryLimit, v.HostLimit
		reload := p.Device != w.preferences.Device || p.MemoryLimit != w.preferences.MemoryLimit || p.HostLimit != w.preferences.HostLimit
		w.preferences = p
		w.savePreferences()
		w.app.Settings().SetTheme(theme.New(p.Theme))
		defaults.Method, defaults.Budget = actqkv.Method(v.Method), v.Budget
		w.writeThen(func(ctx context.Context) error {
			if v.KeepLimit != w.chat.SnapshotLimit() {
				if err := w.chat.SetSnapshotLimit(ctx, v.KeepLimit); err != nil {
					return err
				}
			}
			if v.Exact != w.chat.Exact() {
				if err := w.chat.SetExact(ctx, v.Exact); err != nil {
					return err
				}
			}
			return w.chat.SetDefault(ctx, defaults)
		}, func() {
			w.showSettings()
			if reload && p.Model != "" { // after the preferences, which say where to
				w.chat.Load(p.Model)
			}
		})
	})
}

func (w *window) openFolder(dir string) {
	if err := w.app.OpenURL(&url.URL{Scheme: "file", Path: dir}); err != nil {
		w.fail(err)
	}
}

// backup copies the database into a file that a person names.
func (w *window) backup() {
	w.choosePlace("fovea-backup.db", func(ctx context.Context, path string) error {
		// A backup goes only where nothing is. Whether a file that was there may
		// go, the dialog has asked.
		if err := os.Remove(path); err != nil {
			return err
		}
		return w.store.Backup(ctx, path)
	})
}

func (w *window) showShortcuts() {
	w.inform(lang.L("Keyboard shortcuts"), settings.NewShortcuts(w.menu.shortcuts()), fyne.NewSize(520, 620))
}

func (w *window) showAbout() {
	w.inform(lang.L("About Fovea"), settings.NewAbout(settings.About{
		Icon: fyne.NewStaticResource("icon.png", assets.Icon), Version: w.options.Version, Licence: "Apache-2.0",
		Components: components,
	}), fyne.NewSize(520, 560))
}

// inform shows something with a button to close it.
func (w *window) inform(title string, content fyne.CanvasObject, size fyne.Size) {
	d := dialog.NewCustom(title, lang.L("Close"), container.NewVScroll(content), w.window)
	w.present(d, size)
}

// components are what the program is made of beside its own code.
var components = []settings.Component{
	{Name: "Fyne", Licence: "BSD-3-Clause", Link: "https://fyne.io"},
	{Name: "vulkan-go", Licence: "MIT", Link: "https://github.com/vulkan-go/vulkan"},
	{Name: "PDFium, go-pdfium", Licence: "BSD-3-Clause, MIT", Link: "https://github.com/klippa-app/go-pdfium"},
	{Name: "SQLite, go-sqlite3", Licence: "public domain, MIT", Link: "https://github.com/ncruces/go-sqlite3"},
	{Name: "wazero", Licence: "Apache-2.0", Link: "https://wazero.io"},
	{Name: "goldmark", Licence: "MIT", Link: "https://github.com/yuin/goldmark"},
}
