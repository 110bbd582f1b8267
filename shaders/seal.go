package shaders

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fovea/gpu"
)

// MaxTop is the most tokens per head that Seal and Question average
// (include/top.glsl).
const MaxTop = 64

// Seal makes the representatives of blocks that became full.
type Seal struct {
	Heads     Heads
	K         gpu.View // as in Attend; the un-rotated keys are read
	Acc       gpu.View // (width, ring), from Weigh
	BlockSize int      // tokens of a block
	Top       int      // representative tokens per head, at most MaxTop
	MaxSeals  int      // the most blocks that one step seals
	Repr      gpu.View // octet o of block b at ReprOctet
	Norms     gpu.View // (blocks) 1/|representative|
	Params    gpu.View
}

// Together is the number of blocks of a group: what becomes compact, and goes
// into a snapshot, as a whole. Super is the number of consecutive blocks of a
// super-block, whose representatives lie interleaved. (TOGETHER and SUPER in
// include/kv.glsl)
const (
	Together = 32
	Super    = 4
)

// ReprBytes is the size of the representatives of n blocks.
func ReprBytes(h Heads, n int) int64 {
	return int64((n+Together-1)/Together*Together) * int64(h.Features()/8) * h.KVType.OctetBytes()
}

// ReprOctet is where octet o of block b's representative lies, of so many.
func ReprOctet(b, o, octets int) int { return (b/Super*octets+o)*Super + b%Super }

// Record adds the sealing to r.
func (s Seal) Record(r *gpu.Recording, _ int) {
	name := "seal_" + s.Heads.KVType.String()
	needTop(name, s.Top)
	r.Dispatch(kernel(name, sealTwin(s.Heads.KVType)), [3]uint32{uint32(s.MaxSeals), 1, 1},
		[]uint32{uint32(s.Heads.Octets)},
		[]uint32{uint32(s.Heads.KV), uint32(s.Heads.Group), uint32(s.BlockSize), uint32(s.Top)},
		s.K, s.Acc, s.Params, s.Repr, s.Norms)
}

// needTop panics unless a kernel can average top tokens: a caller's bug.
func needTop(kernel string, top int) {
	if top < 1 || top > MaxTop {
		panic(fmt.Sprintf("shaders: %s: %d tokens per head, of 1 to %d", kernel, top, MaxTop))
	}
}

// sealTwin is the twin of seal.comp.
func sealTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, heads, group := int(c.Spec[0]), int(c.Push[0]), int(c.Push[1])
		size, top := int(c.Push[2]), int(c.Push[3])
		acc, s, norms := f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[4])
		ring, width := int(s.Ring), heads*group
		for b := int(s.SealFirst); b < int(s.SealFirst+s.Seals); b++ {
			first, squares := int(s.InitEnd)+b*size, 0.0
			for h := range width {
				var rows []int
				for _, i := range heaviest(acc[h*ring:][:ring], first, size, top) {
					rows = append(rows, ring+s.RowOf(first+i))
				}
				mean := meanRow(readRows(kv, c.Bufs[0], rows, heads, octets, h/group), len(rows))
				for o := range octets {
					kv.putOctet(c.Bufs[3], ReprOctet(b, h*octets+o, width*octets), [8]float32(mean[8*o:]))
				}
				for _, v := range mean {
					squares += float64(v) * float64(v)
				}
			}
			norms[b] = float32(1 / math.Sqrt(max(squares, 1e-30)))
		}
	}
}

// heaviest returns the indices of the top tokens of positions first..first+n-1
// by the accumulated weight of one head (ring), best first; of equals the first.
func heaviest(acc []float32, first, n, top int) []int {
	weights := make([]float32, n)
	for i := range weights {
		weights[i] = acc[(first+i)%len(acc)]
	}
	return descending(weights)[:min(top, n)]
}

// descending returns the indices of v from its highest number down; of equals
// the first.
func descending(v []float32) []int {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v[b], v[a]) })
	return order
}

// meanRow is the mean of n rows of equal length.
func meanRow(rows []float32, n int) []float32 {
	dim := len(rows) / n
	mean := make([]float32, dim)
	for d := range mean {
		sum := 0.0
		for i := range n {
			sum += float64(rows[i*dim+d])
		}
		mean[d] = float32(sum / float64(n))
	}
	return mean
}
