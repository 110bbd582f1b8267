package model

import (
	"fovea/model/gguf"
	"fovea/shaders"
)

// WeightBytes is the memory that the weights of f, which ReadConfig accepted,
// need on a device with subgroups of so many lanes: tensors as Load packs them,
// which for some formats is half as much again as in the file.
func (c *Config) WeightBytes(f *gguf.File, lanes int) int64 {
	return c.plan(f, lanes, new(weights)).bytes(lanes)
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
