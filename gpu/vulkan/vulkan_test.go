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
