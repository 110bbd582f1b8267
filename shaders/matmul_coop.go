package shaders

import (
	"fmt"
	"slices"

	"fovea/gpu"
	"fovea/gpu/quant"
)

// MatmulCoop is a [Matmul] by cooperative matrices, for windows of many tokens:
// inputs and weights are rounded to halves, sums are floats. Of Matmul it takes
// all but the input, which [Halve] has made of it, and Last.
type MatmulCoop struct {
	Matmul
	Halves Halves

	plain bool // in ordinary arithmetic: of a test
}

const (
	// CoopTokens is the window from which on it is worth while.
	CoopTokens = 32
	// coopSide is the rows, columns and depth of the matrices.
	coopSide = 16
	// coopTile are the tokens of a tile, which has coopRows(lanes) rows of each lane.
	coopTile = 32
)

// coopRows are two, so that gate and up each have one; four where two are less
// than a matrix. Of larger tiles a subgroup of a graphics card has several
// matrices, which is slower (decision 21).
func coopRows(lanes int) int {
	if lanes < coopSide/2 {
		return 4
	}
	return 2
}

// coopShared is the shared memory that a workgroup needs, in bytes (room in
// matmul_coop.comp).
func coopShared(lanes int) int {
	rows, cols := coopRows(lanes)*lanes, 256/coopRows(lanes)
	return 16 * max((rows+coopTile)*(cols/8+1), coopTile*(rows/4+1))
}

// Coop says whether a device has what MatmulCoop needs.
func Coop(info gpu.Info) bool {
	return slices.Contains(info.Matrices, gpu.Matrix{M: coopSide, N: coopSide, K: coopSide}) && coopShared(info.SubgroupSize) <= info.Shared
}

// CoopServes says whether there is a MatmulCoop for the call. Weights that are
// floats would lose by halves, and keys and values in floats are for comparisons.
func (m Matmul) CoopServes() bool {
	return m.W.Format != quant.PF32 && !m.Last && (m.Place == nil || m.Place.Heads.KVType == KV16)
}

// Record adds the matmul to r.
func (m MatmulCoop) Record(r *gpu.Recording, info gpu.Info) {
	name, rows, lanes := fmt.Sprintf("matmul_coop_%s", m.W.Format), m.W.Rows, info.SubgroupSize
	if m.Place != nil {
		name = fmt.Sprintf("project_coop_%s_%s", m.W.Format, m.Place.Heads.KVType)
	}
	if m.plain {
		name += "_plain"
	} else if !Coop(info) {
		panic(fmt.Sprintf("shaders: %s on %s, which has no such matrices", name, info.Name))
	}
	if m.Epilogue == SwiGLU {
		rows /= 2
	}
	halves, scale := HalvesBytes(m.Tokens, m.W.Cols)
	need(name, "halves", m.Halves.X, halves)
	need(name, "scale", m.Halves.Scale, scale)
	need(name, "weights", m.W.View, quant.PackedBytes(m.W.Format, m.W.Rows, m.W.Cols, lanes))
	grid := [3]uint32{groups(m.W.Rows, coopRows(lanes)*lanes), groups(m.Tokens, coopTile), 1}
	spec := []uint32{uint32(coopRows(lanes)), uint32(m.Epilogue), coopTile}
	push := []uint32{uint32(rows), uint32(m.W.blocks()), uint32(m.YStride), uint32(m.YOffset)}
	if p := m.Place; p != nil {
		p.check(name)
		r.Dispatch(kernel(name, projectCoopTwin(m.W.Format, p.Heads.KVType)), grid, append(spec, uint32(p.Heads.Octets)),
			append(push, p.push()...), m.W.View, m.Halves.X, m.Halves.Scale, m.Params, p.Angles, p.Q, p.K, p.V)
		return
	}
	need(name, "y", m.Y, int64((m.Tokens-1)*m.YStride+m.YOffset+rows)*4)
	r.Dispatch(kernel(name, matmulCoopTwin(m.W.Format)), grid, spec, push, m.W.View, m.Halves.X, m.Halves.Scale, m.Params, m.Y, m.Y)
}

// matmulCoopTwin is the twin of matmul_coop.comp: y = epilogue(scale * half(W) x).
func matmulCoopTwin(format quant.Packed) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		rows, yStride, yOffset := int(c.Push[0]), int(c.Push[2]), int(c.Push[3])
		residual, y := f32s(c.Bufs[4]), f32s(c.Bufs[5])
		xs := coopInputs(c)
		parallel(rows, func(row int) {
			a, b := make([]float64, len(xs)), make([]float64, len(xs))
			if Epilogue(c.Spec[1]) == SwiGLU {
				tile, r := row/(2*c.Lanes), row%(2*c.Lanes)
				coopDots(c, format, tile*4*c.Lanes+r, xs, a)     // gate, see GatePairs
				coopDots(c, format, (tile*4+2)*c.Lanes+r, xs, b) // up
			} else {
				coopDots(c, format, row, xs, a)
			}
			for t := range xs {
				to := t*yStride + yOffset + row
				y[to] = float32(Epilogue(c.Spec[1]).of(a[t], b[t], residual[to]))
			}
		})
	}
}

// projectCoopTwin is the twin of matmul_coop.comp with PLACE.
func projectCoopTwin(format quant.Packed, kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		rows, xs := int(c.Push[0]), coopInputs(c)
		y := make([]float32, len(xs)*rows)
		parallel(rows, func(row int) {
			a := make([]float64, len(xs))
			coopDots(c, format, row, xs, a)
			for t := range xs {
				y[t*rows+row] = float32(a[t])
			}
		})
		place := placer(c, c.Push[4:], kv)
		for t := range xs {
			place(t, int(c.Push[3]), y[t*rows:][:rows])
		}
	}
}

// coopInputs are the inputs of the step's tokens, scaled.
func coopInputs(c *gpu.Call) [][]float64 {
	xs, scale := make([][]float64, step(c.Bufs[3]).Queries), f32s(c.Bufs[2])
	for t := range xs {
		xs[t] = make([]float64, 32*int(c.Push[1]))
		for i := 0; i < len(xs[t]); i += 8 {
			for j, v := range KV16.octet(c.Bufs[1], (t*len(xs[t])+i)/8) {
				xs[t][i+j] = float64(v) * float64(scale[t])
			}
		}
	}
	return xs
}

// coopDots gives the products of a packed row, rounded to halves, and the inputs.
func coopDots(c *gpu.Call, format quant.Packed, row int, xs [][]float64, out []float64) {
	w := make([]float32, 32*int(c.Push[1]))
	quant.UnpackRow(format, c.Bufs[0], len(w), c.Lanes, row, w)
	for i, v := range w {
		w[i] = fromHalf(toHalf(v))
	}
	for t, x := range xs {
		out[t] = dot(w, x)
	}
}
