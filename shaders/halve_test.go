package shaders

import (
	"fmt"
	"math"
	"testing"
)

// halved returns room for the inputs of a matmul by cooperative matrices.
func (r *rig) halved(tokens, cols int) Halves {
	r.Helper()
	x, scale := HalvesBytes(tokens, cols)
	return Halves{X: r.alloc(x), Scale: r.alloc(scale)}
}

// TestHalve compares the kernel with its twin and both with the inputs by
// definition, some of which are far beyond the largest half.
func TestHalve(t *testing.T) {
	for _, cols := range []int{1, 40, 96, 1000} {
		for _, norm := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d_norm=%v", cols, norm), func(t *testing.T) {
				const tokens, queries, eps, tol = 5, 4, 1e-2, 1.0 / 1024
				onDevices(t, tol, func(r *rig) [][]float32 {
					padding := (cols + 31) / 32 * 32
					x, gain := r.normal(tokens*cols), r.normal(cols)
					for i := range cols { // a token of zeros, and one that is large
						x[cols+i], x[2*cols+i] = 0, 1e6*x[2*cols+i]
					}
					to, h := r.halved(tokens, cols), Inputs{
						X: r.floats(padded(tokens, cols, padding+32, x)), XStride: padding + 32, Cols: cols, Eps: eps,
						Tokens: tokens, Params: r.step(Step{Queries: queries}, tokens),
					}
					if norm {
						h.Gain = r.floats(padded(1, cols, padding, gain))
					}
					h.Halve(r.rec, to)
					r.run()

					got, scale := r.numbers(to.X, KV16, tokens*padding), r.read(to.Scale, tokens)
					want, most := make([]float32, len(got)), math.Sqrt(float64(cols))
					for token := range queries {
						squares := 0.0
						for i, v := range x[token*cols:][:cols] {
							squares += float64(v) * float64(v)
							if a := math.Abs(float64(got[token*padding+i])); a > most*(1+tol) {
								t.Errorf("token %d: a half of %v", token, a)
							}
							want[token*padding+i] = v
							if norm {
								want[token*padding+i] *= gain[i]
							}
						}
						scaled := got[token*padding:][:padding]
						for i := range scaled {
							scaled[i] *= scale[token]
							if norm {
								want[token*padding+i] /= float32(math.Sqrt(squares/float64(cols) + eps))
							}
						}
						agree(t, token, scaled, want[token*padding:][:padding], tol)
					}
					agree(t, queries, got[queries*padding:], want[queries*padding:], 0) // no tokens of the step
					return [][]float32{got, scale}
				})
			})
		}
	}
}
