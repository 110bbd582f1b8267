package quant

import (
	"archive/zip"
	"bytes"
	"io"
	"math"
	"strings"
	"testing"
)

// golden reads an entry of testdata/blocks.zip, which testdata/make.py makes
// with the gguf package.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	z, err := zip.OpenReader("testdata/blocks.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func floats(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(le.Uint32(b[4*i:]))
	}
	return v
}

// same is equality of bits, or of being not a number.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestDequantize(t *testing.T) {
	for _, typ := range Types {
		want := floats(golden(t, typ.String()+".f32"))
		got := make([]float32, len(want))
		Dequantize(typ, golden(t, typ.String()+".raw"), got)
		for i := range want {
			if !same(got[i], want[i]) {
				t.Errorf("%v element %d: got %v (%#x), want %v (%#x)", typ, i,
					got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
				break
			}
		}
	}
}

func TestQuantize(t *testing.T) {
	for _, typ := range []Type{F16, BF16, Q8_0, Q4_0} {
		in, want := floats(golden(t, typ.String()+".in")), golden(t, typ.String()+".out")
		got := make([]byte, len(want))
		Quantize(typ, in, got)
		for i := 0; i < len(want); i += typ.BlockBytes() {
			g, w := got[i:][:typ.BlockBytes()], want[i:][:typ.BlockBytes()]
			nan := typ.BlockSize() == 1 && in[i/2] != in[i/2]
			if nan {
				g, w = g[1:], w[1:] // payloads are free
			}
			if !bytes.Equal(g, w) && !nan {
				first := i / typ.BlockBytes() * typ.BlockSize()
				t.Errorf("%v block %d of %v: got %x, want %x", typ, i/typ.BlockBytes(), in[first:][:typ.BlockSize()], g, w)
				break
			}
		}
	}
	tiny, zero := make([]float32, 32), make([]byte, q40Bytes)
	tiny[5] = 1e-41 // has no finite reciprocal
	Quantize(Q4_0, tiny, zero)
	Dequantize(Q4_0, zero, tiny)
	for i, v := range tiny {
		if v != 0 || zero[2+i%16] != 0x88 {
			t.Errorf("element %d of a tiny block: %v, block %x", i, v, zero)
			break
		}
	}
	in := []float32{1, -0.5, float32(math.Inf(1)), math.MaxFloat32}
	out, back := make([]byte, 16), make([]float32, 4)
	Quantize(F32, in, out)
	Dequantize(F32, out, back)
	for i := range in {
		if in[i] != back[i] {
			t.Errorf("F32: %v became %v", in[i], back[i])
		}
	}
}

// TestHalf checks every binary16 against its definition, and that rounding
// finds the nearest, the even one of two.
func TestHalf(t *testing.T) {
	value := func(h int) float64 {
		if e := h >> 10; e > 0 {
			return math.Ldexp(float64(1<<10+h&0x3ff), e-25)
		}
		return math.Ldexp(float64(h), -24)
	}
	for h := range 0x7c00 {
		v := value(h)
		for sign, s := range map[uint16]float64{0: 1, 0x8000: -1} {
			if got := HalfToFloat(uint16(h) | sign); float64(got) != s*v || math.Signbit(float64(got)) != (sign != 0) {
				t.Fatalf("half %#x: got %v, want %v", uint16(h)|sign, got, s*v)
			}
			if got := FloatToHalf(float32(s * v)); got != uint16(h)|sign {
				t.Fatalf("float %v: got %#x, want %#x", s*v, got, uint16(h)|sign)
			}
			middle := float32(s * (v + value(h+1)) / 2) // exact in float32
			even := uint16(h+h&1) | sign
			if got := FloatToHalf(middle); got != even {
				t.Fatalf("float %v between %#x and %#x: got %#x", middle, h, h+1, got)
			}
			if got := FloatToHalf(math.Nextafter32(middle, 0)); got != uint16(h)|sign {
				t.Fatalf("below the middle of %#x and %#x: got %#x", h, h+1, got)
			}
			if got := FloatToHalf(math.Nextafter32(middle, float32(s)*math.MaxFloat32)); got != uint16(h+1)|sign {
				t.Fatalf("above the middle of %#x and %#x: got %#x", h, h+1, got)
			}
		}
	}
	inf := float32(math.Inf(1))
	if HalfToFloat(0x7c00) != inf || HalfToFloat(0xfc00) != -inf || FloatToHalf(inf) != 0x7c00 || FloatToHalf(-1e6) != 0xfc00 {
		t.Error("infinities")
	}
	for h := uint16(0x7c01); h < 0x8000; h++ {
		if v := HalfToFloat(h); v == v {
			t.Fatalf("half %#x is %v, want NaN", h, v)
		}
	}
	// The smallest NaN of float32 has a payload only where halves have none.
	for _, u := range []uint32{0x7f800001, 0xffffffff, 0x7fc00000} {
		nan := math.Float32frombits(u)
		if h := FloatToHalf(nan); h&0x7fff <= 0x7c00 {
			t.Errorf("NaN %#x became half %#x", u, h)
		}
		if b := FloatToBF16(nan); b&0x7fff <= 0x7f80 {
			t.Errorf("NaN %#x became bfloat16 %#x", u, b)
		}
	}
}

func TestParse(t *testing.T) {
	for _, typ := range Types {
		got, err := Parse(uint32(typ))
		if err != nil || got != typ {
			t.Errorf("%v: got %v, %v", typ, got, err)
		}
		if typ.RowBytes(512) != 512/typ.BlockSize()*typ.BlockBytes() {
			t.Errorf("%v: a row of 512 has %d bytes", typ, typ.RowBytes(512))
		}
	}
	for id, name := range map[uint32]string{13: "Q5_K", 17: "IQ2_XS", 4: "Q4_2", 41: "Q1_0", 42: "42 (unknown)", 1<<32 - 1: "4294967295 (unknown)"} {
		_, err := Parse(id)
		if err == nil || !strings.Contains(err.Error(), "format "+name+" ") || !strings.Contains(err.Error(), "Q4_K") {
			t.Errorf("format %d: %v", id, err)
		}
	}
	if len(blocks) != len(Types) {
		t.Errorf("Types lists %d formats of %d", len(Types), len(blocks))
	}
	panics(t, "block of Q5_K", func() { Type(13).BlockSize() })
	panics(t, "half a block", func() { Q4_0.RowBytes(16) })
	panics(t, "short source", func() { Dequantize(F16, make([]byte, 3), make([]float32, 2)) })
	panics(t, "short destination", func() { Quantize(F16, make([]float32, 2), make([]byte, 3)) })
	panics(t, "quantize Q6_K", func() { Quantize(Q6_K, make([]float32, 256), make([]byte, 210)) })
	panics(t, "packed format of Q5_K", func() { PackedFor(13) })
}
