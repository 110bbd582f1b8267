package kvcache

import "fovea/gpu"

// Rows are addressed by position here: byte x of a layer's keys, or values, is
// one of the un-rotated key, or value, of position x / RowBytes, wherever that
// lies.

// half is the buffer of a layer's keys or values.
func (c *Cache) half(index int, h half) *gpu.Buffer {
	if h == keys {
		return &c.layers[index].k
	}
	return &c.layers[index].v
}

// baseRow is the row of that buffer where those of positions begin, and base its
// first byte.
func (c *Cache) baseRow(h half) int {
	if h == keys && !c.dense() { // which attends the ring only; it is as long as the text
		return c.ring
	}
	return 0
}

func (c *Cache) base(h half) int64 { return int64(c.baseRow(h)) * c.Shape.Heads.RowBytes() }

// blockStart is the first byte of a block.
func (c *Cache) blockStart(block int) int64 {
	return int64(c.Settings.Init)*c.Shape.Heads.RowBytes() + int64(block)*c.blockBytes()
}

// readRows reads the bytes from at on of what was read so far.
func (c *Cache) readRows(index int, h half, at int64, to []byte) error {
	if c.paging == nil {
		return c.dev.Read(*c.half(index, h), c.base(h)+at, to)
	}
	init, sealed := c.blockStart(0), c.blockStart(c.Places.Blocks)
	for len(to) > 0 {
		var n int64
		var err error
		switch {
		case at < init:
			n = min(int64(len(to)), init-at)
			err = c.dev.Read(*c.half(index, h), c.base(h)+at, to[:n])
		case at >= sealed:
			n = int64(len(to))
			err = c.readTail(index, h, at, to)
		default:
			block, inside := (at-init)/c.blockBytes(), (at-init)%c.blockBytes()
			n = min(int64(len(to)), c.blockBytes()-inside)
			err = c.readBlock(c.record(index, int(block), h), inside, to[:n])
		}
		if err != nil {
			return err
		}
		at, to = at+n, to[n:]
	}
	return nil
}

// readBlock reads bytes of a block's keys or values from at on.
func (c *Cache) readBlock(id int, at int64, to []byte) error {
	p := c.paging
	if p.last != id {
		p.last = -1
		if err := c.getBlock(id, p.block); err != nil {
			return err
		}
		p.last = id
	}
	copy(to, p.block[at:])
	return nil
}

// tailPieces are the places of the bytes from at on of rows in the ring behind the
// initial tokens, each with its part of b.
func (p *paging) tailPieces(c *Cache, index int, h half, at int64, b []byte) (all []gpu.Piece) {
	init, size := c.blockStart(0), int64(p.tail)*c.Shape.Heads.RowBytes()
	for len(b) > 0 {
		inside := (at - init) % size
		n := min(int64(len(b)), size-inside)
		all = append(all, gpu.Piece{Buffer: *c.half(index, h), Offset: c.base(h) + init + inside, Data: b[:n]})
		at, b = at+n, b[n:]
	}
	return all
}

// readTail reads bytes from at on out of the ring behind the initial tokens.
func (c *Cache) readTail(index int, h half, at int64, to []byte) error {
	return c.dev.ReadAll(c.paging.tailPieces(c, index, h, at, to))
}

// writeTail writes bytes from at on into that ring.
func (p *paging) writeTail(c *Cache, index int, h half, at int64, b []byte) error {
	for _, piece := range p.tailPieces(c, index, h, at, b) { // more than the ring has may come
		if err := c.dev.Write(piece.Buffer, piece.Offset, piece.Data); err != nil {
			return err
		}
	}
	return nil
}

// loadRows writes the bytes from at on of a text that is being loaded, in the
// order of their positions: to where what is in no sealed block belongs, and,
// of whole blocks, also to where sealed blocks do.
func (c *Cache) loadRows(index int, h half, at int64, b []byte) error {
	if c.paging == nil {
		return c.dev.Write(*c.half(index, h), c.base(h)+at, b)
	}
	p, init := c.paging, c.blockStart(0)
	if n := min(int64(len(b)), max(0, init-at)); n > 0 {
		if err := c.dev.Write(*c.half(index, h), c.base(h)+at, b[:n]); err != nil {
			return err
		}
		at, b = at+n, b[n:]
	}
	if err := p.writeTail(c, index, h, at, b); err != nil {
		return err
	}
	for size := c.blockBytes(); len(b) > 0; {
		block := int((at - init) / size)
		if c.lent.of(block) != nil {
			n := min(int64(len(b)), size-(at-init)%size)
			at, b = at+n, b[n:]
			continue
		}
		id := c.record(index, block, h)
		part := p.loading[id]
		if part == nil {
			part = &partial{rows: make([]byte, size)}
			p.loading[id] = part
		}
		n := copy(part.rows[(at-init)%size:], b)
		part.filled += n
		at, b = at+int64(n), b[n:]
		if part.filled == len(part.rows) {
			delete(p.loading, id)
			if err := c.putBlock(p, id, part.rows); err != nil {
				return err
			}
		}
	}
	return nil
}
