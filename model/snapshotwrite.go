package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"

	"fovea/model/kvcache"
)

// SnapshotWriter writes a snapshot while a session reads. It is used by the
// session's goroutine.
type SnapshotWriter struct {
	dir  string
	head Snapshot // of the last checkpoint
	rows *os.File
	lent int // of the parts: those that the session's cache reads from rows
}

// CreateSnapshot begins a snapshot in a folder, which it makes, in place of
// what is there. Of head it takes Origin, Text, Tokens, Base and Note. There is
// nothing to restore before the first checkpoint.
func CreateSnapshot(dir string, head Snapshot) (*SnapshotWriter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	// First what says that there is something.
	for _, name := range []string{stateFile, newState, rowsFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, rowsFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	head.Parts, head.RowsBytes, head.RowsSum = nil, 0, head.seed()
	return &SnapshotWriter{dir: dir, head: head, rows: f}, nil
}

// ContinueSnapshot goes on with the snapshot in a folder, whose head is head,
// behind its last checkpoint.
func ContinueSnapshot(dir string, head *Snapshot) (*SnapshotWriter, error) {
	f, err := os.OpenFile(filepath.Join(dir, rowsFile), os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	w := &SnapshotWriter{dir: dir, head: *head, rows: f}
	w.head.Parts = slices.Clone(head.Parts)
	return w, nil
}

// Head is what the last checkpoint tells.
func (w *SnapshotWriter) Head() *Snapshot { return &w.head }

// Need is the most bytes that a checkpoint of the session would add to the
// disk.
func (w *SnapshotWriter) Need(s *Session) int64 {
	const head = 1 << 16
	return summedBytes(s.cache.RowsSize(w.head.end(), s.cache.Extent())) + summedBytes(s.cache.StateSize()) + head
}

// Checkpoint writes what the session has read since the last checkpoint. When
// it returns nil, the snapshot is whole up to here and on the disk; until then,
// whatever happens, up to the checkpoint before.
func (w *SnapshotWriter) Checkpoint(s *Session) error {
	if s.broken != nil {
		return s.broken
	}
	next := w.head
	err := w.addRows(s, &next, s.cache.Extent())
	if err == nil {
		next.Places, next.Asked = s.cache.Places, s.cache.Asked
		err = w.replaceState(s, &next)
	}
	if err != nil {
		_ = w.rows.Truncate(w.head.RowsBytes) // gives the space back; what is left there is no matter
		return fmt.Errorf("model: %s: %w", w.dir, err)
	}
	w.head = next
	w.lend(s.cache)
	return nil
}

// lend has a cache whose blocks lie off the device take them from the snapshot, so
// that they are on the disk once.
func (w *SnapshotWriter) lend(c *kvcache.Cache) {
	rows := stretches(c, &w.head)
	if len(rows) == w.lent || !c.Paged() || !c.Lends() {
		return
	}
	if f := reopen(w.rows); f != nil { // else they stay where they are
		c.Lend(f, sumBytes, rows[w.lent:])
		w.lent = len(rows)
	}
}

func (w *SnapshotWriter) addRows(s *Session, next *Snapshot, to kvcache.Extent) error {
	if info, err := w.rows.Stat(); err != nil || info.Size() < next.RowsBytes {
		return errors.Join(fmt.Errorf("%w: its rows were cut off while it was written", ErrSnapshotDamaged), err)
	}
	if to == next.end() {
		return nil
	}
	// Over what a checkpoint left that did not come to its end.
	if err := w.rows.Truncate(next.RowsBytes); err != nil {
		return err
	}
	if _, err := w.rows.Seek(next.RowsBytes, io.SeekStart); err != nil {
		return err
	}
	out := &summed{sum: next.RowsSum, w: w.rows}
	if err := s.cache.SaveRows(next.end(), to, out.put); err != nil {
		return err
	}
	if err := w.rows.Sync(); err != nil {
		return err
	}
	next.Parts = append(slices.Clip(next.Parts), to)
	next.RowsSum, next.RowsBytes = out.sum, next.RowsBytes+out.bytes
	return nil
}

// replaceState writes the file of state beside its place and then puts it
// there: this is what makes a checkpoint hold.
func (w *SnapshotWriter) replaceState(s *Session, next *Snapshot) (err error) {
	path := filepath.Join(w.dir, newState)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(path)
		}
	}()
	next.StateBytes = summedBytes(s.cache.StateSize())
	head, err := json.Marshal(next)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, kvcache.MaxPiece)
	start := append([]byte(snapshotMagic), 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(start[8:], uint32(len(head)))
	binary.LittleEndian.PutUint32(start[12:], crc32.Checksum(head, castagnoli))
	for _, part := range [][]byte{start, head} {
		if _, err := b.Write(part); err != nil {
			return err
		}
	}
	out := &summed{sum: next.RowsSum, w: b}
	if err := s.cache.SaveState(out.put); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(w.dir, stateFile)); err != nil {
		return err
	}
	return syncFolder(w.dir)
}

// syncFolder brings the names in a folder onto the disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Close ends the writing; what the last checkpoint wrote stays.
func (w *SnapshotWriter) Close() error { return w.rows.Close() }
