package shaders

import (
	"math"

	"fovea/gpu"
)

// Halves are the inputs of a [MatmulCoop]: those of a token divided by the root
// of their mean square, so that none is too large for a half.
type Halves struct {
	X     gpu.View // (tokens, columns, padded to 32) halves
	Scale gpu.View // (tokens) floats, by which products are to be multiplied
}

// HalvesBytes is the size of the two views for inputs of n columns.
func HalvesBytes(tokens, n int) (x, scale int64) {
	return int64(tokens*groupsOf(n, 32)*32) * 2, int64(tokens) * 4
}

// Inputs are those of a product for a step's tokens.
type Inputs struct {
	X       gpu.View // (tokens, XStride) floats
	XStride int      // floats, a multiple of 32
	Cols    int      // of a row that count; zeros follow up to a multiple of 32
	Gain    gpu.View // (Cols, padded to 32) floats: x is RMS-normalised and multiplied by it; unset: not
	Eps     float32  // of RMSNorm
	Tokens  int      // the most tokens a step has
	Params  gpu.View
}

// Halve adds their conversion for [MatmulCoop] to r.
func (in Inputs) Halve(r *gpu.Recording, to Halves) {
	x, scale := HalvesBytes(in.Tokens, in.Cols)
	need("halve", "halves", to.X, x)
	need("halve", "scale", to.Scale, scale)
	in.convert(r, kernel("halve", halveTwin), in.Tokens, 4, to.X, to.Scale)
}

// convert adds a conversion by so many workgroups to r, whose push constants begin
// with the number of parts of a row: so many in each block of 32 columns.
func (in Inputs) convert(r *gpu.Recording, k *gpu.Kernel, workgroups, parts int, to, scale gpu.View) {
	blocks := groupsOf(in.Cols, 32)
	need(k.Name, "x", in.X, int64((in.Tokens-1)*in.XStride+32*blocks)*4)
	norm, gain := in.gain(k.Name)
	r.Dispatch(k, [3]uint32{uint32(workgroups), 1, 1}, []uint32{norm},
		[]uint32{uint32(blocks * parts), uint32(in.XStride / 4), bits(in.Eps), bits(float32(in.Cols))}, in.X, gain, in.Params, to, scale)
}

// gain is constant NORM of a kernel, and what it binds as the gain.
func (in Inputs) gain(name string) (norm uint32, gain gpu.View) {
	if in.Gain.Buffer == nil {
		return 0, in.X
	}
	need(name, "gain", in.Gain, int64(32*groupsOf(in.Cols, 32))*4)
	return 1, in.Gain
}

// halveTwin is the twin of halve.comp: with v = x * gain, or x without,
// halves = v / rms(v) and scale = rms(v) / sqrt(mean(x^2) + eps), or rms(v).
func halveTwin(c *gpu.Call) {
	octets, stride, eps, cols := int(c.Push[0]), 4*int(c.Push[1]), float(c.Push[2]), float(c.Push[3])
	x, gain, scale := f32s(c.Bufs[0]), f32s(c.Bufs[1]), f32s(c.Bufs[4])
	parallel(int(step(c.Bufs[2]).Queries), func(t int) {
		v, squares, after := make([]float64, 8*octets), 0.0, 0.0
		for i := range v {
			v[i] = float64(x[t*stride+i])
			squares += v[i] * v[i]
			if c.Spec[0] == 1 {
				v[i] *= float64(gain[i])
			}
			after += v[i] * v[i]
		}
		rms := math.Sqrt(after / cols)
		inverse := 0.0
		if rms > 0 {
			inverse = 1 / rms
		}
		for o := range octets {
			var octet [8]float32
			for i := range octet {
				octet[i] = float32(v[8*o+i] * inverse)
			}
			KV16.putOctet(c.Bufs[3], t*octets+o, octet)
		}
		if c.Spec[0] == 1 {
			rms /= math.Sqrt(squares/cols + eps)
		}
		scale[t] = float32(rms)
	})
}
