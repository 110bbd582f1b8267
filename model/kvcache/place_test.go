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

// identity is a matrix whose products are what it is multiplied with: projections
// in place.
func identity(t testing.TB, dev gpu.Device, h shaders.Heads) shaders.Weights {
	t.Helper()
	lanes := dev.Info().SubgroupSize
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
	return shaders.Weights{View: gpu.Whole(w), Format: quant.PF32, Rows: n, Cols: n}
}

// place records that projections of a layer are placed that were not computed,
// qkv (window, placeRow), as products of an identity.
func place(r *gpu.Recording, lanes int, c *Cache, w shaders.Weights, index int, qkv gpu.Buffer, window int) {
	shaders.Matmul{
		W: w, X: gpu.Whole(qkv), XStride: placeRow(c.Shape.Heads),
		Place: c.Place(index, window), Tokens: window, Params: c.Params(),
	}.Record(r, lanes)
}
