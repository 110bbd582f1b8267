// Package shaders holds the compute kernels of the engine. Each kernel is
// three neighbours: NAME.comp, its GLSL source; NAME.go, the call that records
// it with its shape checks, and its Go twin; NAME_test.go, which compares the
// two on every device. The file permutations says which variants are compiled.
//
// Every kernel runs in workgroups of one subgroup, reads through texel buffers
// and shares values by subgroup shuffles (docs/architecture.md, "Shaders").
// Shapes are written outermost first; a head's dimension is padded to Octets*8.
package shaders

import (
	"fmt"
	"math"
	"unsafe"

	"fovea/gpu"
)

// KV is the number format of keys, values and representatives.
type KV uint8

// The formats of keys and values.
const (
	KV16 KV = iota // halves: 16 bytes an octet
	KV32           // floats: 32 bytes an octet
)

// OctetBytes is the size of 8 numbers.
func (f KV) OctetBytes() int64 { return int64(16) << f }

func (f KV) String() string { return [...]string{"kv16", "kv32"}[f] }

// Heads is the shape of a model's attention as the kernels see it.
type Heads struct {
	KV     int // key-value heads
	Group  int // query heads per key-value head
	Octets int // padded head dimension / 8, a power of two
	KVType KV
}

// Width is the number of query heads.
func (h Heads) Width() int { return h.KV * h.Group }

// Features is the length of all query heads of a token, padding included.
func (h Heads) Features() int { return h.Width() * h.Octets * 8 }

// RowBytes is the size of one token's keys (or values) of all heads.
func (h Heads) RowBytes() int64 { return int64(h.KV*h.Octets) * h.KVType.OctetBytes() }

// PadHead returns the octets of a padded head of d dimensions, at least 2.
func PadHead(d int) int {
	o := 2 // attention fetches an octet by two lanes
	for o*8 < d {
		o *= 2
	}
	return o
}

// chunkKeys is R of the attention kernels: keys of a chunk that one lane owns.
const chunkKeys = 4

func groups(n, per int) uint32 { return uint32(groupsOf(n, per)) }

// fewGroups is how many workgroups a kernel has whose last one goes on alone, where n
// could share the work: on software drivers one for each of their cores, as there
// every one runs through what only the last one does, with all lanes off.
func fewGroups(n uint32, cores int) uint32 {
	if cores == 0 {
		return n
	}
	return min(n, uint32(cores))
}

// groupsOf is n / per, rounded up.
func groupsOf(n, per int) int { return (n + per - 1) / per }

func bits(f float32) uint32 { return math.Float32bits(f) }

func u32s(b []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

func f32s(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// rowWords is the words from one row of a view to the next, of so many rows of equal
// size. It panics where they hold less than words words.
func rowWords(kernel, what string, v gpu.View, rows, words int) uint32 {
	need(kernel, what, v, int64(rows*words)*4)
	lo, hi := v.Range()
	return uint32((hi - lo) / int64(rows) / 4)
}

// need panics unless a view holds at least n bytes: a caller's bug.
func need(kernel, what string, v gpu.View, n int64) {
	lo, hi := v.Range()
	if hi-lo < n {
		panic(fmt.Sprintf("shaders: %s: %s holds %d bytes, needs %d", kernel, what, hi-lo, n))
	}
}
