package shaders

import (
	"fovea/gpu"
	"fovea/gpu/quant"
)

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
	r.Dispatch(kernel(name, embedTwin(e.W.Format)), [3]uint32{groups(e.W.blocks(), lanes), uint32(e.Tokens), 1}, nil,
		[]uint32{uint32(e.W.blocks()), uint32(e.W.Cols), uint32(e.Stride), uint32(e.First), uint32(e.W.Rows)},
		e.W.View, e.Params, e.X)
}

// embedTwin is the twin of embed.comp: x[t] = W[token t - first].
func embedTwin(format quant.Packed) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		cols, stride, first, rows := int(c.Push[1]), int(c.Push[2]), int(c.Push[3]), int(c.Push[4])
		s, x := step(c.Bufs[1]), f32s(c.Bufs[2])
		for t, id := range s.Tokens[:s.Queries] {
			if row := int(id) - first; row >= 0 && row < rows {
				quant.UnpackRow(format, c.Bufs[0], cols, c.Lanes, row, x[t*stride:][:cols])
			}
		}
	}
}
