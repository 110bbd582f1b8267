package shaders

import (
	"math"

	"fovea/gpu"
)

// Tally finds, for all layers, what keys received in a decode step, from the
// scores that Attend kept: the softmax weight of local keys is added to their
// accumulated weight, that of recalled blocks is summed over heads and keys. Of a
// batch it takes the steps of its tokens in turn.
type Tally struct {
	Heads     Heads
	Layers    int
	Tokens    int // of a batch; else 0
	Slots     int // as in Attend
	Ring      int
	BlockSize int
	MaxBlocks int // that a layer recalls at most; 0: only local keys, which is all that Attend need keep

	// Rows of equal size, one a layer; of Reports and Mass a layer and token.
	Kept    gpu.View // (Layers, Tokens, width, Slots), from Attend
	ML      gpu.View // (Layers, Tokens, width), from Attend
	Reports gpu.View // (Layers, Tokens, ...), from Select
	Acc     gpu.View // (Layers, width, Ring), updated
	Mass    gpu.View // (Layers, Tokens, at least MaxBlocks), for the blocks of a report
	Params  gpu.View // (Tokens) steps
}

// Record adds the tally to r.
func (t Tally) Record(r *gpu.Recording, lanes int) {
	h, width, tokens := t.Heads, t.Heads.Width(), max(1, t.Tokens)
	row := func(what string, v gpu.View, words int) uint32 { return rowWords("tally", what, v, t.Layers, words) }
	each := func(what string, v gpu.View, words int) uint32 {
		return rowWords("tally", what, v, t.Layers*tokens, words)
	}
	r.Dispatch(kernel("tally", tallyTwin), [3]uint32{1 + groups(t.MaxBlocks, width), uint32(width), uint32(t.Layers * tokens)},
		[]uint32{uint32(ChunkKeys(lanes)), flag(tokens > 1), flag(t.MaxBlocks > 0)},
		[]uint32{
			uint32(h.Width()), uint32(t.Slots), uint32(t.BlockSize), row("kept", t.Kept, tokens*width*t.Slots), row("ml", t.ML, 2*tokens*width),
			each("reports", t.Reports, ReportWords), row("acc", t.Acc, width*t.Ring), each("mass", t.Mass, t.MaxBlocks),
			uint32(tokens),
		},
		t.Kept, t.ML, t.Reports, t.Params, t.Acc, t.Acc, t.Mass)
}

// tallyTwin is the twin of tally.comp.
func tallyTwin(c *gpu.Call) {
	width, slots, size, tokens := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[8])
	chunk := int(c.Spec[0])
	for row := range int(c.Groups[2]) {
		s := stepOf(c.Bufs[3], row%tokens)
		if s.Queries == 0 {
			continue
		}
		pos, ring := int(s.Pos), int(s.Ring)
		first := max(int(s.LocalFirst), pos-int(s.Local)+1)
		layer, token := row/tokens, row%tokens
		at := func(buf, push, row int) []float32 { return f32s(c.Bufs[buf])[row*int(c.Push[push]):] }
		kept, ml, mass := at(0, 3, layer)[token*width*slots:], at(1, 4, layer)[2*token*width:], at(6, 7, row)
		acc := at(5, 6, layer) // also as it was: both are the same memory
		recalled := 0
		if c.Groups[0] > 1 {
			recalled = int(u32s(c.Bufs[2])[row*int(c.Push[5])])
		}
		blocks := int(groups(pos+1-first, chunk))*chunk + int(s.Inits)
		weight := func(h, slot int) float64 {
			return math.Exp(float64(kept[h*slots+slot])-float64(ml[2*h])) / float64(ml[2*h+1])
		}
		for h := range width {
			for p := first; p <= pos; p++ {
				accumulate(acc, acc, h*ring+p%ring, p < pos, weight(h, p-first))
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
