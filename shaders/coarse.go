package shaders

import (
	"math"
	"slices"

	"fovea/gpu"
)

// Coarse is the first level of a decode step's choice: the scores of all full
// groups of blocks by their compact representatives, in the dimensions in which
// the query, summed over the query heads of a key-value head, is not much below its
// mean.
type Coarse struct {
	Score   Score    // as of Recall; representatives, norms and scores are not used
	Compact gpu.View // from Compact
	Scales  gpu.View // (blocks), from Compact
	Supers  gpu.View // SupersBytes: of each super-block the highest and the mean score
}

// SupersBytes is the size of what Coarse leaves of n blocks.
func SupersBytes(n int) int64 { return int64(n/Super+2) * 8 }

// Record adds the scoring to r.
func (a Coarse) Record(r *gpu.Recording, lanes int) {
	const name = "coarse"
	s := a.Score
	h, n := s.Heads, s.MaxBlocks
	need(name, "query", s.Probe, int64(s.First+h.Features())*4)
	need(name, "compact representatives", a.Compact, CompactBytes(h, n))
	need(name, "scales", a.Scales, int64(n)*4)
	need(name, "super-blocks", a.Supers, SupersBytes(n))
	question, weight := s.question()
	r.Dispatch(kernel(name, coarseTwin), [3]uint32{groups(n, compactEach*lanes), 1, 1},
		[]uint32{uint32(h.Octets), uint32(h.KV)}, []uint32{uint32(h.Group), uint32(s.First / 4), bits(weight)},
		a.Compact, a.Scales, s.Probe, s.Params, question, a.Supers)
}

// coarseTwin is the twin of coarse.comp.
func coarseTwin(c *gpu.Call) {
	octets, heads, group, first := int(c.Spec[0]), int(c.Spec[1]), int(c.Push[0]), c.Push[1]
	scales, s, supers := f32s(c.Bufs[1]), step(c.Bufs[3]), f32s(c.Bufs[5])
	query := f32s(c.Bufs[2])[4*first:][:heads*group*octets*8]
	norm, folded := inverseNorm(query), foldQuery(query, heads, group)
	if weight := float(c.Push[2]); weight != 0 {
		question := f32s(c.Bufs[4])[:len(query)]
		for i, q := range foldQuery(question, heads, group) {
			folded[i] += q * weight * inverseNorm(question) / norm
		}
	}
	dims := picked(folded)
	parallel(int(s.Blocks)/Together*Together/Super, func(super int) {
		var scores [Super]float64
		for j := range scores {
			b := super*Super + j
			for _, d := range dims {
				scores[j] += folded[d] * float64(int8(c.Bufs[0][compactAt(b, d, len(folded))]))
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

// foldQuery sums a query over the query heads of each key-value head.
func foldQuery(query []float32, heads, group int) []float64 {
	dim := len(query) / (heads * group)
	folded := make([]float64, heads*dim)
	for i, q := range query {
		folded[i/dim/group*dim+i%dim] += float64(q)
	}
	return folded
}

// picked are the dimensions in which a folded query is at least 0.7 of the mean of
// its absolute values.
func picked(folded []float64) (dims []int) {
	mean := 0.0
	for _, q := range folded {
		mean += math.Abs(q) / float64(len(folded))
	}
	for d, q := range folded {
		if math.Abs(q) >= 0.7*mean {
			dims = append(dims, d)
		}
	}
	return dims
}
