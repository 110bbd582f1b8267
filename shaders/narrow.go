package shaders

import (
	"math"
	"slices"

	"fovea/gpu"
)

// listHeader is the words of a list of super-blocks before their ids (HEADER in
// include/super.glsl): how many; z, z*x and the reference of the rest; the first
// block behind all super-blocks.
const listHeader = 5

// Narrow lists the Most super-blocks with the highest scores by Coarse. The list
// stands for their blocks, and for all behind the full groups of blocks: those
// too that are sealed later, of which there may be Together before the list is
// made anew.
type Narrow struct {
	Most   int
	Tau    float32  // temperature of the scores' softmax
	Supers gpu.View // from Coarse
	List   gpu.View // ListBytes
	Params gpu.View
}

// ListedBlocks is the most blocks that a list of most super-blocks stands for.
func ListedBlocks(most int) int { return most*Super + 2*Together }

// ListBytes is the size of a list of most super-blocks.
func ListBytes(most int) int64 { return int64(listHeader+ListedBlocks(most)/Super) * 4 }

// Record adds the choice to r.
func (a Narrow) Record(r *gpu.Recording, _ int) {
	need("narrow", "list", a.List, ListBytes(a.Most))
	r.Dispatch(kernel("narrow", narrowTwin), [3]uint32{1, 1, 1}, nil, []uint32{uint32(a.Most), bits(a.Tau)},
		a.Supers, a.Params, a.List)
}

// narrowTwin is the twin of narrow.comp. The rest of the super-blocks count in
// the entropy by their mean scores: with x = (mean - highest of all)/tau and z
// the number of their blocks times e^x, the list has the sums of z and of z*x.
func narrowTwin(c *gpu.Call) {
	most, tau := int(c.Push[0]), float(c.Push[1])
	supers, s, list := f32s(c.Bufs[0]), step(c.Bufs[1]), u32s(c.Bufs[2])
	n := int(s.Blocks) / Together * Together / Super
	highest := make([]float32, n)
	for i := range highest {
		highest[i] = supers[2*i]
	}
	order := descending(highest)
	k := min(n, most)
	ids := slices.Sorted(slices.Values(order[:k]))
	z, zx, top := 0.0, 0.0, float32(0)
	for _, i := range order[k:] {
		x := (float64(supers[2*i+1]) - float64(highest[order[0]])) / tau
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
