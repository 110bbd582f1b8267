package kvcache

import (
	"encoding/binary"
	"fmt"
	"slices"

	"fovea/gpu"
	"fovea/shaders"
)

// Fetch brings the blocks that a layer's choice recalled onto the device, of a
// step of n tokens, and tells attention where they lie.
func (c *Cache) Fetch(index, n int) error {
	p, s := c.paging, c.Settings
	b, err := c.readView(ofLayer(c.reports, c.reportRow, index))
	if err != nil {
		return err
	}
	ids, err := c.recalled(b)
	if err != nil {
		return fmt.Errorf("kvcache: layer %d: %w", index, err)
	}
	step := c.step(n)
	rows := make([]uint32, 0, c.mostGlobals())
	add := func(row int) { rows = append(rows, uint32(row)) }
	for i := range c.Places.Inits {
		add(i)
	}
	slots, err := c.slotsOf(index, ids)
	if err != nil {
		return err
	}
	for _, slot := range slots {
		for i := range s.BlockSize {
			add(s.Init + p.tail + slot*s.BlockSize + i)
		}
	}
	for pos := int(step.RemFirst); pos < int(step.RemEnd); pos++ {
		add(step.RowOf(pos))
	}
	list, err := binary.Append(nil, binary.LittleEndian, shaders.GlobalsList(rows))
	if err != nil {
		return err
	}
	return c.dev.Write(c.globals, 0, list)
}

// slotsOf is where blocks lie, which it brings there.
func (c *Cache) slotsOf(index int, blocks []int32) ([]int, error) {
	p, used := c.paging, c.paging.layers[index]
	slots, missing := make([]int, len(blocks)), []int(nil)
	for j, block := range blocks { // first those that are there, so that they stay
		slot, ok := used.find(int(block))
		if slots[j] = slot; !ok {
			missing = append(missing, j)
		}
	}
	size, packed := c.recordBytes(), c.packs()
	records := len(missing) * int(numHalves)
	p.records = resized(p.records, records*int(size))
	pieces := make([]gpu.Piece, 0, records)
	places := binary.LittleEndian.AppendUint32(nil, uint32(len(missing)))
	for n, j := range missing {
		slots[j], _ = used.take(int(blocks[j]))
		row := c.Settings.Init + p.tail + slots[j]*c.Settings.BlockSize
		places = binary.LittleEndian.AppendUint32(places, uint32(row))
		for h := range numHalves {
			record := p.records[int64(int(h)*len(missing)+n)*size:][:size]
			id := c.record(index, int(blocks[j]), h)
			if packed {
				if err := p.cold.get(id, record); err != nil {
					return nil, err
				}
			} else {
				record, err := p.cold.among(records, id, record)
				if err != nil {
					return nil, err
				}
				pieces = append(pieces, gpu.Piece{Buffer: *c.half(index, h), Offset: c.base(h) + int64(row)*c.Shape.Heads.RowBytes(), Data: record})
			}
		}
	}
	if packed && len(missing) > 0 {
		return slots, c.unpack(index, p.records, places)
	}
	return slots, c.dev.WriteAll(pieces)
}

// resized is b with n bytes, of memory that is used again and again.
func resized(b []byte, n int) []byte { return slices.Grow(b[:0], n)[:n] }

// keepSealed takes the blocks that a step of n tokens filled off the device's
// ring, before later tokens come to their rows.
func (c *Cache) keepSealed(n int) error {
	step, _ := c.Settings.Step(c.Places, n, c.ring)
	return c.keepBlocks(step)
}

// keepBlocks does so with those that a step seals.
func (c *Cache) keepBlocks(step shaders.Step) error {
	p, size := c.paging, c.recordBytes()
	p.last = -1
	first, n := c.record(0, int(step.SealFirst), keys), c.record(0, int(step.Seals), keys)
	p.records = resized(p.records, n*int(size))
	record := func(id int) []byte { return p.records[int64(id-first)*size:][:size] }
	var pieces []gpu.Piece
	for i := range c.layers {
		for h := range numHalves {
			for j := range int(step.Seals) {
				block := int(step.SealFirst) + j
				to := record(c.record(i, block, h))
				if c.packs() {
					pieces = append(pieces, gpu.Piece{Buffer: c.packed, Offset: c.packedOf(i, h).Offset + int64(j)*size, Data: to})
				} else {
					pieces = append(pieces, p.tailPieces(c, i, h, c.blockStart(block), to)...)
				}
			}
		}
	}
	if err := c.dev.ReadAll(pieces); err != nil {
		return err
	}
	for id := first; id < first+n; id++ {
		if err := p.cold.put(id, record(id)); err != nil {
			return err
		}
	}
	return nil
}
