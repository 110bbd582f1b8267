package shaders

import (
	"math"
	"slices"

	"fovea/gpu"
)

// listHeader is the words of a list of super-blocks before their ids (HEADER in
// include/super.glsl): how many; z, z*x and the reference of the rest; the first
// block behind all super-blocks; a counter that coarse keeps.
const listHeader = 6

// Coarse is the first level of a decode step's choice: the scores of all full
// groups of blocks by their compact representatives, in the dimensions in which
// the query, summed over the query heads of a key-value head, times the spread is not
// much below its mean; and a list of the Most super-blocks with the highest scores. The list
// stands for their blocks, and for all behind the full groups of blocks: those
// too that are sealed later, of which there may be Together before the list is
// made anew. For the tokens of a batch it makes a list each.
type Coarse struct {
	Score   Score    // as of Recall; representatives and scores are not used
	Tokens  int      // of a batch, each with a row of equal size; else 0
	Team    int      // gpu.Info.Team; 0 counts as 1
	Cores   int      // gpu.Info.Cores
	Most    int      // super-blocks to list
	Tau     float32  // temperature of the scores' softmax
	Compact gpu.View // from Compact
	Units   gpu.View // (blocks), from Compact
	Centre  gpu.View // from Compact
	Supers  gpu.View // (Tokens) of SupersBytes: of four super-blocks the highest scores, then the mean ones
	List    gpu.View // (Tokens) of ListBytes, zeros at first
}

// SupersBytes is the size of the scores of super-blocks of n blocks.
func SupersBytes(n int) int64 { return int64(n/(4*Super)+1) * 32 }

// superAt is where the highest score of a super-block lies, and four numbers
// further on the mean one.
func superAt(super int) int { return super/4*8 + super%4 }

// ListedBlocks is the most blocks that a list of most super-blocks stands for.
func ListedBlocks(most int) int { return most*Super + 2*Together }

// ListBytes is the size of a list of most super-blocks.
func ListBytes(most int) int64 { return int64(listHeader+ListedBlocks(most)/Super) * 4 }

// coarseGroups is the most workgroups of coarse: each must find the dimensions
// that count.
const coarseGroups = 32

// coarseLargest is the largest integer of a query (LARGEST in coarse.comp).
const coarseLargest = 68

// Record adds the scoring and the list to r.
func (a Coarse) Record(r *gpu.Recording, lanes int) {
	s, name := a.Score, "coarse"
	if a.Team > 1 && keeps(s.MaxBlocks/Super, lanes, a.Team) { // on software drivers it gains nothing
		name = "coarse_kept"
	}
	h, n, tokens := s.Heads, s.MaxBlocks, max(1, a.Tokens)
	need(name, "query", s.Probe, int64(s.First+tokens*h.Features())*4)
	need(name, "compact representatives", a.Compact, CompactBytes(h, n))
	need(name, "units", a.Units, int64(n)*4)
	need(name, "norms", s.Norms, int64(n)*4)
	need(name, "centre", a.Centre, CentreBytes(h))
	supers := rowWords(name, "super-blocks", a.Supers, tokens, int(SupersBytes(n)/4))
	list := rowWords(name, "list", a.List, tokens, int(ListBytes(a.Most)/4))
	question, weight := s.question()
	workgroups := fewGroups(min(groups(n, compactEach*lanes), coarseGroups), a.Cores)
	r.Dispatch(kernel(name, coarseTwin), [3]uint32{workgroups, uint32(tokens), 1},
		[]uint32{uint32(h.Octets), uint32(h.KV), quads(n/Super, lanes, a.Team)},
		[]uint32{uint32(h.Group), uint32(s.First / 4), bits(weight), uint32(a.Most), bits(a.Tau), supers / 4, list, workgroups},
		a.Compact, a.Units, s.Probe, s.Params, question, a.Supers, a.List, s.Norms, a.Centre)
}

// coarseTwin is the twin of coarse.comp.
func coarseTwin(c *gpu.Call) {
	for token := range int(c.Groups[1]) {
		if s := stepOf(c.Bufs[3], token); s.Queries > 0 {
			coarseList(c, int(s.Blocks)/Together*Together, token)
		}
	}
}

// coarseList lists the best super-blocks of n blocks for a token.
func coarseList(c *gpu.Call, n, token int) {
	octets, heads, group, first := int(c.Spec[0]), int(c.Spec[1]), int(c.Push[0]), int(4*c.Push[1])
	units, norms, centre := f32s(c.Bufs[1]), f32s(c.Bufs[7]), f32s(c.Bufs[8])
	supers, features := f32s(c.Bufs[5])[4*token*int(c.Push[5]):], heads*group*octets*8
	query := f32s(c.Bufs[2])[first+token*features:][:features]
	norm, folded := inverseNorm(query), foldQuery(query, heads, group)
	if weight := float(c.Push[2]); weight != 0 {
		question := f32s(c.Bufs[4])[:len(query)]
		for i, q := range foldQuery(question, heads, group) {
			folded[i] += q * weight * inverseNorm(question) / norm
		}
	}
	common := 0.0
	for i, q := range folded {
		common += q * float64(centre[i])
		folded[i] *= float64(centre[len(folded)+i])
	}
	dims, unit := picked(folded)
	parallel(n/Super, func(super int) {
		var scores [Super]float64
		for j := range scores {
			b := super*Super + j
			for _, d := range dims {
				scores[j] += math.RoundToEven(folded[d]/unit) * float64(compactOf(c.Bufs[0], compactAt(b, d, len(folded))))
			}
			scores[j] = norm * (scores[j]*unit*float64(units[b]) + common*float64(norms[b]))
		}
		mean := 0.0
		for _, v := range scores {
			mean += v / Super
		}
		supers[superAt(super)], supers[superAt(super)+4] = float32(slices.Max(scores[:])), float32(mean)
	})
	listSupers(supers, n/Super, int(c.Push[3]), float(c.Push[4]), u32s(c.Bufs[6])[token*int(c.Push[6]):])
}

// listSupers makes the list of at most so many of n super-blocks. The rest count
// in the entropy by their mean scores: with x = (mean - highest of all)/tau and z
// the number of their blocks times e^x, the list has the sums of z and of z*x.
func listSupers(supers []float32, n, most int, tau float64, list []uint32) {
	highest := make([]float32, n)
	for i := range highest {
		highest[i] = supers[superAt(i)]
	}
	order := descending(highest)
	k := min(n, most)
	ids := slices.Sorted(slices.Values(order[:k]))
	z, zx, top := 0.0, 0.0, float32(0)
	for _, i := range order[k:] {
		x := (float64(supers[superAt(i)+4]) - float64(highest[order[0]])) / tau
		z += Super * math.Exp(x)
		zx += Super * math.Exp(x) * x
	}
	if n > 0 {
		top = highest[order[0]]
	}
	copy(list, []uint32{uint32(k), bits(float32(z)), bits(float32(zx)), bits(top), uint32(n * Super)})
	for i, id := range ids {
		list[listHeader+i] = uint32(id)
	}
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
// its absolute values, and the unit in which it is scored in integers.
func picked(folded []float64) (dims []int, unit float64) {
	mean := 0.0
	for _, q := range folded {
		mean += math.Abs(q) / float64(len(folded))
		unit = max(unit, math.Abs(q)/coarseLargest)
	}
	for d, q := range folded {
		if math.Abs(q) >= 0.7*mean {
			dims = append(dims, d)
		}
	}
	return dims, unit
}

// listedBlocks are the blocks of a list, of n in all.
func listedBlocks(list []uint32, n int) (blocks []int) {
	for _, id := range list[listHeader:][:list[0]] {
		for i := range Super {
			blocks = append(blocks, int(id)*Super+i)
		}
	}
	for b := int(list[4]); b < n; b++ {
		blocks = append(blocks, b)
	}
	return blocks
}
