package quant

import (
	"fmt"
	"math"
)

// Pack lays a matrix (rows, cols) out in dst, which has PackedBytes bytes. row
// gives the format and the bytes of a row as a GGUF file holds them, or nil for
// a row of zeros; it is called once per row. Rows may differ in format as long
// as PackedFor gives p, and any format may become PF32. What dst held before
// does not matter.
//
// Packed values equal those of Dequantize; a zero may change its sign. Pack
// fails on Q4_0 scales that are not finite or above 8188 in magnitude, which
// PQ4 cannot hold and no sound file has. It panics where a row or dst does not
// fit.
func Pack(p Packed, rows, cols, lanes int, row func(i int) (Type, []byte), dst []byte) error {
	if want := PackedBytes(p, rows, cols, lanes); int64(len(dst)) != want {
		panic(fmt.Sprintf("quant: %v matrix (%d, %d) for %d lanes into %d bytes, want %d", p, rows, cols, lanes, len(dst), want))
	}
	l := newLayout(p, cols, lanes)
	perTile := 4 * lanes
	w := rowPacker{format: p, layout: l, cols: cols}
	for first := 0; first < rows; first += perTile {
		w.tile, dst = dst[:l.tileBytes()], dst[l.tileBytes():]
		clear(w.tile)
		for i := first; i < min(first+perTile, rows); i++ {
			t, raw := row(i)
			w.r, w.lane = (i-first)/lanes, (i-first)%lanes
			if err := w.row(t, raw); err != nil {
				return fmt.Errorf("quant: row %d: %w", i, err)
			}
		}
	}
	return nil
}

// rowPacker packs rows of a tile.
type rowPacker struct {
	layout
	format  Packed
	cols    int
	tile    []byte
	r, lane int

	floats []float32 // scratch of dequantised rows
	bytes  []byte
}

// texel is texel t of block b and the rest of the tile.
func (w *rowPacker) texel(b, t int) []byte {
	return w.tile[((b*w.texels+t)*w.lanes+w.lane)*texelBytes:]
}

func (w *rowPacker) row(t Type, raw []byte) error {
	if raw == nil {
		return nil
	}
	if want := t.RowBytes(w.cols); len(raw) != want {
		panic(fmt.Sprintf("quant: row of %d %v elements has %d bytes, want %d", w.cols, t, len(raw), want))
	}
	if w.format == PF32 && t != F32 {
		t, raw = F32, w.dequantized(t, raw)
	}
	if PackedFor(t) != w.format {
		panic(fmt.Sprintf("quant: a row of %v cannot be packed as %v", t, w.format))
	}
	switch t {
	case Q4_0:
		return w.q40(raw)
	case Q4_1:
		w.q41(raw)
	case Q4_K:
		w.q4k(raw)
	case Q8_0:
		w.q80(raw)
	case Q6_K:
		w.q6k(raw)
	default:
		w.plain(raw)
	}
	return nil
}

// dequantized is a row as the bytes of its float32 values.
func (w *rowPacker) dequantized(t Type, raw []byte) []byte {
	if w.floats == nil {
		w.floats, w.bytes = make([]float32, w.cols), make([]byte, 4*w.cols)
	}
	Dequantize(t, raw, w.floats)
	Quantize(F32, w.floats, w.bytes)
	return w.bytes
}

// plain packs F32, F16 and BF16, whose elements keep their order.
func (w *rowPacker) plain(raw []byte) {
	perRow := w.texels / 4
	for b := range w.blocks {
		for i := 0; i < perRow && len(raw) > 0; i++ {
			raw = raw[copy(w.texel(b, w.r*perRow+i)[:texelBytes], raw):]
		}
	}
}

func (w *rowPacker) q40(raw []byte) error {
	for b := range w.blocks {
		in := raw[b*q40Bytes:][:q40Bytes]
		d := le.Uint16(in)
		offset := -8 * HalfToFloat(d)
		m := FloatToHalf(offset)
		if HalfToFloat(m) != offset || math.IsInf(float64(offset), 0) {
			return fmt.Errorf("block %d: the scale %v of Q4_0 is out of range: the file is damaged", b, HalfToFloat(d))
		}
		w.nibbles(b, (*[16]byte)(in[2:]))
		le.PutUint32(w.texel(b, 4)[4*w.r:], uint32(d)|uint32(m)<<16)
	}
	return nil
}

func (w *rowPacker) q41(raw []byte) {
	for b := range w.blocks {
		in := raw[b*q41Bytes:][:q41Bytes]
		w.nibbles(b, (*[16]byte)(in[4:]))
		le.PutUint32(w.texel(b, 4)[4*w.r:], le.Uint32(in)) // d and m are neighbours in the file too
	}
}

// nibbles packs the quants of Q4_0 and Q4_1: columns 0..15 are the low nibbles
// of the file's bytes, 16..31 the high ones.
func (w *rowPacker) nibbles(b int, q *[16]byte) {
	x, y := le.Uint64(q[:8]), le.Uint64(q[8:])
	out := w.texel(b, w.r)[:texelBytes]
	le.PutUint32(out, lowNibbles(x))
	le.PutUint32(out[4:], lowNibbles(y))
	le.PutUint32(out[8:], lowNibbles(x>>4))
	le.PutUint32(out[12:], lowNibbles(y>>4))
}

// lowNibbles puts the low nibbles of 8 bytes next to each other.
func lowNibbles(x uint64) uint32 {
	x &= 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

func (w *rowPacker) q4k(raw []byte) {
	for b := 0; b < w.blocks; b += 8 {
		in := raw[b/8*q4kBytes:][:q4kBytes]
		d, m := HalfToFloat(le.Uint16(in)), HalfToFloat(le.Uint16(in[2:]))
		for s := range 8 {
			out, q := w.texel(b+s, w.r)[:texelBytes], in[16+s/2*32:][:32]
			for i := range 4 {
				le.PutUint32(out[4*i:], lowNibbles(le.Uint64(q[8*i:])>>(s%2*4)))
			}
			sc, mn := scaleQ4K(in, s)
			w.pair(b+s, 4, float32(d*sc), -float32(m*mn))
		}
	}
}

func (w *rowPacker) q80(raw []byte) {
	for b := range w.blocks {
		in := raw[b*q80Bytes:][:q80Bytes]
		copy(w.texel(b, 2*w.r)[:texelBytes], in[2:])
		copy(w.texel(b, 2*w.r+1)[:texelBytes], in[18:])
		d := HalfToFloat(le.Uint16(in))
		w.pair(b, 8, d, d)
	}
}

func (w *rowPacker) q6k(raw []byte) {
	for b := 0; b < w.blocks; b += 8 {
		in := raw[b/8*q6kBytes:][:q6kBytes]
		d := HalfToFloat(le.Uint16(in[q6kD:]))
		for s := range 8 {
			x, y := w.texel(b+s, 2*w.r)[:texelBytes], w.texel(b+s, 2*w.r+1)[:texelBytes]
			low, high := partsQ6K(in, s)
			le.PutUint64(x, quantsQ6K(low, high, 0, s))
			le.PutUint64(x[8:], quantsQ6K(low, high, 1, s))
			le.PutUint64(y, quantsQ6K(low, high, 2, s))
			le.PutUint64(y[8:], quantsQ6K(low, high, 3, s))
			w.pair(b+s, 8, d*scaleQ6K(in, 2*s), d*scaleQ6K(in, 2*s+1))
		}
	}
}

// pair stores two floats per row in the two texels from t on.
func (w *rowPacker) pair(b, t int, x, y float32) {
	out := w.texel(b, t+w.r/2)[w.r%2*8:]
	le.PutUint32(out, math.Float32bits(x))
	le.PutUint32(out[4:], math.Float32bits(y))
}
