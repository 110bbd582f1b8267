package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// limits end the search of a place that is not what it seems.
type limits struct {
	entries int // of folders, looked at in one place
	models  int // found in one place
	depth   int // folders within each other
}

var usual = limits{entries: 50_000, models: 1_000, depth: 6}

// finder collects the files of one search.
type finder struct {
	ctx    context.Context // of find
	limits limits
	out    Listing

	seen    map[inode]bool  // folders and files
	digests map[string]bool // SHA-256 of files that are named after it
	splits  map[string]int  // into out.Models, by what the parts' paths have in common

	// Of the place that is looked into:
	owner           string
	entries, models int
	full, tooDeep   bool // a limit was reached
}

// inode tells files apart that may have several paths.
type inode struct{ device, number uint64 }

// find looks into places. The error is that of ctx.
func find(ctx context.Context, places []place, l limits) (*Listing, error) {
	f := &finder{ctx: ctx, limits: l, seen: map[inode]bool{}, digests: map[string]bool{}, splits: map[string]int{}}
	f.out = Listing{Models: []Local{}, Skipped: []Skipped{}} // in JSON these are lists, not null
	for _, p := range places {
		f.owner, f.entries, f.models, f.full, f.tooDeep = p.owner, 0, 0, false, false
		p.look(f, p.dir)
	}
	return &f.out, ctx.Err()
}

func (f *finder) skip(path string, err error) {
	f.out.Skipped = append(f.out.Skipped, Skipped{path, because(path, err)})
}

// because is an error without the path that stands beside it.
func because(path string, err error) string {
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == path {
		err = at.Err
	}
	return strings.Replace(err.Error(), path+": ", "", 1)
}

// isNew says whether a file or folder is met for the first time.
func (f *finder) isNew(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	key := inode{uint64(s.Dev), s.Ino}
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	return true
}

// list gives the entries of a folder by name, without hidden ones: none of a
// folder that is not there, was listed before, or passes the limits.
func (f *finder) list(dir string) []fs.DirEntry {
	if f.full || f.ctx.Err() != nil {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		f.skip(dir, err)
		return nil
	case !info.IsDir() || !f.isNew(info):
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		f.skip(dir, err)
		return nil
	}
	defer d.Close()
	entries, err := d.ReadDir(f.limits.entries - f.entries + 1)
	if err != nil && err != io.EOF {
		f.skip(dir, err) // what was read before is used
	}
	if f.entries += len(entries); f.entries > f.limits.entries {
		f.full = true
		f.skip(dir, fmt.Errorf("more than %d files and folders: neither it nor what follows was searched", f.limits.entries))
		return nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
}

// files finds the .gguf files below a folder.
func (f *finder) files(dir string) { f.walk(dir, f.limits.depth) }

// hub finds those in a cache of the Hugging Face hub: a folder models--ORG--NAME
// has under snapshots, by revision, the files' names as links to ../blobs.
func (f *finder) hub(dir string) {
	for _, e := range f.list(dir) {
		if strings.HasPrefix(e.Name(), "models--") {
			f.files(filepath.Join(dir, e.Name(), "snapshots"))
		}
	}
}

func (f *finder) walk(dir string, depth int) {
	if depth == 0 {
		if !f.tooDeep {
			f.tooDeep = true
			f.skip(dir, fmt.Errorf("folders more than %d deep are not searched", f.limits.depth))
		}
		return
	}
	for _, e := range f.list(dir) {
		path := filepath.Join(dir, e.Name())
		isDir := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(path)
			isDir = err == nil && info.IsDir()
		}
		switch {
		case isDir:
			f.walk(path, depth-1)
		case strings.EqualFold(filepath.Ext(path), ".gguf"):
			f.add(nameOf(path), path)
		}
	}
}
