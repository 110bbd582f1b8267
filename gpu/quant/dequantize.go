package quant

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Sizes of blocks in bytes, field by field as they lie in a file. Source:
// the block_* structs of ggml-common.h.
const (
	q40Bytes = 2 + 16            // d, nibbles
	q41Bytes = 2 + 2 + 16        // d, m, nibbles
	q80Bytes = 2 + 32            // d, int8
	q4kBytes = 2 + 2 + 12 + 128  // d, dmin, scales and minima of 6 bits, nibbles
	q6kBytes = 128 + 64 + 16 + 2 // low nibbles, high bits, int8 scales, d
	q6kHigh  = 128               // offset of the high bits
	q6kScale = q6kHigh + 64      // offset of the scales
	q6kD     = q6kScale + 16     // offset of d
)

var le = binary.LittleEndian

// Dequantize gives the len(dst) numbers that src stands for. It panics where
// src is not exactly as long as they need.
//
// Products are rounded to float32 before a sum, as ggml does; the conversions
// keep compilers from fusing them.
func Dequantize(t Type, src []byte, dst []float32) {
	if want := t.RowBytes(len(dst)); len(src) != want {
		panic(fmt.Sprintf("quant: %d %v elements from %d bytes, want %d", len(dst), t, len(src), want))
	}
	switch t {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = HalfToFloat(le.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = BF16ToFloat(le.Uint16(src[2*i:]))
		}
	default:
		b := t.block()
		for ; len(dst) > 0; src, dst = src[b.bytes:], dst[b.elements:] {
			b.decode(src[:b.bytes], dst[:b.elements])
		}
	}
}

func dequantizeQ40(b []byte, y []float32) {
	d := HalfToFloat(le.Uint16(b))
	for i, q := range b[2:q40Bytes] {
		y[i] = float32(int(q&15)-8) * d
		y[i+16] = float32(int(q>>4)-8) * d
	}
}

func dequantizeQ41(b []byte, y []float32) {
	d, m := HalfToFloat(le.Uint16(b)), HalfToFloat(le.Uint16(b[2:]))
	for i, q := range b[4:q41Bytes] {
		y[i] = float32(float32(q&15)*d) + m
		y[i+16] = float32(float32(q>>4)*d) + m
	}
}

func dequantizeQ80(b []byte, y []float32) {
	d := HalfToFloat(le.Uint16(b))
	for i, q := range b[2:q80Bytes] {
		y[i] = float32(int8(q)) * d
	}
}

func dequantizeQ4K(b []byte, y []float32) {
	for s := range 8 {
		d, m := scaleQ4K(b, s)
		for i, q := range b[16+s/2*32:][:32] {
			y[s*32+i] = float32(float32(q>>(s%2*4)&15)*d) + m
		}
	}
}

// scaleQ4K is the scale d and the offset m, value = q*d + m, of the 32 elements
// of sub-block s. The 6-bit scales and minima of sub-blocks 0..3 are the low
// bits of bytes 0..3 and 4..7; those of 4..7 have their low 4 bits in the
// nibbles of bytes 8..11 and their high 2 above the former.
func scaleQ4K(b []byte, s int) (d, m float32) {
	scales := b[4:16]
	var sc, mn byte
	if s < 4 {
		sc, mn = scales[s]&63, scales[s+4]&63
	} else {
		sc, mn = scales[s+4]&15|scales[s-4]>>6<<4, scales[s+4]>>4|scales[s]>>6<<4
	}
	return float32(HalfToFloat(le.Uint16(b)) * float32(sc)), -float32(HalfToFloat(le.Uint16(b[2:])) * float32(mn))
}

func dequantizeQ6K(b []byte, y []float32) {
	var q [32]int8
	for s := range 8 {
		quantsQ6K(b, s, &q)
		for i, v := range q {
			y[s*32+i] = float32(v) * scaleQ6K(b, s*2+i/16)
		}
	}
}

// quantsQ6K gives the quants, -32..31, of elements 32s..32s+31. Each half of
// the block has 64 bytes of nibbles, whose low ones are the elements of s%4 =
// 0 and 1 and whose high ones those of 2 and 3, and 32 bytes with 2 more bits
// for each s%4.
func quantsQ6K(b []byte, s int, q *[32]int8) {
	half, g := s/4, s%4
	low, high := b[half*64+g%2*32:][:32], b[q6kHigh+half*32:][:32]
	for i := range q {
		q[i] = int8(low[i]>>(g/2*4)&15|high[i]>>(2*g)&3<<4) - 32
	}
}

// scaleQ6K is the scale of elements 16g..16g+15.
func scaleQ6K(b []byte, g int) float32 {
	return HalfToFloat(le.Uint16(b[q6kD:])) * float32(int8(b[q6kScale+g]))
}
