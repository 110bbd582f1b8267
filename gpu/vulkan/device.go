package vulkan

// #include "native.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// Device is an open Vulkan device; it implements gpu.Device.
type Device struct {
	instance *instance
	*adapter
	options Options

	device   vk.Device
	queue    vk.Queue
	commands vk.CommandPool
	fence    vk.Fence
	scratch  vk.CommandBuffer // of transfers
	staging  *buffer          // of Read where memory is not mapped
	mover    mover            // of Write, there

	crew      crew
	memory    memory
	pipelines pipelines
	findings  findings
	verified  int64       // bytes of the largest buffer that verifyLarge found sound
	verifier  *gpu.Kernel // moveTexels
	programs  map[*gpu.Recording]*program

	profiling bool
	times     map[string]gpu.KernelTime
	stats     gpu.Stats
	lost      bool
	closed    bool
}

var _ gpu.Device = (*Device)(nil)

// newDevice always returns a device, which the caller closes after an error.
func newDevice(in *instance, a *adapter, o Options) (*Device, error) {
	d := &Device{
		instance: in, adapter: a, options: o,
		programs: map[*gpu.Recording]*program{},
		times:    map[string]gpu.KernelTime{},
		verifier: moveTexels,
	}
	if o.MostSubmission == 0 && a.info.Kind < gpu.CPU {
		d.options.MostSubmission = mostSubmission
	}
	if o.Team > 0 {
		a.info.Team = o.Team
	}
	if o.NoMatrices {
		a.native.matrix_count, a.info.Matrices = 0, nil
	}
	if o.MemoryLimit > 0 {
		a.info.Memory = min(a.info.Memory, o.MemoryLimit)
	}
	n := crewSize(a, o)
	if n > 0 {
		a.native.imports = 1
	}
	if err := d.open(); err != nil {
		return d, err
	}
	if err := d.memory.init(d); err != nil {
		return d, err
	}
	if !a.info.Unified {
		if err := d.mover.init(d); err != nil {
			return d, err
		}
	}
	if err := d.findings.open(d); err != nil {
		return d, err
	}
	if err := d.pipelines.init(d); err != nil {
		return d, err
	}
	return d, d.recruit(n)
}

// open makes the Vulkan device with its queue and what submissions need.
func (d *Device) open() error {
	a := d.adapter
	var handle unsafe.Pointer
	if r := C.fv_create_device(unsafe.Pointer(a.vk), C.uint32_t(a.api), &a.native, &handle); r != 0 {
		return failed("open device "+a.info.Name, vk.Result(r))
	}
	d.device = vk.Device(handle)
	family := uint32(a.native.queue_family)
	// vulkan-go writes handles only to variables of their own: a field's
	// neighbours may be Go pointers, which cgo refuses.
	var queue vk.Queue
	vk.GetDeviceQueue(d.device, family, 0, &queue)
	d.queue = queue
	var err error
	if d.commands, err = d.commandPool(family); err != nil {
		return err
	}
	if d.fence, err = d.newFence(); err != nil {
		return err
	}
	d.scratch, err = d.commandBuffer(d.commands)
	return err
}

// commandPool makes a pool of command buffers that can be recorded anew.
func (d *Device) commandPool(family uint32) (vk.CommandPool, error) {
	info := vk.CommandPoolCreateInfo{
		SType: vk.StructureTypeCommandPoolCreateInfo, QueueFamilyIndex: family,
		Flags: vk.CommandPoolCreateFlags(vk.CommandPoolCreateResetCommandBufferBit),
	}
	defer info.Free()
	var pool vk.CommandPool
	if r := vk.CreateCommandPool(d.device, &info, nil, &pool); r != vk.Success {
		return pool, failed("create a command pool", r)
	}
	return pool, nil
}

func (d *Device) newFence() (vk.Fence, error) {
	info := vk.FenceCreateInfo{SType: vk.StructureTypeFenceCreateInfo}
	defer info.Free()
	var fence vk.Fence
	if r := vk.CreateFence(d.device, &info, nil, &fence); r != vk.Success {
		return fence, failed("create a fence", r)
	}
	return fence, nil
}

// Info describes the device.
func (d *Device) Info() gpu.Info { return d.info }

// Stats says what the device has done and holds.
func (d *Device) Stats() gpu.Stats {
	s := d.stats
	s.Slabs = d.memory.slabs()
	return s
}

// Close gives everything back that the device holds. Buffers and recordings of
// the device must not be used afterwards. It reports when compiled
// pipelines or findings could not be kept.
func (d *Device) Close() error {
	if d.closed {
		return errors.New("vulkan: device closed twice")
	}
	d.closed = true
	var err error
	if d.device != nil {
		vk.DeviceWaitIdle(d.device)
		for r := range d.programs {
			d.Release(r)
		}
		err = errors.Join(d.pipelines.close(d), d.findings.err)
		if d.staging != nil {
			d.staging.Free()
		}
		if d.crew.words != nil {
			d.crew.words.Free()
		}
		d.mover.close(d)
		d.memory.close(d)
		for _, m := range d.crew.mates {
			err = errors.Join(err, m.Close())
		}
		vk.DestroyFence(d.device, d.fence, nil)
		vk.DestroyCommandPool(d.device, d.commands, nil)
		vk.DestroyDevice(d.device, nil)
	}
	d.instance.close()
	return err
}

// commandBuffer returns an empty command buffer of a pool.
func (d *Device) commandBuffer(pool vk.CommandPool) (vk.CommandBuffer, error) {
	info := vk.CommandBufferAllocateInfo{
		SType: vk.StructureTypeCommandBufferAllocateInfo, CommandPool: pool,
		Level: vk.CommandBufferLevelPrimary, CommandBufferCount: 1,
	}
	defer info.Free()
	c := make([]vk.CommandBuffer, 1)
	if r := vk.AllocateCommandBuffers(d.device, &info, c); r != vk.Success {
		return nil, failed("allocate a command buffer", r)
	}
	return c[0], nil
}

// record fills command buffer c with what f records; once says that it will
// be submitted a single time.
func record(c vk.CommandBuffer, once bool, f func()) error {
	info := vk.CommandBufferBeginInfo{SType: vk.StructureTypeCommandBufferBeginInfo}
	if once {
		info.Flags = vk.CommandBufferUsageFlags(vk.CommandBufferUsageOneTimeSubmitBit)
	}
	defer info.Free()
	if r := vk.BeginCommandBuffer(c, &info); r != vk.Success {
		return failed("begin a command buffer", r)
	}
	f()
	if r := vk.EndCommandBuffer(c); r != vk.Success {
		return failed("end a command buffer", r)
	}
	return nil
}

// transfer runs what f records now.
func (d *Device) transfer(f func(c vk.CommandBuffer)) error {
	err := record(d.scratch, true, func() {
		f(d.scratch)
		C.fv_barrier(unsafe.Pointer(d.scratch), 1)
	})
	if err != nil {
		return err
	}
	return d.submit(d.scratch)
}

// submit runs a command buffer, when all that was written has arrived, and waits
// for it.
func (d *Device) submit(c vk.CommandBuffer) error {
	if d.lost {
		return gpu.ErrDeviceLost
	}
	n := d.mover.awaited()
	return d.submitted(vk.Result(C.fv_submit(unsafe.Pointer(d.device), unsafe.Pointer(d.queue), unsafe.Pointer(c), n, &d.mover.waits[0], unsafe.Pointer(d.fence))))
}

// submitted is the error of a submission, or of waiting for one, that came to r.
func (d *Device) submitted(r vk.Result) error {
	if r == vk.Success {
		return nil
	}
	d.lost = r == vk.ErrorDeviceLost
	return failed(fmt.Sprintf("submit to %s", d.info.Name), r)
}
