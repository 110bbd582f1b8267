package vulkan

// #cgo CFLAGS: -std=c11
// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "native.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

const (
	loaderHint = "install the Vulkan loader and a driver (Debian, Ubuntu: apt install libvulkan1 mesa-vulkan-drivers)"
	// softwareHint ends errors about devices that cannot serve.
	softwareHint = "a software driver serves every machine (Debian, Ubuntu: apt install mesa-vulkan-drivers)"
	layerHint    = "install Khronos' validation layer (Debian, Ubuntu: apt install vulkan-validationlayers)"

	validationLayer = "VK_LAYER_KHRONOS_validation"
)

// load opens the Vulkan loader once in a process.
var load = sync.OnceValue(func() error {
	proc := C.fv_load()
	if proc == nil {
		return errors.New("vulkan: no Vulkan loader of version 1.1 or later: " + loaderHint)
	}
	vk.SetGetInstanceProcAddr(proc)
	return vk.Init()
})

// bind resolves vulkan-go's functions, which are the loader's and the same for
// every instance.
var bind sync.Once

// keeper is an instance that is never destroyed: without any the loader unloads
// the drivers, and a process can load NVIDIA's only about ten times.
var keeper struct {
	sync.Mutex
	instance vk.Instance
}

type instance struct {
	vk       vk.Instance
	messages *messages // with validation
	layer    uint32    // Vulkan version that the validation layer knows; 0 without
}

func newInstance(validation bool) (*instance, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if err := keepDrivers(); err != nil {
		return nil, err
	}
	info := instanceInfo()
	defer info.Free()
	version := uint32(0)
	if validation {
		name := C.CString(validationLayer)
		defer C.free(unsafe.Pointer(name))
		if version = uint32(C.fv_layer(name)); version == 0 {
			return nil, fmt.Errorf("vulkan: no layer %s: %s", validationLayer, layerHint)
		}
		info.PNext = C.fv_validation_features()
		info.EnabledLayerCount, info.PpEnabledLayerNames = 1, []string{validationLayer + "\x00"}
		info.EnabledExtensionCount, info.PpEnabledExtensionNames = 1, []string{"VK_EXT_debug_utils\x00"}
	}
	handle, err := createInstance(info)
	if err != nil {
		return nil, err
	}
	in := &instance{vk: handle, layer: version}
	bind.Do(func() { err = vk.InitInstance(in.vk) })
	if err == nil && validation {
		in.messages, err = collect(in)
	}
	if err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// keepDrivers makes the keeper where there is none.
func keepDrivers() (err error) {
	keeper.Lock()
	defer keeper.Unlock()
	if keeper.instance == nil {
		info := instanceInfo()
		defer info.Free()
		keeper.instance, err = createInstance(info)
	}
	return err
}

func instanceInfo() *vk.InstanceCreateInfo {
	return &vk.InstanceCreateInfo{
		SType: vk.StructureTypeInstanceCreateInfo,
		PApplicationInfo: &vk.ApplicationInfo{
			SType:            vk.StructureTypeApplicationInfo,
			ApiVersion:       vk.MakeVersion(1, 3, 0),
			PApplicationName: "Fovea\x00",
			PEngineName:      "Fovea\x00",
		},
	}
}

func createInstance(info *vk.InstanceCreateInfo) (vk.Instance, error) {
	var handle vk.Instance
	switch r := vk.CreateInstance(info, nil, &handle); r {
	case vk.Success:
		return handle, nil
	case vk.ErrorIncompatibleDriver: // what the loader says when it has none
		return nil, errNoDriver
	default:
		return nil, fmt.Errorf("%w: %s", failed("create the instance", r), loaderHint)
	}
}

func (in *instance) close() {
	if slices.Contains(prepared, in) {
		return
	}
	if in.messages != nil {
		in.messages.close(in)
	}
	vk.DestroyInstance(in.vk, nil)
}

// adapters probes the machine's devices.
func (in *instance) adapters() ([]*adapter, error) {
	var n uint32
	if r := vk.EnumeratePhysicalDevices(in.vk, &n, nil); r != vk.Success {
		return nil, fmt.Errorf("%w: %s", failed("list the devices", r), loaderHint)
	}
	physical := make([]vk.PhysicalDevice, n)
	if r := vk.EnumeratePhysicalDevices(in.vk, &n, physical); r != vk.Success && r != vk.Incomplete {
		return nil, failed("list the devices", r)
	}
	if n == 0 {
		return nil, errNoDriver
	}
	var list []*adapter
	for _, p := range physical[:n] {
		list = append(list, probe(in, p))
	}
	return list, nil
}

// errNoDriver reports a machine whose loader knows no device.
var errNoDriver = errors.New("vulkan: no Vulkan driver was found: " + loaderHint)

// failed is the error of a Vulkan call that returned r.
func failed(what string, r vk.Result) error {
	switch r {
	case vk.ErrorDeviceLost:
		return fmt.Errorf("vulkan: %s: %w", what, gpu.ErrDeviceLost)
	case vk.ErrorOutOfDeviceMemory, vk.ErrorOutOfHostMemory:
		return fmt.Errorf("vulkan: %s: %w", what, gpu.ErrOutOfMemory)
	}
	return fmt.Errorf("vulkan: %s: %w", what, vk.Error(r))
}
