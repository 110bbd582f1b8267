package shaders

import (
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// spread lays rows of heads of d numbers out with heads of dim numbers, the
// ones behind d being 0.
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

// everywhere runs f on the machine's Vulkan devices and on the reference device.
func everywhere(t *testing.T, f func(r *rig)) {
	t.Helper()
	gputest.Each(t, func(t *testing.T, dev gpu.Device) { f(newRig(t, dev)) })
}
