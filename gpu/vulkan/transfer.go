package vulkan

// #include "native.h"
import "C"

import (
	"fmt"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// moverBytes is the size of each of a mover's two staging buffers.
const moverBytes = 4 << 20

// mover brings data to memory that the host cannot reach, without the host's
// waiting: what is submitted later does. It has a queue for transfers where the
// device has such, so data comes beside what kernels do and beside the host,
// which fills one staging buffer while the other one is being copied.
type mover struct {
	queue    vk.Queue
	commands vk.CommandPool
	uploads  [C.FV_WAITS]upload
	next     int
	waits    [C.FV_WAITS]unsafe.Pointer
}

// upload is one of the copies that may be under way.
type upload struct {
	staging *buffer
	command vk.CommandBuffer
	fence   vk.Fence
	arrived vk.Semaphore
	running bool // until the host has seen the fence
	awaited bool // until a submission waits for arrived
	parts   []part
	used    int64 // bytes of staging
}

// part is n bytes of a buffer and where they lie in a staging buffer.
type part struct {
	b             *buffer
	at, staged, n int64
}

// families are those that use the device's buffers.
func (a *adapter) families() []uint32 {
	all := []uint32{uint32(a.native.queue_family)}
	if a.native.has_transfer != 0 {
		all = append(all, uint32(a.native.transfer_family))
	}
	return all
}

func (m *mover) init(d *Device) error {
	families := d.families()
	family := families[len(families)-1]
	var queue vk.Queue
	vk.GetDeviceQueue(d.device, family, 0, &queue)
	m.queue = queue
	var err error
	if m.commands, err = d.commandPool(family); err != nil {
		return err
	}
	for i := range m.uploads {
		if err := m.uploads[i].init(d, m.commands); err != nil {
			return err
		}
	}
	return nil
}

func (u *upload) init(d *Device, pool vk.CommandPool) error {
	var err error
	if u.command, err = d.commandBuffer(pool); err != nil {
		return err
	}
	if u.fence, err = d.newFence(); err != nil {
		return err
	}
	info := vk.SemaphoreCreateInfo{SType: vk.StructureTypeSemaphoreCreateInfo}
	defer info.Free()
	var arrived vk.Semaphore
	if r := vk.CreateSemaphore(d.device, &info, nil, &arrived); r != vk.Success {
		return failed("create a semaphore", r)
	}
	u.arrived = arrived
	return nil
}

func (m *mover) close(d *Device) {
	for i := range m.uploads {
		u := &m.uploads[i]
		if u.staging != nil {
			u.staging.Free()
		}
		vk.DestroyFence(d.device, u.fence, nil)
		vk.DestroySemaphore(d.device, u.arrived, nil)
	}
	vk.DestroyCommandPool(d.device, m.commands, nil)
}

// put begins to bring data to b at offset, or keeps it for send.
func (m *mover) put(d *Device, b *buffer, offset int64, data []byte) error {
	for len(data) > 0 {
		u := &m.uploads[m.next]
		if err := u.ready(d); err != nil {
			return err
		}
		n := int64(copy(u.staging.mapped()[u.used:], data))
		u.parts = append(u.parts, part{b, offset, u.used, n})
		u.used, offset, data = u.used+n, offset+n, data[n:]
		if u.used == moverBytes {
			if err := m.send(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// send begins to bring what put has kept.
func (m *mover) send(d *Device) error {
	u := &m.uploads[m.next]
	if len(u.parts) == 0 {
		return nil
	}
	m.next = (m.next + 1) % len(m.uploads)
	c := unsafe.Pointer(u.command)
	err := record(u.command, true, func() {
		C.fv_transfer_barrier(c) // what came before is of the same memory, maybe
		for _, p := range u.parts {
			C.fv_copy(c, unsafe.Pointer(u.staging.vk), unsafe.Pointer(p.b.vk), C.uint64_t(p.staged), C.uint64_t(p.at), C.uint64_t(p.n))
		}
	})
	u.parts, u.used = u.parts[:0], 0
	if err != nil {
		return err
	}
	var wait unsafe.Pointer // nobody did since the last time
	if u.awaited {
		wait = unsafe.Pointer(u.arrived)
	}
	r := vk.Result(C.fv_submit_transfer(unsafe.Pointer(m.queue), c, wait, unsafe.Pointer(u.arrived), unsafe.Pointer(u.fence)))
	if r != vk.Success {
		return d.submitted(r)
	}
	u.running, u.awaited = true, true
	return nil
}

// ready is when data can be put into the staging buffer.
func (u *upload) ready(d *Device) (err error) {
	if u.staging == nil {
		if u.staging, err = d.alloc(moverBytes, gpu.Host); err != nil {
			return fmt.Errorf("vulkan: staging buffer: %w", err)
		}
	}
	return u.wait(d)
}

// wait waits until the last copy is done.
func (u *upload) wait(d *Device) error {
	if !u.running {
		return nil
	}
	u.running = false
	return d.submitted(vk.Result(C.fv_wait(unsafe.Pointer(d.device), unsafe.Pointer(u.fence))))
}

// settle waits for all copies that are under way.
func (m *mover) settle(d *Device) error {
	for i := range m.uploads {
		if err := m.uploads[i].wait(d); err != nil {
			return err
		}
	}
	return nil
}

// awaited are the semaphores that the next submission must wait for: the first n
// of waits.
func (m *mover) awaited() (n C.uint32_t) {
	for i := range m.uploads {
		if u := &m.uploads[i]; u.awaited {
			m.waits[n] = unsafe.Pointer(u.arrived)
			u.awaited = false
			n++
		}
	}
	return n
}
