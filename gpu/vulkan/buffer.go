package vulkan

// #include "native.h"
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// stagingBytes is the size of the staging buffer of ReadAll.
const stagingBytes = 8 << 20

// buffer is a range of a slab with its Vulkan buffer.
type buffer struct {
	d     *Device
	vk    vk.Buffer
	size  int64
	heap  gpu.Heap
	pool  *pool
	slab  *slab
	at    span
	views map[viewKey]vk.BufferView
	mates []*buffer // the same range, as each mate of a crew has it
}

type viewKey struct {
	lo, hi int64
	format vk.Format
}

var formats = map[gpu.Binding]vk.Format{
	gpu.TexelU4: vk.FormatR32g32b32a32Uint,
	gpu.TexelF4: vk.FormatR32g32b32a32Sfloat,
	gpu.TexelI1: vk.FormatR32Sint,
	gpu.StoreU4: vk.FormatR32g32b32a32Uint,
}

func texelBytes(b gpu.Binding) int64 {
	if b == gpu.TexelI1 {
		return 4
	}
	return 16
}

// Alloc returns zeroed memory of the given size, rounded up to 16 bytes.
func (d *Device) Alloc(bytes int64, heap gpu.Heap) (gpu.Buffer, error) {
	b, err := d.alloc(bytes, heap)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(b.zero(), d.verifyLarge(b)); err != nil {
		b.Free()
		return nil, err
	}
	return b, nil
}

func (d *Device) alloc(bytes int64, heap gpu.Heap) (*buffer, error) {
	if bytes <= 0 {
		panic(fmt.Sprintf("vulkan: buffer of %d bytes", bytes))
	}
	if most := d.info.MaxBuffer; bytes > most {
		return nil, fmt.Errorf("vulkan: %s: a buffer of %d bytes needed, %d is the most: %w", d.info.Name, bytes, most, gpu.ErrOutOfMemory)
	}
	if d.lost {
		return nil, gpu.ErrDeviceLost
	}
	b := &buffer{d: d, size: (bytes + 15) / 16 * 16, heap: heap, pool: d.memory.local, views: map[viewKey]vk.BufferView{}}
	if heap == gpu.Host {
		b.pool = d.memory.host
	}
	var err error
	if b.vk, err = d.createBuffer(b.size); err != nil {
		return nil, err
	}
	need := requirements(d, b.vk)
	if b.slab, b.at, err = b.pool.take(int64(need.Size), int64(need.Alignment)); err != nil {
		vk.DestroyBuffer(d.device, b.vk, nil)
		return nil, err
	}
	*b.counter() += b.size
	if err := b.bind(b.slab.vk); err != nil {
		b.Free()
		return nil, err
	}
	for i, mate := range d.crew.mates {
		m := &buffer{d: mate, size: b.size, slab: b.slab, at: b.at, views: map[viewKey]vk.BufferView{}}
		if m.vk, err = mate.createBuffer(b.size); err == nil {
			b.mates = append(b.mates, m)
			err = m.bind(b.slab.mates[i])
		}
		if err != nil {
			b.Free()
			return nil, err
		}
	}
	return b, nil
}

func (b *buffer) bind(memory vk.DeviceMemory) error {
	if r := vk.BindBufferMemory(b.d.device, b.vk, memory, vk.DeviceSize(b.at.lo)); r != vk.Success {
		return failed("bind a buffer to its memory", r)
	}
	return nil
}

func (d *Device) createBuffer(size int64) (vk.Buffer, error) {
	info := vk.BufferCreateInfo{
		SType: vk.StructureTypeBufferCreateInfo, Size: vk.DeviceSize(size), SharingMode: vk.SharingModeExclusive,
		Usage: vk.BufferUsageFlags(vk.BufferUsageStorageBufferBit | vk.BufferUsageUniformTexelBufferBit | vk.BufferUsageStorageTexelBufferBit |
			vk.BufferUsageTransferSrcBit | vk.BufferUsageTransferDstBit),
	}
	if d.native.imports != 0 {
		info.PNext = C.fv_imported()
		info.Usage |= vk.BufferUsageFlags(vk.BufferUsageIndirectBufferBit)
	}
	if families := d.families(); len(families) > 1 {
		info.SharingMode, info.QueueFamilyIndexCount, info.PQueueFamilyIndices = vk.SharingModeConcurrent, uint32(len(families)), families
	}
	defer info.Free()
	var b vk.Buffer
	if r := vk.CreateBuffer(d.device, &info, nil, &b); r != vk.Success {
		return b, failed(fmt.Sprintf("create a buffer of %d bytes", size), r)
	}
	return b, nil
}

// counter is the part of the device's statistics that the buffer counts to.
func (b *buffer) counter() *int64 {
	if b.heap == gpu.Host {
		return &b.d.stats.HostBytes
	}
	return &b.d.stats.LocalBytes
}

// mapped is the buffer's memory, nil where the host cannot reach it.
func (b *buffer) mapped() []byte {
	if b.slab.mapped == nil {
		return nil
	}
	return b.slab.mapped[b.at.lo : b.at.lo+b.size]
}

func (b *buffer) zero() error {
	if m := b.mapped(); m != nil {
		if b.d.info.Kind == gpu.CPU {
			clearDirty(m)
		} else {
			clear(m)
		}
		return nil
	}
	return b.d.transfer(func(c vk.CommandBuffer) {
		vk.CmdFillBuffer(c, b.vk, 0, vk.DeviceSize(vk.WholeSize), 0)
	})
}

// clearDirty zeroes private memory of the process. Pages that are zero are only
// read: fresh ones come from the operating system as zeros, and take no memory
// until they are written (of memory that processes share they would).
func clearDirty(m []byte) {
	for part := range slices.Chunk(m, len(zeros)) {
		if !bytes.Equal(part, zeros[:len(part)]) {
			clear(part)
		}
	}
}

var zeros [4096]byte

// Size is the buffer's size in bytes.
func (b *buffer) Size() int64 { return b.size }

// Bytes is the mapped memory of a Host buffer.
func (b *buffer) Bytes() []byte {
	if b.heap != gpu.Host {
		return nil
	}
	return b.mapped()
}

// Free gives the buffer's memory back.
func (b *buffer) Free() {
	if b.slab == nil {
		panic("vulkan: buffer freed twice")
	}
	_ = b.d.mover.settle(b.d) // a device that is lost copies nothing
	for _, m := range append(b.mates, b) {
		for _, v := range m.views {
			vk.DestroyBufferView(m.d.device, v, nil)
		}
		vk.DestroyBuffer(m.d.device, m.vk, nil)
	}
	b.pool.give(b.slab, b.at)
	b.slab = nil
	*b.counter() -= b.size
}

// view returns the texel view of range [lo, hi), made on first use.
func (b *buffer) view(lo, hi int64, format vk.Format) (vk.BufferView, error) {
	key := viewKey{lo, hi, format}
	if v, ok := b.views[key]; ok {
		return v, nil
	}
	info := vk.BufferViewCreateInfo{
		SType: vk.StructureTypeBufferViewCreateInfo, Buffer: b.vk, Format: format,
		Offset: vk.DeviceSize(lo), Range: vk.DeviceSize(hi - lo),
	}
	defer info.Free()
	var v vk.BufferView
	if r := vk.CreateBufferView(b.d.device, &info, nil, &v); r != vk.Success {
		return v, failed(fmt.Sprintf("create a view of %d bytes", hi-lo), r)
	}
	b.views[key] = v
	return v, nil
}

// own is b as a live buffer of this device, or as this mate of the device's crew has
// it; anything else is a caller's bug.
func (d *Device) own(b gpu.Buffer) *buffer {
	o, ok := b.(*buffer)
	if !ok || o.d != d && o.d != d.crew.leader {
		panic("vulkan: a buffer of another device")
	}
	if o.slab == nil {
		panic("vulkan: a freed buffer")
	}
	if d.crew.leader != nil {
		return o.mates[d.crew.number]
	}
	return o
}

// Write copies data to b at offset; see WriteAll.
func (d *Device) Write(b gpu.Buffer, offset int64, data []byte) error {
	return d.WriteAll([]gpu.Piece{{Buffer: b, Offset: offset, Data: data}})
}

// WriteAll is Write of all pieces. Those to memory that the host cannot reach
// are copied by the mover.
func (d *Device) WriteAll(pieces []gpu.Piece) error {
	if d.lost {
		return gpu.ErrDeviceLost
	}
	for _, p := range pieces {
		o := d.own(p.Buffer)
		o.check(p.Offset, p.Data)
		if m := o.mapped(); m != nil {
			copy(m[p.Offset:], p.Data)
		} else if err := d.mover.put(d, o, p.Offset, p.Data); err != nil {
			return err
		}
	}
	return d.mover.send(d)
}

// Read copies from b at offset to data.
func (d *Device) Read(b gpu.Buffer, offset int64, data []byte) error {
	return d.ReadAll([]gpu.Piece{{Buffer: b, Offset: offset, Data: data}})
}

// ReadAll is Read of all pieces. Those of memory that the host cannot reach come
// through the staging buffer, as many at once as it holds.
func (d *Device) ReadAll(pieces []gpu.Piece) error {
	if d.lost {
		return gpu.ErrDeviceLost
	}
	var parts []part
	var to [][]byte
	used := int64(0)
	fetch := func() error {
		if err := d.stage(parts, to); err != nil {
			return err
		}
		parts, to, used = parts[:0], to[:0], 0
		return nil
	}
	for _, p := range pieces {
		o := d.own(p.Buffer)
		o.check(p.Offset, p.Data)
		if m := o.mapped(); m != nil {
			copy(p.Data, m[p.Offset:])
			continue
		}
		for at, data := p.Offset, p.Data; len(data) > 0; {
			n := min(stagingBytes-used, int64(len(data)))
			parts, to = append(parts, part{o, at, used, n}), append(to, data[:n])
			used, at, data = used+n, at+n, data[n:]
			if used == stagingBytes {
				if err := fetch(); err != nil {
					return err
				}
			}
		}
	}
	return fetch()
}

// stage copies parts to the staging buffer, and from there to the host's memory.
func (d *Device) stage(parts []part, to [][]byte) error {
	if len(parts) == 0 {
		return nil
	}
	staging, err := d.stagingMemory()
	if err != nil {
		return err
	}
	if err := d.transfer(func(c vk.CommandBuffer) {
		for _, p := range parts {
			C.fv_copy(unsafe.Pointer(c), unsafe.Pointer(p.b.vk), unsafe.Pointer(d.staging.vk), C.uint64_t(p.at), C.uint64_t(p.staged), C.uint64_t(p.n))
		}
	}); err != nil {
		return err
	}
	for i, p := range parts {
		copy(to[i], staging[p.staged:])
	}
	return nil
}

// stagingMemory is the memory of the staging buffer, which it makes on first use.
func (d *Device) stagingMemory() ([]byte, error) {
	if d.staging == nil {
		s, err := d.alloc(stagingBytes, gpu.Host)
		if err != nil {
			return nil, fmt.Errorf("vulkan: staging buffer: %w", err)
		}
		d.staging = s
	}
	return d.staging.mapped(), nil
}

func (b *buffer) check(offset int64, data []byte) {
	if offset < 0 || offset+int64(len(data)) > b.size {
		panic(fmt.Sprintf("vulkan: bytes [%d, %d) of a buffer of %d", offset, offset+int64(len(data)), b.size))
	}
}
