package kvcache

import (
	"context"
	"errors"
	"fmt"

	"fovea/model/actqkv"
)

// Branch is what a session had read behind a mark, in the host's memory: the
// rows from the mark to where it stood, and what steps overwrite. What lies
// before the mark stays where it is, so several branches have it only once.
type Branch struct {
	mark   *Mark
	places actqkv.Places
	asked  [2]int
	data   []byte // what rows and changing list, one after the other
	packed []byte // records of its blocks that were packed off the device: packing them again might round otherwise
}

// Pos is the number of tokens at the branch's end.
func (b *Branch) Pos() int { return b.places.Pos }

// Bytes is the host memory that the branch holds.
func (b *Branch) Bytes() int64 { return int64(cap(b.data) + cap(b.packed)) }

// ErrBranchTooLarge reports a branch for which there is not enough host memory.
var ErrBranchTooLarge = errors.New("what was read behind the mark is too large to be set aside")

// SetAside copies what was read since a mark of this cache, where that is at
// most so many bytes, else it fails with an [ErrBranchTooLarge]. The cache stays
// where it is.
func (c *Cache) SetAside(m *Mark, most int64) (*Branch, error) {
	if err := c.check(m); err != nil {
		return nil, err
	}
	if c.Places.Pos < m.places.Pos {
		return nil, fmt.Errorf("kvcache: the session is at token %d, before the mark at %d, so nothing is behind that; set aside before returning", c.Places.Pos, m.places.Pos)
	}
	rows := c.rows(c.extent(m.places), c.Extent())
	size, packed := sizeOf(rows).Bytes+sizeOf(c.changing(c.Places)).Bytes, int64(0)
	if c.Paged() && c.packs() {
		packed = int64(c.Places.Blocks-m.places.Blocks) * int64(len(c.layers)) * int64(numHalves) * c.recordBytes()
	}
	if size+packed > most {
		return nil, fmt.Errorf("kvcache: %w: %d MiB, there is room for %d", ErrBranchTooLarge, (size+packed)>>20, most>>20)
	}
	b := &Branch{mark: m, places: c.Places, asked: c.Asked, data: make([]byte, 0, size), packed: make([]byte, packed)}
	put := func(piece []byte) error {
		b.data = append(b.data, piece...)
		return nil
	}
	if err := c.save(rows, put); err != nil {
		return nil, err
	}
	if err := c.SaveState(put); err != nil {
		return nil, err
	}
	return b, c.movePacked(b, func(id int, record []byte) error { return c.paging.cold.get(id, record) })
}

// movePacked calls move with the number and the bytes of each record of a branch.
func (c *Cache) movePacked(b *Branch, move func(id int, record []byte) error) error {
	left, id := b.packed, c.record(0, b.mark.places.Blocks, keys)
	for size := int(c.recordBytes()); len(left) > 0; left, id = left[size:], id+1 {
		if err := move(id, left[:size]); err != nil {
			return err
		}
	}
	return nil
}

// TakeUp goes to where a branch of this cache was set aside: what was read
// since is forgotten, and the next step is what it would have been then. Of
// other settings the state is taken, too, as [Cache.Change] takes it. The branch
// still holds afterwards. An [ErrMarkGone] has changed nothing; after another
// error the cache is of no use.
func (c *Cache) TakeUp(ctx context.Context, b *Branch) error {
	if err := c.Return(ctx, b.mark); err != nil {
		return err
	}
	c.outdate()
	data := b.data
	get := func(piece []byte) error {
		if copy(piece, data) < len(piece) {
			return errors.New("kvcache: a branch is shorter than what it should have")
		}
		data = data[len(piece):]
		return nil
	}
	if err := c.sealAgain(b.mark.places); err != nil {
		return err
	}
	if err := c.LoadRows(c.Extent(), c.extent(b.places), get); err != nil {
		return err
	}
	if err := c.movePacked(b, func(id int, record []byte) error { return c.paging.cold.put(id, record) }); err != nil {
		return err
	}
	return c.loadState(b.places, b.asked, b.mark.places.Blocks, get)
}

// sealAgain has rows that are in no sealed block at some places, where the cache
// stands, take part in the blocks that are loaded next: a paged cache keeps
// those as wholes.
func (c *Cache) sealAgain(places actqkv.Places) error {
	if !c.Paged() {
		return nil
	}
	clear(c.paging.loading)
	return c.rest(places, func(index int, h half, at int64, b []byte) error { return c.loadRows(index, h, at, b) })
}
