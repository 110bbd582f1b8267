package vulkan_test

import (
	"context"
	"testing"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/internal/gputest"
)

func TestDevice(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device { return gputest.Open(t) })
}

// inPieces submits recordings operation by operation, and counts them as whole.
type inPieces struct {
	*vulkan.Device
	submitted int64
}

func (d *inPieces) Submit(ctx context.Context, r *gpu.Recording) error {
	err := d.Device.Submit(ctx, r)
	if err == nil {
		d.submitted++
	}
	return err
}

func (d *inPieces) Stats() gpu.Stats {
	s := d.Device.Stats()
	s.Submissions = d.submitted
	return s
}

func TestDeviceInPieces(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device {
		o := gputest.Options(t)
		o.MostSubmission = 1
		dev, err := vulkan.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		gputest.CloseAfter(t, dev)
		return &inPieces{Device: dev}
	})
}

func TestStagedDevice(t *testing.T) {
	gputest.Run(t, func(t *testing.T) gpu.Device {
		return gputest.Staged(t)
	})
}
