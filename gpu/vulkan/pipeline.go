package vulkan

// #include "native.h"
import "C"

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// pipelines are the device's compiled kernels.
type pipelines struct {
	cache   pipelineCache
	layouts map[string]layout
	made    map[pipelineKey]*pipeline
	// compiled says that there are new ones since the last submission, with which
	// software drivers go on compiling.
	compiled bool
}

// layout is a pipeline layout with its only descriptor set's.
type layout struct {
	set, pipeline unsafe.Pointer
}

// pipelineKey names a pipeline; spec is the constants' bytes.
type pipelineKey struct{ kernel, spec string }

type pipeline struct {
	layout
	kernel *gpu.Kernel
	vk     vk.Pipeline
}

func (p *pipelines) init(d *Device) error {
	p.layouts, p.made = map[string]layout{}, map[pipelineKey]*pipeline{}
	return p.cache.open(d)
}

func (p *pipelines) close(d *Device) error {
	for _, made := range p.made {
		vk.DestroyPipeline(d.device, made.vk, nil)
	}
	for _, l := range p.layouts {
		vk.DestroyPipelineLayout(d.device, vk.PipelineLayout(l.pipeline), nil)
		vk.DestroyDescriptorSetLayout(d.device, vk.DescriptorSetLayout(l.set), nil)
	}
	return p.cache.close(d)
}

func keyOf(op *gpu.Op) pipelineKey {
	spec, _ := binary.Append(nil, binary.LittleEndian, op.Spec)
	return pipelineKey{op.Kernel.Name, string(spec)}
}

// prepare compiles what the recording needs and is not there yet, on all cores.
func (p *pipelines) prepare(d *Device, r *gpu.Recording) error {
	var missing []*gpu.Op
	asked := map[pipelineKey]*pipeline{}
	for i := range r.Ops {
		op := &r.Ops[i]
		if op.Kernel == nil {
			continue
		}
		key := keyOf(op)
		made := p.made[key]
		if made == nil {
			made = asked[key]
		}
		if made == nil {
			l, err := p.layout(d, op.Kernel)
			if err != nil {
				return err
			}
			asked[key] = &pipeline{layout: l, kernel: op.Kernel}
			missing = append(missing, op)
			continue
		}
		if made.kernel != op.Kernel && !bytes.Equal(made.kernel.SPIRV, op.Kernel.SPIRV) {
			panic(fmt.Sprintf("vulkan: two kernels named %s", op.Kernel.Name))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	errs := make([]error, len(missing))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, op := range missing {
		made := asked[keyOf(op)]
		slots <- struct{}{}
		wait.Go(func() {
			errs[i] = made.compile(d, op.Spec)
			<-slots
		})
	}
	wait.Wait()
	p.compiled = true
	var first error
	for i, op := range missing {
		if errs[i] == nil {
			p.made[keyOf(op)] = asked[keyOf(op)]
		} else if first == nil {
			first = fmt.Errorf("kernel %s: %w", op.Kernel.Name, errs[i])
		}
	}
	if first == nil {
		p.cache.save(d)
	}
	return first
}

// compile makes the pipeline; many may run at once.
func (p *pipeline) compile(d *Device, spec []uint32) error {
	if len(spec) >= gpu.TeamConstant {
		return fmt.Errorf("vulkan: %d specialisation constants, %d is the most", len(spec), gpu.TeamConstant-1)
	}
	constants := append([]uint32{uint32(d.info.SubgroupSize)}, spec...)
	code := p.kernel.SPIRV
	if len(code) == 0 || len(code)%4 != 0 {
		return fmt.Errorf("vulkan: %d bytes of SPIR-V", len(code))
	}
	words := make([]uint32, len(code)/4) // aligned, as Vulkan requires
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(code)), code)
	var handle unsafe.Pointer
	r := C.fv_pipeline(unsafe.Pointer(d.device), unsafe.Pointer(d.pipelines.cache.vk), p.layout.pipeline,
		unsafe.Pointer(&words[0]), C.size_t(len(code)), (*C.uint32_t)(&constants[0]), C.uint32_t(len(constants)), C.uint32_t(d.info.Team),
		C.uint32_t(d.required), C.int(d.native.full_subgroups), C.int(d.native.imports), &handle)
	if r != 0 {
		return failed("compile a pipeline", vk.Result(r))
	}
	p.vk = vk.Pipeline(handle)
	return nil
}

// layout returns the layout of a kernel's bindings, which kernels share.
func (p *pipelines) layout(d *Device, k *gpu.Kernel) (layout, error) {
	key := fmt.Sprint(k.Bindings, k.PushWords)
	if l, ok := p.layouts[key]; ok {
		return l, nil
	}
	var l layout
	if err := d.fits(k); err != nil {
		return l, err
	}
	var types [C.FV_MAX_BINDINGS]C.uint32_t
	for i, b := range k.Bindings {
		types[i] = descriptorType(b)
	}
	if r := C.fv_set_layout(unsafe.Pointer(d.device), C.uint32_t(len(k.Bindings)), &types[0], &l.set); r != 0 {
		return l, failed("create a descriptor set layout", vk.Result(r))
	}
	if r := C.fv_pipeline_layout(unsafe.Pointer(d.device), l.set, C.uint32_t(4*k.PushWords), &l.pipeline); r != 0 {
		vk.DestroyDescriptorSetLayout(d.device, vk.DescriptorSetLayout(l.set), nil)
		return l, failed("create a pipeline layout", vk.Result(r))
	}
	p.layouts[key] = l
	return l, nil
}

func descriptorType(b gpu.Binding) C.uint32_t {
	switch b {
	case gpu.Storage:
		return C.FV_STORAGE_BUFFER
	case gpu.StoreU4:
		return C.FV_STORAGE_TEXEL_BUFFER
	}
	return C.FV_UNIFORM_TEXEL_BUFFER
}

// fits checks a kernel's interface against the device's limits.
func (d *Device) fits(k *gpu.Kernel) error {
	kinds := map[C.uint32_t]int{}
	for _, b := range k.Bindings {
		kinds[descriptorType(b)]++
	}
	most := []struct {
		what string
		n    int
		most uint32
	}{
		{"bindings", len(k.Bindings), C.FV_MAX_BINDINGS},
		{"storage buffers", kinds[C.FV_STORAGE_BUFFER], d.limits.MaxPerStageDescriptorStorageBuffers},
		{"texel buffers", kinds[C.FV_UNIFORM_TEXEL_BUFFER], d.limits.MaxPerStageDescriptorSampledImages},
		{"storage texel buffers", kinds[C.FV_STORAGE_TEXEL_BUFFER], d.limits.MaxPerStageDescriptorStorageImages},
		{"bytes of push constants", 4 * k.PushWords, d.limits.MaxPushConstantsSize},
	}
	for _, m := range most {
		if m.n > int(m.most) {
			return fmt.Errorf("vulkan: kernel %s has %d %s, %s serves %d", k.Name, m.n, m.what, d.info.Name, m.most)
		}
	}
	return nil
}
