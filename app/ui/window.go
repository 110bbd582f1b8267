package ui

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/models"
	"fovea/app/ui/conversation"
	modelsui "fovea/app/ui/models"
	"fovea/app/ui/pages"
	"fovea/app/ui/retention"
	"fovea/app/ui/sidebar"
	"fovea/assets"
	"fovea/store"
)

// window is the program's window with all that it shows.
type window struct {
	app         fyne.App
	window      fyne.Window
	options     Options
	store       *store.Store
	chat        *chat.Service
	preferences Preferences
	ended       error // what Run returns

	ctx  context.Context // ends with the window
	end  context.CancelFunc
	jobs sync.WaitGroup // in the background
	disk chan func()    // writes to the store, in their order

	sidebar   *sidebar.Sidebar
	palette   *sidebar.Palette
	talk      *conversation.Pane
	welcome   *modelsui.Welcome
	retention *retention.Pane
	viewer    *pages.Viewer
	status    *statusBar
	layout    *layout
	menu      *menu

	chips   []conversation.Chip // that are shown
	sample  modelsui.Document   // that the first steps show
	dialogs []shown             // the last one on top

	events    events
	list      listing
	open      opened
	watch     watching
	reader    *reader
	chooser   chooser
	downloads *models.Downloads
}

// newWindow makes the window, and starts what works for it.
func newWindow(a fyne.App, o Options, p Preferences) (*window, error) {
	w := &window{
		app: a, window: a.NewWindow("Fovea"), options: o, store: o.Store, preferences: p, disk: make(chan func(), 64),
		sidebar: sidebar.New(), palette: sidebar.NewPalette(), talk: conversation.New(), retention: retention.New(),
		viewer: pages.NewViewer(), welcome: modelsui.NewWelcome(fyne.NewStaticResource("icon.png", assets.Icon)),
		list: newListing(),
	}
	w.ctx, w.end = context.WithCancel(context.Background())
	go func() {
		for f := range w.disk {
			f()
		}
	}()
	var err error
	if w.chat, err = o.NewChat(w.note); err != nil {
		return nil, err
	}
	w.status = newStatusBar(w.showChooser)
	w.reader = newReader(w)
	w.downloads = models.NewDownloads(models.Puller{}, w.downloadChanged, models.Catalogue()...)
	w.connectSidebar()
	w.connectTalk()
	w.connectRetention()
	w.connectModels()
	w.menu = newMenu(w)
	w.layout = newLayout(w)
	w.window.SetContent(w.layout.root)
	w.window.SetMainMenu(w.menu.main)
	w.window.SetOnDropped(func(_ fyne.Position, files []fyne.URI) { w.dropped(files) })
	w.window.Canvas().SetOnTypedKey(w.typed)
	w.window.SetCloseIntercept(w.close)
	return w, w.start()
}

// start shows the last state and loads the model.
func (w *window) start() error {
	state, found, err := w.store.Window(w.ctx, windowName)
	if err != nil {
		return err
	}
	if !found {
		state.Width, state.Height = 1280, 800
	}
	if _, err := w.store.Setting(w.ctx, closedKey, &w.list.closed); err != nil {
		return err
	}
	w.sidebar.SetCollapsed(w.list.closed)
	w.layout.restore(state)
	w.window.Resize(fyne.NewSize(state.Width, state.Height))
	w.window.SetFullScreen(state.FullScreen)
	if !found {
		w.window.CenterOnScreen()
	}
	w.loadList()
	w.show(state.Conversation)
	w.showMain()
	w.searchModels()
	if w.preferences.Model != "" {
		w.chat.Load(w.preferences.Model)
	}
	w.openFiles(w.options.Documents)
	w.jobs.Go(w.listen)
	w.jobs.Go(w.keepState)
	return nil
}

// listen opens the files that a second start of the program passes on.
func (w *window) listen() {
	for {
		select {
		case <-w.ctx.Done():
			return
		case files := <-w.options.Opened:
			fyne.Do(func() {
				w.window.Show()
				w.window.RequestFocus()
				w.openFiles(files)
			})
		}
	}
}

// keepState keeps the window's state now and then, so that a crash costs little
// of it.
func (w *window) keepState() {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	var kept store.Window
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-tick.C:
			fyne.Do(func() {
				if now := w.layout.state(); !same(now, kept) {
					kept = now
					w.keep(func(ctx context.Context) error { return w.store.SetWindow(ctx, windowName, now) })
				}
			})
		}
	}
}

// close keeps everything and ends the program.
func (w *window) close() {
	if w.ctx.Err() != nil {
		return // it closes already
	}
	w.saveDraft()
	w.end()
	w.status.setNotice(lang.L("Closing…"))
	go func() {
		w.downloads.Close()
		w.chat.Close()
		w.jobs.Wait()
		w.flush() // the draft may have made a conversation
		fyne.DoAndWait(func() {
			state := w.layout.state()
			w.write(func(ctx context.Context) error { return w.store.SetWindow(ctx, windowName, state) })
		})
		w.flush()
		w.reader.close()
		fyne.Do(w.app.Quit)
	}()
}

// flush waits until what was given to write is written. It is called beside
// Fyne's goroutine, never on the one that writes.
func (w *window) flush() {
	done := make(chan struct{})
	w.disk <- func() { close(done) }
	<-done
}

// do runs f on Fyne's goroutine soon, unless the window has closed by then.
func (w *window) do(f func()) {
	fyne.Do(func() {
		if w.ctx.Err() == nil {
			f()
		}
	})
}

// background runs f beside the window, which waits for it before it closes and
// begins nothing more from then on. An error is shown.
func (w *window) background(f func(ctx context.Context) error) {
	if w.ctx.Err() != nil {
		return
	}
	w.jobs.Go(func() {
		if err := f(w.ctx); err != nil && w.ctx.Err() == nil {
			fyne.Do(func() { w.fail(err) })
		}
	})
}

// write runs f, which writes to the store, after all that were given before.
// An error is shown.
func (w *window) write(f func(ctx context.Context) error) {
	w.writeThen(f, func() {})
}

// keep is write for what nobody asked for: an error is told in the status line,
// and not in the way of what a person does.
func (w *window) keep(f func(ctx context.Context) error) {
	w.disk <- func() {
		if err := f(context.Background()); err != nil {
			fyne.Do(func() { w.status.setNotice(oneLine(explain(err))) })
		}
	}
}

// writeThen is write, and calls then back here when f succeeded.
func (w *window) writeThen(f func(ctx context.Context) error, then func()) {
	w.disk <- func() {
		// Also while the window closes.
		if err := f(context.Background()); err != nil {
			fyne.Do(func() { w.fail(err) })
			return
		}
		fyne.Do(then)
	}
}

// showMain shows the conversation, or the first steps until there was one.
func (w *window) showMain() {
	w.layout.showWelcome(!w.preferences.Welcomed)
}

// welcomed ends the first steps.
func (w *window) welcomed() {
	if !w.preferences.Welcomed {
		w.preferences.Welcomed = true
		w.savePreferences()
		w.showMain()
	}
}

// failure is the content of a window that only says what is wrong.
func failure(err error, quit func()) fyne.CanvasObject {
	return container.NewPadded(newNotice(lang.L("Fovea cannot start"), explain(err), lang.L("Quit"), quit))
}
