package shaders

import (
	"fmt"
	"testing"
)

// TestHistory requires of the steps of a batch's tokens what they leave in the
// budget's state one after the other.
func TestHistory(t *testing.T) {
	for _, c := range []struct {
		history, before int // samples kept, and had
		accepted        int
		fixed           bool
		blocks          int
	}{
		{history: 7, before: 0, accepted: 3, blocks: 9},
		{history: 7, before: 5, accepted: 4, blocks: 9},
		{history: 7, before: 20, accepted: 1, blocks: 9},
		{history: 100, before: 99, accepted: 5, blocks: 9},
		{history: 2, before: 4, accepted: 5, blocks: 9}, // more than are kept
		{history: 7, before: 5, accepted: 0, blocks: 9},
		{history: 7, before: 5, accepted: 2, blocks: 1},
		{history: 7, before: 5, accepted: 2, blocks: 9, fixed: true},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) [][]float32 {
				const layers, tokens, row = 3, 5, ReportWords + 4
				reports := make([]uint32, layers*tokens*row)
				entropies := r.normal(layers * tokens)
				for i, h := range entropies {
					copy(reports[i*row:], []uint32{uint32(i % 4), uint32(c.blocks), 0, bits(h), bits(float32(50 - i))})
				}
				state := r.normal(int(StateBytes(layers, c.history) / 4))
				for layer := range layers {
					state[1+layers+layer] = float32(c.before)
				}
				steps := make([]byte, tokens*StepRow)
				for i := range c.accepted {
					step := Step{Queries: 1}
					step.Put(steps[i*StepRow:])
				}
				a := History{
					Layers: layers, Tokens: tokens, History: c.history, Fixed: c.fixed, State: r.floats(state), Reports: exactly(r, reports), Params: r.put(steps),
				}
				a.Record(r.rec, r.lanes)
				r.run()
				got, want := r.read(a.State, len(state)), state
				for token := range c.accepted {
					for layer := range layers {
						if i := layer*tokens + token; !c.fixed && c.blocks > 1 {
							samples := want[1+2*layers+layer*c.history:][:c.history]
							samples[(c.before+token)%c.history] = entropies[i]
							held := min(c.history, c.before+token+1)
							mean := 0.0
							for _, h := range samples[:held] {
								mean += float64(h) / float64(held)
							}
							want[1+layer], want[1+layers+layer] = float32(mean), float32(c.before+token+1)
						}
						if i := layer*tokens + token; layer == layers-1 {
							want[0] = float32(50-i) - float32(i%4)
						}
					}
				}
				agree(r, 0, got, want, 1e-5)
				return [][]float32{got}
			})
		})
	}
}
