package shaders

import (
	"fmt"
	"testing"
)

// TestBias compares bias with its twin, with and without padding, and with a
// layer that has never varied.
func TestBias(t *testing.T) {
	for _, c := range []struct {
		features, counted, window, queries, windows int
		still                                       bool // the variance is 0
	}{
		{features: 8, counted: 8, window: 1, queries: 1, windows: 0},
		{features: 8, counted: 6, window: 9, queries: 9, windows: 1},
		{features: 64, counted: 64, window: 3, queries: 2, windows: 1, still: true},
		{features: 576, counted: 576, window: 64, queries: 61, windows: 12},
		{features: 4096, counted: 3001, window: 2, queries: 2, windows: 5000},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) [][]float32 {
				q, stats := r.normal(c.queries*c.features), r.normal(2*c.features)
				for i := range c.features {
					variance := &stats[c.features+i]
					*variance *= *variance
					if c.still {
						*variance = 0
					}
					if i >= c.counted {
						stats[i], *variance = 0, 0
						for j := range c.queries {
							q[j*c.features+i] = 0
						}
					}
				}
				b := Bias{
					Features: c.features, Counted: c.counted, Q: farBuffer(r, q, c.window, c.features), Window: c.window,
					Stats: r.floats(stats), Bias: r.alloc(int64(c.window) * 4),
					Params: r.step(Step{Queries: uint32(c.queries), Windows: uint32(c.windows)}, c.window),
				}
				b.Record(r.rec, r.lanes)
				r.run()
				return [][]float32{r.read(b.Bias, c.window)}
			})
		})
	}
}
