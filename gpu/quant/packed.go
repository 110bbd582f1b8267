package quant

import "fmt"

// Packed is a layout of a weight matrix (rows, cols) on a device.
//
// Rows are grouped in tiles of 4*S, S being the lanes of the device's
// subgroups; columns in blocks of 32, nb = ceil(cols/32), the rest zero. Row r
// (0..3) of a lane is row tile*4*S + r*S + lane of the matrix; rows past the
// last are zero. For each tile, block and lane there are [Packed.Texels]
// texels of 16 bytes (4 little-endian words); texel t is number
//
//	((tile*nb + block)*texels + t)*S + lane
//
// of the matrix, so that neighbouring lanes fetch neighbouring texels. What a
// texel holds of the block's 4 rows by 32 columns, where the halves of a word
// are its low and high 16 bits, in this order:
//
//	PQ4   t = r     nibble j of word w: quant q of column 8w+j
//	      t = 4     word r: binary16 d, m; value q*d + m
//	PQ4K  t = r     as PQ4
//	      t = 4+i   float32 d, m of row 2i, d, m of row 2i+1; value q*d + m
//	PQ8   t = 2r+i  byte j: int8 q of column 16i+j
//	      t = 8+i   float32 scales: row 2i, columns 0..15 and 16..31, the same of row 2i+1; value q*scale
//	PF16  t = 4r+i  word w: binary16 of columns 8i+2w and 8i+2w+1
//	PBF16 t = 4r+i  as PF16, of bfloat16
//	PF32  t = 8r+i  word w: float32 of column 4i+w
type Packed uint8

// The packed formats. The shaders know them by these numbers (FMT).
const (
	PQ4 Packed = iota
	PQ4K
	PQ8
	PF16
	PBF16
	PF32
)

// blockCols is the number of columns of a packed block.
const blockCols = 32

// texelBytes is the size of a texel.
const texelBytes = 16

var packedNames = [...]string{PQ4: "q4", PQ4K: "q4k", PQ8: "q8", PF16: "f16", PBF16: "bf16", PF32: "f32"}

var packedTexels = [...]int{PQ4: 5, PQ4K: 6, PQ8: 10, PF16: 16, PBF16: 16, PF32: 32}

// String is the name of the format in the names of kernels, e.g. "q4k".
func (p Packed) String() string { return packedNames[p] }

// Texels is the number of texels per tile, block and lane.
func (p Packed) Texels() int { return packedTexels[p] }

// PackedFor is the format that holds t's values exactly in the fewest bytes.
func PackedFor(t Type) Packed {
	switch t {
	case Q4_0, Q4_1:
		return PQ4
	case Q4_K:
		return PQ4K
	case Q8_0, Q6_K:
		return PQ8
	case F16:
		return PF16
	case BF16:
		return PBF16
	case F32:
		return PF32
	}
	panic(fmt.Sprintf("quant: format %v is not supported", t))
}

// PackedBytes is the size in bytes of a packed matrix.
func PackedBytes(p Packed, rows, cols, lanes int) int64 {
	if rows < 0 || cols < 0 || lanes < 1 {
		panic(fmt.Sprintf("quant: packed matrix (%d, %d) for %d lanes", rows, cols, lanes))
	}
	tiles := (int64(rows) + 4*int64(lanes) - 1) / (4 * int64(lanes))
	return tiles * int64(newLayout(p, cols, lanes).tileBytes())
}

// layout finds texels.
type layout struct {
	texels, lanes int
	blocks        int // of a row
}

func newLayout(p Packed, cols, lanes int) layout {
	return layout{texels: p.Texels(), lanes: lanes, blocks: (cols + blockCols - 1) / blockCols}
}

func (l layout) tileBytes() int { return l.blocks * l.blockBytes() }

// blockBytes is the distance in bytes of a lane's blocks.
func (l layout) blockBytes() int { return l.texels * l.stride() }

// stride is the distance in bytes of a lane's texels.
func (l layout) stride() int { return l.lanes * texelBytes }
