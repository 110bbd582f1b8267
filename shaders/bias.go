package shaders

import "fovea/gpu"

// Bias is the activation bias of every query of a window.
type Bias struct {
	Features int      // padding included
	Counted  int      // features that are not padding
	Q        gpu.View // (2, Window, Features) floats, from Rope; the second half is read
	Window   int
	Stats    gpu.View // (2, Features), from Stats, this window included
	Bias     gpu.View // (Window) floats
	Params   gpu.View
}

// Record adds the computation to r.
func (b Bias) Record(r *gpu.Recording, _ int) {
	need("bias", "queries", b.Q, int64(2*b.Window*b.Features)*4)
	need("bias", "stats", b.Stats, int64(2*b.Features)*4)
	need("bias", "bias", b.Bias, int64(b.Window)*4)
	t := b.Features / 4
	r.Dispatch(kernel("bias", biasTwin), [3]uint32{uint32(b.Window), 1, 1}, nil,
		[]uint32{uint32(t), uint32(b.Window * t), bits(float32(b.Counted))},
		b.Q, b.Stats, b.Params, b.Bias)
}

// biasTwin is the twin of bias.comp: the mean over features of
// (q - mean)^2 / (variance + mean(variance)/100), and 1 in the first window.
// Padding adds nothing to either mean.
func biasTwin(c *gpu.Call) {
	features, counted := 4*int(c.Push[0]), float(c.Push[2])
	q, stats, s, bias := farQueries(c), f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[3])
	mean, variance := stats[:features], stats[features:][:features]
	ground := 0.0
	for _, v := range variance {
		ground += float64(v) / counted / 100
	}
	for j := range int(s.Queries) {
		delta := 0.0
		for f := range features {
			d := float64(q[j*features+f]) - float64(mean[f])
			delta += d * d / (float64(variance[f]) + max(ground, 1e-30)) / counted
		}
		if s.Windows == 0 {
			delta = 1
		}
		bias[j] = float32(delta)
	}
}
