package shaders

import (
	"fmt"
	"math"

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
	Gain     gpu.View // (W.Cols, padded to 32) floats: x is RMS-normalised and multiplied by it; unset: not
	Eps      float32  // of RMSNorm
	Place    *Place   // where rows go that are projections of attention; else nil
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
	tile := 8
	if m.results() == 1 {
		tile = 1
	}
	name := m.kernelName("", tile)
	m.dispatch(r, name, lanes, m.grid(lanes, tile), m.floats(name))
}

// kernelName is the permutation of matmul.comp for inputs of a kind, "" or "_int", and
// so many tokens a tile.
func (m Matmul) kernelName(inputs string, tile int) string {
	if m.Place != nil {
		return fmt.Sprintf("project_%s%s_t%d_%s", m.W.Format, inputs, tile, m.Place.Heads.KVType)
	}
	return fmt.Sprintf("matmul_%s%s_t%d", m.W.Format, inputs, tile)
}

// grid is a workgroup for a tile of 4*lanes rows by so many tokens.
func (m Matmul) grid(lanes, tile int) [3]uint32 {
	return [3]uint32{groups(m.W.Rows, 4*lanes), groups(m.results(), tile), 1}
}

// results are the tokens that have a result.
func (m Matmul) results() int {
	if m.Last {
		return 1
	}
	return m.Tokens
}

// givenInputs is how a kernel of matmul.comp or matvec.comp has its inputs.
type givenInputs struct {
	views []gpu.View // its bindings 1 and 2
	norm  uint32     // whether it normalises them
	twin  twinInputs
}

// floats are inputs as they are.
func (m Matmul) floats(name string) givenInputs {
	need(name, "x", m.X, int64(m.Tokens*m.XStride)*4)
	if m.XStride < m.W.blocks()*32 {
		panic(fmt.Sprintf("shaders: %s: x of stride %d for %d columns", name, m.XStride, m.W.Cols))
	}
	norm, gain := m.Inputs().gain(name)
	return givenInputs{[]gpu.View{m.X, gain}, norm, matmulInputs}
}

// Inputs are those of the product.
func (m Matmul) Inputs() Inputs {
	return Inputs{X: m.X, XStride: m.XStride, Cols: m.W.Cols, Gain: m.Gain, Eps: m.Eps, Tokens: m.Tokens, Params: m.Params}
}

// dispatch adds a kernel of matmul.comp or matvec.comp to r.
func (m Matmul) dispatch(r *gpu.Recording, name string, lanes int, grid [3]uint32, x givenInputs) {
	rows := m.W.Rows
	if m.Epilogue == SwiGLU {
		rows /= 2
	}
	need(name, "weights", m.W.View, quant.PackedBytes(m.W.Format, m.W.Rows, m.W.Cols, lanes))
	spec := []uint32{x.norm, uint32(m.Epilogue), flag(m.Last)}
	push := []uint32{
		uint32(rows), uint32(m.W.blocks()), uint32(m.XStride / 4), uint32(m.YStride), uint32(m.YOffset),
		bits(m.Eps), bits(float32(m.W.Cols)),
	}
	views := append(append([]gpu.View{m.W.View}, x.views...), m.Params)
	if p := m.Place; p != nil {
		p.check(name)
		r.Dispatch(kernel(name, projectTwin(m.W.Format, p.Heads.KVType, x.twin)), grid, append(spec, uint32(p.Heads.Octets)), append(push, p.push()...),
			append(views, p.Angles, p.Q, p.K, p.V)...)
		return
	}
	need(name, "y", m.Y, int64((m.results()-1)*m.YStride+m.YOffset+rows)*4)
	r.Dispatch(kernel(name, matmulTwin(m.W.Format, x.twin)), grid, spec, push, append(views, m.Y, m.Y)...)
}

// twinInputs are norm(x) of the tokens from `from` to n-1.
type twinInputs func(c *gpu.Call, from, n int) [][]float64

// matmulTwin is the twin of matmul.comp: y = epilogue(W norm(x)), where
// norm(x) = x * gain / sqrt(mean(x^2) + eps).
func matmulTwin(format quant.Packed, inputs twinInputs) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		epilogue, last := Epilogue(c.Spec[1]), c.Spec[2] == 1
		rows, cols := int(c.Push[0]), 32*int(c.Push[1]) // the padding of rows and columns is zero
		yStride, yOffset := int(c.Push[3]), int(c.Push[4])
		residual, y, n := f32s(c.Bufs[4]), f32s(c.Bufs[5]), int(step(c.Bufs[3]).Queries)
		from := 0
		if last {
			from = n - 1
		}
		xs := inputs(c, from, n)
		const chunk = 32 // rows
		parallel((rows+chunk-1)/chunk, func(i int) {
			w, a, b := make([]float32, cols), make([]float64, len(xs)), make([]float64, len(xs))
			for row := i * chunk; row < min(rows, (i+1)*chunk); row++ {
				if epilogue == SwiGLU {
					tile, r := row/(2*c.Lanes), row%(2*c.Lanes)
					dots(c, format, tile*4*c.Lanes+r, w, xs, a)     // gate, see GatePairs
					dots(c, format, (tile*4+2)*c.Lanes+r, w, xs, b) // up
				} else {
					dots(c, format, row, w, xs, a)
				}
				for t := range xs {
					to := t*yStride + yOffset + row
					y[to] = float32(epilogue.of(a[t], b[t], residual[to]))
				}
			}
		})
	}
}

// of is what the epilogue makes of a product, of that of up, and of y before.
func (e Epilogue) of(product, up float64, before float32) float64 {
	switch e {
	case Add:
		return product + float64(before)
	case SwiGLU:
		return product * (up / (1 + math.Exp(-product)))
	}
	return product
}

// projectTwin is the twin of matmul.comp with PLACE.
func projectTwin(format quant.Packed, kv KV, inputs twinInputs) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		rows, cols := int(c.Push[0]), 32*int(c.Push[1])
		xs := inputs(c, 0, int(step(c.Bufs[3]).Queries))
		y := make([]float32, len(xs)*rows)
		parallel(rows, func(row int) {
			w, a := make([]float32, cols), make([]float64, len(xs))
			dots(c, format, row, w, xs, a)
			for t := range xs {
				y[t*rows+row] = float32(a[t])
			}
		})
		place := placer(c, c.Push[7:], kv)
		for t := range xs {
			place(t, int(c.Push[4]), y[t*rows:][:rows])
		}
	}
}

// dots gives the products of a packed row, for which w has room, and the inputs.
func dots(c *gpu.Call, format quant.Packed, row int, w []float32, xs [][]float64, out []float64) {
	quant.UnpackRow(format, c.Bufs[0], len(w), c.Lanes, row, w)
	for t, x := range xs {
		out[t] = dot(w, x)
	}
}

// matmulInputs are those of inputs in floats.
func matmulInputs(c *gpu.Call, from, n int) [][]float64 {
	xs := make([][]float64, n-from)
	for t := range xs {
		xs[t] = matmulInput(c, from+t, 32*int(c.Push[1]), c.Spec[0] == 1)
	}
	return xs
}

// matmulInput is norm(x) of token t.
func matmulInput(c *gpu.Call, t, cols int, norm bool) []float64 {
	x := make([]float64, cols)
	squares := 0.0
	for i, v := range f32s(c.Bufs[1])[t*4*int(c.Push[2]):][:cols] {
		x[i] = float64(v)
		squares += x[i] * x[i]
	}
	if norm {
		gain := f32s(c.Bufs[2])
		scale := 1 / math.Sqrt(squares/float(c.Push[6])+float(c.Push[5]))
		for i := range x {
			x[i] *= scale * float64(gain[i])
		}
	}
	return x
}

// dot is w . x; the number of elements is a multiple of 4.
func dot(w []float32, x []float64) float64 {
	var s [4]float64 // independent sums keep the processor busy
	for i := 0; i < len(x); i += 4 {
		a, b := w[i:i+4:i+4], x[i:i+4:i+4]
		s[0] += float64(a[0]) * b[0]
		s[1] += float64(a[1]) * b[1]
		s[2] += float64(a[2]) * b[2]
		s[3] += float64(a[3]) * b[3]
	}
	return s[0] + s[1] + s[2] + s[3]
}
