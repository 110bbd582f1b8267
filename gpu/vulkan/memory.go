package vulkan

// #include "native.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/edsrzf/mmap-go"
	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
	"fovea/internal/hostmem"
)

const (
	// firstSlab is the size of a pool's first slab; each further one is as
	// large as all before, up to gpu.SafeBuffer.
	firstSlab = 16 << 20
	// reserve of the memory budget that is left to others: one part of ten.
	reserve = 10
)

// memory is the device memory that buffers are cut from, a pool for each heap
// of the contract; both are one where they have the same memory type.
type memory struct {
	local, host *pool
}

// pool is the slabs of one memory type.
type pool struct {
	d      *Device
	typ    int
	mapped bool
	slabs  []*slab
}

// slab is one allocation of device memory.
type slab struct {
	vk     vk.DeviceMemory
	size   int64
	mapped []byte // nil unless the pool is mapped
	free   []span // in order, never touching

	imported mmap.MMap         // what mapped is, where a crew shares the memory
	mates    []vk.DeviceMemory // the same memory, of each mate
}

// span is a byte range [lo, hi) of a slab.
type span struct{ lo, hi int64 }

// init chooses the memory types, for buffers as Alloc makes them.
func (m *memory) init(d *Device) error {
	b, err := d.createBuffer(gpu.Alignment)
	if err != nil {
		return err
	}
	allowed := requirements(d, b).MemoryTypeBits
	vk.DestroyBuffer(d.device, b, nil)
	want := vk.MemoryPropertyDeviceLocalBit
	if d.info.Unified {
		want |= hostMemory
	}
	local, host := d.memoryType(allowed, want), d.memoryType(allowed, hostMemory)
	if local < 0 || host < 0 {
		return fmt.Errorf("vulkan: %s has no memory type for buffers", d.info.Name)
	}
	m.local = &pool{d: d, typ: local, mapped: d.info.Unified}
	m.host = m.local
	if local != host || !d.info.Unified {
		m.host = &pool{d: d, typ: host, mapped: true}
	}
	return nil
}

func requirements(d *Device, b vk.Buffer) vk.MemoryRequirements {
	var r vk.MemoryRequirements
	vk.GetBufferMemoryRequirements(d.device, b, &r)
	r.Deref()
	defer r.Free()
	return r
}

func (m *memory) pools() []*pool {
	switch {
	case m.local == nil:
		return nil
	case m.local == m.host:
		return []*pool{m.local}
	}
	return []*pool{m.local, m.host}
}

func (m *memory) slabs() int {
	n := 0
	for _, p := range m.pools() {
		n += len(p.slabs)
	}
	return n
}

func (m *memory) close(d *Device) {
	for _, p := range m.pools() {
		for _, s := range p.slabs {
			s.close(d)
		}
	}
}

func (s *slab) close(d *Device) {
	for i, m := range s.mates {
		vk.FreeMemory(d.crew.mates[i].device, m, nil)
	}
	vk.FreeMemory(d.device, s.vk, nil)
	if s.imported != nil {
		_ = s.imported.Unmap() // of a whole mapping: it cannot fail
	}
}

// held is what the pool has allocated, in bytes.
func (p *pool) held() int64 {
	n := int64(0)
	for _, s := range p.slabs {
		n += s.size
	}
	return n
}

// available is how much the pool can allocate more, in bytes.
func (p *pool) available() int64 {
	heap := p.d.adapter.memory[p.typ].heap
	n := p.d.heapLeft(heap, p.d.memory.held(heap))
	if limit := p.d.options.MemoryLimit; limit > 0 && p == p.d.memory.local {
		n = min(n, limit-p.held())
	}
	return max(n, 0)
}

// Free is the bytes of Local memory that can be allocated now, at most.
func (d *Device) Free() int64 {
	n := d.memory.local.available()
	for _, s := range d.memory.local.slabs {
		for _, f := range s.free {
			n += f.hi - f.lo
		}
	}
	return n
}

// held is what the pools have allocated of a heap, in bytes.
func (m *memory) held(heap int) int64 {
	n := int64(0)
	for _, p := range m.pools() {
		if p.d.adapter.memory[p.typ].heap == heap {
			n += p.held()
		}
	}
	return n
}

// take cuts size bytes, aligned, from a slab.
func (p *pool) take(size, align int64) (*slab, span, error) {
	for _, s := range p.slabs {
		if at, ok := s.take(size, align); ok {
			return s, at, nil
		}
	}
	s, err := p.grow(size)
	if err != nil {
		return nil, span{}, err
	}
	p.slabs = append(p.slabs, s)
	at, _ := s.take(size, align)
	return s, at, nil
}

// grow allocates a slab of at least need bytes: a larger one if there is room,
// so that slabs stay few.
func (p *pool) grow(need int64) (*slab, error) {
	left := p.available()
	if need > left {
		return nil, fmt.Errorf("vulkan: %s: %d bytes needed, %d available: %w", p.d.info.Name, need, left, gpu.ErrOutOfMemory)
	}
	size := max(need, min(firstSlab, left), min(p.held(), gpu.SafeBuffer, left))
	s, err := p.allocate(size)
	if err != nil && size > need {
		s, err = p.allocate(need)
	}
	if err != nil {
		return nil, fmt.Errorf("vulkan: %s: %d bytes needed: %w", p.d.info.Name, need, err)
	}
	return s, nil
}

func (p *pool) allocate(size int64) (*slab, error) {
	if p.d.native.imports != 0 {
		return p.share(size)
	}
	info := vk.MemoryAllocateInfo{
		SType: vk.StructureTypeMemoryAllocateInfo, AllocationSize: vk.DeviceSize(size), MemoryTypeIndex: uint32(p.typ),
	}
	defer info.Free()
	var handle vk.DeviceMemory
	if r := vk.AllocateMemory(p.d.device, &info, nil, &handle); r != vk.Success {
		return nil, failed("allocate memory", r)
	}
	s := &slab{vk: handle, size: size, free: []span{{0, size}}}
	if p.mapped {
		var at unsafe.Pointer
		if r := vk.MapMemory(p.d.device, s.vk, 0, vk.DeviceSize(size), 0, &at); r != vk.Success {
			vk.FreeMemory(p.d.device, s.vk, nil)
			return nil, failed("map memory", r)
		}
		s.mapped = unsafe.Slice((*byte)(at), size)
	}
	return s, nil
}

// share allocates memory of the host and makes it that of all devices of the crew.
// It is private to the process, as clearDirty needs it. A large slab is in huge
// pages: it has keys and values of long documents, of which every token needs
// others, and with pages of 4 KiB each would be looked up in page tables that no
// cache holds. Small slabs have many small buffers, to whose ends huge pages add.
func (p *pool) share(size int64) (*slab, error) {
	unit := int64(p.d.native.host_alignment)
	size = (size + unit - 1) / unit * unit
	region, err := mmap.MapRegion(nil, int(size), mmap.COPY, mmap.ANON, 0)
	if err != nil {
		return nil, fmt.Errorf("vulkan: %d bytes for %s: %w: %w", size, p.d.info.Name, gpu.ErrOutOfMemory, err)
	}
	at := unsafe.Pointer(&region[0])
	if size >= gpu.SafeBuffer {
		C.fv_huge_pages(at, C.size_t(size))
	}
	s := &slab{size: size, mapped: region, imported: region, free: []span{{0, size}}}
	for i, d := range p.d.all() { // the device itself first
		var handle unsafe.Pointer
		r := vk.Result(C.fv_import(unsafe.Pointer(d.device), at, C.uint64_t(size), C.uint32_t(p.typ), &handle))
		if r != vk.Success {
			s.close(p.d)
			return nil, failed("import memory", r)
		}
		if i == 0 {
			s.vk = vk.DeviceMemory(handle)
		} else {
			s.mates = append(s.mates, vk.DeviceMemory(handle))
		}
	}
	return s, nil
}

// give returns a span to its slab, and an empty slab to the device.
func (p *pool) give(s *slab, at span) {
	s.give(at)
	if s.free[0] == (span{0, s.size}) {
		s.close(p.d)
		p.slabs = slices.DeleteFunc(p.slabs, func(o *slab) bool { return o == s })
	}
}

// take cuts the first span that fits. Alignment may leave a gap before it.
func (s *slab) take(size, align int64) (span, bool) {
	for i, f := range s.free {
		lo := (f.lo + align - 1) / align * align
		if lo+size > f.hi {
			continue
		}
		var rest []span
		if f.lo < lo {
			rest = append(rest, span{f.lo, lo})
		}
		if lo+size < f.hi {
			rest = append(rest, span{lo + size, f.hi})
		}
		s.free = slices.Replace(s.free, i, i+1, rest...)
		return span{lo, lo + size}, true
	}
	return span{}, false
}

// give puts a span back among the free ones and joins it with its neighbours.
func (s *slab) give(at span) {
	i, _ := slices.BinarySearchFunc(s.free, at, func(f, at span) int { return int(f.lo - at.lo) })
	s.free = slices.Insert(s.free, i, at)
	if i+1 < len(s.free) && s.free[i].hi == s.free[i+1].lo {
		s.free[i].hi = s.free[i+1].hi
		s.free = slices.Delete(s.free, i+1, i+2)
	}
	if i > 0 && s.free[i-1].hi == s.free[i].lo {
		s.free[i-1].hi = s.free[i].hi
		s.free = slices.Delete(s.free, i, i+1)
	}
}

// heapLeft is how much of a memory heap can still be allocated, in bytes, when
// the device holds held of it.
func (a *adapter) heapLeft(heap int, held int64) int64 {
	left := a.heaps[heap] - held
	if a.native.budget != 0 {
		var budget, usage [C.FV_HEAPS]C.uint64_t
		C.fv_budget(unsafe.Pointer(a.vk), &budget[0], &usage[0])
		left = min(left, int64(budget[heap])*(reserve-1)/reserve-int64(usage[heap]))
	}
	if free := hostmem.Available(); a.info.Kind == gpu.CPU && free > 0 {
		// What was allocated and never written is not resident yet.
		promised := max(0, held-hostmem.Resident())
		left = min(left, (free-promised)*(reserve-1)/reserve)
	}
	return left
}
