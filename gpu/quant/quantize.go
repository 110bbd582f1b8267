package quant

import (
	"fmt"
	"math"
)

// Quantize writes src as t, which is F32, F16, BF16, Q8_0 or Q4_0, with the
// result of ggml's reference quantizer. Blocks must be of finite numbers; one
// whose scale is too large for binary16 gets an infinite scale. It panics for
// other formats and where dst is not exactly as long as src needs.
func Quantize(t Type, src []float32, dst []byte) {
	if want := t.RowBytes(len(src)); len(dst) != want {
		panic(fmt.Sprintf("quant: %d %v elements into %d bytes, want %d", len(src), t, len(dst), want))
	}
	switch t {
	case F32:
		for i, v := range src {
			le.PutUint32(dst[4*i:], math.Float32bits(v))
		}
	case F16:
		for i, v := range src {
			le.PutUint16(dst[2*i:], FloatToHalf(v))
		}
	case BF16:
		for i, v := range src {
			le.PutUint16(dst[2*i:], FloatToBF16(v))
		}
	case Q8_0:
		for ; len(src) > 0; src, dst = src[32:], dst[q80Bytes:] {
			quantizeQ80(src[:32], dst[:q80Bytes])
		}
	case Q4_0:
		for ; len(src) > 0; src, dst = src[32:], dst[q40Bytes:] {
			quantizeQ40(src[:32], dst[:q40Bytes])
		}
	default:
		panic(fmt.Sprintf("quant: cannot quantize to %v", t))
	}
}

// quantizeQ80 makes the largest magnitude 127.
func quantizeQ80(x []float32, b []byte) {
	d := abs(largest(x)) / 127
	inverse := reciprocal(d)
	le.PutUint16(b, FloatToHalf(d))
	for i, v := range x {
		b[2+i] = byte(int8(math.Round(float64(v * inverse))))
	}
}

// quantizeQ40 makes the number of the largest magnitude -8, so d has the
// opposite sign of it.
func quantizeQ40(x []float32, b []byte) {
	d := largest(x) / -8
	inverse := reciprocal(d)
	le.PutUint16(b, FloatToHalf(d))
	q := func(v float32) byte { return byte(min(15, int(float32(v*inverse)+8.5))) }
	for i := range 16 {
		b[2+i] = q(x[i]) | q(x[i+16])<<4
	}
}

// largest is the first number of the largest magnitude.
func largest(x []float32) (most float32) {
	for _, v := range x {
		if abs(v) > abs(most) {
			most = v
		}
	}
	return most
}

// reciprocal is 0 where 1/d is infinite: such a d is 0 in binary16, and quants
// from 0 * infinity would be arbitrary.
func reciprocal(d float32) float32 {
	if r := 1 / d; !math.IsInf(float64(r), 0) {
		return r
	}
	return 0
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }
