package vulkan

import (
	"time"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
	"fovea/internal/hostmem"
)

// Lose makes the device behave as after VK_ERROR_DEVICE_LOST.
func (d *Device) Lose() { d.lost = true }

// CachePath is the file of the device's pipeline cache.
func (d *Device) CachePath() string { return d.pipelines.cache.path }

// Limits may be changed.
func (d *Device) Limits() *vk.PhysicalDeviceLimits { return &d.limits }

// Resident is the memory that the process has in use, in bytes.
func Resident() int64 { return hostmem.Resident() }

// Verified is the size of the largest buffer that was found to work.
func (d *Device) Verified() int64 { return d.verified }

// VerifyBy makes the device verify large buffers by another kernel.
func (d *Device) VerifyBy(k *gpu.Kernel) { d.verifier = k }

// Share gives the boxes of a mate as (base, count).
func Share(number, of int, groups [3]uint32) (boxes [][2][3]uint32) {
	c := crew{number: number, of: of}
	for _, b := range c.share(groups) {
		boxes = append(boxes, [2][3]uint32{b.base, b.count})
	}
	return boxes
}

// AloneRuns is how often the first mate runs a program alone, of n times that take so
// long with all and with it alone.
func AloneRuns(n int, all, alone time.Duration) (runs int) {
	var e effort
	for range n {
		if e.alone() {
			runs++
			e.note(true, alone)
		} else {
			e.note(false, all)
		}
	}
	return runs
}
