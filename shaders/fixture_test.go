package shaders

import (
	"math"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// spread lays rows of heads heads of d numbers out with heads of dim numbers,
// the ones behind d being 0.
func spread(v []float32, d, dim int) []float32 {
	out := make([]float32, len(v)/d*dim)
	for i := range len(v) / d {
		copy(out[i*dim:], v[i*d:][:d])
	}
	return out
}

// gathered undoes spread.
func gathered(v []float32, d, dim int) []float32 {
	out := make([]float32, 0, len(v)/dim*d)
	for i := range len(v) / dim {
		out = append(out, v[i*dim:][:d]...)
	}
	return out
}

// fixtureTolerance is what the reference values of the authors' code (float32,
// another order of sums) allow, relative to an array's largest number.
const fixtureTolerance = 2e-5

// matches requires |got - want| <= tol * max |want| of numbers that a fixture gives.
func matches(t testing.TB, what string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	top, worst := 0.0, -1
	for _, w := range want {
		top = max(top, math.Abs(float64(w)))
	}
	for i := range want {
		e := math.Abs(float64(got[i] - want[i]))
		if !(e <= tol*top) && (worst < 0 || !(e <= math.Abs(float64(got[worst]-want[worst])))) {
			worst = i
		}
	}
	if worst >= 0 {
		t.Errorf("%s: number %d is %v, want %v; the largest is %v", what, worst, got[worst], want[worst], top)
	}
}

// everywhere runs f on the reference device and on the machine's Vulkan devices.
func everywhere(t *testing.T, f func(r *rig)) {
	t.Helper()
	t.Run("reference", func(t *testing.T) { f(newRig(t, gputest.Reference(t))) })
	gputest.Each(t, func(t *testing.T, dev gpu.Device) { f(newRig(t, dev)) })
}
