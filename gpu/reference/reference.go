// Package reference is a gpu.Device in plain Go: it runs the twin of every
// kernel, one operation after the other. It serves tests, as the second
// opinion on what a kernel computes and as a device of any subgroup size.
package reference

import (
	"context"
	"fmt"
	"math"
	"time"

	"fovea/gpu"
)

// Device is a reference device; it implements gpu.Device.
type Device struct {
	// Matrices are gpu.Info.Matrices: twins need none, but what records for
	// devices with some can be tested.
	Matrices []gpu.Matrix

	lanes     int
	profiling bool
	times     map[string]gpu.KernelTime
	stats     gpu.Stats
	findings  map[string]int
}

var _ gpu.Device = (*Device)(nil)

// memory in bytes that the device reports; it allocates what Go allocates.
const memory = 16 << 30

// New returns a device with subgroups of the given number of lanes, a power of
// two from 4 to 64.
func New(lanes int) *Device {
	if lanes < 4 || lanes > 64 || lanes&(lanes-1) != 0 {
		panic(fmt.Sprintf("reference: subgroups of %d lanes", lanes))
	}
	return &Device{lanes: lanes, times: map[string]gpu.KernelTime{}, findings: map[string]int{}}
}

// Info describes the device.
func (d *Device) Info() gpu.Info {
	return gpu.Info{
		Name:         fmt.Sprintf("reference, %d lanes", d.lanes),
		Driver:       "Go",
		Kind:         gpu.Reference,
		SubgroupSize: d.lanes,
		Team:         1,
		Memory:       memory,
		MaxBuffer:    gpu.MaxBuffer,
		Shared:       1 << 20,
		Matrices:     d.Matrices,
		Unified:      true,
	}
}

type buffer struct {
	d    *Device
	data []byte // nil when freed
	heap gpu.Heap
}

// Alloc returns zeroed memory of the given size, rounded up to 16 bytes.
func (d *Device) Alloc(bytes int64, heap gpu.Heap) (gpu.Buffer, error) {
	if bytes <= 0 {
		panic(fmt.Sprintf("reference: buffer of %d bytes", bytes))
	}
	if bytes > gpu.MaxBuffer {
		return nil, fmt.Errorf("reference: a buffer of %d bytes needed, %d is the most: %w", bytes, gpu.MaxBuffer, gpu.ErrOutOfMemory)
	}
	b := &buffer{d: d, data: make([]byte, (bytes+15)/16*16), heap: heap}
	*b.counter() += b.Size()
	d.stats.Slabs++
	return b, nil
}

func (b *buffer) counter() *int64 {
	if b.heap == gpu.Host {
		return &b.d.stats.HostBytes
	}
	return &b.d.stats.LocalBytes
}

// Size is the buffer's size in bytes.
func (b *buffer) Size() int64 { return int64(len(b.data)) }

// Bytes is the memory of a Host buffer.
func (b *buffer) Bytes() []byte {
	if b.heap != gpu.Host {
		return nil
	}
	return b.data
}

// Free gives the memory back.
func (b *buffer) Free() {
	if b.data == nil {
		panic("reference: buffer freed twice")
	}
	*b.counter() -= b.Size()
	b.d.stats.Slabs--
	b.data = nil
}

// own is b as a live buffer of this device; anything else is a caller's bug.
func (d *Device) own(b gpu.Buffer) *buffer {
	o, ok := b.(*buffer)
	if !ok || o.d != d {
		panic("reference: a buffer of another device")
	}
	if o.data == nil {
		panic("reference: a freed buffer")
	}
	return o
}

// Write copies data to b at offset.
func (d *Device) Write(b gpu.Buffer, offset int64, data []byte) error {
	o := d.own(b)
	copy(o.data[offset:offset+int64(len(data))], data)
	return nil
}

// WriteAll is Write of all pieces.
func (d *Device) WriteAll(pieces []gpu.Piece) error {
	for _, p := range pieces {
		if err := d.Write(p.Buffer, p.Offset, p.Data); err != nil {
			return err
		}
	}
	return nil
}

// ReadAll is Read of all pieces.
func (d *Device) ReadAll(pieces []gpu.Piece) error {
	for _, p := range pieces {
		if err := d.Read(p.Buffer, p.Offset, p.Data); err != nil {
			return err
		}
	}
	return nil
}

// Read copies from b at offset to data.
func (d *Device) Read(b gpu.Buffer, offset int64, data []byte) error {
	o := d.own(b)
	copy(data, o.data[offset:offset+int64(len(data))])
	return nil
}

// Free is more than any test needs.
func (d *Device) Free() int64 { return math.MaxInt64 / 2 }

// Prepare checks that every kernel of r has a twin.
func (d *Device) Prepare(r *gpu.Recording) error {
	for i := range r.Ops {
		if k := r.Ops[i].Kernel; k != nil && k.Twin == nil {
			return fmt.Errorf("reference: recording %q: kernel %s has no twin", r.Name, k.Name)
		}
	}
	return nil
}

// Submit runs r.
func (d *Device) Submit(ctx context.Context, r *gpu.Recording) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("recording %q: %w", r.Name, err)
	}
	if err := d.Prepare(r); err != nil {
		return err
	}
	begin := time.Now()
	for i := range r.Ops {
		start := time.Now()
		name := d.run(&r.Ops[i])
		if d.profiling {
			t := d.times[name]
			t.Calls++
			t.Time += time.Since(start)
			d.times[name] = t
		}
	}
	d.stats.Submissions++
	d.stats.Busy += time.Since(begin)
	d.stats.Dispatches += int64(r.Dispatches())
	return nil
}

// run executes an operation and returns the name that it is profiled by.
func (d *Device) run(op *gpu.Op) string {
	if op.Kernel == nil {
		copy(d.bytes(op.Dst), d.bytes(op.Src))
		return "copy"
	}
	call := gpu.Call{Lanes: d.lanes, Groups: op.Groups, Push: op.Push, Spec: op.Spec}
	for _, v := range op.Views {
		call.Bufs = append(call.Bufs, d.bytes(v))
	}
	op.Kernel.Twin(&call)
	return op.Kernel.Name
}

// bytes is what a view shows; writing past it panics.
func (d *Device) bytes(v gpu.View) []byte {
	lo, hi := v.Range()
	return d.own(v.Buffer).data[lo:hi:hi]
}

// Release does nothing: a recording needs no preparation here.
func (d *Device) Release(*gpu.Recording) {}

// Finding is what Keep was told under a name.
func (d *Device) Finding(name string) (value int, known bool) {
	value, known = d.findings[name]
	return value, known
}

// Keep keeps a number under a name, until the program ends.
func (d *Device) Keep(name string, value int) { d.findings[name] = value }

// Profile switches per-kernel timing on or off and returns the times since the
// last call by kernel name, copies as "copy".
func (d *Device) Profile(on bool) map[string]gpu.KernelTime {
	times := d.times
	d.profiling, d.times = on, map[string]gpu.KernelTime{}
	return times
}

// Stats says what the device has done and holds.
func (d *Device) Stats() gpu.Stats { return d.stats }

// Close does nothing.
func (d *Device) Close() error { return nil }
