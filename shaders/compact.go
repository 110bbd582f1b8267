package shaders

import (
	"math"

	"fovea/gpu"
)

// Compact makes the compact representatives of the groups of Together blocks
// that a step's seals make full: per key-value head the mean of its query
// heads' representatives, less what those of the first group have in common and
// over how much they differ in a dimension, in 4 bits with a unit a block.
type Compact struct {
	Heads    Heads
	Repr     gpu.View // representatives, see Seal
	Norms    gpu.View // (blocks) 1/|representative|, from Seal
	MaxSeals int      // the most blocks that the step seals
	Compact  gpu.View // CompactBytes
	Units    gpu.View // (blocks) a number's unit, divided by |representative|
	Centre   gpu.View // CentreBytes: mean and spread of each dimension, of the first group, which a step finds that seals blocks of it
	Params   gpu.View
}

// Blocks of one texel of compact representatives, and such texels that lie
// together (EACH and APART in include/super.glsl).
const (
	compactEach  = 32
	compactApart = 8
)

// CompactBytes is the size of the compact representatives of n blocks.
func CompactBytes(h Heads, n int) int64 {
	const each = compactEach * compactApart
	return int64((n+each-1)/each*each) * int64(h.KV*h.Octets*8) / 2
}

// CentreBytes is the size of what compact representatives are made with.
func CentreBytes(h Heads) int64 { return int64(2*h.KV*h.Octets*8) * 4 }

// compactAt is the number of a block's dimension, of so many, half a byte each.
func compactAt(block, dimension, dimensions int) int {
	const each = compactEach * compactApart
	return (block/each*dimensions+dimension)*each + block%each
}

// compactOf is number i of compact representatives, -7 to 7.
func compactOf(b []byte, i int) int { return int(b[i/2]>>(4*(i%2))&15) - 8 }

func setCompact(b []byte, i, v int) {
	shift := 4 * (i % 2)
	b[i/2] = b[i/2]&^(15<<shift) | byte(v+8)<<shift
}

// Record adds the computation to r.
func (a Compact) Record(r *gpu.Recording, _ int) {
	name := "compact_" + a.Heads.KVType.String()
	r.Dispatch(kernel(name, compactTwin(a.Heads.KVType)), [3]uint32{uint32(a.MaxSeals/Together + 1), 1, 1},
		[]uint32{uint32(a.Heads.Octets), uint32(a.Heads.KV)}, []uint32{uint32(a.Heads.Group)},
		a.Repr, a.Norms, a.Params, a.Compact, a.Units, a.Centre, a.Centre)
}

// compactTwin is the twin of compact.comp.
func compactTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, heads, group := int(c.Spec[0]), int(c.Spec[1]), int(c.Push[0])
		norms, s, units, centre := f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[4]), f32s(c.Bufs[5])
		first, end := int(s.SealFirst)/Together*Together, int(s.SealFirst+s.Seals)/Together*Together
		if first >= end {
			return
		}
		folded := func(block int) []float32 {
			v := make([]float32, 8*heads*octets)
			for o := range heads * octets {
				for g := range group {
					at := (o/octets*group+g)*octets + o%octets
					for e, x := range kv.octet(c.Bufs[0], ReprOctet(block, at, heads*group*octets)) {
						v[8*o+e] += x / float32(group)
					}
				}
			}
			return v
		}
		dimensions := 8 * heads * octets
		if first == 0 {
			mean, spread := centreOf(folded)
			copy(centre, append(mean, spread...))
		}
		mean, spread := centre[:dimensions], centre[dimensions:]
		for b := first; b < end; b++ {
			v, squares := folded(b), 0.0
			for i, x := range v {
				v[i] = (x - mean[i]) / spread[i]
				squares += float64(v[i]) * float64(v[i])
			}
			unit := float32(max(0.5*math.Sqrt(squares/float64(len(v))), 1e-30))
			for i, x := range v {
				setCompact(c.Bufs[3], compactAt(b, i, len(v)), int(min(max(math.RoundToEven(float64(x/unit)), -7), 7)))
			}
			units[b] = unit * norms[b]
		}
	}
}

// centreOf is the mean of the first group's blocks and their standard deviation,
// by dimension; that is at least a quarter of its root mean square.
func centreOf(block func(b int) []float32) (mean, spread []float32) {
	mean, spread = make([]float32, len(block(0))), make([]float32, len(block(0)))
	for b := range Together {
		for i, x := range block(b) {
			mean[i] += x / Together
		}
	}
	squares := 0.0
	for b := range Together {
		for i, x := range block(b) {
			spread[i] += (x - mean[i]) * (x - mean[i]) / Together
			squares += float64(x-mean[i]) * float64(x-mean[i]) / Together
		}
	}
	least := max(0.25*math.Sqrt(squares/float64(len(spread))), 1e-30)
	for i, x := range spread {
		spread[i] = float32(max(math.Sqrt(float64(x)), least))
	}
	return mean, spread
}
