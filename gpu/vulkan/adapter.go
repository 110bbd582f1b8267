package vulkan

// #include "native.h"
import "C"

import (
	"fmt"
	"math/bits"
	"runtime"
	"strings"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
	"fovea/internal/hostmem"
)

// adapter is a physical device: what it is, and how Fovea would use it.
type adapter struct {
	vk       vk.PhysicalDevice
	api      uint32
	native   C.fv_properties
	limits   vk.PhysicalDeviceLimits
	memory   []memoryType
	heaps    []int64 // bytes
	cacheKey string  // identifies device and driver for the pipeline cache

	info     gpu.Info
	unusable string
	// required is the subgroup size that pipelines ask for; 0 where the device
	// has only one.
	required uint32
	// storesTexels says that kernels can write through storage texel buffers.
	storesTexels bool
}

type memoryType struct {
	heap  int
	flags vk.MemoryPropertyFlagBits
}

const (
	// maxLanes is the largest subgroup that the kernels' reductions serve.
	maxLanes = 64
	// matrixVersion is the first Vulkan version that knows VK_KHR_cooperative_matrix.
	// An older validation layer takes its use for an error.
	matrixVersion = 1<<22 | 3<<12 | 255
	// texels that a buffer of gpu.SafeBuffer bytes has.
	neededTexels = gpu.SafeBuffer / 16

	stageCompute     = 0x20 // VK_SHADER_STAGE_COMPUTE_BIT
	subgroupShuffles = 0x10 // VK_SUBGROUP_FEATURE_SHUFFLE_BIT
)

var kinds = map[vk.PhysicalDeviceType]gpu.Kind{
	vk.PhysicalDeviceTypeDiscreteGpu:   gpu.Discrete,
	vk.PhysicalDeviceTypeIntegratedGpu: gpu.Integrated,
	vk.PhysicalDeviceTypeVirtualGpu:    gpu.Virtual,
	vk.PhysicalDeviceTypeCpu:           gpu.CPU,
	vk.PhysicalDeviceTypeOther:         gpu.Virtual,
}

func probe(in *instance, physical vk.PhysicalDevice) *adapter {
	a := &adapter{vk: physical}
	var p vk.PhysicalDeviceProperties
	vk.GetPhysicalDeviceProperties(physical, &p)
	p.Deref()
	p.Limits.Deref()
	a.limits, a.api = p.Limits, p.ApiVersion
	a.info = gpu.Info{Name: vk.ToString(p.DeviceName[:]), Kind: kinds[p.DeviceType]}
	uuid := p.PipelineCacheUUID
	p.Free()
	a.probeMemory()
	if a.api < vk.MakeVersion(1, 1, 0) {
		a.info.Driver = fmt.Sprintf("driver %#x", p.DriverVersion)
		a.unusable = fmt.Sprintf("it has Vulkan %v, 1.1 is needed", vk.Version(a.api))
		return a
	}
	matrices := C.int(1)
	if in.layer != 0 && in.layer < matrixVersion {
		matrices = 0
	}
	C.fv_probe(unsafe.Pointer(in.vk), unsafe.Pointer(physical), C.uint32_t(a.api), matrices, &a.native)
	n := &a.native
	for _, m := range n.matrices[:n.matrix_count] {
		a.info.Matrices = append(a.info.Matrices, gpu.Matrix{M: int(m.m), N: int(m.n), K: int(m.k)})
	}
	a.info.Shared = int(a.limits.MaxComputeSharedMemorySize)
	a.info.Driver = strings.TrimSpace(C.GoString(&n.driver[0]) + " " + C.GoString(&n.driver_info[0]))
	if a.info.Driver == "" {
		a.info.Driver = fmt.Sprintf("driver %#x", p.DriverVersion)
	}
	a.cacheKey = fmt.Sprintf("%x-%x-%x-%08x", uuid, n.device_uuid, n.driver_uuid, p.DriverVersion)
	a.info.MaxBuffer = a.maxBuffer()
	var format vk.FormatProperties
	vk.GetPhysicalDeviceFormatProperties(physical, formats[gpu.StoreU4], &format)
	format.Deref()
	a.storesTexels = vk.FormatFeatureFlagBits(format.BufferFeatures)&vk.FormatFeatureStorageTexelBufferBit != 0
	format.Free()
	a.chooseSubgroup()
	if a.unusable == "" {
		a.unusable = a.lack()
	}
	return a
}

// maxBuffer is what the device's limits allow, in bytes.
func (a *adapter) maxBuffer() int64 {
	most := uint64(min(gpu.MaxBuffer, 16*int64(a.limits.MaxTexelBufferElements)))
	most = min(most, uint64(a.native.max_allocation))
	if n := uint64(a.native.max_buffer); n > 0 {
		most = min(most, n)
	}
	return int64(most)
}

func (a *adapter) probeMemory() {
	var m vk.PhysicalDeviceMemoryProperties
	vk.GetPhysicalDeviceMemoryProperties(a.vk, &m)
	m.Deref()
	for i := range m.MemoryHeapCount {
		m.MemoryHeaps[i].Deref()
		a.heaps = append(a.heaps, int64(m.MemoryHeaps[i].Size))
	}
	for i := range m.MemoryTypeCount {
		t := m.MemoryTypes[i]
		t.Deref()
		a.memory = append(a.memory, memoryType{int(t.HeapIndex), vk.MemoryPropertyFlagBits(t.PropertyFlags)})
	}
	m.Free()
	local := a.memoryType(^uint32(0), vk.MemoryPropertyDeviceLocalBit)
	mapped := a.memoryType(^uint32(0), vk.MemoryPropertyDeviceLocalBit|hostMemory)
	if a.info.Unified = (a.info.Kind == gpu.Integrated || a.info.Kind == gpu.CPU) && mapped >= 0; a.info.Unified {
		local = mapped
	}
	heap := &a.heaps[a.memory[local].heap]
	if total := hostmem.Total(); a.info.Kind == gpu.CPU && total > 0 {
		*heap = total
	}
	a.info.Memory = *heap
}

// hostMemory is what mapped memory must be.
const hostMemory = vk.MemoryPropertyHostVisibleBit | vk.MemoryPropertyHostCoherentBit

// memoryType returns the type among allowed, a bit mask, that has the wanted
// flags, with cached host memory before uncached; -1 without any.
func (a *adapter) memoryType(allowed uint32, want vk.MemoryPropertyFlagBits) int {
	best := -1
	for i, t := range a.memory {
		if allowed&(1<<i) == 0 || t.flags&want != want {
			continue
		}
		if best < 0 || t.flags&^a.memory[best].flags&vk.MemoryPropertyHostCachedBit != 0 && want&hostMemory != 0 {
			best = i
		}
	}
	return best
}

// chooseSubgroup settles the size of subgroups. Where the device has several,
// 32 lanes are chosen if it can: more make a kernel's tile too large for the
// registers of some.
func (a *adapter) chooseSubgroup() {
	n := &a.native
	size := uint32(n.subgroup_size)
	if lo, hi := uint32(n.min_subgroup), uint32(n.max_subgroup); lo < hi {
		if n.size_control == 0 || n.required_stages&stageCompute == 0 {
			a.unusable = fmt.Sprintf("its subgroups have %d to %d lanes and it lacks VK_EXT_subgroup_size_control for compute", lo, hi)
		}
		size = min(max(32, lo), hi)
		a.required = size
	}
	a.info.SubgroupSize = int(size)
	a.info.Team = a.team()
	if a.info.Kind >= gpu.CPU {
		a.info.Cores = runtime.GOMAXPROCS(0)
	}
}

const (
	// mostTeam is the most subgroups of a workgroup: more gain little on any card
	// and are more than some allow.
	mostTeam = 8
	// laneRoom is the bytes of shared memory that kernels with teams use for each
	// lane (ROOM in common.glsl).
	laneRoom = 32
)

// team is gpu.Info.Team. Processors run the subgroups of a workgroup one after another.
func (a *adapter) team() int {
	if a.info.Kind >= gpu.CPU {
		return 1
	}
	l := &a.limits
	lanes := max(1, uint32(a.info.SubgroupSize))
	most := min(mostTeam, l.MaxComputeWorkGroupInvocations/lanes, l.MaxComputeWorkGroupSize[1], l.MaxComputeSharedMemorySize/(laneRoom*lanes))
	team := 1
	for 2*team <= int(most) {
		team *= 2
	}
	return team
}

// lack says what the device is missing; nothing if it can serve.
func (a *adapter) lack() string {
	n, l := &a.native, &a.limits
	lanes := uint(a.info.SubgroupSize)
	switch {
	case n.has_compute == 0:
		return "it has no compute queue"
	case n.subgroup_stages&stageCompute == 0 || n.subgroup_operations&subgroupShuffles == 0:
		return "it has no subgroup shuffle in compute shaders"
	case lanes < 4 || lanes > maxLanes || bits.OnesCount(lanes) != 1:
		return fmt.Sprintf("its subgroups have %d lanes, 4, 8, 16, 32 or %d are needed", lanes, maxLanes)
	case !a.storesTexels:
		return "kernels cannot write texels of four 32-bit numbers to its buffers"
	case l.MaxTexelBufferElements < neededTexels:
		return fmt.Sprintf("its texel buffers hold %d texels, %d are needed", l.MaxTexelBufferElements, neededTexels)
	case gpu.Alignment%max(l.MinTexelBufferOffsetAlignment, 1) != 0:
		return fmt.Sprintf("its texel buffers are aligned to %d bytes, at most %d is served", l.MinTexelBufferOffsetAlignment, gpu.Alignment)
	case gpu.Alignment%max(l.MinStorageBufferOffsetAlignment, 1) != 0:
		return fmt.Sprintf("its storage buffers are aligned to %d bytes, at most %d is served", l.MinStorageBufferOffsetAlignment, gpu.Alignment)
	case a.maxBuffer() < gpu.SafeBuffer:
		return fmt.Sprintf("it allocates at most %d bytes, %d are needed", a.maxBuffer(), gpu.SafeBuffer)
	}
	return ""
}
