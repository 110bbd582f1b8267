// Package quant knows the element formats of model weights: how many bytes a
// block of elements takes, what numbers it stands for, and how weights are laid
// out on a device.
//
// A [Type] is a format of a GGUF file, numbered as ggml numbers its tensor
// types; [Dequantize] and [Quantize] agree with ggml bit for bit. A [Packed]
// format is what the matmul kernels read: [Pack] repacks rows at load without
// changing a single value, [UnpackRow] is its inverse, which the kernels' Go
// twins use.
package quant

import (
	"fmt"
	"strings"
)

// Type is an element format by its ggml number.
type Type uint32

// The supported formats. A block of 32 elements is scale*q (Q8_0, Q4_0) or
// scale*q + minimum (Q4_1); the K formats have blocks of 256 with a scale per
// 16 (Q6_K) or a scale and a minimum per 32 (Q4_K).
const (
	F32  Type = 0
	F16  Type = 1
	Q4_0 Type = 2
	Q4_1 Type = 3
	Q8_0 Type = 8
	Q4_K Type = 12
	Q6_K Type = 14
	BF16 Type = 30
)

// Types lists the supported formats, in the order in which they lose precision.
var Types = []Type{F32, F16, BF16, Q8_0, Q6_K, Q4_K, Q4_1, Q4_0}

// names are ggml's names of all its formats, also of withdrawn ones, so that an
// error can name what a file holds. Source: enum ggml_type in ggml.h.
var names = [...]string{
	0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
	10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
	16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS",
	24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
	31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0", 35: "TQ2_0",
	36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
}

// block is what a format's blocks are.
type block struct {
	elements, bytes int
	decode          func(b []byte, y []float32) // of one block; nil where elements is 1
}

var blocks = map[Type]block{
	F32: {1, 4, nil}, F16: {1, 2, nil}, BF16: {1, 2, nil},
	Q4_0: {32, q40Bytes, dequantizeQ40}, Q4_1: {32, q41Bytes, dequantizeQ41}, Q8_0: {32, q80Bytes, dequantizeQ80},
	Q4_K: {256, q4kBytes, dequantizeQ4K}, Q6_K: {256, q6kBytes, dequantizeQ6K},
}

// Parse checks the format number of a file. Its error names a format that is
// known but not supported.
func Parse(id uint32) (Type, error) {
	t := Type(id)
	if _, ok := blocks[t]; ok {
		return t, nil
	}
	supported := make([]string, len(Types))
	for i, s := range Types {
		supported[i] = s.String()
	}
	return 0, fmt.Errorf("quant: format %v is not supported; use a file in %s", t, strings.Join(supported, ", "))
}

// String is ggml's name, e.g. "Q4_K".
func (t Type) String() string {
	if int64(t) < int64(len(names)) {
		return names[t]
	}
	return fmt.Sprintf("%d (unknown)", uint32(t))
}

// block panics for an unsupported format: Parse lets none through.
func (t Type) block() block {
	b, ok := blocks[t]
	if !ok {
		panic(fmt.Sprintf("quant: format %v is not supported", t))
	}
	return b
}

// BlockSize is the number of elements of a block.
func (t Type) BlockSize() int { return t.block().elements }

// BlockBytes is the size of a block in bytes.
func (t Type) BlockBytes() int { return t.block().bytes }

// RowBytes is the size in bytes of cols elements. It panics where they are not
// whole blocks.
func (t Type) RowBytes(cols int) int {
	b := t.block()
	if cols < 0 || cols%b.elements != 0 {
		panic(fmt.Sprintf("quant: %d elements are not whole %v blocks of %d", cols, t, b.elements))
	}
	return cols / b.elements * b.bytes
}
