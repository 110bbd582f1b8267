package model

import (
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
)

// Every row of a matrix is in one chunk, in order, and no part is larger than a
// buffer may be.
func TestDivide(t *testing.T) {
	const lanes, tile = 8, 32
	all := []packing{
		{format: quant.PQ4, rows: 1, cols: 32},
		{format: quant.PQ4, rows: 1000, cols: 576},
		{format: quant.PF32, rows: 150_001, cols: 4096}, // 2.3 GiB
		{format: quant.PF32, rows: 100, cols: 1 << 16},  // a tile is larger than a chunk
	}
	parts, chunks := divide(all, lanes)
	next := map[*part]int{}
	for _, c := range chunks {
		n := quant.PackedBytes(c.format, c.rows, c.cols, lanes)
		if c.at != next[c.part] || c.at%tile != 0 || c.rows < 1 || n > chunkBytes && c.rows > tile {
			t.Fatalf("chunk of %d rows and %d bytes at %d, want it at %d", c.rows, n, c.at, next[c.part])
		}
		next[c.part] += c.rows
		c.chunks--
	}
	rows := map[*packing]int{}
	for _, p := range parts {
		n := quant.PackedBytes(p.format, p.rows, p.cols, lanes)
		if p.from != rows[p.packing] || p.rows != next[p] || n > gpu.SafeBuffer {
			t.Errorf("part of %d rows and %d bytes at %d, chunks of %d", p.rows, n, p.from, next[p])
		}
		rows[p.packing] += p.rows
	}
	for i := range all {
		if p := &all[i]; rows[p] != p.rows || p.chunks != 0 {
			t.Errorf("%d of %d rows, %d chunks are left", rows[p], p.rows, p.chunks)
		}
	}
	if len(parts) != 1+1+10+1 {
		t.Errorf("%d parts", len(parts))
	}
}
