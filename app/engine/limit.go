package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dustin/go-humanize"
	"github.com/gofrs/flock"

	"fovea/internal/disk"
)

// ErrNoSpace reports that what is read cannot be kept, because it would exceed
// the limit or leave too little free space on the disk.
var ErrNoSpace = errors.New("there is no space to keep what is read")

// room makes room for need more bytes, by deleting what was not used for
// longest, but nothing of what is in use, and nothing at all where that would
// not suffice.
func (s *Snapshots) room(need int64, inUse []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	short, err := s.evict(need, inUse)
	if err != nil || short <= 0 {
		return err
	}
	return fmt.Errorf("%w: %s more are needed than the limit and the free space of the disk allow; raise the limit, delete what was kept, or free some space",
		ErrNoSpace, humanize.Bytes(uint64(short)))
}

// evict deletes snapshots until need more bytes keep to the limit and leave the
// reserve free, and returns the bytes that it is short of that.
func (s *Snapshots) evict(need int64, inUse []string) (int64, error) {
	all, err := s.clean(inUse)
	for err == nil {
		held, idle, oldest, short := int64(0), int64(0), "", int64(0)
		for _, k := range all {
			held += k.Bytes
			if s.idle(k.Name, inUse) {
				oldest = k.Name // the last one was not used for longest
				idle += k.Bytes
			}
		}
		short, err = s.short(held, need)
		if err != nil || short <= 0 || oldest == "" || need > 0 && short > idle {
			return short, err
		}
		if err = s.remove(all, oldest); err == nil {
			all, err = s.List()
		}
	}
	return 0, fmt.Errorf("engine: %w", err)
}

// clean deletes what was left before its first checkpoint, and lists the rest.
func (s *Snapshots) clean(inUse []string) ([]Kept, error) {
	all, err := s.List()
	for _, k := range all {
		if k.head == nil && !k.Damaged && s.idle(k.Name, inUse) {
			err = errors.Join(err, s.remove(nil, k.Name))
		}
	}
	return all, err
}

// short is how many bytes need more are too many beside those that are held.
func (s *Snapshots) short(held, need int64) (int64, error) {
	short := held + need - s.limit
	if need == 0 {
		return short, nil
	}
	free, size, err := disk.Space(s.dir)
	if err != nil {
		return short, fmt.Errorf("engine: %w", err)
	}
	return max(short, need+s.reserve(size)-free), nil
}

// reserve is what stays free on a disk of a size.
func (s *Snapshots) reserve(size int64) int64 {
	if s.Reserve > 0 {
		return s.Reserve
	}
	return min(max(size/20, 1e9), 10e9)
}

// idle says whether a snapshot is not in use, and no program, this one too,
// writes it now.
func (s *Snapshots) idle(name string, inUse []string) bool {
	if slices.Contains(inUse, name) {
		return false
	}
	path := filepath.Join(s.folder(name), lockFile)
	if _, err := os.Stat(path); err != nil {
		return true
	}
	l := flock.New(path)
	free, err := l.TryLock()
	if free {
		_ = l.Unlock() // closes it
	}
	return free || err != nil
}
