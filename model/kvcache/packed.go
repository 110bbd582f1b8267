package kvcache

import (
	"context"

	"fovea/gpu"
	"fovea/shaders"
)

// packedForm is the form of blocks off the device, where they are packed.
func (c *Cache) packedForm() shaders.Packed {
	return shaders.Packed{Heads: c.Shape.Heads, BlockSize: c.Settings.BlockSize, Bits: c.tiers.Bits}
}

// packs says whether blocks are packed when they leave the device.
func (c *Cache) packs() bool { return c.mayPage() && c.tiers.Bits > 0 }

// ColdBits is the bits of a number of blocks off the device; 0: as on it.
func (c *Cache) ColdBits() int {
	if !c.packs() {
		return 0
	}
	return c.tiers.Bits
}

// recordBytes is the size of a block's keys, or values, off the device.
func (c *Cache) recordBytes() int64 {
	if c.packs() {
		return c.packedForm().Bytes()
	}
	return c.blockBytes()
}

// packedOf is where the blocks that a step seals are packed.
func (c *Cache) packedOf(index int, h half) gpu.View {
	return ofLayer(c.packed, c.packedRow, index*int(numHalves)+int(h))
}

// recordPack adds the packing of the blocks that a step of up to window tokens
// seals.
func (c *Cache) recordPack(r *gpu.Recording, lanes, window int) {
	for i := range c.layers {
		for h := range numHalves {
			shaders.Pack{
				Packed: c.packedForm(), Rows: gpu.Whole(*c.half(i, h)), Base: c.baseRow(h),
				MaxSeals: c.Settings.MaxSeals(window), Records: c.packedOf(i, h), Params: c.Params(),
			}.Record(r, lanes)
		}
	}
}

// unpack puts blocks into rows of a layer: records are first the keys of all,
// then the values; places says how many there are and the first row of each.
func (c *Cache) unpack(index int, records, places []byte) error {
	copy(c.arrived.Bytes(), records)
	copy(c.places.Bytes(), places)
	n := len(places)/4 - 1
	r := gpu.NewRecording("unpack blocks")
	for h := range numHalves {
		shaders.Unpack{
			Packed: c.packedForm(), Records: gpu.Whole(c.arrived), First: int(h) * n, Most: n,
			Places: gpu.Whole(c.places), To: gpu.Whole(*c.half(index, h)), Base: c.baseRow(h),
		}.Record(r, c.dev.Info().SubgroupSize)
	}
	return c.submit(context.Background(), r)
}

// putBlock keeps a block's keys or values.
func (c *Cache) putBlock(p *paging, id int, rows []byte) error {
	if p.last == id {
		p.last = -1
	}
	if !c.packs() {
		return p.cold.put(id, rows)
	}
	c.packedForm().Pack(p.record, rows)
	return p.cold.put(id, p.record)
}

// getBlock reads them.
func (c *Cache) getBlock(id int, rows []byte) error {
	p := c.paging
	if !c.packs() {
		return p.cold.get(id, rows)
	}
	if err := p.cold.get(id, p.record); err != nil {
		return err
	}
	c.packedForm().Unpack(rows, p.record)
	return nil
}
