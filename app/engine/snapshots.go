package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"fovea/model"
)

// DefaultLimit is what snapshots may take of a disk, in bytes.
const DefaultLimit = 20 << 30

// Snapshots is a folder of what conversations have read, so that nothing need
// be read twice. Its methods may be called from any goroutine, and several
// programs may use a folder at the same time.
type Snapshots struct {
	// Every is the time between two checkpoints while a document is read, and
	// so the most reading that an interruption costs.
	Every time.Duration
	// Reserve is what stays free on the disk, in bytes; 0: a twentieth of it, at
	// least 1 and at most 10 GB.
	Reserve int64
	// Notice, where set, is told why something is read again, or not kept.
	Notice func(error)
	// AnyBudget takes what was read with another method or another budget, where
	// Conversation.Change could have come from there.
	AnyBudget bool

	dir   string
	mu    sync.Mutex
	limit int64
}

// SnapshotFolder is the folder of snapshots in a data folder.
func SnapshotFolder(data string) string { return filepath.Join(data, "snapshots") }

// OpenSnapshots returns the snapshots in a folder, which need not exist yet.
func OpenSnapshots(dir string) (*Snapshots, error) {
	s := &Snapshots{Every: 30 * time.Second, dir: dir, limit: DefaultLimit}
	b, err := os.ReadFile(s.folder(limitFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.limit)
	}
	if err != nil {
		return nil, fmt.Errorf("engine: the limit of what is kept cannot be read: %w; delete %s to have %s again",
			err, s.folder(limitFile), humanize.IBytes(DefaultLimit))
	}
	return s, nil
}

// limitFile has the limit in bytes, for all programs that use the folder.
const limitFile = "limit"

// Limit is what the snapshots may take, in bytes; 0: nothing is kept or used.
func (s *Snapshots) Limit() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limit
}

// SetLimit changes what the snapshots may take, in bytes, now and for all
// programs that use the folder later, and deletes those that exceed it, the ones
// not used for longest first. With 0 nothing is kept or used.
func (s *Snapshots) SetLimit(bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err := os.WriteFile(s.folder(limitFile), []byte(strconv.FormatInt(bytes, 10)), 0o600); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	s.limit = bytes
	_, err := s.evict(0, nil)
	return err
}

// Kept is a snapshot in the folder.
type Kept struct {
	Name   string // of its folder
	Title  string // of the document that it ends with; empty: nothing can be had of it, or not yet
	Before int    // documents that go before this one
	Model  string // name
	Tokens int    // of the text up to the document's end
	Read   int    // of them
	Bytes  int64  // on the disk, without what goes before
	Used   time.Time
	// Damaged says that it cannot be read.
	Damaged bool

	base    string
	content string // as note has it
	head    *model.Snapshot
}

// note is what a snapshot's head has of a document.
type note struct {
	Title  string `json:"title"`
	Before int    `json:"before"`
	Model  string `json:"model"`
	// Content names the documents up to this one by their text, whatever the
	// tokens are.
	Content string `json:"content"`
}

// List returns the snapshots in the folder, the last one used first; also
// damaged ones, and those without a checkpoint yet.
func (s *Snapshots) List() ([]Kept, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	var all []Kept
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), deleted) { // by a program that was killed
			_ = os.RemoveAll(s.folder(e.Name()))
		}
		if !e.IsDir() || len(e.Name()) != nameLength {
			continue // not ours
		}
		k := Kept{Name: e.Name()}
		dir := s.folder(k.Name)
		files, err := os.ReadDir(dir)
		if err != nil {
			continue // deleted meanwhile
		}
		for _, f := range files {
			if info, err := f.Info(); err == nil {
				k.Bytes += info.Size()
				if info.ModTime().After(k.Used) {
					k.Used = info.ModTime()
				}
			}
		}
		if k.head, err = model.ReadSnapshot(dir); err == nil {
			var n note
			_ = json.Unmarshal(k.head.Note, &n) // its checksum is right, so it is what was written
			k.Title, k.Before, k.Model, k.content = n.Title, n.Before, n.Model, n.Content
			k.Tokens, k.Read = k.head.Tokens, k.head.Pos()
			if k.head.Base != nil {
				k.base = k.head.Base.Name
			}
		}
		k.Damaged = err != nil && !errors.Is(err, fs.ErrNotExist)
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.Name, b.Name)) })
	return all, nil
}

// Delete deletes snapshots, and those that go on behind them.
func (s *Snapshots) Delete(names ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		if len(name) != nameLength || filepath.Base(name) != name {
			return fmt.Errorf("engine: %q is no name of a snapshot", name)
		}
		err = errors.Join(err, s.remove(all, name))
	}
	return err
}

func (s *Snapshots) remove(all []Kept, name string) error {
	// At once, so that nobody finds a half of it.
	err := os.Rename(s.folder(name), s.folder(name)+deleted)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	err = errors.Join(err, os.RemoveAll(s.folder(name)+deleted))
	for _, k := range all {
		if k.base == name {
			err = errors.Join(err, s.remove(all, k.Name))
		}
	}
	return err
}

const (
	nameLength = 32         // hexadecimal digits
	deleted    = ".deleted" // ends the names of folders that are being deleted
)

func (s *Snapshots) folder(name string) string { return filepath.Join(s.dir, name) }

// head is the head of the snapshot with a name, or nil: there is none that can be
// read.
func (s *Snapshots) head(name string) *model.Snapshot {
	head, err := model.ReadSnapshot(s.folder(name))
	if err != nil {
		return nil
	}
	return head
}

// nameOf is the name of the snapshot of a text.
func nameOf(o model.Origin, text string) string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // numbers and texts
	}
	sum := sha256.Sum256(append(b, text...))
	return hex.EncodeToString(sum[:nameLength/2])
}

// use notes that snapshots are used now.
func (s *Snapshots) use(names []string) {
	now := time.Now()
	for _, name := range names {
		_ = os.Chtimes(filepath.Join(s.folder(name), lockFile), now, now) // at worst it is deleted earlier than others
	}
}

const lockFile = "lock"

// tell tells of err.
func (s *Snapshots) tell(err error) {
	if s.Notice != nil && err != nil {
		s.Notice(err)
	}
}
