package shaders

import (
	"fmt"

	"fovea/gpu"
	"fovea/gpu/quant"
)

// Weights is a matrix (Rows, Cols) packed for a device's lanes (quant.Pack).
type Weights struct {
	View   gpu.View
	Format quant.Packed
	Rows   int
	Cols   int
}

func (w Weights) blocks() int { return (w.Cols + 31) / 32 }

// Epilogue is what a matmul does with its result.
type Epilogue uint32

// The epilogues.
const (
	Store  Epilogue = iota // y = W x
	Add                    // y += W x
	SwiGLU                 // y = silu(gate) * up; rows are packed by GatePairs
)

// Matmul is y = epilogue(W * norm(x)) for the step's tokens.
type Matmul struct {
	W        Weights
	X        gpu.View // (tokens, XStride) floats, the first W.Cols of a row are read
	XStride  int      // floats, a multiple of 32
	Gain     gpu.View // (W.Cols) floats: x is RMS-normalised and multiplied by it; unset: not
	Eps      float32  // of RMSNorm
	Y        gpu.View // (tokens, YStride) floats
	YStride  int
	YOffset  int // floats before the first row
	Epilogue Epilogue
	Last     bool // only the step's last token, written as row 0
	Tokens   int  // the most tokens a step has
	Params   gpu.View
}

// GatePairs gives the source row of packed row i where gate and up, of rows
// each, are packed for SwiGLU: a lane's first two rows are gate's, its last
// two the same rows of up. ok is false for a padding row.
func GatePairs(i, rows, lanes int) (row int, up, ok bool) {
	tile, r, lane := i/(4*lanes), i/lanes%4, i%lanes
	row = tile*2*lanes + r%2*lanes + lane
	return row, r >= 2, row < rows
}

// GateRows is the number of packed rows of gate and up, of rows each.
func GateRows(rows, lanes int) int { return (rows + 2*lanes - 1) / (2 * lanes) * 4 * lanes }

// Record adds the matmul to r.
func (m Matmul) Record(r *gpu.Recording, lanes int) {
	tile := 4
	if m.Tokens == 1 || m.Last {
		tile = 1
	}
	rows := m.W.Rows
	if m.Epilogue == SwiGLU {
		rows /= 2
	}
	name := fmt.Sprintf("matmul_%s_t%d", m.W.Format, tile)
	tokens := m.Tokens
	if m.Last {
		tokens = 1
	}
	need(name, "x", m.X, int64(m.Tokens*m.XStride)*4)
	need(name, "weights", m.W.View, quant.PackedBytes(m.W.Format, m.W.Rows, m.W.Cols, lanes))
	if m.XStride < m.W.blocks()*32 {
		panic(fmt.Sprintf("shaders: %s: x of stride %d for %d columns", name, m.XStride, m.W.Cols))
	}
	norm, gain := uint32(1), m.Gain
	if gain.Buffer == nil {
		norm, gain = 0, m.X
	}
	last := uint32(0)
	if m.Last {
		last = 1
	}
	r.Dispatch(kernel(name, matmulTwin), [3]uint32{groups(m.W.Rows, 4*lanes), groups(tokens, tile), 1},
		[]uint32{norm, uint32(m.Epilogue), last},
		[]uint32{
			uint32(rows), uint32(m.W.blocks()), uint32(m.XStride / 4), uint32(m.YStride), uint32(m.YOffset),
			bits(m.Eps), bits(float32(m.W.Cols)),
		},
		m.W.View, m.X, gain, m.Params, m.Y, m.Y)
}
