package shaders

import "fovea/gpu"

// Probe is the probe-query of a window.
type Probe struct {
	Features int
	Q        gpu.View // (2, Window, Features) floats, from Rope; the second half is read
	Window   int
	Bias     gpu.View // (Window) floats, from Bias
	Mean     bool     // all queries weigh the same
	Probe    gpu.View // (Features) floats
	Params   gpu.View
}

// Record adds the computation to r.
func (p Probe) Record(r *gpu.Recording, lanes int) {
	need("probe", "queries", p.Q, int64(2*p.Window*p.Features)*4)
	need("probe", "bias", p.Bias, int64(p.Window)*4)
	need("probe", "probe", p.Probe, int64(p.Features)*4)
	t, mean := p.Features/4, uint32(0)
	if p.Mean {
		mean = 1
	}
	r.Dispatch(kernel("probe", probeTwin), [3]uint32{groups(t, lanes), 1, 1}, nil,
		[]uint32{uint32(t), uint32(p.Window * t), mean},
		p.Q, p.Bias, p.Params, p.Probe)
}

// probeTwin is the twin of probe.comp: the mean of the queries, weighted by
// their bias where there are several and none asked for equal weights.
func probeTwin(c *gpu.Call) {
	features, mean := 4*int(c.Push[0]), c.Push[2] == 1
	q, bias, s, probe := farQueries(c), f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[3])
	sum, total := make([]float64, features), 0.0
	for j := range int(s.Queries) {
		w := 1.0
		if !mean && s.Queries > 1 {
			w = float64(bias[j])
		}
		total += w
		for f, v := range q[j*features:][:features] {
			sum[f] += w * float64(v)
		}
	}
	for f, v := range sum {
		probe[f] = float32(v / total)
	}
}
