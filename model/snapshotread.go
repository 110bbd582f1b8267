package model

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"fovea/model/kvcache"
)

// Restore takes a new session to the last checkpoint of the snapshot in the
// last of the folders; those before it are its bases, the first one first. file
// names the model's file, as in Origin. Every piece is checked before it is put
// onto the device. After an error the session is of no use.
func (s *Session) Restore(ctx context.Context, file string, dirs ...string) (*Snapshot, error) {
	heads := make([]*Snapshot, len(dirs))
	var base *Snapshot
	for i, dir := range dirs {
		head, err := ReadSnapshot(dir)
		if err == nil {
			if err = head.Origin.Differs(s.Origin(file)); err == nil {
				err = head.follows(base)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("model: %s: %w", dir, err)
		}
		heads[i], base = head, head
	}
	last := len(dirs) - 1
	if err := s.room(heads[last].Pos()); err != nil {
		return nil, err
	}
	for i, dir := range dirs {
		err := s.restoreRows(ctx, dir, heads[i])
		if err == nil && i == last {
			err = s.restoreState(dir, heads[i])
		}
		if err != nil {
			return nil, s.broke(fmt.Errorf("model: %s: %w", dir, err))
		}
	}
	return heads[last], nil
}

// follows says what keeps the snapshot from following base, nil for none.
func (s *Snapshot) follows(base *Snapshot) error {
	switch {
	case base == nil && s.Base == nil:
		return nil
	case base == nil || s.Base == nil:
		return fmt.Errorf("%w: what goes before it is missing", ErrSnapshotDamaged)
	case s.Base.Sum != base.RowsSum || s.Base.End != base.end() || !base.Complete():
		return fmt.Errorf("%w: what goes before it has changed", ErrSnapshotDamaged)
	}
	return nil
}

func (s *Session) restoreRows(ctx context.Context, dir string, head *Snapshot) error {
	f, err := os.Open(filepath.Join(dir, rowsFile))
	if err != nil {
		return err
	}
	defer f.Close()
	in := &summed{sum: head.seed(), r: f}
	from := head.first()
	for _, to := range head.Parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.cache.LoadRows(from, to, in.get); err != nil {
			return err
		}
		from = to
	}
	if in.sum != head.RowsSum || in.bytes != head.RowsBytes {
		return fmt.Errorf("%w: its rows are others than its state tells of", ErrSnapshotDamaged)
	}
	return nil
}

func (s *Session) restoreState(dir string, head *Snapshot) error {
	f, err := os.Open(filepath.Join(dir, stateFile))
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := readHead(f)
	if err != nil {
		return err
	}
	if now.RowsSum != head.RowsSum || now.end() != head.end() {
		return fmt.Errorf("%w: it was read on meanwhile", ErrSnapshotDamaged)
	}
	in := &summed{sum: head.RowsSum, r: bufio.NewReaderSize(f, kvcache.MaxPiece)}
	if err := s.cache.LoadState(head.Places, head.Asked, in.get); err != nil {
		return err
	}
	if in.bytes != head.StateBytes || head.end() != s.cache.Extent() {
		return fmt.Errorf("%w: it was read up to %+v, its rows end at %+v", ErrSnapshotDamaged, s.cache.Extent(), head.end())
	}
	return nil
}
