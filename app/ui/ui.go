// Package ui is the window: it puts the widgets of the packages below it
// together, shows in them what packages chat and store tell, and passes on what
// a person does.
//
// Everything of type window runs on Fyne's goroutine. What waits for the disk
// or computes runs elsewhere (window.background) and comes back by fyne.Do.
package ui

import (
	"context"
	"fmt"
	"runtime"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"fovea/app/chat"
	"fovea/app/ui/theme"
	"fovea/app/ui/translation"
	"fovea/assets"
	"fovea/store"
)

// ID is the application's identifier.
const ID = "io.github.fovea"

// Options are what the window works with.
type Options struct {
	Store   *store.Store
	NewChat func(notify func(chat.Event)) (*chat.Service, error)
	// Devices lists the devices that models can run on, the best one first.
	Devices   func() ([]Device, error)
	CacheDir  string // for what can be made again
	Version   string
	Documents []string        // files to open at the start
	Opened    <-chan []string // files that a second start of the program passes on; nil for none
}

// Device is one that models can run on.
type Device struct {
	Name   string
	Memory int64 // bytes; 0: not known
}

// spare is how many threads more than the machine has processors may run Go.
// Drawing makes thousands of calls into the graphics driver, and where all of
// Go's threads compute, as while a book is opened, it would wait up to 10 ms for
// one after many of them. So it is the system that shares out the processors.
const spare = 2

// Run shows the window until it is closed.
func Run(o Options) error {
	runtime.GOMAXPROCS(runtime.NumCPU() + spare)
	p, err := LoadPreferences(context.Background(), o.Store)
	if err != nil {
		return err
	}
	a := fyneapp.NewWithID(ID)
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	// An unknown language is English: that is told in the window, once there is one.
	languageErr := translation.Load(p.Language)
	a.Settings().SetTheme(theme.New(p.Theme))
	w, err := newWindow(a, o, p)
	if err != nil {
		return fmt.Errorf("ui: %w", err)
	}
	if languageErr != nil {
		w.fail(languageErr)
	}
	w.window.ShowAndRun()
	return w.ended
}

// Fail shows why the program cannot start, in a window of its own.
func Fail(err error) {
	a := fyneapp.NewWithID(ID)
	// In English where the language cannot be had: the message matters more.
	_ = translation.Load("")
	a.Settings().SetTheme(theme.New(theme.System))
	w := a.NewWindow("Fovea")
	w.SetContent(failure(err, w.Close))
	w.Resize(fyne.NewSize(640, 280))
	w.CenterOnScreen()
	w.ShowAndRun()
}
