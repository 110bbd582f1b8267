package shaders

import (
	"fmt"
	"sync"

	"fovea/gpu"
)

//go:generate go run fovea/internal/shadergen

var (
	kernelsMu sync.Mutex
	kernels   = map[string]*gpu.Kernel{}
)

// kernel returns the kernel that permutations names, with its Go twin; the
// first call for a name decides the twin. An unknown name is a caller's bug.
func kernel(name string, twin func(*gpu.Call)) *gpu.Kernel {
	kernelsMu.Lock()
	defer kernelsMu.Unlock()
	if k := kernels[name]; k != nil {
		return k
	}
	info, ok := kernelTable[name]
	if !ok {
		panic(fmt.Sprintf("shaders: no kernel %s: add it to permutations and run go generate", name))
	}
	code, err := spirv.ReadFile("spv/" + name + ".spv")
	if err != nil {
		panic(fmt.Sprintf("shaders: %v", err)) // spv.go and spv/ are generated together
	}
	k := &gpu.Kernel{Name: name, SPIRV: code, Bindings: info.bindings, PushWords: info.pushWords, Twin: twin}
	kernels[name] = k
	return k
}
