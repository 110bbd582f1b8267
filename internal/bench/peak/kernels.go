package peak

import (
	"fmt"
	"math"
	"unsafe"

	"fovea/gpu"
)

//go:generate go run fovea/internal/shadergen

// chains is how many values a lane of kernel compute works on, and unrolled how
// many steps it makes of each in a round.
const chains, unrolled = 12, 8

var (
	readKernel = kernel("read", func(c *gpu.Call) {
		src, dst, texels := words(c.Bufs[0]), words(c.Bufs[1]), int(c.Push[0])
		for g := range int(c.Groups[0]) {
			for lane := range c.Lanes {
				sum := uint32(0)
				for i := range texels {
					for _, w := range src[4*((g*texels+i)*c.Lanes+lane):][:4] {
						sum += w
					}
				}
				dst[g*c.Lanes+lane] = sum
			}
		}
	})
	computeKernel = kernel("compute", func(c *gpu.Call) {
		dst, a, b := words(c.Bufs[0]), math.Float32frombits(c.Push[1]), math.Float32frombits(c.Push[2])
		for i := range int(c.Groups[0]) * c.Lanes {
			sum := float32(0)
			for chain := range chains {
				x := float32(i%8 + chain)
				for range c.Push[0] * unrolled {
					x = x*a + b
				}
				sum += x
			}
			dst[i] = math.Float32bits(sum)
		}
	})
)

func kernel(name string, twin func(*gpu.Call)) *gpu.Kernel {
	code, err := spirv.ReadFile("spv/" + name + ".spv")
	if err != nil {
		panic(fmt.Sprintf("peak: %v: run go generate", err))
	}
	info := kernelTable[name]
	return &gpu.Kernel{Name: "peak_" + name, SPIRV: code, Bindings: info.bindings, PushWords: info.pushWords, Twin: twin}
}

func words(b []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
