package vulkan

// #include "native.h"
import "C"

import (
	"time"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// profiled is a program with a timestamp before its first operation and after
// each. A barrier before each timestamp keeps operations apart, so a profiled
// recording may run longer than the sum that it would take otherwise.
type profiled struct {
	commands vk.CommandBuffer
	queries  vk.QueryPool
	stamps   []uint64
}

// copyName is what copies are profiled as.
const copyName = "copy"

// time makes what profile submits.
func (p *program) time(d *Device, r *gpu.Recording) error {
	if p.profiled != nil {
		return nil
	}
	n := uint32(len(r.Ops) + 1)
	info := vk.QueryPoolCreateInfo{SType: vk.StructureTypeQueryPoolCreateInfo, QueryType: vk.QueryTypeTimestamp, QueryCount: n}
	defer info.Free()
	var queries vk.QueryPool
	if res := vk.CreateQueryPool(d.device, &info, nil, &queries); res != vk.Success {
		return failed("create a query pool", res)
	}
	t := &profiled{queries: queries, stamps: make([]uint64, n)}
	var err error
	if t.commands, err = d.commandBuffer(d.commands); err == nil {
		err = record(t.commands, false, func() {
			vk.CmdResetQueryPool(t.commands, t.queries, 0, n)
			stamp := func(i int) {
				d.await(t.commands, false)
				vk.CmdWriteTimestamp(t.commands, vk.PipelineStageBottomOfPipeBit, t.queries, uint32(i))
			}
			stamp(0)
			p.record(d, t.commands, r, 0, len(r.Ops), false, func(op int) { stamp(op + 1) })
		})
	}
	if err != nil {
		t.free(d)
		return err
	}
	p.profiled = t
	return nil
}

func (t *profiled) free(d *Device) {
	if t.commands != nil {
		vk.FreeCommandBuffers(d.device, d.commands, 1, []vk.CommandBuffer{t.commands})
	}
	vk.DestroyQueryPool(d.device, t.queries, nil)
}

// profile submits the program with timestamps and adds them up by kernel.
func (p *program) profile(d *Device, r *gpu.Recording) error {
	runners := d.runners(p)
	if err := each(runners, func(m *Device) error { return m.programs[r].time(m, r) }); err != nil {
		return err
	}
	by := runners[0] // who has the timestamps
	t := by.programs[r].profiled
	begin := time.Now()
	if err := d.submitBy(runners, func(m *Device) vk.CommandBuffer { return m.programs[r].profiled.commands }); err != nil {
		return err
	}
	d.stats.Submissions++
	d.stats.Busy += time.Since(begin)
	res := vk.GetQueryPoolResults(by.device, t.queries, 0, uint32(len(t.stamps)), uint(8*len(t.stamps)), unsafe.Pointer(&t.stamps[0]), 8,
		vk.QueryResultFlags(vk.QueryResult64Bit|vk.QueryResultWaitBit))
	if res != vk.Success {
		return failed("read timestamps", res)
	}
	mask := ^uint64(0) >> (64 - uint(d.native.timestamp_bits))
	for i := range r.Ops {
		name := copyName
		if k := r.Ops[i].Kernel; k != nil {
			name = k.Name
		}
		ticks := (t.stamps[i+1] - t.stamps[i]) & mask
		k := d.times[name]
		k.Calls++
		k.Time += time.Duration(float64(ticks) * float64(d.limits.TimestampPeriod))
		d.times[name] = k
	}
	return nil
}

// Profile switches per-kernel timing on or off and returns the times since the
// last call by kernel name, copies as "copy"; nothing where the device has no
// timestamps.
func (d *Device) Profile(on bool) map[string]gpu.KernelTime {
	times := d.times
	d.profiling, d.times = on, map[string]gpu.KernelTime{}
	return times
}
