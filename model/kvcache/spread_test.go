package kvcache

import (
	"math"
	"testing"

	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// The spread of a window joins the layer's mean, computed here from the probe,
// the mean query and the representatives; a decode step leaves it alone. The
// probe's activation bias has no part in it.
func TestSpread(t *testing.T) {
	for _, mean := range []bool{false, true} {
		r := newReader(t, gputest.Open(t), func(s *actqkv.Settings) { s.MeanProbe = mean }, 3, 300)
		c, last := r.cache, 2
		spread := func() (mean, windows float64) {
			at := 1 + 2*c.Shape.Layers + c.Shape.Layers*c.Settings.History + last
			b := r.bytes(c.state)
			return float64(float(b, at)), float64(float(b, at+c.Shape.Layers))
		}
		for range 12 {
			blocks := c.Places.Blocks
			before, had := spread()
			r.read(c.Settings.Window)
			after, has := spread()
			if blocks < 2 {
				if after != 0 || has != 0 {
					t.Fatalf("%d blocks have a spread of %v in %v windows", blocks, after, has)
				}
				continue
			}
			windows := min(had+1, float64(c.Settings.History))
			want := before + (r.spreadOf(last, blocks)-before)/windows
			if has != windows || math.Abs(after-want) > 1e-4*want {
				t.Fatalf("%d blocks: a mean of %v of %v windows, want %v of %v", blocks, after, has, want, windows)
			}
		}
		before, _ := spread()
		r.read(1)
		if after, _ := spread(); after != before {
			t.Errorf("a decode step changed the mean from %v to %v", before, after)
		}
	}
}

// spreadOf is the deviation of what the cosines of a layer's blocks with the
// probe have beyond those with the mean query.
func (r *reader) spreadOf(index, blocks int) float64 {
	c := r.cache
	h, l := c.Shape.Heads, &c.layers[index]
	probe, stats, repr := r.bytes(c.probe), r.bytes(l.stats), h.KVType.Floats(r.bytes(l.repr))
	octets := h.Features() / 8
	cosine := func(b int, vector []byte) float64 {
		dot, left, right := 0.0, 0.0, 0.0
		for f := range h.Features() {
			x, y := float64(float(vector, f)), float64(repr[8*shaders.ReprOctet(b, f/8, octets)+f%8])
			dot, left, right = dot+x*y, left+x*x, right+y*y
		}
		return dot / math.Sqrt(left*right)
	}
	sum, squares := 0.0, 0.0
	for b := range blocks {
		beyond := cosine(b, probe) - cosine(b, stats)
		sum, squares = sum+beyond, squares+beyond*beyond
	}
	n := float64(blocks)
	return math.Sqrt(squares/n - sum/n*sum/n)
}
