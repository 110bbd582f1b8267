package kvcache

import (
	"errors"
	"fmt"

	"fovea/gpu"
	"fovea/model/actqkv"
)

// Tiers says where keys and values of sealed blocks may lie that the device has
// no room for.
type Tiers struct {
	// Device is the most bytes of device memory for what grows with the text;
	// 0: as many as are free.
	Device int64
	// Host is the bytes of host memory for sealed blocks. Those that have no
	// place there either lie in a file.
	Host int64
	// Dir is the folder of that file, which nobody else sees and which is gone
	// when the cache is closed. Without a folder all must fit the device.
	Dir string
	// Bits of a number of blocks that lie off the device: 8 or 4; 0: as on it.
	Bits int
}

// half is one of the two things that there are of each token.
type half int

const (
	keys half = iota
	values
	numHalves
)

// paging is how a cache works whose device has no place for all sealed blocks.
// Initial tokens, and what is in no sealed block yet, always have a row there;
// a sealed block has one of some slots while it was recalled lately. The rows
// behind the ring of rotated keys are: initial tokens, a ring of tail rows,
// slots of a block each.
type paging struct {
	tail, slots int
	layers      []*lru // slot by block
	cold        *cold  // of all sealed blocks: see Cache.record
	block       []byte // keys or values of a block
	last        int    // number of the record that they are of, -1: of none
	record      []byte // of a block that is packed
	records     []byte // of the blocks that a step seals, or a layer recalls

	loading map[int]*partial // blocks that are being loaded, by record
}

// partial is a block's keys or values of which not all bytes are there.
type partial struct {
	rows   []byte
	filled int
}

// Paged says whether sealed blocks lie off the device: a step is then recorded
// in parts, one more than there are layers, and Fetch must be called after each
// but the last.
func (c *Cache) Paged() bool { return c.paging != nil }

// mayPage says whether sealed blocks can lie off the device.
func (c *Cache) mayPage() bool { return c.recalls && c.tiers.Dir != "" }

// blockBytes is the size of a block's keys, or values, in a layer.
func (c *Cache) blockBytes() int64 { return int64(c.Settings.BlockSize) * c.Shape.Heads.RowBytes() }

// record is the number of a block's record.
func (c *Cache) record(index, block int, h half) int {
	return (block*len(c.layers)+index)*int(numHalves) + int(h)
}

// page makes room for capacity tokens by taking all sealed blocks off the
// device, which may have room bytes of what grows with the text. After an error
// the cache may be of no use: see Torn.
func (c *Cache) page(capacity int, room int64) error {
	p := &paging{tail: c.ring, loading: map[int]*partial{}, block: make([]byte, c.blockBytes()), last: -1, record: make([]byte, c.recordBytes())}
	others := c.storeBytes(capacity, p.tail) // with rows of no block
	slot := 2 * c.blockBytes() * int64(len(c.layers))
	// A quarter stays free: representatives grow with the text, slots do not.
	p.slots = min(c.blocks(capacity), int((room-others)/4*3/slot))
	if p.slots < c.most {
		return fmt.Errorf("kvcache: %d tokens need %d MiB of device memory even with keys and values on disk, %s has %d MiB for them; choose a shorter text, a smaller budget or another device: %w",
			capacity, (others+int64(c.most)*slot*4/3)>>20, c.dev.Info().Name, room>>20, gpu.ErrOutOfMemory)
	}
	p.cold = newCold(c.dev, int(c.recordBytes()), c.tiers.Host, c.tiers.Dir, &c.lent, c.record(0, 1, keys))
	if err := p.cold.check(c.records(capacity)); err != nil {
		return err
	}
	for range c.layers {
		p.layers = append(p.layers, newLRU(p.slots))
	}
	if err := c.toHost(); err != nil {
		return err
	}
	if c.capacity > 0 {
		if err := c.moveOut(p); err != nil {
			p.cold.close()
			return err
		}
	}
	c.paging = p
	return nil
}

// records is the number of block records of so many tokens.
func (c *Cache) records(capacity int) int { return c.blocks(capacity) * len(c.layers) * int(numHalves) }

// moveOut moves what lies by position on the device to where paging has it.
func (c *Cache) moveOut(p *paging) error {
	for block := range c.Places.Blocks {
		for i := range c.layers {
			for h := range numHalves {
				if err := c.readRows(i, h, c.blockStart(block), p.block); err != nil {
					return err
				}
				if err := c.putBlock(p, c.record(i, block, h), p.block); err != nil {
					return err
				}
			}
		}
	}
	row := c.Shape.Heads.RowBytes()
	c.torn = true
	for i := range c.layers {
		l := &c.layers[i]
		ring := make([]byte, int64(c.ring)*row)
		if err := c.dev.Read(l.k, 0, ring); err != nil {
			return err
		}
		for h := range numHalves {
			first, at := make([]byte, int64(min(c.Settings.Init, c.Places.Pos))*row), int64(c.restFirst(c.Places))*row
			rest := make([]byte, int64(c.Places.Pos)*row-at)
			if err := errors.Join(c.readRows(i, h, 0, first), c.readRows(i, h, at, rest)); err != nil {
				return err
			}
			b := c.half(i, h)
			(*b).Free()
			*b = nil
			var err error
			if *b, err = c.dev.Alloc(gpu.Align(c.base(h)+int64(p.rows(c.Settings))*row), gpu.Local); err != nil {
				return err
			}
			if err := errors.Join(c.dev.Write(*b, c.base(h), first), p.writeTail(c, i, h, at, rest)); err != nil {
				return err
			}
		}
		if err := c.dev.Write(l.k, 0, ring); err != nil {
			return err
		}
	}
	c.torn = false
	return nil
}

// restFirst is the first position that is neither an initial token nor in a
// sealed block.
func (c *Cache) restFirst(places actqkv.Places) int {
	return max(places.RemFirst, min(c.Settings.Init, places.Pos))
}

// Torn says that the cache is of no use after an error of Grow.
func (c *Cache) Torn() bool { return c.torn }

// rows is the number of rows of keys, or values, on the device.
func (p *paging) rows(s actqkv.Settings) int { return s.Init + p.tail + p.slots*s.BlockSize }
