package shaders

import (
	"fmt"
	"math"

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
	r.Dispatch(kernel(name, weighTwin(h.KVType)), [3]uint32{uint32(grid), uint32(y), 1},
		[]uint32{byHead, uint32(h.Octets)},
		[]uint32{uint32(h.KV), uint32(h.Group), uint32(w.Window), uint32(local), uint32(slots), bits(w.Scale)},
		w.K, w.Q, w.Globals, w.Params, w.ML, w.Acc, w.Acc, mass)
}

// weighTwin is the twin of weigh.comp: a key's weight is the sum of
// exp(score - m)/l over the queries that see it, of one query head for a local
// key and of all heads of a row of Mass for a global one.
func weighTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		byHead, octets := c.Spec[0] == 1, int(c.Spec[1])
		heads, group, window, slots, scale := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[4]), float(c.Push[5])
		q, s, ml := f32s(c.Bufs[1]), step(c.Bufs[3]), f32s(c.Bufs[4])
		before, acc, mass := f32s(c.Bufs[5]), f32s(c.Bufs[6]), f32s(c.Bufs[7])
		width, dim, ring := heads*group, 8*octets, int(s.Ring)
		withMass := c.Groups[0] > c.Push[3]
		for h := range heads {
			set := gather(kv, c.Bufs[0], u32s(c.Bufs[2]), s, heads, octets, h)
			weights := make([][]float64, group) // (group, keys)
			parallel(group, func(g int) {
				w := make([]float64, len(set.pos))
				for query := range int(s.Queries) {
					at := query*width + h*group + g
					m, l := float64(ml[2*at]), float64(ml[2*at+1])
					set.see(int(s.Pos)+query, q[at*dim:][:dim], q[(window*width+at)*dim:][:dim], scale, func(i int, score float64) {
						w[i] += math.Exp(score-m) / l
					})
				}
				weights[g] = w
			})
			for g, w := range weights {
				for i, p := range set.pos[set.globals:] {
					to, old := (h*group+g)*ring+p%ring, float32(0)
					if p < int(s.Pos) { // a new token's slot was another's
						old = before[to]
					}
					acc[to] = old + float32(w[set.globals+i])
				}
			}
			if withMass {
				addMass(mass, weights, h, slots, set.globals, byHead)
			}
		}
	}
}

// addMass writes the weights (group, keys) of the global keys of KV head h to
// mass: (width, slots) by head, else (KV heads, slots).
func addMass(mass []float32, weights [][]float64, h, slots, globals int, byHead bool) {
	for i := range min(globals, slots) {
		sum := 0.0
		for g, w := range weights {
			if byHead {
				mass[(h*len(weights)+g)*slots+i] = float32(w[i])
			}
			sum += w[i]
		}
		if !byHead {
			mass[h*slots+i] = float32(sum)
		}
	}
}
