package shaders

import (
	"fmt"
	"math"

	"fovea/gpu"
)

// Weigh finds the softmax weight that local keys received in the last Attend
// and adds it to their accumulated weight.
type Weigh struct {
	Heads  Heads
	K      gpu.View // as in Attend
	Q      gpu.View
	ML     gpu.View // (Window, width), from Attend
	Acc    gpu.View // (width, ring): accumulated weight of local tokens, updated
	Ring   int
	Window int
	Scale  float32
	Tall   bool // as in Attend
	Params gpu.View

	// Splits is the number of shares of the queries that run in parallel. For more
	// than one, Shared is room for what they leave each other (SharedBytes); it
	// must hold zeros before the first use.
	Splits int
	Shared gpu.View
}

// shared is the layout of Shared: what the shares found, and at an offset in bytes
// a count of finished shares for each chunk of keys and query head.
func (w Weigh) shared(lanes int) (done, size int64) {
	tiles := int64(w.chunks(lanes)) * int64(w.Heads.Width())
	done = gpu.Align(int64(w.Splits) * tiles * int64(ChunkKeys(lanes)) * 4)
	return done, done + gpu.Align(tiles*4)
}

// SharedBytes is the size of Shared.
func (w Weigh) SharedBytes(lanes int) int64 {
	_, size := w.shared(lanes)
	return size
}

// chunks is the most chunks of local keys.
func (w Weigh) chunks(lanes int) uint32 { return groups(w.Ring, ChunkKeys(lanes)) + 1 }

// Record adds the weighing to r.
func (w Weigh) Record(r *gpu.Recording, lanes int) {
	h, opl := w.Heads, w.Heads.octetsPerLane(lanes)
	tile := 4
	if w.Tall && opl == 1 && h.KVType == KV16 {
		tile = tallTile
	}
	name := fmt.Sprintf("weigh_%s_o%d_t%d", h.KVType, opl, tile)
	need(name, "acc", w.Acc, int64(h.Width()*w.Ring)*4)
	parts, done := w.Acc, w.Acc // unused without splits
	if w.Splits > 1 {
		need(name, "shared", w.Shared, w.SharedBytes(lanes))
		lo, _ := w.Shared.Range()
		counts, size := w.shared(lanes)
		parts = gpu.View{Buffer: w.Shared.Buffer, Offset: lo, Size: counts}
		done = gpu.View{Buffer: w.Shared.Buffer, Offset: lo + counts, Size: size - counts}
	}
	r.Dispatch(kernel(name, weighTwin(h.KVType)), [3]uint32{w.chunks(lanes), uint32(h.Width()), uint32(w.Splits)},
		[]uint32{uint32(h.Octets), uint32(w.Splits)}, []uint32{uint32(h.KV), uint32(h.Group), bits(w.Scale)},
		w.K, w.Q, w.Params, w.ML, w.Acc, w.Acc, parts, done)
}

// weighTwin is the twin of weigh.comp: a key's weight is the sum of
// exp(score - m)/l over the queries that see it.
func weighTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets := int(c.Spec[0])
		heads, group, scale := int(c.Push[0]), int(c.Push[1]), float(c.Push[2])
		q, s, ml := f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[3])
		before, acc := f32s(c.Bufs[4]), f32s(c.Bufs[5])
		width, dim, ring := heads*group, 8*octets, int(s.Ring)
		for h := range heads {
			set := gather(kv, c.Bufs[0], GlobalsList(nil), s, heads, octets, h)
			parallel(group, func(g int) {
				w := make([]float64, len(set.pos))
				for query := range int(s.Queries) {
					at := query*width + h*group + g
					m, l, row := float64(ml[2*at]), float64(ml[2*at+1]), q[at*dim:][:dim]
					set.see(int(s.Pos)+query, row, nil, scale, func(i int, score float64) { w[i] += math.Exp(score-m) / l })
				}
				for i, p := range set.pos {
					accumulate(acc, before, (h*group+g)*ring+p%ring, p < int(s.Pos), w[i])
				}
			})
		}
	}
}

// accumulate adds w to a token's weight; the slot of a new one was another's.
func accumulate(acc, before []float32, slot int, old bool, w float64) {
	if old {
		w += float64(before[slot])
	}
	acc[slot] = float32(w)
}
