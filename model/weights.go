package model

import (
	"fovea/gpu"
	"fovea/shaders"
)

// weights are the tensors of a model on a device.
type weights struct {
	embedding  []matrix // (vocabulary, dim) in parts
	layers     []layer
	outputNorm gpu.View
	output     []matrix // (vocabulary, dim) in parts; embedding's where tied
	buffers    []gpu.Buffer
}

// matrix is a part of a matrix: its rows from first on.
type matrix struct {
	shaders.Weights
	first int
}

type layer struct {
	attnNorm, ffnNorm gpu.View
	// Matrices in parts: of at most gpu.SafeBuffer bytes, and qkv by formats.
	qkv    []matrix // (width + 2*KV heads) heads, padded
	out    []matrix // (dim, features)
	gateUp []matrix // packed by shaders.GatePairs; first counts rows of the product
	down   []matrix // (dim, ffn)
}
