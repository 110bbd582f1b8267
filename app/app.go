// Package app wires the program together: the store, the engine, the
// conversations and the window.
package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/engine"
	"fovea/app/models"
	"fovea/app/ui"
	"fovea/gpu/vulkan"
	"fovea/store"
)

// Main runs the desktop program with the arguments of its command line, and
// returns its exit code.
func Main(args []string, out, problems io.Writer) int {
	set := flag.NewFlagSet("fovea", flag.ContinueOnError)
	set.SetOutput(problems)
	version := set.Bool("version", false, "print the version and exit")
	set.Usage = func() {
		fmt.Fprint(problems, "usage: fovea [FILE...]\n\nOpens the window, and the documents or folders given.\n"+
			"$"+models.DataVariable+" and $"+models.CacheVariable+" move what it keeps. The program for terminals is foveactl.\n")
	}
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if *version {
		fmt.Fprintln(out, "fovea", Version())
		return 0
	}
	if err := run(set.Args()); err != nil {
		fmt.Fprintln(problems, "fovea:", err)
		return 1
	}
	return 0
}

// Version is the program's, as the build recorded it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(development)"
	}
	return info.Main.Version
}

// run runs the window. What keeps it from opening is shown in one of its own.
func run(files []string) error {
	if err := vulkan.PrepareSoftware(); err != nil { // before OpenGL is loaded
		return err
	}
	documents, err := absolute(files)
	if err != nil {
		return err
	}
	dir := models.DataDir()
	instance, passed, err := claim(dir, documents)
	if passed { // the program that runs already opens them
		return err
	}
	if err != nil {
		ui.Fail(err)
		return err
	}
	defer instance.close()
	// Fyne keeps something there, too, and complains where it is missing.
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700)
	}
	st, err := store.Open(context.Background(), filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		ui.Fail(err)
		return err
	}
	err = show(st, instance, documents)
	return errors.Join(err, st.Close())
}

// absolute makes paths that hold in whatever folder the program runs.
func absolute(files []string) ([]string, error) {
	all := make([]string, len(files))
	for i, f := range files {
		var err error
		if all[i], err = filepath.Abs(f); err != nil {
			return nil, err
		}
		if _, err := os.Stat(all[i]); err != nil {
			return nil, fmt.Errorf("%w; name a document or a folder", err)
		}
	}
	return all, nil
}

func show(st *store.Store, instance *instance, documents []string) error {
	// What was deleted can come back for a month.
	if err := st.Purge(context.Background(), trashAge); err != nil {
		return err
	}
	snapshots, err := engine.OpenSnapshots(engine.SnapshotFolder(filepath.Dir(st.Path())))
	if err != nil {
		ui.Fail(err)
		return err
	}
	return ui.Run(ui.Options{
		Store: st,
		NewChat: func(notify func(chat.Event)) (*chat.Service, error) {
			return chat.New(context.Background(), chat.Options{
				Store: st, Open: opener(st), Notify: notify, Snapshots: snapshots,
				// The window needs a processor, too.
				Documents: document.Options{CacheDir: filepath.Join(models.CacheDir(), "wasm"), Workers: max(1, runtime.NumCPU()-1)},
			})
		},
		Devices: devices, CacheDir: models.CacheDir(), Version: Version(), Documents: documents, Opened: instance.opened,
	})
}

// devices lists the devices that can serve, the best one first.
func devices() ([]ui.Device, error) {
	list, err := vulkan.Devices()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b vulkan.Listing) int { return cmp.Compare(a.Info.Kind, b.Info.Kind) })
	var usable []ui.Device
	for _, d := range list {
		if d.Unusable == "" {
			usable = append(usable, ui.Device{Name: d.Info.Name, Memory: d.Info.Memory})
		}
	}
	return usable, nil
}

// opener loads models onto the device that a person chose.
func opener(st *store.Store) func(context.Context, string, func(float64)) (chat.Engine, error) {
	return func(ctx context.Context, path string, progress func(float64)) (chat.Engine, error) {
		p, err := ui.LoadPreferences(ctx, st)
		if err != nil {
			return nil, err
		}
		e, err := engine.Open(ctx, engine.Options{
			Model: path, Device: p.Device, CacheDir: models.CacheDir(), MemoryLimit: p.MemoryLimit, HostMemory: p.HostLimit,
		}, progress)
		if err != nil {
			return nil, err
		}
		return &loaded{e, path}, nil
	}
}

// loaded is an engine as package chat wants it.
type loaded struct {
	*engine.Engine
	path string
}

func (l *loaded) Info() chat.ModelInfo {
	i := l.Device().Info()
	c := &l.Model.Config
	return chat.ModelInfo{Name: l.Name, Path: l.path, Device: i.Name, Layers: c.Layers, Window: c.Context, Memory: i.Memory, Host: l.Model.Limits.Host}
}

func (l *loaded) Begin(o engine.ConversationOptions, docs ...*document.Document) chat.Talk {
	return l.NewConversation(o, docs...)
}
