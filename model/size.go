package model

import (
	"fmt"

	"fovea/gpu/quant"
	"fovea/model/gguf"
	"fovea/shaders"
)

// WeightBytes is the memory that the weights of f, which ReadConfig accepted,
// need on a device with subgroups of so many lanes: tensors as Load packs them,
// which for some formats is half as much again as in the file.
func (c *Config) WeightBytes(f *gguf.File, lanes int) int64 {
	w := packer{f, c, lanes}
	n := w.matrix("token_embd.weight") + w.vector("output_norm.weight")
	if _, ok := f.Tensor("output.weight"); ok {
		n += w.matrix("output.weight")
	}
	for i := range c.Layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		n += w.vector(name("attn_norm")) + w.vector(name("ffn_norm"))
		n += w.projections(name) + w.output(name("attn_output"))
		n += w.gates(name("ffn_gate"), name("ffn_up")) + w.matrix(name("ffn_down"))
	}
	return n
}

// packer adds up what tensors take.
type packer struct {
	file   *gguf.File
	config *Config
	lanes  int
}

func (w packer) packed(name string) (p quant.Packed, rows, cols int) {
	t, _ := w.file.Tensor(name) // ReadConfig has seen it
	return quant.PackedFor(t.Type), int(t.Shape[1]), int(t.Shape[0])
}

func (w packer) matrix(name string) int64 {
	p, rows, cols := w.packed(name)
	return quant.PackedBytes(p, rows, cols, w.lanes)
}

// vector is whole blocks of 32 floats.
func (w packer) vector(name string) int64 {
	t, _ := w.file.Tensor(name)
	return (t.Shape[0] + 31) / 32 * 32 * 4
}

// head is a head's dimension on the device.
func (w packer) head() int { return 8 * shaders.PadHead(w.config.HeadDim) }

// projections of queries, keys and values are one matrix where they have one
// format.
func (w packer) projections(name func(string) string) int64 {
	q, _, cols := w.packed(name("attn_q"))
	k, _, _ := w.packed(name("attn_k"))
	v, _, _ := w.packed(name("attn_v"))
	heads, kv := w.config.Heads*w.head(), w.config.KVHeads*w.head()
	if q == k && k == v {
		return quant.PackedBytes(q, heads+2*kv, cols, w.lanes)
	}
	return quant.PackedBytes(q, heads, cols, w.lanes) + quant.PackedBytes(k, kv, cols, w.lanes) + quant.PackedBytes(v, kv, cols, w.lanes)
}

// output becomes floats where heads are padded, since its columns are too.
func (w packer) output(name string) int64 {
	p, rows, cols := w.packed(name)
	if w.head() != w.config.HeadDim {
		p, cols = quant.PF32, w.config.Heads*w.head()
	}
	return quant.PackedBytes(p, rows, cols, w.lanes)
}

// gates are one matrix, of floats where the two have different formats.
func (w packer) gates(gate, up string) int64 {
	p, rows, cols := w.packed(gate)
	if other, _, _ := w.packed(up); other != p {
		p = quant.PF32
	}
	return quant.PackedBytes(p, shaders.GateRows(rows, w.lanes), cols, w.lanes)
}

// KVBytes is the memory that a text of so many tokens needs on a device, in all
// layers and by default settings: keys and values as halves, and what stands
// for each block of them.
func (c *Config) KVBytes(tokens int) int64 {
	const (
		block    = 32    // tokens
		perBlock = 2 * 4 // bytes: its inverse norm and its score
	)
	h := c.heads(shaders.KV16)
	blocks := (tokens + block - 1) / block
	return int64(c.Layers) * (2*int64(tokens)*h.RowBytes() + shaders.ReprBytes(h, blocks) + int64(blocks)*perBlock)
}
