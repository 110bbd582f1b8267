package kvcache

import (
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/shaders"
)

// placeRow is the number of floats of a token's projections in place: (width +
// 2*KV heads, octets*8) and padding.
func placeRow(h shaders.Heads) int { return ((h.Width()+2*h.KV)*h.Octets*8 + 31) / 32 * 32 }

// place records that projections of a layer are placed that were not computed,
// qkv (window, placeRow): as products of an identity matrix.
func place(t testing.TB, dev gpu.Device, r *gpu.Recording, c *Cache, index int, qkv gpu.Buffer, window int) {
	t.Helper()
	h, lanes := c.Shape.Heads, dev.Info().SubgroupSize
	n := (h.Width() + 2*h.KV) * h.Octets * 8
	data := make([]byte, quant.PackedBytes(quant.PF32, n, n, lanes))
	quant.Pack(quant.PF32, n, n, lanes, func(i int) (quant.Type, []byte) {
		row := make([]float32, n)
		row[i] = 1
		return quant.F32, bytesOf(row)
	}, data)
	w, err := dev.Alloc(gpu.Align(int64(len(data))), gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Free)
	if err := dev.Write(w, 0, data); err != nil {
		t.Fatal(err)
	}
	shaders.Matmul{
		W: shaders.Weights{View: gpu.Whole(w), Format: quant.PF32, Rows: n, Cols: n}, X: gpu.Whole(qkv), XStride: placeRow(h),
		Place: c.Place(index, window), Tokens: window, Params: c.Params(),
	}.Record(r, lanes)
}
