package shaders

import "fovea/gpu"

// Embed writes the embedding rows of the step's tokens.
type Embed struct {
	W      Weights  // (ids, cols): a part of the vocabulary
	First  int      // the part's first id
	X      gpu.View // (tokens, Stride) floats
	Stride int
	Tokens int // the most tokens a step has
	Params gpu.View
}

// Record adds the look-up to r.
func (e Embed) Record(r *gpu.Recording, lanes int) {
	name := "embed_" + e.W.Format.String()
	need(name, "x", e.X, int64(e.Tokens*e.Stride)*4)
	r.Dispatch(kernel(name, embedTwin), [3]uint32{groups(e.W.blocks(), lanes), uint32(e.Tokens), 1}, nil,
		[]uint32{uint32(e.W.blocks()), uint32(e.W.Cols), uint32(e.Stride), uint32(e.First), uint32(e.W.Rows)},
		e.W.View, e.Params, e.X)
}
