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
	d, m := HalfToFloat(le.Uint16(b)), HalfToFloat(le.Uint16(b[2:]))
	for s := range 8 {
		sc, mn := scaleQ4K(b, s)
		scale, offset := float32(d*sc), -float32(m*mn)
		for i, q := range b[16+s/2*32:][:32] {
			y[s*32+i] = float32(float32(q>>(s%2*4)&15)*scale) + offset
		}
	}
}

// scaleQ4K is the scale and the minimum of the 32 elements of sub-block s, in
// units of the block's: value = q*d*scale - m*minimum. The 6-bit scales and
// minima of sub-blocks 0..3 are the low bits of bytes 0..3 and 4..7; those of
// 4..7 have their low 4 bits in the nibbles of bytes 8..11 and their high 2
// above the former.
func scaleQ4K(b []byte, s int) (scale, minimum float32) {
	scales := b[4:16]
	if s < 4 {
		return float32(scales[s] & 63), float32(scales[s+4] & 63)
	}
	return float32(scales[s+4]&15 | scales[s-4]>>6<<4), float32(scales[s+4]>>4 | scales[s]>>6<<4)
}

func dequantizeQ6K(b []byte, y []float32) {
	d := HalfToFloat(le.Uint16(b[q6kD:]))
	for s := range 8 {
		low, high := partsQ6K(b, s)
		for i := range 32 {
			q := int8(quantsQ6K(low, high, i/8, s) >> (i % 8 * 8))
			y[32*s+i] = float32(q) * float32(d*scaleQ6K(b, s*2+i/16))
		}
	}
}

// partsQ6K gives the 32 bytes each that have the low and the high bits of
// elements 32s..32s+31. Each half of the block has 64 bytes of nibbles, whose
// low ones are the elements of s%4 = 0 and 1 and whose high ones those of 2 and
// 3, and 32 bytes with 2 more bits for each s%4.
func partsQ6K(b []byte, s int) (low, high *[32]byte) {
	return (*[32]byte)(b[s/4*64+s%2*32:]), (*[32]byte)(b[q6kHigh+s/4*32:])
}

// quantsQ6K gives the quants, -32..31, of elements 32s+8i..32s+8i+7, one a byte.
func quantsQ6K(low, high *[32]byte, i, s int) uint64 {
	const each = 0x0101010101010101
	x := le.Uint64(low[8*i:])>>(uint(s)%4/2*4)&(15*each) | le.Uint64(high[8*i:])>>(uint(s)%4*2)&(3*each)<<4
	return ((x | 0x80*each) - 0x20*each) ^ 0x80*each // x - 32: the top bits keep bytes from borrowing
}

// scaleQ6K is the scale of elements 16g..16g+15 in units of the block's d.
func scaleQ6K(b []byte, g int) float32 { return float32(int8(b[q6kScale+g])) }
