package vulkan

// #include "native.h"
import "C"

import (
	"context"
	"fmt"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// program is a recording made ready: command buffers and what they bind.
type program struct {
	pieces     []vk.CommandBuffer // submitted one after another: one, but on graphics cards
	profiled   *profiled          // made when first profiled
	sets       unsafe.Pointer     // descriptor pool
	steps      []step             // one an operation
	dispatches int64

	effort *effort          // of a program that the crew runs: it is the mates'
	alone  vk.CommandBuffer // of the first mate: all of it
}

// step is what one operation binds; nothing for a copy.
type step struct {
	pipeline *pipeline
	set      vk.DescriptorSet
}

// Prepare compiles the pipelines and the command buffer of r.
func (d *Device) Prepare(r *gpu.Recording) error {
	_, err := d.program(r)
	return err
}

func (d *Device) program(r *gpu.Recording) (*program, error) {
	if p := d.programs[r]; p != nil {
		if len(p.steps) != len(r.Ops) {
			panic(fmt.Sprintf("vulkan: recording %q changed after it was prepared", r.Name))
		}
		return p, nil
	}
	if d.lost {
		return nil, gpu.ErrDeviceLost
	}
	if !r.Brief || len(d.crew.mates) == 0 {
		return d.build(r)
	}
	p := &program{steps: make([]step, len(r.Ops)), dispatches: int64(r.Dispatches()), effort: new(effort)}
	if err := each(d.crew.mates, func(m *Device) error {
		_, err := m.build(r)
		return err
	}); err != nil {
		return nil, err
	}
	d.programs[r] = p
	return p, nil
}

// build makes the device's own program of r.
func (d *Device) build(r *gpu.Recording) (*program, error) {
	if err := d.pipelines.prepare(d, r); err != nil {
		return nil, fmt.Errorf("recording %q: %w", r.Name, err)
	}
	p := new(program)
	err := p.build(d, r)
	if err == nil && d.crew.of > 0 {
		err = p.ready(d, r)
	}
	if err != nil {
		p.free(d)
		return nil, fmt.Errorf("recording %q: %w", r.Name, err)
	}
	d.programs[r] = p
	return p, nil
}

// Release drops what Prepare made for r.
func (d *Device) Release(r *gpu.Recording) {
	for _, m := range d.crew.mates {
		m.Release(r)
	}
	if p := d.programs[r]; p != nil {
		p.free(d)
		delete(d.programs, r)
	}
}

func (p *program) free(d *Device) {
	p.dropPieces(d)
	if p.alone != nil {
		vk.FreeCommandBuffers(d.device, d.commands, 1, []vk.CommandBuffer{p.alone})
	}
	if p.profiled != nil {
		p.profiled.free(d)
	}
	if p.sets != nil {
		vk.DestroyDescriptorPool(d.device, vk.DescriptorPool(p.sets), nil)
	}
}

func (p *program) build(d *Device, r *gpu.Recording) error {
	var counts [C.FV_TYPES]C.uint32_t // descriptors
	for i := range r.Ops {
		op := &r.Ops[i]
		if op.Kernel == nil {
			continue
		}
		p.dispatches++
		for _, b := range op.Kernel.Bindings {
			counts[descriptorType(b)]++
		}
	}
	if p.dispatches > 0 {
		res := C.fv_descriptor_pool(unsafe.Pointer(d.device), C.uint32_t(p.dispatches), &counts[0], &p.sets)
		if res != 0 {
			return failed("create a descriptor pool", vk.Result(res))
		}
	}
	p.steps = make([]step, len(r.Ops))
	for i := range r.Ops {
		op := &r.Ops[i]
		if op.Kernel == nil {
			d.own(op.Src.Buffer)
			d.own(op.Dst.Buffer)
			continue
		}
		made := d.pipelines.made[keyOf(op)]
		set, err := p.bind(d, made, op)
		if err != nil {
			return fmt.Errorf("kernel %s: %w", op.Kernel.Name, err)
		}
		p.steps[i] = step{made, set}
	}
	return p.cut(d, r, d.firstCut(len(r.Ops)))
}

// bind writes a descriptor set with an operation's views.
func (p *program) bind(d *Device, made *pipeline, op *gpu.Op) (vk.DescriptorSet, error) {
	for i, n := range op.Groups {
		if most := d.limits.MaxComputeWorkGroupCount[i]; n > most {
			return nil, fmt.Errorf("vulkan: a grid of %v workgroups, %s serves %v", op.Groups, d.info.Name, d.limits.MaxComputeWorkGroupCount)
		}
	}
	var views, buffers [C.FV_MAX_BINDINGS]unsafe.Pointer
	var offsets, ranges [C.FV_MAX_BINDINGS]C.uint64_t
	var types [C.FV_MAX_BINDINGS]C.uint32_t
	for i, v := range op.Views {
		b := d.own(v.Buffer)
		lo, hi := v.Range()
		kind := op.Kernel.Bindings[i]
		types[i] = descriptorType(kind)
		buffers[i], offsets[i], ranges[i] = unsafe.Pointer(b.vk), C.uint64_t(lo), C.uint64_t(hi-lo)
		if kind == gpu.Storage {
			if most := int64(d.limits.MaxStorageBufferRange); hi-lo > most {
				return nil, fmt.Errorf("vulkan: binding %d: %d bytes to write, %s binds %d", i, hi-lo, d.info.Name, most)
			}
			continue
		}
		if most := int64(d.limits.MaxTexelBufferElements) * texelBytes(kind); hi-lo > most {
			return nil, fmt.Errorf("vulkan: binding %d: %d bytes of texels, %s binds %d", i, hi-lo, d.info.Name, most)
		}
		view, err := b.view(lo, hi, formats[kind])
		if err != nil {
			return nil, err
		}
		views[i] = unsafe.Pointer(view)
	}
	var set unsafe.Pointer
	r := C.fv_descriptor_set(unsafe.Pointer(d.device), p.sets, made.set, C.uint32_t(len(op.Views)), &types[0], &views[0], &buffers[0], &offsets[0], &ranges[0], &set)
	if r != 0 {
		return nil, failed("allocate a descriptor set", vk.Result(r))
	}
	return vk.DescriptorSet(set), nil
}

// record writes the recording's commands begin to end-1, of a mate its share of them
// unless it is alone; after, if given, records more after each operation.
func (p *program) record(d *Device, c vk.CommandBuffer, r *gpu.Recording, begin, end int, alone bool, after func(op int)) {
	shared := d.crew.of > 0 && !alone
	// The first barrier is for what earlier submissions wrote.
	C.fv_barrier(unsafe.Pointer(c), 0)
	for i := begin; i < end; i++ {
		op, s := &r.Ops[i], &p.steps[i]
		if op.Barrier && i > begin {
			d.await(c, alone)
		}
		if op.Kernel != nil {
			boxes := []box{{count: op.Groups}}
			if shared {
				boxes = d.crew.share(op.Groups)
			}
			for j, b := range boxes {
				if j == 0 {
					s.bind(c, op.Push)
				}
				if b.base == [3]uint32{} { // validation watches only this one for hazards
					vk.CmdDispatch(c, b.count[0], b.count[1], b.count[2])
				} else {
					C.fv_dispatch(unsafe.Pointer(c), (*C.uint32_t)(&b.base[0]), (*C.uint32_t)(&b.count[0]))
				}
			}
		} else if !shared || d.crew.number == 0 {
			from, to := d.own(op.Src.Buffer), d.own(op.Dst.Buffer)
			slo, shi := op.Src.Range()
			dlo, _ := op.Dst.Range()
			C.fv_copy(unsafe.Pointer(c), unsafe.Pointer(from.vk), unsafe.Pointer(to.vk), C.uint64_t(slo), C.uint64_t(dlo), C.uint64_t(shi-slo))
		}
		if after != nil {
			after(i)
		}
	}
	C.fv_barrier(unsafe.Pointer(c), 1)
}

// bind records what a dispatch of the step needs.
func (s *step) bind(c vk.CommandBuffer, push []uint32) {
	layout := vk.PipelineLayout(s.pipeline.layout.pipeline)
	vk.CmdBindPipeline(c, vk.PipelineBindPointCompute, s.pipeline.vk)
	vk.CmdBindDescriptorSets(c, vk.PipelineBindPointCompute, layout, 0, 1, []vk.DescriptorSet{s.set}, 0, nil)
	s.push(c, push)
}

// push records the push constants of the kernel that is bound.
func (s *step) push(c vk.CommandBuffer, push []uint32) {
	if len(push) > 0 {
		layout := vk.PipelineLayout(s.pipeline.layout.pipeline)
		vk.CmdPushConstants(c, layout, vk.ShaderStageFlags(vk.ShaderStageComputeBit), 0, uint32(4*len(push)), unsafe.Pointer(&push[0]))
	}
}

// Submit runs r and waits for it. The context is looked at before r starts;
// what the device has begun, it finishes.
func (d *Device) Submit(ctx context.Context, r *gpu.Recording) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("recording %q: %w", r.Name, err)
	}
	p, err := d.program(r)
	if err != nil {
		return err
	}
	switch {
	case d.profiling && d.native.timestamp_bits > 0:
		err = p.profile(d, r)
	case p.effort != nil:
		err = d.runCrew(p, r)
	default:
		err = p.run(d, r)
	}
	if err != nil {
		return fmt.Errorf("recording %q: %w", r.Name, err)
	}
	if d.pipelines.compiled {
		C.fv_trim()
		d.pipelines.compiled = false
	}
	d.stats.Dispatches += p.dispatches
	return nil
}
