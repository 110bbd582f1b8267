package shaders

import (
	"math"

	"fovea/gpu"
)

// Tally finds, for all layers, what keys received in a decode step, from the
// scores that Attend kept: the softmax weight of local keys is added to their
// accumulated weight, that of recalled blocks is summed over heads and keys.
type Tally struct {
	Heads     Heads
	Layers    int
	Slots     int // as in Attend
	Ring      int
	BlockSize int
	MaxBlocks int // that a layer recalls at most; 0: only local keys, which is all that Attend need keep

	// One row a layer, rows of equal size.
	Kept    gpu.View // (Layers, width, Slots), from Attend
	ML      gpu.View // (Layers, width), from Attend
	Reports gpu.View // (Layers, ...), from Select
	Acc     gpu.View // (Layers, width, Ring), updated
	Mass    gpu.View // (Layers, at least MaxBlocks), for the blocks of a report
	Params  gpu.View
}

// Record adds the tally to r.
func (t Tally) Record(r *gpu.Recording, lanes int) {
	h, width := t.Heads, t.Heads.Width()
	row := func(what string, v gpu.View, words int) uint32 {
		lo, hi := v.Range()
		n := (hi - lo) / int64(t.Layers) / 4
		need("tally", what, v, int64(t.Layers*words)*4)
		return uint32(n)
	}
	r.Dispatch(kernel("tally", tallyTwin), [3]uint32{1 + groups(t.MaxBlocks, width), uint32(width), uint32(t.Layers)},
		[]uint32{uint32(ChunkKeys(lanes))},
		[]uint32{
			uint32(h.Width()), uint32(t.Slots), uint32(t.BlockSize), row("kept", t.Kept, width*t.Slots), row("ml", t.ML, 2*width),
			row("reports", t.Reports, ReportWords), row("acc", t.Acc, width*t.Ring), row("mass", t.Mass, t.MaxBlocks),
		},
		t.Kept, t.ML, t.Reports, t.Params, t.Acc, t.Acc, t.Mass)
}

// tallyTwin is the twin of tally.comp.
func tallyTwin(c *gpu.Call) {
	width, slots, size := int(c.Push[0]), int(c.Push[1]), int(c.Push[2])
	s, chunk := step(c.Bufs[3]), int(c.Spec[0])
	pos, ring := int(s.Pos), int(s.Ring)
	first := max(int(s.LocalFirst), pos-int(s.Local)+1)
	for layer := range int(c.Groups[2]) {
		rowOf := func(buf, push int) []float32 { return f32s(c.Bufs[buf])[layer*int(c.Push[push]):] }
		kept, ml, before, acc, mass := rowOf(0, 3), rowOf(1, 4), rowOf(4, 6), rowOf(5, 6), rowOf(6, 7)
		recalled := 0
		if c.Groups[0] > 1 {
			recalled = int(u32s(c.Bufs[2])[layer*int(c.Push[5])])
		}
		blocks := int(groups(pos+1-first, chunk))*chunk + int(s.Inits)
		weight := func(h, slot int) float64 {
			return math.Exp(float64(kept[h*slots+slot])-float64(ml[2*h])) / float64(ml[2*h+1])
		}
		for h := range width {
			for p := first; p <= pos; p++ {
				accumulate(acc, before, h*ring+p%ring, p < pos, weight(h, p-first))
			}
		}
		for b := range recalled {
			sum := 0.0
			for h := range width {
				for i := range size {
					sum += weight(h, blocks+b*size+i)
				}
			}
			mass[b] = float32(sum)
		}
	}
}
