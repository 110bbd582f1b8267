package shaders

import "fovea/gpu"

// Stats updates the running mean and variance of a layer's query features.
type Stats struct {
	Features int      // padding included
	Q        gpu.View // (2, Window, Features) floats, from Rope; the second half is read
	Window   int
	Singly   bool     // each query is a window, as in a decode step
	Stats    gpu.View // (2, Features): mean, variance
	Cap      int      // windows after which the horizon is exponential
	Params   gpu.View
}

// Record adds the update to r.
func (s Stats) Record(r *gpu.Recording, lanes int) {
	need("stats", "queries", s.Q, int64(2*s.Window*s.Features)*4)
	need("stats", "stats", s.Stats, int64(2*s.Features)*4)
	t := s.Features / 4
	r.Dispatch(kernel("stats", statsTwin), [3]uint32{groups(t, lanes), 1, 1}, []uint32{flag(s.Singly)},
		[]uint32{uint32(t), uint32(s.Window * t), uint32(s.Cap)},
		s.Q, s.Stats, s.Params, s.Stats)
}

// statsTwin is the twin of stats.comp. With mu, v the mean and variance of the
// window's n queries, and mu0, v0 those of the m windows before it:
//
//	mean     = (m mu0 + mu) / (m + 1)
//	variance = ((m - 1/n) v0 + v + (mu - mu0)^2 / (1 + 1/m)) / (m + 1 - 1/n)
//
// The variance of the first window is the unbiased one, n/(n-1) v.
func statsTwin(c *gpu.Call) {
	features := 4 * int(c.Push[0])
	q, s, stats := farQueries(c), step(c.Bufs[2]), f32s(c.Bufs[3])
	if c.Spec[0] == 0 {
		updateStats(q, features, int(s.Queries), s.Windows, c.Push[2], stats)
		return
	}
	for j := range s.Queries {
		updateStats(q[int(j)*features:], features, 1, s.Windows+j, c.Push[2], stats)
	}
}

// updateStats adds a window of n queries q to the statistics of so many windows,
// the last limit of which count.
func updateStats(q []float32, features, queries int, windows, limit uint32, stats []float32) {
	n, m := float64(queries), float64(min(windows, limit))
	for f := range features {
		mean, variance := 0.0, 0.0
		for j := range queries {
			mean += float64(q[j*features+f]) / n
		}
		for j := range queries {
			d := float64(q[j*features+f]) - mean
			variance += d * d / n
		}
		switch {
		case windows > 0:
			mean0, variance0 := float64(stats[f]), float64(stats[features+f])
			d := mean - mean0
			variance = ((m-1/n)*variance0 + variance + d*d/(1+1/m)) / (m + 1 - 1/n)
			mean = (m*mean0 + mean) / (m + 1)
		case n > 1:
			variance *= n / (n - 1)
		}
		stats[f], stats[features+f] = float32(mean), float32(variance)
	}
}

// farQueries is the second half of the query buffer of a call whose push
// constants begin with texels and first: queries rotated by n_local-1.
func farQueries(c *gpu.Call) []float32 { return f32s(c.Bufs[0])[4*c.Push[1]:] }
