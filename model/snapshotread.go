package model

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fovea/model/kvcache"
)

// Restore takes a new session to the last checkpoint of the snapshot in the
// last of the folders; those before it are its bases, the first one first. file
// names the model's file, as in Origin. Every piece is checked before it is put
// onto the device. After an error the session is of no use.
func (s *Session) Restore(ctx context.Context, file string, dirs ...string) (*Snapshot, error) {
	all, err := s.openChain(file, dirs)
	if err != nil {
		return nil, err
	}
	defer all.close()
	last := all.last()
	all.lend(s.cache, s.cache.Lend) // before there is room, for which no disk is needed then
	if err := s.room(last.head.Pos()); err != nil {
		return nil, s.broke(err)
	}
	if !s.cache.Paged() {
		s.cache.Unlend()
	}
	if err := all.read(ctx, s.cache.LoadRows, func(get func([]byte) error) error { return s.restoreState(last.head, get) }); err != nil {
		return nil, s.broke(err)
	}
	return last.head, nil
}

func (s *Session) restoreState(head *Snapshot, get func([]byte) error) error {
	if err := s.cache.LoadState(head.Places, head.Asked, get); err != nil {
		return err
	}
	if head.end() != s.cache.Extent() {
		return fmt.Errorf("%w: it was read up to %+v, its rows end at %+v", ErrSnapshotDamaged, s.cache.Extent(), head.end())
	}
	return nil
}

// chain is a snapshot, the last one, behind those that go before it.
type chain []*opened

// opened is a snapshot whose files are open, so that they stay what they are
// until they were read.
type opened struct {
	dir         string
	head        *Snapshot
	rows, state *os.File
}

// lend gives the files of rows to a cache, if it can use them.
func (c chain) lend(to *kvcache.Cache, lend func(file *os.File, gap int64, rows []kvcache.Stretch)) {
	if !to.Lends() {
		return
	}
	for _, o := range c {
		if f := reopen(o.rows); f != nil {
			lend(f, sumBytes, stretches(to, o.head))
		}
	}
}

// openChain opens the snapshot in the last of the folders, and its bases, and
// checks that a session of this origin could have read them.
func (s *Session) openChain(file string, dirs []string) (all chain, err error) {
	defer func() {
		if err != nil {
			all.close()
			all = nil
		}
	}()
	var base *Snapshot
	for _, dir := range dirs {
		head, err := ReadSnapshot(dir)
		if err == nil {
			if err = head.Origin.Differs(s.Origin(file)); err == nil {
				err = head.follows(base)
			}
		}
		if err != nil {
			return all, fmt.Errorf("model: %s: %w", dir, err)
		}
		o := &opened{dir: dir, head: head}
		all, base = append(all, o), head
		if o.rows, err = os.Open(filepath.Join(dir, rowsFile)); err != nil {
			return all, fmt.Errorf("model: %w", err)
		}
		if o.state, err = os.Open(filepath.Join(dir, stateFile)); err != nil {
			return all, fmt.Errorf("model: %w", err)
		}
	}
	return all, nil
}

// stretches are where a cache's rows lie in the file of a snapshot.
func stretches(c *kvcache.Cache, s *Snapshot) (all []kvcache.Stretch) {
	at, from := int64(0), s.first()
	for _, to := range s.Parts {
		all = append(all, kvcache.Stretch{From: from, To: to, At: at})
		at, from = at+summedBytes(c.RowsSize(from, to)), to
	}
	return all
}

// last is the snapshot that the others go before.
func (c chain) last() *opened { return c[len(c)-1] }

func (c chain) close() {
	for _, o := range c {
		for _, f := range []*os.File{o.rows, o.state} {
			if f != nil {
				f.Close()
			}
		}
	}
}

// read has rows load those of all snapshots, extent by extent, and then state
// what the last one has besides.
func (c chain) read(ctx context.Context, rows func(from, to kvcache.Extent, get func([]byte) error) error, state func(get func([]byte) error) error) error {
	for i, o := range c {
		err := o.readRows(ctx, rows)
		if err == nil && i == len(c)-1 {
			err = o.readState(state)
		}
		if err != nil {
			return fmt.Errorf("model: %s: %w", o.dir, err)
		}
	}
	return nil
}

func (o *opened) readRows(ctx context.Context, load func(from, to kvcache.Extent, get func([]byte) error) error) error {
	if _, err := o.rows.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in, from := &summed{sum: o.head.seed(), r: o.rows}, o.head.first()
	for _, to := range o.head.Parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := load(from, to, in.get); err != nil {
			return err
		}
		from = to
	}
	if in.sum != o.head.RowsSum || in.bytes != o.head.RowsBytes {
		return fmt.Errorf("%w: its rows are others than its state tells of", ErrSnapshotDamaged)
	}
	return nil
}

func (o *opened) readState(load func(get func([]byte) error) error) error {
	if _, err := o.state.Seek(0, io.SeekStart); err != nil {
		return err
	}
	now, err := readHead(o.state)
	if err != nil {
		return err
	}
	if now.RowsSum != o.head.RowsSum || now.end() != o.head.end() {
		return fmt.Errorf("%w: it was read on meanwhile", ErrSnapshotDamaged)
	}
	in := &summed{sum: o.head.RowsSum, r: bufio.NewReaderSize(o.state, kvcache.MaxPiece)}
	if err := load(in.get); err != nil {
		return err
	}
	if in.bytes != o.head.StateBytes {
		return fmt.Errorf("%w: %d bytes of its state were asked for, it has %d", ErrSnapshotDamaged, in.bytes, o.head.StateBytes)
	}
	return nil
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
