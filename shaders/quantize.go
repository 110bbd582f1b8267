package shaders

import (
	"encoding/binary"
	"math"

	"fovea/gpu"
)

// Quants are the inputs of a [MatmulInt], in blocks of 32 columns.
type Quants struct {
	X     gpu.View // (tokens, blocks, 5) texels: see quantize.comp
	Scale gpu.View // (tokens) floats, by which products are to be multiplied
}

// quantBlock is the size of a token's block in bytes.
const quantBlock = 80

// QuantsBytes is the size of the two views for inputs of n columns.
func QuantsBytes(tokens, n int) (x, scale int64) {
	return int64(tokens*groupsOf(n, 32)) * quantBlock, int64(tokens) * 4
}

// quantLargest is what magnitudes of a block add up to, but for rounding (LARGEST).
const quantLargest = 4078

// Quantize adds their conversion for [MatmulInt] to r.
func (in Inputs) Quantize(r *gpu.Recording, to Quants, lanes int) {
	x, scale := QuantsBytes(in.Tokens, in.Cols)
	need("quantize", "quants", to.X, x)
	need("quantize", "scale", to.Scale, scale)
	in.convert(r, kernel("quantize", quantizeTwin), groupsOf(in.Tokens, lanes), 1, to.X, to.Scale)
}

// quantizeTwin is the twin of quantize.comp: with v = x * gain, or x without, and
// d = sum|v| / quantLargest over a block, integers are round(v/d);
// scale = 1 / sqrt(mean(x^2) + eps), or 1.
func quantizeTwin(c *gpu.Call) {
	blocks, stride, eps, cols := int(c.Push[0]), 4*int(c.Push[1]), float(c.Push[2]), float(c.Push[3])
	x, gain, scale := f32s(c.Bufs[0]), f32s(c.Bufs[1]), f32s(c.Bufs[4])
	parallel(int(step(c.Bufs[2]).Queries), func(t int) {
		squares := 0.0
		for b := range blocks {
			var v [32]float32
			copy(v[:], x[t*stride+32*b:])
			for i := range v {
				squares += float64(v[i]) * float64(v[i])
				if c.Spec[0] == 1 {
					v[i] *= gain[32*b+i]
				}
			}
			quantizeBlock(&v, c.Bufs[3][(t*blocks+b)*quantBlock:][:quantBlock])
		}
		scale[t] = 1
		if c.Spec[0] == 1 {
			scale[t] = float32(1 / math.Sqrt(squares/cols+eps))
		}
	})
}

// quantizeBlock writes v as quantize.comp does.
func quantizeBlock(v *[32]float32, to []byte) {
	size := 0.0
	for _, x := range v {
		size += math.Abs(float64(x))
	}
	d, inverse := float32(size/quantLargest), float32(0)
	if size > 0 {
		inverse = float32(quantLargest / size)
	}
	le, below, sum := binary.LittleEndian, int32(0), int32(0)
	for i := range 16 {
		column := i/4*8 + i%4
		high, low := int32(math.RoundToEven(float64(v[column]*inverse))), int32(math.RoundToEven(float64(v[column+4]*inverse)))
		below += low
		sum += high + low
		le.PutUint32(to[4*i:], uint32(high<<16+low))
	}
	le.PutUint32(to[64:], math.Float32bits(d))
	le.PutUint32(to[68:], math.Float32bits(d*float32(sum)))
	le.PutUint32(to[72:], uint32(0x8000-8*below-8*sum<<16))
	le.PutUint32(to[76:], 0)
}

// dequantizeBlock reads the scale and the integers of a block.
func dequantizeBlock(from []byte) (d float32, q [32]int32) {
	le := binary.LittleEndian
	for i := range 16 {
		column, word := i/4*8+i%4, int32(le.Uint32(from[4*i:]))
		low := int32(int16(word))
		q[column], q[column+4] = (word-low)>>16, low
	}
	return math.Float32frombits(le.Uint32(from[64:])), q
}
