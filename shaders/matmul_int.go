package shaders

import (
	"fovea/gpu"
	"fovea/gpu/quant"
)

// MatmulInt is a [Matmul] for windows, whose inputs [Inputs.Quantize] has rounded to
// integers: products with weights of 4 bits are sums of integers, which loses nothing
// more. Of Matmul it takes all but the input and Last.
type MatmulInt struct {
	Matmul
	Quants Quants
}

// intTile is the tokens of a tile: 16 where vectors have 512 bits, half as many where
// they have 256 bits and with that half the registers.
func intTile(lanes int) int {
	if lanes <= 8 {
		return 8
	}
	return 16
}

// IntServes says whether there is a MatmulInt for the call: weights have 4 bits.
// Keys and values in floats are for comparisons.
func (m Matmul) IntServes() bool {
	return (m.W.Format == quant.PQ4 || m.W.Format == quant.PQ4K) && !m.Last && (m.Place == nil || m.Place.Heads.KVType == KV16)
}

// Record adds the matmul to r.
func (m MatmulInt) Record(r *gpu.Recording, lanes int) {
	tile := intTile(lanes)
	name := m.kernelName("_int", tile)
	x, scale := QuantsBytes(m.Tokens, m.W.Cols)
	need(name, "quants", m.Quants.X, x)
	need(name, "scale", m.Quants.Scale, scale)
	m.dispatch(r, name, lanes, m.grid(lanes, tile), givenInputs{[]gpu.View{m.Quants.X, m.Quants.Scale}, 0, quantInputs})
}

// quantInputs are those that were rounded to integers.
func quantInputs(c *gpu.Call, from, n int) [][]float64 {
	blocks, scale := int(c.Push[1]), f32s(c.Bufs[2])
	xs := make([][]float64, n-from)
	for t := range xs {
		xs[t] = make([]float64, 0, 32*blocks)
		for b := range blocks {
			d, q := dequantizeBlock(c.Bufs[1][((from+t)*blocks+b)*quantBlock:])
			for _, v := range q {
				xs[t] = append(xs[t], float64(d)*float64(v)*float64(scale[from+t]))
			}
		}
	}
	return xs
}
