package shaders

import (
	"fmt"
	"testing"
)

// TestWeigh compares weigh with its twin and both with the attention weights
// by their definition, in the prefill and the decode form, with and without
// the mass of the global keys.
func TestWeigh(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range attendCases {
			for _, slots := range []int{0, len(c.globals) / 2, len(c.globals) + 40} {
				if slots > 0 && c.window > 1 {
					continue
				}
				t.Run(fmt.Sprintf("%v/%v_slots%d", kv, c, slots), func(t *testing.T) {
					onDevices(t, 2e-5, func(r *rig) [][]float32 { return checkWeigh(r, c, kv, slots) })
				})
			}
		}
	}
}

func checkWeigh(r *rig, c attendCase, kv KV, slots int) [][]float32 {
	h, ring := c.shape(kv), c.ring()
	a, in := c.attend(r, kv, 1)
	a.Record(r.rec, r.lanes)
	acc := r.normal(h.Width() * ring)
	w := Weigh{
		Heads: h, K: a.K, Q: a.Q, Globals: a.Globals, ML: a.ML, Acc: r.floats(acc), Ring: ring,
		Window: c.window, Scale: a.Scale, Params: a.Params, Slots: slots,
	}
	mass := make([]float32, h.MassRows()*slots+64) // nothing is written behind the rows
	if slots > 0 {
		for i := range mass {
			mass[i] = 0.5
		}
		w.Mass = r.floats(mass)
		for i := range min(slots, len(c.globals)) {
			for y := range h.MassRows() {
				mass[y*slots+i] = 0
			}
		}
	}
	w.Record(r.rec, r.lanes)
	r.run()

	for p := c.pos; p < c.pos+c.queries; p++ {
		for head := range h.Width() {
			acc[head*ring+p%ring] = 0
		}
	}
	for query := range c.queries {
		for head := range h.Width() {
			global, local, _, _ := c.weights(in, query, head, float64(a.Scale))
			for p, v := range local {
				acc[head*ring+p%ring] += float32(v)
			}
			for i, v := range global {
				if i < slots {
					mass[head*h.MassRows()/h.Width()*slots+i] += float32(v)
				}
			}
		}
	}
	const tol = 2e-5
	results := [][]float32{r.read(w.Acc, len(acc))}
	agree(r, 0, results[0], acc, tol)
	if slots > 0 {
		results = append(results, r.read(w.Mass, len(mass)))
		agree(r, 1, results[1], mass, tol)
	}
	return results
}
