package model

import (
	"fmt"
	"slices"

	"fovea/model/gguf"
)

// checkTensors reports the first tensor that the architecture needs and the
// file lacks or has in another shape, or that would change what the model
// computes and is not supported.
func (c *Config) checkTensors(f *gguf.File) error {
	dim, ffn, width, kv := int64(c.Dim), int64(c.FFN), int64(c.Heads*c.HeadDim), int64(c.KVHeads*c.HeadDim)
	for _, t := range []wanted{
		{"token_embd.weight", []int64{dim, int64(c.Vocab)}, false},
		{"output_norm.weight", []int64{dim}, false},
		{"output.weight", []int64{dim, int64(c.Vocab)}, true},
		{"rope_freqs.weight", []int64{int64(c.RopeDim / 2)}, true},
	} {
		if err := t.check(f, t.name); err != nil {
			return err
		}
	}
	layer := []wanted{
		{"attn_norm", []int64{dim}, false},
		{"ffn_norm", []int64{dim}, false},
		{"attn_q", []int64{dim, width}, false},
		{"attn_k", []int64{dim, kv}, false},
		{"attn_v", []int64{dim, kv}, false},
		{"attn_output", []int64{width, dim}, false},
		{"ffn_gate", []int64{dim, ffn}, false},
		{"ffn_up", []int64{dim, ffn}, false},
		{"ffn_down", []int64{ffn, dim}, false},
	}
	for i := range c.Layers {
		for _, t := range layer {
			name := fmt.Sprintf("blk.%d.%s", i, t.name)
			if err := t.check(f, name+".weight"); err != nil {
				return err
			}
			if _, ok := f.Tensor(name + ".bias"); ok {
				return fmt.Errorf("model: tensor %q: biases are not supported", name+".bias")
			}
		}
	}
	return nil
}

// wanted is a tensor of an architecture.
type wanted struct {
	name     string
	shape    []int64 // as GGUF has it: of a matrix (rows, cols), cols first
	optional bool
}

func (w *wanted) check(f *gguf.File, name string) error {
	t, ok := f.Tensor(name)
	switch {
	case !ok && w.optional:
		return nil
	case !ok:
		return fmt.Errorf("model: tensor %q is missing from the file", name)
	case !slices.Equal(t.Shape, w.shape):
		return fmt.Errorf("model: tensor %q has shape %v, this architecture needs %v", name, t.Shape, w.shape)
	}
	return nil
}
