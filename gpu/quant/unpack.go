package quant

import (
	"fmt"
	"math"
)

// UnpackRow gives the cols values of a row of a packed matrix. src may be
// longer than the matrix and dst longer than the row. It panics where they are
// shorter.
func UnpackRow(p Packed, src []byte, cols, lanes, row int, dst []float32) {
	l := newLayout(p, cols, lanes)
	tile, r, lane := row/(4*lanes), row/lanes%4, row%lanes
	if row < 0 || len(dst) < cols || len(src) < (tile+1)*l.tileBytes() {
		panic(fmt.Sprintf("quant: row %d of %d columns, packed as %v for %d lanes, from %d bytes into %d numbers",
			row, cols, p, lanes, len(src), len(dst)))
	}
	src = src[tile*l.tileBytes()+lane*texelBytes:]
	dst = dst[:cols]
	var tail [blockCols]float32
	for b := range l.blocks {
		y := &tail
		if len(dst) >= blockCols {
			y = (*[blockCols]float32)(dst)
		}
		unpackBlock(p, blockOf{src[b*l.blockBytes():], l.stride()}, r, y)
		if len(dst) < blockCols {
			copy(dst, tail[:])
			return
		}
		dst = dst[blockCols:]
	}
}

// blockOf is a lane's block.
type blockOf struct {
	src    []byte
	stride int
}

func (b blockOf) texel(t int) *[texelBytes]byte { return (*[texelBytes]byte)(b.src[t*b.stride:]) }

// unpackBlock gives row r of a block.
func unpackBlock(p Packed, b blockOf, r int, y *[blockCols]float32) {
	switch p {
	case PQ4:
		dm := b.texel(4)[4*r:]
		unpackNibbles(b.texel(r), HalfToFloat(le.Uint16(dm)), HalfToFloat(le.Uint16(dm[2:])), y)
	case PQ4K:
		d, m := unpackPair(b, 4, r)
		unpackNibbles(b.texel(r), d, m, y)
	case PQ8:
		low, high := unpackPair(b, 8, r)
		unpackBytes(b.texel(2*r), low, (*[16]float32)(y[:16]))
		unpackBytes(b.texel(2*r+1), high, (*[16]float32)(y[16:]))
	case PF16:
		for i := range 4 {
			in, out := b.texel(4*r+i), y[8*i:][:8]
			for j := range out {
				out[j] = HalfToFloat(le.Uint16(in[2*j:]))
			}
		}
	case PBF16:
		for i := range 4 {
			in, out := b.texel(4*r+i), y[8*i:][:8]
			for j := range out {
				out[j] = BF16ToFloat(le.Uint16(in[2*j:]))
			}
		}
	case PF32:
		for i := range 8 {
			in, out := b.texel(8*r+i), y[4*i:][:4]
			for j := range out {
				out[j] = math.Float32frombits(le.Uint32(in[4*j:]))
			}
		}
	}
}

// unpackPair is row r's two floats in the two texels from t on.
func unpackPair(b blockOf, t, r int) (x, y float32) {
	in := b.texel(t + r/2)[r%2*8:]
	return math.Float32frombits(le.Uint32(in)), math.Float32frombits(le.Uint32(in[4:]))
}

func unpackNibbles(q *[texelBytes]byte, d, m float32, y *[blockCols]float32) {
	for i, v := range q {
		y[2*i] = float32(float32(v&15)*d) + m
		y[2*i+1] = float32(float32(v>>4)*d) + m
	}
}

func unpackBytes(q *[texelBytes]byte, d float32, y *[16]float32) {
	for i, v := range q {
		y[i] = float32(int8(v)) * d
	}
}
