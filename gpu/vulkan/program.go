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
	if err := d.pipelines.prepare(d, r); err != nil {
		return nil, fmt.Errorf("recording %q: %w", r.Name, err)
	}
	p := new(program)
	if err := p.build(d, r); err != nil {
		p.free(d)
		return nil, fmt.Errorf("recording %q: %w", r.Name, err)
	}
	d.programs[r] = p
	return p, nil
}

// Release drops what Prepare made for r.
func (d *Device) Release(r *gpu.Recording) {
	if p := d.programs[r]; p != nil {
		p.free(d)
		delete(d.programs, r)
	}
}

func (p *program) free(d *Device) {
	p.dropPieces(d)
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

// record writes the recording's commands begin to end-1; after, if given,
// records more after each operation.
func (p *program) record(d *Device, c vk.CommandBuffer, r *gpu.Recording, begin, end int, after func(op int)) {
	// The first barrier is for what earlier submissions wrote.
	C.fv_barrier(unsafe.Pointer(c), 0)
	var bound vk.Pipeline
	for i := begin; i < end; i++ {
		op, s := &r.Ops[i], &p.steps[i]
		if op.Barrier && i > begin {
			C.fv_barrier(unsafe.Pointer(c), 0)
		}
		if op.Kernel == nil {
			from, to := op.Src.Buffer.(*buffer), op.Dst.Buffer.(*buffer)
			slo, shi := op.Src.Range()
			dlo, _ := op.Dst.Range()
			C.fv_copy(unsafe.Pointer(c), unsafe.Pointer(from.vk), unsafe.Pointer(to.vk), C.uint64_t(slo), C.uint64_t(dlo), C.uint64_t(shi-slo))
		} else {
			if s.pipeline.vk != bound {
				vk.CmdBindPipeline(c, vk.PipelineBindPointCompute, s.pipeline.vk)
				bound = s.pipeline.vk
			}
			layout := vk.PipelineLayout(s.pipeline.layout.pipeline)
			vk.CmdBindDescriptorSets(c, vk.PipelineBindPointCompute, layout, 0, 1, []vk.DescriptorSet{s.set}, 0, nil)
			if len(op.Push) > 0 {
				vk.CmdPushConstants(c, layout, vk.ShaderStageFlags(vk.ShaderStageComputeBit), 0, uint32(4*len(op.Push)), unsafe.Pointer(&op.Push[0]))
			}
			vk.CmdDispatch(c, op.Groups[0], op.Groups[1], op.Groups[2])
		}
		if after != nil {
			after(i)
		}
	}
	C.fv_barrier(unsafe.Pointer(c), 1)
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
	if d.profiling && d.native.timestamp_bits > 0 {
		err = p.profile(d, r)
	} else {
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
