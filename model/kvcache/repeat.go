package kvcache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// RepeatUnit is what the tokens that Repeat adds are a multiple of.
func (c *Cache) RepeatUnit() int { return shaders.Together * c.Settings.BlockSize }

// Repeat makes the text longer by n tokens without reading them, for
// measurements at depths that would take hours to read: behind the blocks that
// the session has, the same blocks come again and again, and what is not yet in
// a block moves behind them. Ring, accumulated weights, statistics and
// histories are as after a text of that length. Repeated blocks get another
// norm by up to 5 %, or scores would be the same as no text's are. There must be
// room (Grow); angles is as for Begin.
func (c *Cache) Repeat(ctx context.Context, n int, angles func(pos int, row []byte)) error {
	p, s, unit := c.Places, c.Settings, c.RepeatUnit()
	switch {
	case s.Method == actqkv.Full || !c.recalls:
		return fmt.Errorf("kvcache: method %s has no blocks to repeat; use %s or %s", s.Method, actqkv.ActQKV, actqkv.InfLLM)
	case n < 1 || n%unit != 0:
		return fmt.Errorf("kvcache: %d tokens cannot be repeated, only multiples of %d", n, unit)
	case p.Blocks < shaders.Together || p.Pos < c.ring:
		return fmt.Errorf("kvcache: %d tokens in %d blocks are too few to be repeated; read at least %d blocks before", p.Pos, p.Blocks, shaders.Together)
	case c.lent.count() > 0:
		return errors.New("kvcache: a text that a snapshot has cannot be repeated; read it")
	case p.Pos+n > c.capacity:
		return fmt.Errorf("kvcache: %d tokens do not fit, there is room for %d", p.Pos+n, c.capacity)
	}
	to := p
	to.Pos, to.RemFirst = p.Pos+n, p.RemFirst+n
	to.Blocks, to.Windows = p.Blocks+n/s.BlockSize, p.Windows+n/s.Window
	row := c.Shape.Heads.RowBytes()
	for i := range c.layers {
		l := &c.layers[i]
		local := make([]byte, int64(c.ring)*row)
		if err := c.readRows(i, keys, int64(p.Pos-c.ring)*row, local); err != nil {
			return err
		}
		r := gpu.NewRecording("repeat")
		c.recordRepeat(r, l, n)
		if err := c.submit(ctx, r); err != nil {
			return err
		}
		if err := c.repeatNorms(l, to.Blocks); err != nil {
			return err
		}
		if err := c.moveLocal(i, n, local, angles); err != nil {
			return err
		}
	}
	if c.Paged() {
		if err := c.repeatKept(n); err != nil {
			return err
		}
	}
	if err := c.fillHistories(n / s.Window); err != nil {
		return err
	}
	c.forgetBatch()
	c.Places, c.listed = to, false
	return c.compactAll()
}

// recordRepeat copies what lies by position: the tail of n tokens behind the
// blocks to its new place, then whole groups of blocks to behind what there is,
// twice as many each time.
func (c *Cache) recordRepeat(r *gpu.Recording, l *layer, n int) {
	row, group := c.Shape.Heads.RowBytes(), shaders.ReprBytes(c.Shape.Heads, shaders.Together)
	p, unit := c.Places, c.RepeatUnit()
	groups := p.Blocks / shaders.Together // full ones; the blocks behind them are part of the tail
	first := c.Settings.Init + groups*unit
	for _, b := range []struct {
		buffer    gpu.Buffer
		tail, end int64 // bytes: the tail lies in [tail, end)
		size      int64 // of a group
		paged     bool  // repeatKept does it
	}{
		{l.k, int64(c.ring+first) * row, int64(c.ring+p.Pos) * row, int64(unit) * row, c.Paged()},
		{l.v, int64(first) * row, int64(p.Pos) * row, int64(unit) * row, c.Paged()},
		{l.repr, int64(groups) * group, shaders.ReprBytes(c.Shape.Heads, p.Blocks), group, false},
	} {
		if b.paged {
			continue
		}
		part := func(at, size int64) gpu.View { return gpu.View{Buffer: b.buffer, Offset: at, Size: size} }
		add := int64(n/unit) * b.size
		for end := b.end; end > b.tail; { // from its end, by pieces that do not overlap where they go
			size := min(add, end-b.tail)
			end -= size
			r.Copy(part(end+add, size), part(end, size))
		}
		have := int64(groups) * b.size
		for done := int64(0); done < add; {
			size := min(have+done, add-done)
			r.Copy(part(b.tail+done, size), part(b.tail-have, size))
			done += size
		}
	}
}

// repeatNorms gives the blocks up to the given one the norms of those before.
func (c *Cache) repeatNorms(l *layer, blocks int) error {
	have := c.Places.Blocks
	b := make([]byte, 4*blocks)
	if err := c.dev.Read(l.norms, 0, b[:4*have]); err != nil {
		return err
	}
	whole, added := have/shaders.Together*shaders.Together, blocks-have
	for i := blocks - 1; i >= whole; i-- {
		if i >= whole+added { // of the tail
			binary.LittleEndian.PutUint32(b[4*i:], word(b, i-added))
		}
	}
	seed := uint32(1)
	for i := whole; i < whole+added; i++ {
		seed = seed*1664525 + 1013904223
		scale := 1 - float32(seed>>8)/(1<<24)/20
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(float(b, i%whole)*scale))
	}
	return c.dev.Write(l.norms, 0, b)
}

// repeatKept does with keys and values what recordRepeat does, where blocks lie
// off the device.
func (c *Cache) repeatKept(n int) error {
	p, row := c.Places, c.Shape.Heads.RowBytes()
	first := int64(p.RemFirst) * row
	rest := make([]byte, int64(p.Pos-p.RemFirst)*row)
	for i := range c.layers {
		for h := range numHalves {
			if err := c.readTail(i, h, first, rest); err != nil {
				return err
			}
			if err := c.paging.writeTail(c, i, h, first+int64(n)*row, rest); err != nil {
				return err
			}
		}
	}
	have, added := p.Blocks/shaders.Together*shaders.Together, n/c.Settings.BlockSize
	cold, b := c.paging.cold, make([]byte, c.recordBytes())
	c.paging.last = -1
	repeat := func(to, from int) error {
		for i := range c.layers {
			for h := range numHalves {
				if err := cold.get(c.record(i, from, h), b); err != nil {
					return err
				}
				if err := cold.put(c.record(i, to, h), b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for block := p.Blocks - 1; block >= have; block-- { // of the tail
		if err := repeat(block+added, block); err != nil {
			return err
		}
	}
	for i := range added {
		if err := repeat(have+i, i%have); err != nil {
			return err
		}
	}
	for _, used := range c.paging.layers {
		used.forget(have)
	}
	return nil
}

// moveLocal takes the ring n tokens on: rotated keys, from the un-rotated ones of
// its tokens, and accumulated weights.
func (c *Cache) moveLocal(index, n int, raw []byte, angles func(pos int, row []byte)) error {
	pos := c.Places.Pos
	acc, err := c.readView(c.accOf(index))
	if err != nil {
		return err
	}
	if err := c.dev.Write(c.layers[index].k, 0, c.rotated(raw, pos-c.ring+n, angles)); err != nil {
		return err
	}
	return c.dev.Write(c.acc, c.accOf(index).Offset, c.weightsOn(acc, pos-c.ring, pos, n))
}

// rotated is a ring with the keys of positions from first on, rotated by these,
// of un-rotated ones.
func (c *Cache) rotated(raw []byte, first int, angles func(pos int, row []byte)) []byte {
	h := c.Shape.Heads
	width := h.KV * h.Octets * 8
	keys, turned := h.KVType.Floats(raw), make([]float32, c.ring*width)
	row := make([]byte, 4*shaders.RopeRow(c.Shape.Pairs))
	for i := range len(keys) / width {
		angles(first+i, row)
		from, to := keys[i*width:][:width], turned[(first+i)%c.ring*width:][:width]
		copy(to, from)
		for head := 0; head < width; head += 8 * h.Octets {
			for j := range c.Shape.Pairs {
				cos, sin, x, y := float(row, 2*j), float(row, 2*j+1), from[head+2*j], from[head+2*j+1]
				to[head+2*j], to[head+2*j+1] = x*cos-y*sin, x*sin+y*cos
			}
		}
	}
	return h.KVType.Bytes(turned)
}

// weightsOn is the accumulated weights of the tokens from first to end, of acc,
// where these are n positions further on: (width, ring).
func (c *Cache) weightsOn(acc []byte, first, end, n int) []byte {
	moved := make([]byte, len(acc))
	for p := first; p < end; p++ {
		for head := range c.Shape.Heads.Width() {
			copy(moved[4*(head*c.ring+(p+n)%c.ring):][:4], acc[4*(head*c.ring+p%c.ring):])
		}
	}
	return moved
}

// fillHistories adds samples to the entropy histories, the ones that they have
// again and again, as so many windows would.
func (c *Cache) fillHistories(windows int) error {
	b, err := c.read(c.state, true)
	if err != nil {
		return err
	}
	put := func(i int, v float32) { binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(v)) }
	layers, history := c.Shape.Layers, c.Settings.History
	for i := range layers {
		count, samples := int(float(b, 1+layers+i)), 1+2*layers+i*history
		held := min(count, history)
		if held == 0 { // methods without a cut-off keep none
			continue
		}
		sum := float32(0)
		for j := range history {
			if j >= held && j < count+windows {
				put(samples+j, float(b, samples+j%held))
			}
			sum += float(b, samples+j)
		}
		put(1+layers+i, float32(count+windows))
		put(1+i, sum/float32(min(history, count+windows)))
	}
	return c.dev.Write(c.state, 0, b)
}
