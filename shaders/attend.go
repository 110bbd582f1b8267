package shaders

import (
	"fmt"

	"fovea/gpu"
)

// Attend is attention of a step's queries over local and global keys in one
// softmax.
type Attend struct {
	Heads   Heads
	K       gpu.View // (ring+positions, heads, octets): the ring of rotated keys, then un-rotated ones
	V       gpu.View // (positions, heads, octets)
	Q       gpu.View // (2, Window, width, octets*8) floats, from Rope
	Globals gpu.View // count, positions of the global keys
	Out     gpu.View // (Window, width, octets*8) floats
	ML      gpu.View // (Window, width) of (maximum, sum) of the scores
	// For Splits > 1: partial results, (Splits, ...) of Out and of ML.
	Parts, PartML gpu.View
	Splits        int // shares of the keys that run in parallel
	Window        int // rows of queries in Q; the most tokens a step has
	Scale         float32
	Params        gpu.View
}

// attendTiles are the compiled tile heights by octets a lane owns.
var attendTiles = map[KV]map[int][]int{
	KV16: {1: {1, 3, 4, 8}, 2: {1, 4, 8}, 4: {4}},
	KV32: {1: {4}, 2: {4}, 4: {4}},
}

// tileFor is the lowest tile that holds rows, else the highest there is.
func tileFor(tiles []int, rows int) int {
	for _, t := range tiles {
		if t >= rows {
			return t
		}
	}
	return tiles[len(tiles)-1]
}

// Record adds the attention to r, and the merge of its parts.
func (a Attend) Record(r *gpu.Recording, lanes int) {
	h := a.Heads
	opl := max(1, h.Octets/lanes)
	tiles, ok := attendTiles[h.KVType][opl]
	if !ok {
		panic(fmt.Sprintf("shaders: attend: %d lanes cannot take heads of %d", lanes, h.Octets*8))
	}
	rows := a.Window * h.Group
	tile := tileFor(tiles, rows)
	name := fmt.Sprintf("attend_%s_o%d_t%d", h.KVType, opl, tile)
	need(name, "queries", a.Q, int64(2*a.Window*h.Features())*4)
	need(name, "out", a.Out, int64(a.Window*h.Features())*4)
	need(name, "ml", a.ML, int64(a.Window*h.Width())*8)
	out, ml := a.Out, a.ML
	if a.Splits > 1 {
		out, ml = a.Parts, a.PartML
		need(name, "parts", out, int64(a.Splits*a.Window*h.Features())*4)
		need(name, "part ml", ml, int64(a.Splits*a.Window*h.Width())*8)
	}
	r.Dispatch(kernel(name, attendTwin), [3]uint32{groups(rows, tile), uint32(h.KV), uint32(a.Splits)},
		[]uint32{uint32(a.Splits), uint32(h.Octets)},
		[]uint32{uint32(h.KV), uint32(h.Group), uint32(a.Window), bits(a.Scale)},
		a.K, a.V, a.Q, a.Globals, a.Params, out, ml)
	if a.Splits > 1 {
		n := a.Window * h.Width()
		r.Dispatch(kernel("merge", mergeTwin), [3]uint32{uint32(n), 1, 1}, nil,
			[]uint32{uint32(a.Splits), uint32(n), uint32(h.Width()), uint32(h.Octets * 2)},
			out, ml, a.Params, a.Out, a.ML)
	}
}
