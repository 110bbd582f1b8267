package reference_test

import (
	"fmt"
	"testing"

	"fovea/gpu"
	"fovea/gpu/reference"
	"fovea/internal/gputest"
)

func TestDevice(t *testing.T) {
	for _, lanes := range []int{4, 8, 32, 64} {
		t.Run(fmt.Sprintf("%d lanes", lanes), func(t *testing.T) {
			gputest.Run(t, func(*testing.T) gpu.Device { return reference.New(lanes) })
		})
	}
}
