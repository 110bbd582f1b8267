package shaders

import (
	"fmt"

	"fovea/gpu"
)

// Weigh finds the softmax weight that keys received in the last Attend.
type Weigh struct {
	Heads   Heads
	K       gpu.View // as in Attend
	Q       gpu.View
	Globals gpu.View
	ML      gpu.View // (Window, width), from Attend
	Acc     gpu.View // (width, ring): accumulated weight of local tokens, updated
	Ring    int
	Window  int
	Scale   float32
	Params  gpu.View
	// Mass, where set, receives the weight of every key of Globals as
	// (MassRows, Slots) partial sums. Window must be 1.
	Mass  gpu.View
	Slots int
}

// MassRows is the number of partial sums per key that Mass holds.
func (h Heads) MassRows() int {
	if h.byGroup() {
		return h.KV
	}
	return h.Width()
}

// byGroup says that one workgroup can take all heads of a group in a decode step.
func (h Heads) byGroup() bool { return h.Group <= 8 }

var weighTiles = map[KV][]int{KV16: {1, 3, 4, 8}, KV32: {4, 8}}

// Record adds the weighing to r.
func (w Weigh) Record(r *gpu.Recording, lanes int) {
	h := w.Heads
	byHead, y, tile := uint32(1), h.Width(), tileFor(weighTiles[h.KVType], w.Window)
	if w.Window == 1 && h.byGroup() {
		byHead, y, tile = 0, h.KV, tileFor(weighTiles[h.KVType], h.Group)
	}
	name := fmt.Sprintf("weigh_%s_t%d", h.KVType, tile)
	need(name, "acc", w.Acc, int64(h.Width()*w.Ring)*4)
	chunk := chunkKeys * lanes
	local := int(groups(w.Ring, chunk)) + 1
	grid, mass, slots := local, w.Acc, 0
	if w.Mass.Buffer != nil {
		if w.Window != 1 {
			panic("shaders: weigh: mass of a window of more than one query")
		}
		need(name, "mass", w.Mass, int64(h.MassRows()*w.Slots)*4)
		mass, slots = w.Mass, w.Slots
		grid += int(groups(slots, chunk))
	}
	r.Dispatch(kernel(name, weighTwin), [3]uint32{uint32(grid), uint32(y), 1},
		[]uint32{byHead, uint32(h.Octets)},
		[]uint32{uint32(h.KV), uint32(h.Group), uint32(w.Window), uint32(local), uint32(slots), bits(w.Scale)},
		w.K, w.Q, w.Globals, w.Params, w.ML, w.Acc, w.Acc, mass)
}
