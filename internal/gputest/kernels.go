package gputest

import (
	"fmt"
	"math"
	"unsafe"

	"fovea/gpu"
)

//go:generate go run fovea/internal/shadergen

// The kernels of the suite, each with its twin.
var (
	fill = kernel("fill", func(c *gpu.Call) {
		dst, word, first, n := words(c.Bufs[0]), c.Push[0], c.Push[1], c.Push[2]
		for i := range min(n, c.Groups[0]*uint32(c.Lanes)) {
			dst[first+i] = word + i
		}
	})
	shift       = kernel("shift", shiftTwin)
	shiftTexels = kernel("shift_texels", shiftTwin)
	kinds       = kernel("kinds", func(c *gpu.Call) {
		u, f, s, dst := words(c.Bufs[0]), words(c.Bufs[1]), words(c.Bufs[2]), words(c.Bufs[3])
		for i := range min(c.Push[0], c.Groups[0]*uint32(c.Lanes)) {
			dst[i] = u[i] + uint32(math.Float32frombits(f[i])) + s[i]
		}
	})
	lanes = kernel("lanes", func(c *gpu.Call) {
		dst := words(c.Bufs[0])
		for i := range c.Groups[0] * uint32(c.Lanes) {
			lane := i % uint32(c.Lanes)
			copy(dst[4*i:], []uint32{uint32(c.Lanes), 1, lane, lane ^ 1})
		}
	})
)

func shiftTwin(c *gpu.Call) {
	src, dst, n, step := words(c.Bufs[0]), words(c.Bufs[1]), c.Push[0], c.Spec[0]
	for i := range min(n, c.Groups[0]*c.Groups[1]*c.Groups[2]*uint32(c.Lanes)) {
		for e := range uint32(4) {
			dst[4*i+e] = src[4*((i+1)%n)+e] + step
		}
	}
}

func kernel(name string, twin func(*gpu.Call)) *gpu.Kernel {
	code, err := spirv.ReadFile("spv/" + name + ".spv")
	if err != nil {
		panic(fmt.Sprintf("gputest: %v: run go generate", err))
	}
	info := kernelTable[name]
	return &gpu.Kernel{Name: name, SPIRV: code, Bindings: info.bindings, PushWords: info.pushWords, Twin: twin}
}

func words(b []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

func bytesOf(w []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), 4*len(w))
}
