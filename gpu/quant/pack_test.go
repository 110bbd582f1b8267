package quant

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// matrix is rows of raw bytes and their values.
type matrix struct {
	cols   int
	types  []Type
	raw    [][]byte
	values [][]float32
}

// randomMatrix has rows of the given types in turn, with blocks from
// testdata/blocks.zip.
func randomMatrix(t *testing.T, rng *rand.Rand, rows, cols int, types ...Type) matrix {
	m := matrix{cols: cols}
	blocks := map[Type][]byte{}
	for _, typ := range types {
		blocks[typ] = golden(t, typ.String()+".raw")
	}
	for i := range rows {
		typ := types[i%len(types)]
		all, n := blocks[typ], typ.BlockBytes()
		raw, values := []byte{}, make([]float32, cols)
		for range cols / typ.BlockSize() {
			raw = append(raw, all[rng.IntN(len(all)/n)*n:][:n]...)
		}
		Dequantize(typ, raw, values)
		m.types, m.raw, m.values = append(m.types, typ), append(m.raw, raw), append(m.values, values)
	}
	return m
}

func (m matrix) row(i int) (Type, []byte) { return m.types[i], m.raw[i] }

// pack packs into memory that held something else.
func (m matrix) pack(t *testing.T, p Packed, lanes int) []byte {
	t.Helper()
	dst := make([]byte, PackedBytes(p, len(m.raw), m.cols, lanes))
	for i := range dst {
		dst[i] = 0xa5
	}
	if err := Pack(p, len(m.raw), m.cols, lanes, m.row, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

func word(b []byte, texel, w int) uint32 { return le.Uint32(b[16*texel+4*w:]) }

// at reads one element as the shaders do, from the documentation of Packed.
func at(p Packed, b []byte, cols, lanes, row, col int) float32 {
	tile, r, lane := row/(4*lanes), row%(4*lanes)/lanes, row%lanes
	nb, block, c := (cols+31)/32, col/32, col%32
	n := map[Packed]int{PQ4: 5, PQ4K: 6, PQ8: 10, PF16: 16, PBF16: 16, PF32: 32}[p]
	texel := func(t int) int { return ((tile*nb+block)*n+t)*lanes + lane }
	float := math.Float32frombits
	nibble := func() float32 { return float32(word(b, texel(r), c/8) >> (4 * (c % 8)) & 15) }
	switch p {
	case PQ4:
		dm := word(b, texel(4), r)
		return float32(nibble()*HalfToFloat(uint16(dm))) + HalfToFloat(uint16(dm>>16))
	case PQ4K:
		t := texel(4 + r/2)
		return float32(nibble()*float(word(b, t, r%2*2))) + float(word(b, t, r%2*2+1))
	case PQ8:
		q := int8(word(b, texel(2*r+c/16), c%16/4) >> (8 * (c % 4)))
		return float32(q) * float(word(b, texel(8+r/2), r%2*2+c/16))
	case PF16:
		return HalfToFloat(uint16(word(b, texel(4*r+c/8), c%8/2) >> (16 * (c % 2))))
	case PBF16:
		return BF16ToFloat(uint16(word(b, texel(4*r+c/8), c%8/2) >> (16 * (c % 2))))
	}
	return float(word(b, texel(8*r+c/4), c%4))
}

// equal is equality but for the sign of zero.
func equal(a, b float32) bool { return a == b || a != a && b != b }

// TestPack compares packed matrices of every kind of row with the dequantised
// rows, read by the layout's definition and by UnpackRow.
func TestPack(t *testing.T) {
	cases := []struct {
		p     Packed
		types []Type
	}{
		{PQ4, []Type{Q4_0}},
		{PQ4, []Type{Q4_1}},
		{PQ4, []Type{Q4_1, Q4_0}},
		{PQ4K, []Type{Q4_K}},
		{PQ8, []Type{Q8_0}},
		{PQ8, []Type{Q6_K, Q8_0}},
		{PF16, []Type{F16}},
		{PBF16, []Type{BF16}},
		{PF32, []Type{F32}},
		{PF32, Types},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range cases {
		for _, lanes := range []int{4, 8, 16, 32, 64} {
			for _, rows := range []int{4*lanes - 1, 4*lanes + 3} {
				t.Run(fmt.Sprintf("%v_of_%v_lanes%d_rows%d", c.p, c.types, lanes, rows), func(t *testing.T) {
					m := randomMatrix(t, rng, rows, 512, c.types...)
					checkPacked(t, m, c.p, lanes)
				})
			}
		}
	}
	// Widths that are no whole blocks.
	for _, typ := range []Type{F32, F16, BF16} {
		for _, cols := range []int{1, 31, 40, 63} {
			m := randomMatrix(t, rng, 9, cols, typ)
			checkPacked(t, m, PackedFor(typ), 4)
			if typ != F32 {
				checkPacked(t, m, PF32, 8)
			}
		}
	}
}

func checkPacked(t *testing.T, m matrix, p Packed, lanes int) {
	t.Helper()
	b := m.pack(t, p, lanes)
	padded := (m.cols + 31) / 32 * 32
	perTile := 4 * lanes
	got := make([]float32, padded)
	for i := range (len(m.raw) + perTile - 1) / perTile * perTile {
		want := make([]float32, padded) // rows past the end and columns past the end are zero
		if i < len(m.raw) {
			copy(want, m.values[i])
		}
		UnpackRow(p, b, padded, lanes, i, got)
		for j := range want {
			if v := at(p, b, m.cols, lanes, i, j); !equal(v, want[j]) {
				t.Fatalf("%v, %d lanes, row %d column %d: packed %v, want %v", p, lanes, i, j, v, want[j])
			}
			if !equal(got[j], want[j]) {
				t.Fatalf("%v, %d lanes, row %d column %d: unpacked %v, want %v", p, lanes, i, j, got[j], want[j])
			}
		}
		// A row of its true width, whose last block is a part.
		for j := range got {
			got[j] = 42
		}
		UnpackRow(p, b, m.cols, lanes, i, got)
		for j := range got {
			if j >= m.cols {
				want[j] = 42
			}
			if !equal(got[j], want[j]) {
				t.Fatalf("%v, %d lanes, row %d column %d of %d: unpacked %v, want %v", p, lanes, i, j, m.cols, got[j], want[j])
			}
		}
	}
}

// TestPackGaps leaves rows out.
func TestPackGaps(t *testing.T) {
	m := randomMatrix(t, rand.New(rand.NewPCG(3, 4)), 40, 64, Q8_0)
	for i := 0; i < len(m.raw); i += 3 {
		m.raw[i] = nil
		clear(m.values[i])
	}
	checkPacked(t, m, PQ8, 4)
}

func TestPackScaleOutOfRange(t *testing.T) {
	for _, d := range []float32{8192, -8200, 65504, float32(math.Inf(1)), float32(math.NaN())} {
		m := randomMatrix(t, rand.New(rand.NewPCG(5, 6)), 40, 64, Q4_0)
		for _, i := range []int{39, 21} { // two tiles of 4 lanes: the first row is told
			le.PutUint16(m.raw[i][18:], FloatToHalf(d))
		}
		err := Pack(PQ4, 40, 64, 4, m.row, make([]byte, PackedBytes(PQ4, 40, 64, 4)))
		if err == nil || !strings.Contains(err.Error(), "row 21: block 1") {
			t.Errorf("scale %v: %v", d, err)
		}
	}
	m := randomMatrix(t, rand.New(rand.NewPCG(7, 8)), 3, 64, Q4_0)
	le.PutUint16(m.raw[1], FloatToHalf(-8188))
	Dequantize(Q4_0, m.raw[1], m.values[1])
	checkPacked(t, m, PQ4, 4)
}

func TestPackPanics(t *testing.T) {
	zeros := func(typ Type, cols int) func(int) (Type, []byte) {
		return func(int) (Type, []byte) { return typ, make([]byte, typ.RowBytes(cols)) }
	}
	one := func(p Packed, cols int, row func(int) (Type, []byte)) func() {
		w := rowPacker{format: p, layout: newLayout(p, cols, 4), cols: cols}
		w.tile = make([]byte, w.tileBytes())
		return func() { _ = w.row(row(0)) }
	}
	panics(t, "Q8_0 as PQ4", one(PQ4, 64, zeros(Q8_0, 64)))
	panics(t, "F16 as PBF16", one(PBF16, 64, zeros(F16, 64)))
	panics(t, "row of another width", one(PQ4, 64, zeros(Q4_0, 32)))
	panics(t, "width of no whole blocks", one(PQ4, 40, zeros(Q4_0, 32)))
	panics(t, "small destination", func() { _ = Pack(PF32, 4, 32, 4, zeros(F32, 32), make([]byte, 16)) })
	panics(t, "no lanes", func() { PackedBytes(PF32, 4, 32, 0) })
	panics(t, "row past the end", func() { UnpackRow(PF32, make([]byte, PackedBytes(PF32, 16, 32, 4)), 32, 4, 16, make([]float32, 32)) })
	panics(t, "short row", func() { UnpackRow(PF32, make([]byte, PackedBytes(PF32, 16, 32, 4)), 32, 4, 0, make([]float32, 31)) })
}

func TestPackedBytes(t *testing.T) {
	for p, want := range map[Packed]int64{PQ4: 5, PQ4K: 6, PQ8: 10, PF16: 16, PBF16: 16, PF32: 32} {
		// 3 tiles, 18 blocks, 8 lanes
		if got := PackedBytes(p, 65, 576, 8); got != 3*18*8*16*want {
			t.Errorf("%v: got %d bytes", p, got)
		}
	}
	if got := PackedBytes(PF32, 1<<22, 1<<14, 64); got != 1<<22*1<<14*4 {
		t.Errorf("a large matrix: got %d bytes", got)
	}
}

func BenchmarkPack(b *testing.B) {
	const rows, cols, lanes = 1536, 768, 8
	for _, typ := range []Type{Q4_0, Q4_1, Q4_K, Q6_K, Q8_0, F16} {
		b.Run(typ.String(), func(b *testing.B) {
			raw := make([]byte, typ.RowBytes(cols))
			p := PackedFor(typ)
			dst := make([]byte, PackedBytes(p, rows, cols, lanes))
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				if err := Pack(p, rows, cols, lanes, func(int) (Type, []byte) { return typ, raw }, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnpackRow(b *testing.B) {
	const cols, lanes = 576, 8
	for _, p := range []Packed{PQ4, PQ4K, PQ8, PF16, PF32} {
		b.Run(p.String(), func(b *testing.B) {
			src, dst := make([]byte, PackedBytes(p, 32, cols, lanes)), make([]float32, cols)
			b.SetBytes(cols * 4)
			for b.Loop() {
				UnpackRow(p, src, cols, lanes, 17, dst)
			}
		})
	}
}
