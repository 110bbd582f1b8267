package shaders

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// quantized returns room for the inputs of a matmul in integers.
func (r *rig) quantized(tokens, cols int) Quants {
	r.Helper()
	x, scale := QuantsBytes(tokens, cols)
	return Quants{X: r.alloc(x), Scale: r.alloc(scale)}
}

// TestQuantize compares the kernel with its twin and both with the definition: no
// number is further off than half a step of its block.
func TestQuantize(t *testing.T) {
	for _, cols := range []int{1, 40, 96, 1000} {
		for _, norm := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d_norm=%v", cols, norm), func(t *testing.T) {
				const tol = 1e-6
				onDevices(t, tol, func(r *rig) [][]float32 { return quantizedAs(r, cols, norm, tol) })
			})
		}
	}
}

// quantizedAs quantizes random tokens, some of zeros and some that are large, and
// returns the scales.
func quantizedAs(r *rig, cols int, norm bool, tol float64) [][]float32 {
	const tokens, queries, eps = 5, 4, 1e-2
	padding := (cols + 31) / 32 * 32
	x, gain := r.normal(tokens*cols), r.normal(cols)
	for i := range cols {
		x[cols+i], x[2*cols+i] = 0, 1e6*x[2*cols+i]
	}
	to, in := r.quantized(tokens, cols), Inputs{
		X: r.floats(padded(tokens, cols, padding+32, x)), XStride: padding + 32, Cols: cols, Eps: eps,
		Tokens: tokens, Params: r.step(Step{Queries: queries}, tokens),
	}
	if norm {
		in.Gain = r.floats(padded(1, cols, padding, gain))
	}
	in.Quantize(r.rec, to, r.lanes)
	r.run()

	raw := make([]byte, tokens*padding/32*quantBlock)
	if err := r.dev.Read(to.X.Buffer, to.X.Offset, raw); err != nil {
		r.Fatal(err)
	}
	scale, wants := r.read(to.Scale, tokens), make([]float32, tokens)
	var ds []float32
	for token := range queries {
		want, squares := make([]float64, padding), 0.0
		for i, v := range x[token*cols:][:cols] {
			squares += float64(v) * float64(v)
			want[i] = float64(v)
			if norm {
				want[i] *= float64(gain[i])
			}
		}
		wants[token] = 1
		if norm {
			wants[token] = float32(1 / math.Sqrt(squares/float64(cols)+eps))
		}
		for b := range padding / 32 {
			block := raw[(token*padding/32+b)*quantBlock:]
			d, q := dequantizeBlock(block)
			sum, magnitudes, size := int32(0), int32(0), 0.0
			for i, v := range want[32*b:][:32] {
				sum += q[i]
				magnitudes += max(q[i], -q[i])
				size += math.Abs(v)
				if e := math.Abs(float64(q[i])*float64(d) - v); e > float64(d)*(0.5+2*quantLargest*tol) {
					r.Errorf("token %d, column %d: %d * %v for %v", token, 32*b+i, q[i], d, v)
				}
			}
			total := float64(math.Float32frombits(binary.LittleEndian.Uint32(block[68:])))
			if math.Abs(float64(d)*quantLargest-size) > tol*size || magnitudes > 4095 || math.Abs(total-float64(d)*float64(sum)) > tol*size {
				r.Errorf("token %d, block %d: scale %v for magnitudes of %v, integers of %d; sum %v, want that of %d", token, b, d, size, magnitudes, total, sum)
			}
			ds = append(ds, d)
		}
	}
	agree(r, 0, scale, wants, tol)
	for i, v := range raw[queries*padding/32*quantBlock:] { // no token of the step
		if v != 0 {
			r.Fatalf("byte %d of a token that is none is %d", i, v)
		}
	}
	return [][]float32{scale, ds}
}
