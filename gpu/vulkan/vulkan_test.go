package vulkan_test

import (
	"testing"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/internal/gputest"
)

func TestDevice(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device { return gputest.Open(t) })
}

// A device whose recordings are submitted operation by operation.
func TestDeviceInPieces(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device {
		o := gputest.Options(t)
		o.MostSubmission = 1
		dev, err := vulkan.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		gputest.CloseAfter(t, dev)
		return dev
	})
}

func TestStagedDevice(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device {
		dev, err := vulkan.OpenStaged(gputest.Options(t))
		if err != nil {
			t.Fatal(err)
		}
		gputest.CloseAfter(t, dev)
		return dev
	})
}
