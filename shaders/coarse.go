package shaders

import (
	"slices"

	"fovea/gpu"
)

// coarseBlocks is R of coarse.comp: blocks that one lane owns.
const coarseBlocks = 8

// Coarse is the first level of a decode step's choice: the scores of all full
// groups of blocks by their compact representatives. It also updates the
// statistics of query features.
type Coarse struct {
	Heads     Heads
	Compact   gpu.View // from Compact
	Scales    gpu.View // (blocks), from Compact
	Query     gpu.View // (features) from float First on
	First     int      // a multiple of 4
	Cap       int      // as in Stats
	Stats     gpu.View // as in Stats; unset: none are kept
	Supers    gpu.View // SupersBytes: of each super-block the highest and the mean score
	MaxBlocks int
	Params    gpu.View
}

// SupersBytes is the size of what Coarse leaves of n blocks.
func SupersBytes(n int) int64 { return int64(n/Super+2) * 8 }

// Record adds the scoring to r.
func (a Coarse) Record(r *gpu.Recording, lanes int) {
	const name = "coarse"
	f := int64(a.Heads.Features())
	need(name, "query", a.Query, (int64(a.First)+f)*4)
	need(name, "compact representatives", a.Compact, CompactBytes(a.Heads, a.MaxBlocks))
	need(name, "scales", a.Scales, int64(a.MaxBlocks)*4)
	need(name, "super-blocks", a.Supers, SupersBytes(a.MaxBlocks))
	stats := a.Stats
	if stats.Buffer == nil {
		stats = a.Supers // bound and not touched
	} else {
		need(name, "stats", stats, 2*f*4)
	}
	r.Dispatch(kernel(name, coarseTwin), [3]uint32{groups(a.MaxBlocks, coarseBlocks*lanes), 1, 1},
		[]uint32{uint32(a.Heads.Octets), flag(a.Stats.Buffer != nil)},
		[]uint32{uint32(a.Heads.KV), uint32(a.Heads.Group), uint32(a.First / 4), uint32(a.Cap)},
		a.Compact, a.Scales, a.Query, a.Params, stats, stats, a.Supers)
}

// coarseTwin is the twin of coarse.comp.
func coarseTwin(c *gpu.Call) {
	octets, heads, group, first := int(c.Spec[0]), int(c.Push[0]), int(c.Push[1]), c.Push[2]
	scales, s, supers := f32s(c.Bufs[1]), step(c.Bufs[3]), f32s(c.Bufs[6])
	if c.Spec[1] == 1 {
		features := uint32(2 * heads * group * octets)
		statsTwin(&gpu.Call{Push: []uint32{features, first, c.Push[3]}, Bufs: [][]byte{c.Bufs[2], c.Bufs[5], c.Bufs[3], c.Bufs[5]}})
	}
	query, dim, texels := f32s(c.Bufs[2])[4*first:][:heads*group*octets*8], 8*octets, compactTexels(heads*octets)
	norm := inverseNorm(query)
	folded := make([]float64, heads*dim)
	for i := range query {
		head := i / dim
		folded[head/group*dim+i%dim] += float64(query[i])
	}
	parallel(int(s.Blocks)/Together*Together/Super, func(super int) {
		var scores [Super]float64
		for j := range scores {
			b := super*Super + j
			for i, q := range folded {
				scores[j] += q * float64(int8(c.Bufs[0][((b/Together*texels+i/16)*Together+b%Together)*16+i%16]))
			}
			scores[j] *= norm * float64(scales[b])
		}
		mean := 0.0
		for _, v := range scores {
			mean += v / Super
		}
		supers[2*super], supers[2*super+1] = float32(slices.Max(scores[:])), float32(mean)
	})
}
