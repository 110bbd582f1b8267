package shaders

import (
	"fmt"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
)

// farBuffer returns a query buffer (2, window, features) whose second half
// begins with q; the rest is noise that no kernel of ActQKV may read.
func farBuffer(r *rig, q []float32, window, features int) gpu.View {
	b := r.normal(2 * window * features)
	copy(b[window*features:], q)
	return r.floats(b)
}

// TestStats compares stats with its twin: first windows, later ones, ones
// beyond the cap, and single queries.
func TestStats(t *testing.T) {
	for _, c := range []struct{ features, window, queries, windows, limit int }{
		{features: 4, window: 1, queries: 1, windows: 0, limit: 1000},
		{features: 8, window: 2, queries: 2, windows: 1, limit: 1000},
		{features: 36, window: 17, queries: 13, windows: 0, limit: 1000},
		{features: 36, window: 17, queries: 1, windows: 3, limit: 3},
		{features: 576, window: 64, queries: 64, windows: 7, limit: 3},
		{features: 1032, window: 5, queries: 4, windows: 100_000, limit: 1000},
		{features: 4096, window: 1, queries: 1, windows: 999, limit: 1000},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) [][]float32 {
				q, old := r.normal(c.queries*c.features), r.normal(2*c.features)
				for i := range q {
					q[i] += 10 // a variance that is small beside the mean
				}
				for i := range c.features {
					old[i] += 9
					old[c.features+i] *= old[c.features+i]
				}
				s := Stats{
					Features: c.features, Q: farBuffer(r, q, c.window, c.features), Window: c.window,
					Stats: r.floats(old), Cap: c.limit,
					Params: r.step(Step{Queries: uint32(c.queries), Windows: uint32(c.windows)}, c.window),
				}
				s.Record(r.rec, r.lanes)
				r.run()
				got := r.read(s.Stats, len(old))
				return [][]float32{got[:c.features], got[c.features:]}
			})
		})
	}
}

// TestStatsSingly requires of queries that are windows of their own what they leave
// one after the other, to the bit.
func TestStatsSingly(t *testing.T) {
	for _, before := range []int{0, 1, 6, 7, 100} {
		t.Run(fmt.Sprintf("after_%d", before), func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) [][]float32 {
				const features, window, queries = 76, 4, 3
				q, old := r.normal(queries*features), r.normal(2*features)
				stats := func(q []float32, window, queries, windows int, to gpu.View) Stats {
					return Stats{
						Features: features, Q: farBuffer(r, q, window, features), Window: window, Singly: true, Stats: to, Cap: 7,
						Params: r.step(Step{Queries: uint32(queries), Windows: uint32(windows)}, window),
					}
				}
				together, apart := r.floats(old), r.floats(old)
				stats(q, window, queries, before, together).Record(r.rec, r.lanes)
				for i := range queries {
					a := stats(q[i*features:][:features], 1, 1, before+i, apart)
					a.Singly = false
					a.Record(r.rec, r.lanes)
				}
				r.run()
				got, want := r.read(together, len(old)), r.read(apart, len(old))
				agree(r, 0, got, want, 0)
				return [][]float32{got}
			})
		})
	}
}

// TestActivation runs stats, bias and probe over windows as the authors' code
// did, on features with padding.
func TestActivation(t *testing.T) {
	type window struct {
		N         int
		Q         string // (N, D)
		Mean      string // (D)
		Var       string // (D)
		DeltaSpec string `json:"delta_spec"` // (N)
		ProbeSpec string `json:"probe_spec"` // (D)
	}
	type run struct {
		Name    string
		D       int
		Cap     int
		Windows []window
	}
	runs, array := fixture.Cases[run](t, "activation")
	for _, c := range runs {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) {
				features, most := 8*PadHead(c.D), 0
				for _, w := range c.Windows {
					most = max(most, w.N)
				}
				stats, bias, probe := r.alloc(int64(2*features)*4), r.alloc(int64(most)*4), r.alloc(int64(features)*4)
				for i, w := range c.Windows {
					q := farBuffer(r, spread(array(w.Q), c.D, features), most, features)
					params := r.step(Step{Queries: uint32(w.N), Windows: uint32(i)}, most)
					Stats{Features: features, Q: q, Window: most, Stats: stats, Cap: c.Cap, Params: params}.Record(r.rec, r.lanes)
					Bias{
						Features: features, Counted: c.D, Q: q, Window: most, Stats: stats, Bias: bias, Params: params,
					}.Record(r.rec, r.lanes)
					Probe{Features: features, Q: q, Window: most, Bias: bias, Probe: probe, Params: params}.Record(r.rec, r.lanes)
					r.run()
					moments := r.read(stats, 2*features)
					what := fmt.Sprintf("window %d: ", i)
					fixture.Matches(r, what+"mean", moments[:c.D], array(w.Mean), fixture.Tolerance)
					fixture.Matches(r, what+"variance", moments[features:][:c.D], array(w.Var), fixture.Tolerance)
					fixture.Matches(r, what+"bias", r.read(bias, w.N), array(w.DeltaSpec), fixture.Tolerance)
					fixture.Matches(r, what+"probe", r.read(probe, c.D), array(w.ProbeSpec), fixture.Tolerance)
				}
			})
		})
	}
}
