package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// DownloadState is where a download stands.
type DownloadState int

// The states. A download that is Paused or has Failed goes on from what is
// kept of it.
const (
	NotStarted DownloadState = iota
	Running
	Paused
	Failed
	Finished
)

// Download is what there is to say about fetching one model.
type Download struct {
	State    DownloadState
	Progress Progress // while Running
	Kept     int64    // bytes that need not be fetched again, unless Running or Finished
	Path     string   // of the model, when Finished
	Err      error    // why it Failed, as Pull says it
}

// Downloads fetches models in the background and knows how far each is. Its
// methods may be called by any goroutine and do not wait for the network.
type Downloads struct {
	puller  Puller
	changed func(name string)

	mu      sync.Mutex
	entries map[string]*download
	closed  bool
	runs    sync.WaitGroup
}

type download struct {
	entry Entry
	Download
	run *run // the latest; nil: none yet
}

// run is one call of Pull.
type run struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// NewDownloads looks which of the entries are here already, and which in part.
// p.Progress is not used. After each change changed is called with the entry's
// name, by various goroutines; State then has the news.
func NewDownloads(p Puller, changed func(name string), entries ...Entry) *Downloads {
	p.setDefaults()
	d := &Downloads{puller: p, changed: changed, entries: map[string]*download{}}
	for _, e := range entries {
		d.entries[e.Name] = &download{entry: e, Download: look(p.Dir, e)}
	}
	return d
}

// look says what the folder has of a model.
func look(dir string, e Entry) Download {
	path := filepath.Join(dir, e.File)
	// The file got its name when its checksum had been verified.
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (e.Size == 0 || info.Size() == e.Size) {
		return Download{State: Finished, Path: path}
	}
	if n := keptBytes(dir, e); n > 0 {
		return Download{State: Paused, Kept: n}
	}
	return Download{}
}

// keptBytes is how much of a model's download is on the disk.
func keptBytes(dir string, e Entry) int64 {
	files := []string{filepath.Join(dir, e.File) + ".partial"}
	if e.Source.Package != "" {
		// What is unpacked is not kept; the package is.
		files = []string{e.wheel(dir), e.wheel(dir) + ".partial"}
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			return info.Size()
		}
	}
	return 0
}

// State says how far the model name is.
func (d *Downloads) State(name string) Download {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.entry(name).Download
}

// entry panics for a name that NewDownloads did not get.
func (d *Downloads) entry(name string) *download {
	one, ok := d.entries[name]
	if !ok {
		panic(fmt.Sprintf("models: download of %q, which is not among the %d entries", name, len(d.entries)))
	}
	return one
}

// Refresh looks at the disk again, for other programs may have changed what is
// there. Downloads that run are left alone.
func (d *Downloads) Refresh() {
	d.mu.Lock()
	var names []string
	for name, one := range d.entries {
		if one.State != Running {
			one.Download = look(d.puller.Dir, one.entry)
			names = append(names, name)
		}
	}
	d.mu.Unlock()
	for _, name := range names {
		d.changed(name)
	}
}

// Start fetches the model name, or goes on fetching it. While that runs, and
// after Close, it does nothing.
func (d *Downloads) Start(name string) {
	d.mu.Lock()
	one := d.entry(name)
	if one.State == Running || d.closed {
		d.mu.Unlock()
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	before, now := one.run, &run{cancel: cancel, ended: make(chan struct{})}
	one.run, one.Download = now, Download{State: Running}
	d.runs.Go(func() {
		defer close(now.ended)
		defer cancel()
		if before != nil {
			<-before.ended // its lock is needed
		}
		d.pull(ctx, one, now)
	})
	d.mu.Unlock()
	d.changed(name)
}

func (d *Downloads) pull(ctx context.Context, one *download, now *run) {
	p := d.puller
	p.Progress = func(v Progress) {
		d.set(one, now, func() {
			if one.State == Running {
				one.Progress = v
			}
		})
	}
	path, err := p.Pull(ctx, one.entry)
	kept := keptBytes(p.Dir, one.entry)
	d.set(one, now, func() {
		switch {
		case err == nil:
			one.Download = Download{State: Finished, Path: path}
		case ctx.Err() != nil:
			one.Download = Download{State: Paused, Kept: kept}
		default:
			one.Download = Download{State: Failed, Kept: kept, Err: err}
		}
	})
}

// set changes what is known of a download, unless a later run knows better.
func (d *Downloads) set(one *download, now *run, change func()) {
	d.mu.Lock()
	latest := one.run == now
	if latest {
		change()
	}
	d.mu.Unlock()
	if latest {
		d.changed(one.entry.Name)
	}
}

// Pause ends fetching the model name for now. What is there is kept.
func (d *Downloads) Pause(name string) {
	d.mu.Lock()
	one := d.entry(name)
	running := one.State == Running
	if running {
		one.run.cancel()
		one.Download = Download{State: Paused, Kept: keptBytes(d.puller.Dir, one.entry)}
	}
	d.mu.Unlock()
	if running {
		d.changed(name)
	}
}

// Close pauses all downloads and waits until they have ended.
func (d *Downloads) Close() {
	d.mu.Lock()
	d.closed = true
	for _, one := range d.entries {
		if one.State == Running {
			one.run.cancel()
		}
	}
	d.mu.Unlock()
	d.runs.Wait()
}
