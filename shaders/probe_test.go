package shaders

import (
	"fmt"
	"testing"
)

// TestProbe compares probe with its twin. A single query is its own probe
// whatever its bias.
func TestProbe(t *testing.T) {
	for _, c := range []struct {
		features, window, queries int
		mean                      bool
	}{
		{features: 8, window: 1, queries: 1},
		{features: 36, window: 17, queries: 1},
		{features: 36, window: 17, queries: 2},
		{features: 576, window: 64, queries: 61},
		{features: 576, window: 64, queries: 64, mean: true},
		{features: 4096, window: 3, queries: 3},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) [][]float32 {
				q, bias := r.normal(c.queries*c.features), r.normal(c.window)
				for i := range bias {
					bias[i] *= bias[i]
				}
				bias[0] = 0
				p := Probe{
					Features: c.features, Q: farBuffer(r, q, c.window, c.features), Window: c.window, Bias: r.floats(bias),
					Mean: c.mean, Probe: r.alloc(int64(c.features) * 4), Params: r.step(Step{Queries: uint32(c.queries)}, c.window),
				}
				p.Record(r.rec, r.lanes)
				r.run()
				got := r.read(p.Probe, c.features)
				if c.queries == 1 {
					agree(r, 0, got, q, 0)
				}
				return [][]float32{got}
			})
		})
	}
}
