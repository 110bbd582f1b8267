package kvcache

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// Whatever memory grows with the text is in the rows of a snapshot, except the
// scores and the list of candidates, which steps find anew, and what LoadState
// makes of the representatives.
func TestRowsHaveAll(t *testing.T) {
	for _, method := range actqkv.Methods() {
		s, err := actqkv.New(actqkv.Method(method), "fovea")
		if err != nil {
			t.Fatal(err)
		}
		s.BlockSize, s.Init, s.Local, s.Window = 4, 4, 8, 8
		shape := Shape{Layers: 2, Heads: shaders.Heads{Group: 2, KV: 2, Octets: 2, KVType: shaders.KV16}, HeadDim: 16, Pairs: 8}
		c, err := newCache(gputest.Reference(t), shape, s, Tiers{}, 300, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		in := map[gpu.Buffer]bool{}
		for _, r := range c.rows(Extent{}, Extent{Pos: 300, Groups: 2}) {
			if r.buffer == nil {
				in[*c.half(r.layer, r.half)] = true
			} else {
				in[r.buffer] = true
			}
		}
		for i := range c.layers {
			l := &c.layers[i]
			anew := []gpu.Buffer{l.scores, l.beyond, l.supers, l.compact, l.units, l.centre, l.list}
			for _, b := range c.store(l, 300, 300) {
				if !in[*b.to] && !slices.Contains(anew, *b.to) {
					t.Errorf("%s: a buffer of %d bytes that grows with the text is not in the rows", method, b.bytes)
				}
			}
		}
	}
}

// A cache that is loaded has the compact representatives of the one that was
// saved.
func TestCompactRestored(t *testing.T) {
	var readers [2]*reader
	for i := range readers {
		r := newReader(t, gputest.Reference(t), func(s *actqkv.Settings) { s.Candidates = 32 }, 2, 200)
		r.cache.twoLevel = 64
		if err := r.cache.Grow(1000); err != nil {
			t.Fatal(err)
		}
		readers[i] = r
	}
	from, to := readers[0], readers[1]
	for from.cache.Places.Blocks < 70 {
		from.read(9)
	}
	var pieces [][]byte
	put := func(b []byte) error {
		pieces = append(pieces, slices.Clone(b))
		return nil
	}
	get := func(b []byte) error {
		copy(b, pieces[0])
		pieces = pieces[1:]
		return nil
	}
	end := from.cache.Extent()
	if err := errors.Join(from.cache.SaveRows(Extent{}, end, put), from.cache.SaveState(put)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(to.cache.LoadRows(Extent{}, end, get), to.cache.LoadState(from.cache.Places, [2]int{}, get)); err != nil {
		t.Fatal(err)
	}
	for i := range from.cache.layers {
		full := int64(end.Groups) * shaders.Together
		have, want := &to.cache.layers[i], &from.cache.layers[i]
		n := shaders.CompactBytes(from.cache.Shape.Heads, int(full))
		if !bytes.Equal(to.bytes(have.compact)[:n], from.bytes(want.compact)[:n]) || !bytes.Equal(to.bytes(have.units)[:4*full], from.bytes(want.units)[:4*full]) {
			t.Errorf("layer %d has other compact representatives", i)
		}
	}
	to.checkCompact()
}
