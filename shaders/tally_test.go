package shaders

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"fovea/gpu"
)

// TestTally compares tally with its twin and both with the sums by definition,
// of two layers that recalled different numbers of blocks.
func TestTally(t *testing.T) {
	for _, c := range []struct{ width, inits, remainder, size, local, pos, ring int }{
		{width: 9, inits: 64, remainder: 5, size: 32, local: 100, pos: 700, ring: 140},
		{width: 2, inits: 3, remainder: 0, size: 5, local: 16, pos: 40, ring: 17},
		{width: 1, inits: 0, remainder: 0, size: 32, local: 512, pos: 7, ring: 544},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 2e-5, func(r *rig) [][]float32 {
				const layers, most = 2, 11
				chunk, recalled := ChunkKeys(r.lanes), [layers]int{most, 4}
				if c.inits == 0 {
					recalled = [layers]int{}
				}
				globals := c.inits + most*c.size + c.remainder
				slots := KeptSlots(globals, c.local, r.lanes)
				scores, kept := r.normal(layers*c.width*(globals+c.local)), make([]float32, layers*c.width*slots)
				ml, acc := r.normal(layers*c.width*2), r.normal(layers*c.width*c.ring)
				reports, mass, wantAcc := make([]uint32, layers*ReportWords), make([]float32, layers*most), append([]float32(nil), acc...)
				for layer, k := range recalled {
					reports[layer*ReportWords] = uint32(k)
					blocks := int(groups(min(c.local, c.pos+1), chunk)) * chunk
					for h := range c.width {
						row := layer*c.width + h
						copy(kept[row*slots:][:c.local], scores[row*(globals+c.local)+globals:])
						copy(kept[row*slots+blocks:], scores[row*(globals+c.local):][:globals])
						ml[2*row+1] = float32(math.Abs(float64(ml[2*row+1]))) + 1
						weight := func(slot int) float32 {
							return float32(math.Exp(float64(kept[row*slots+slot]-ml[2*row])) / float64(ml[2*row+1]))
						}
						for i := range k * c.size {
							mass[layer*most+i/c.size] += weight(blocks + c.inits + i)
						}
						first := max(0, c.pos+1-c.local)
						for p := first; p <= c.pos; p++ {
							if p == c.pos {
								wantAcc[row*c.ring+p%c.ring] = 0
							}
							wantAcc[row*c.ring+p%c.ring] += weight(p - first)
						}
					}
				}
				params := r.step(Step{
					Queries: 1, Pos: uint32(c.pos), Local: uint32(c.local), LocalFirst: uint32(max(0, c.pos-c.local)), Ring: uint32(c.ring),
					Inits: uint32(c.inits), RemFirst: 100, RemEnd: uint32(100 + c.remainder),
				}, 1)
				tally := Tally{
					Heads: Heads{KV: 1, Group: c.width}, Layers: layers, Slots: slots, Ring: c.ring, BlockSize: c.size, MaxBlocks: most,
					Kept: exactly(r, kept), ML: exactly(r, ml), Reports: exactly(r, reports), Acc: exactly(r, acc),
					Mass: exactly(r, make([]float32, layers*most)), Params: params,
				}
				tally.Record(r.rec, r.lanes)
				r.run()
				result := [][]float32{r.read(tally.Acc, len(acc)), r.read(tally.Mass, len(mass))}
				agree(r, 0, result[0], wantAcc, 2e-5)
				agree(r, 1, result[1], mass, 2e-5)
				return result
			})
		})
	}
}

// exactly returns a view of v without the padding of its buffer.
func exactly[T float32 | uint32](r *rig, v []T) gpu.View {
	view := r.put(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)))
	view.Size = int64(4 * len(v))
	return view
}
