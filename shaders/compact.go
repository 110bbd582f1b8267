package shaders

import (
	"math"

	"fovea/gpu"
)

// Compact makes the compact representatives of the groups of Together blocks
// that a step's seals make full: per key-value head the mean of its query
// heads' representatives, in 8 bits with a scale a block.
type Compact struct {
	Heads    Heads
	Repr     gpu.View // representatives, see Seal
	Norms    gpu.View // (blocks) 1/|representative|, from Seal
	MaxSeals int      // the most blocks that the step seals
	Compact  gpu.View // CompactBytes
	Scales   gpu.View // (blocks) a number's unit, divided by |representative|
	Params   gpu.View
}

// Blocks of one texel of compact representatives, and such texels that lie
// together (EACH and APART in include/super.glsl).
const (
	compactEach  = 16
	compactApart = 8
)

// CompactBytes is the size of the compact representatives of n blocks.
func CompactBytes(h Heads, n int) int64 {
	const each = compactEach * compactApart
	return int64((n+each-1)/each*each) * int64(h.KV*h.Octets*8)
}

// compactAt is the byte of a block's dimension, of so many.
func compactAt(block, dimension, dimensions int) int {
	const each = compactEach * compactApart
	return (block/each*dimensions+dimension)*each + block%each
}

// Record adds the computation to r.
func (a Compact) Record(r *gpu.Recording, _ int) {
	name := "compact_" + a.Heads.KVType.String()
	r.Dispatch(kernel(name, compactTwin(a.Heads.KVType)), [3]uint32{uint32(a.MaxSeals/Together + 1), 1, 1},
		[]uint32{uint32(a.Heads.Octets)}, []uint32{uint32(a.Heads.KV), uint32(a.Heads.Group)},
		a.Repr, a.Norms, a.Params, a.Compact, a.Scales)
}

// compactTwin is the twin of compact.comp.
func compactTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, heads, group := int(c.Spec[0]), int(c.Push[0]), int(c.Push[1])
		norms, s, scales := f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[4])
		first, end := int(s.SealFirst)/Together*Together, int(s.SealFirst+s.Seals)/Together*Together
		for b := first; b < end; b++ {
			v := make([]float32, 8*heads*octets)
			for o := range heads * octets {
				for g := range group {
					at := (o/octets*group+g)*octets + o%octets
					for e, x := range kv.octet(c.Bufs[0], ReprOctet(b, at, heads*group*octets)) {
						v[8*o+e] += x / float32(group)
					}
				}
			}
			most := float32(1e-30)
			for _, x := range v {
				most = max(most, float32(math.Abs(float64(x))))
			}
			for i, x := range v {
				c.Bufs[3][compactAt(b, i, len(v))] = byte(int8(math.RoundToEven(float64(x / (most / 127)))))
			}
			scales[b] = most / 127 * norms[b]
		}
	}
}
