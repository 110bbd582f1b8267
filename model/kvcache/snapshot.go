package kvcache

import (
	"fmt"
	"slices"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// Extent says how much a session has of what is only ever added to: a text
// that is read on leaves everything before it as it is.
type Extent struct {
	Pos    int `json:"pos"`    // tokens, whose keys and values lie by position
	Groups int `json:"groups"` // full groups of shaders.Together representatives
}

// Extent is how far the cache has come.
func (c *Cache) Extent() Extent { return c.extent(c.Places) }

func (c *Cache) extent(places actqkv.Places) Extent {
	e := Extent{Pos: places.Pos}
	if c.recalls {
		e.Groups = places.Blocks / shaders.Together
	}
	return e
}

// MaxPiece is the most bytes that SaveRows, LoadRows, SaveState and LoadState
// move at once, which is all that they hold in the host's memory.
const MaxPiece = 1 << 20

// region is a range of device memory, of a layer unless all share the buffer, or,
// without a buffer, of a layer's keys or values by position.
type region struct {
	buffer       gpu.Buffer
	offset, size int64 // bytes
	layer        int
	half         half
}

// rows lists what was added between two extents: layer by layer keys, values,
// representatives and their inverse norms.
func (c *Cache) rows(from, to Extent) (all []region) {
	row, group := c.Shape.Heads.RowBytes(), shaders.ReprBytes(c.Shape.Heads, shaders.Together)
	add := func(layer int, b gpu.Buffer, at, end int, size int64) {
		if end > at {
			all = append(all, region{buffer: b, offset: int64(at) * size, size: int64(end-at) * size, layer: layer})
		}
	}
	for i := range c.layers {
		l := &c.layers[i]
		for h := range numHalves {
			if from.Pos < to.Pos {
				all = append(all, region{offset: int64(from.Pos) * row, size: int64(to.Pos-from.Pos) * row, layer: i, half: h})
			}
		}
		if c.recalls {
			add(i, l.repr, from.Groups, to.Groups, group)
			add(i, l.norms, from.Groups, to.Groups, 4*shaders.Together)
		}
	}
	return all
}

// changing lists what steps overwrite, and, at some places, the group of
// representatives that is not full yet.
func (c *Cache) changing(places actqkv.Places) (all []region) {
	for _, v := range c.overwritten() {
		first, end := v.Range()
		r := region{buffer: v.Buffer, offset: first, size: end - first}
		r.layer = max(0, slices.IndexFunc(c.layers, func(l layer) bool { return v.Buffer == l.k || v.Buffer == l.stats }))
		all = append(all, r)
	}
	if !c.recalls {
		return all
	}
	at, left := c.extent(places).Groups, int64(places.Blocks%shaders.Together)
	if left == 0 {
		return all
	}
	group := shaders.ReprBytes(c.Shape.Heads, shaders.Together)
	for i := range c.layers {
		l := &c.layers[i]
		all = append(all, region{buffer: l.repr, offset: int64(at) * group, size: group, layer: i},
			region{buffer: l.norms, offset: int64(at) * 4 * shaders.Together, size: 4 * left, layer: i})
	}
	return all
}

// move calls f with the pieces of regions in order, and a buffer of the size
// of each.
func move(regions []region, f func(r region, piece []byte) error) error {
	buf := make([]byte, MaxPiece)
	for _, r := range regions {
		for r.size > 0 {
			n := min(r.size, MaxPiece)
			if err := f(r, buf[:n]); err != nil {
				return err
			}
			r.offset, r.size = r.offset+n, r.size-n
		}
	}
	return nil
}

func (c *Cache) save(regions []region, put func([]byte) error) error {
	return move(regions, func(r region, piece []byte) error {
		read := func() error { return c.readRows(r.layer, r.half, r.offset, piece) }
		if r.buffer != nil {
			read = func() error { return c.dev.Read(r.buffer, r.offset, piece) }
		}
		if err := read(); err != nil {
			return fmt.Errorf("kvcache: %w", err)
		}
		return put(piece)
	})
}

func (c *Cache) load(regions []region, get func([]byte) error) error {
	return move(regions, func(r region, piece []byte) error {
		if err := get(piece); err != nil {
			return err
		}
		write := func() error { return c.loadRows(r.layer, r.half, r.offset, piece) }
		if r.buffer != nil {
			write = func() error { return c.dev.Write(r.buffer, r.offset, piece) }
		}
		if err := write(); err != nil {
			return fmt.Errorf("kvcache: %w", err)
		}
		return nil
	})
}

// Size is that of rows or of a state: the bytes, and in how many pieces they
// are moved.
type Size struct{ Bytes, Pieces int64 }

// length is the size of a region.
func (r region) length() Size {
	return Size{Bytes: r.size, Pieces: (r.size + MaxPiece - 1) / MaxPiece}
}

func sizeOf(regions []region) (s Size) {
	for _, r := range regions {
		n := r.length()
		s.Bytes += n.Bytes
		s.Pieces += n.Pieces
	}
	return s
}

// RowsSize is the size of what SaveRows gives.
func (c *Cache) RowsSize(from, to Extent) Size { return sizeOf(c.rows(from, to)) }

// StateSize is the size of what SaveState gives.
func (c *Cache) StateSize() Size { return sizeOf(c.changing(c.Places)) }

// SaveRows gives put what was added between two extents, in pieces of at most
// MaxPiece bytes that hold until put returns.
func (c *Cache) SaveRows(from, to Extent, put func([]byte) error) error {
	return c.save(c.rows(from, to), put)
}

// LoadRows asks get for the pieces that SaveRows gave for the same extents, by
// a cache of the same shape and settings, and puts them into their places.
// There must be room for them (Grow).
func (c *Cache) LoadRows(from, to Extent, get func([]byte) error) error {
	if to.Pos > c.capacity || to.Groups > c.blocks(c.capacity)/shaders.Together || from.Pos > to.Pos || from.Groups > to.Groups || from.Pos < 0 || from.Groups < 0 {
		return fmt.Errorf("kvcache: rows from %+v to %+v do not fit a cache for %d tokens", from, to, c.capacity)
	}
	return c.load(c.rows(from, to), get)
}

// SaveState gives put what steps overwrite, in pieces of at most MaxPiece bytes
// that hold until put returns.
func (c *Cache) SaveState(put func([]byte) error) error {
	c.listed = false
	return c.save(c.changing(c.Places), put)
}

// LoadState takes the cache to places, asking get for the pieces that SaveState
// gave there. The rows up to these places must be loaded.
func (c *Cache) LoadState(places actqkv.Places, asked [2]int, get func([]byte) error) error {
	return c.loadState(places, asked, 0, get)
}

// loadState is LoadState where the blocks before first are as they were.
func (c *Cache) loadState(places actqkv.Places, asked [2]int, first int, get func([]byte) error) error {
	if err := c.sensible(places); err != nil {
		return err
	}
	if places.Pos > c.capacity {
		return fmt.Errorf("kvcache: places %+v do not fit a cache for %d tokens", places, c.capacity)
	}
	c.forgetBatch()
	c.Places, c.Asked, c.listed = places, asked, false
	if c.Paged() {
		clear(c.paging.loading) // blocks that were not full
	}
	if err := c.load(c.changing(c.Places), get); err != nil {
		return err
	}
	return c.compactFrom(first)
}

// sensible fails for places that no text comes to.
func (c *Cache) sensible(p actqkv.Places) error {
	s := c.Settings
	if p.Inits < 0 || p.Inits > s.Init || p.Blocks < 0 || p.RemFirst != p.Inits+p.Blocks*s.BlockSize || p.RemFirst > p.Pos || p.Windows < 0 {
		return fmt.Errorf("kvcache: no text comes to the places %+v", p)
	}
	return nil
}
