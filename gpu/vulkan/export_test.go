package vulkan

import (
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
