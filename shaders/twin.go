package shaders

import (
	"math"
	"runtime"
	"sync"
)

// The twins say in plain Go what the kernels compute: the mathematics, without
// lanes, tiles or online sums, accumulated in float64. Where a kernel may group
// its work freely (attention's shares), a twin groups it in its own way.

// parallel calls f for 0..n-1 on all processors and waits.
func parallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				f(i)
			}
		})
	}
	wg.Wait()
}

// float reads a float32 from push constants.
func float(word uint32) float64 { return float64(math.Float32frombits(word)) }

// octet reads octet i of b: the numbers that OCTET of include/kv.glsl gives.
func (f KV) octet(b []byte, i int) (v [8]float32) {
	if f == KV32 {
		copy(v[:], f32s(b)[8*i:])
		return v
	}
	for j, w := range u32s(b)[4*i : 4*i+4] {
		v[2*j], v[2*j+1] = fromHalf(uint16(w)), fromHalf(uint16(w>>16))
	}
	return v
}

// putOctet writes octet i of b, rounded to the nearest number of the format.
func (f KV) putOctet(b []byte, i int, v [8]float32) {
	if f == KV32 {
		copy(f32s(b)[8*i:], v[:])
		return
	}
	for j := range u32s(b)[4*i : 4*i+4] {
		u32s(b)[4*i+j] = uint32(toHalf(v[2*j])) | uint32(toHalf(v[2*j+1]))<<16
	}
}

// fromHalf is the value of an IEEE 754 binary16.
func fromHalf(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&0x3ff
	switch exp {
	case 0: // zero and subnormals: frac * 2^-24
		return math.Float32frombits(math.Float32bits(float32(frac)*(1.0/(1<<24))) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// toHalf rounds to the nearest binary16, ties to even.
func toHalf(f float32) uint16 {
	u := math.Float32bits(f)
	sign := uint16(u >> 31 << 15)
	u &= 0x7fffffff
	switch {
	case u > 0x7f800000:
		return sign | 0x7e00 // not a number
	case u >= 0x477ff000:
		return sign | 0x7c00 // 65520 and above round to infinity
	case u < 0x38800000: // below 2^-14 halves are multiples of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(u))*(1<<24)))
	}
	u += 0xfff + u>>13&1
	return sign | uint16((u-(127-15)<<23)>>13)
}
