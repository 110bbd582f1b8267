package shaders

import (
	"fmt"
	"testing"
)

// TestWeigh compares weigh with its twin and both with the attention weights
// by their definition.
func TestWeigh(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range attendCases {
			for _, tall := range []bool{false, true} {
				for _, splits := range []int{1, 3} {
					t.Run(fmt.Sprintf("%v/%v_tall%v_splits%d", kv, c, tall, splits), func(t *testing.T) {
						onDevices(t, 2e-5, func(r *rig) [][]float32 { return checkWeigh(r, c, kv, tall, splits) })
					})
				}
			}
		}
	}
}

func checkWeigh(r *rig, c attendCase, kv KV, tall bool, splits int) [][]float32 {
	h, ring := c.shape(kv), c.ring()
	a, in := c.attend(r, kv, 1)
	a.Record(r.rec, r.lanes)
	acc := r.normal(h.Width() * ring)
	w := Weigh{
		Heads: h, K: a.K, Q: a.Q, ML: a.ML, Acc: r.floats(acc), Ring: ring,
		Window: c.window, Scale: a.Scale, Tall: tall, Params: a.Params, Splits: splits,
	}
	w.Shared = r.alloc(w.SharedBytes(r.lanes))
	w.Record(r.rec, r.lanes)
	r.run()

	for p := c.pos; p < c.pos+c.queries; p++ {
		for head := range h.Width() {
			acc[head*ring+p%ring] = 0
		}
	}
	for query := range c.queries {
		for head := range h.Width() {
			_, local, _, _ := c.weights(in, query, head, float64(a.Scale))
			for p, v := range local {
				acc[head*ring+p%ring] += float32(v)
			}
		}
	}
	result := r.read(w.Acc, len(acc))
	agree(r, 0, result, acc, 2e-5)
	return [][]float32{result}
}
