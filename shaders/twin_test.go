package shaders

import (
	"math"
	"testing"
)

// halfValue is binary16 by its definition.
func halfValue(h uint16) float64 {
	exp, frac := int(h>>10&31), float64(h&0x3ff)
	v := math.Ldexp(1+frac/1024, exp-15)
	if exp == 0 {
		v = math.Ldexp(frac/1024, -14)
	}
	if exp == 31 {
		v = math.Inf(1)
	}
	return math.Copysign(v, -float64(h>>15)+0.5)
}

// TestHalf goes through all halves: their values, and that floats round to the
// nearest of them, ties to even.
func TestHalf(t *testing.T) {
	for h := range uint16(0x7c00) { // finite and positive
		for _, sign := range []uint16{0, 0x8000} {
			v := halfValue(h | sign)
			if got := float64(fromHalf(h | sign)); got != v || math.Signbit(got) != math.Signbit(v) {
				t.Fatalf("half %#x is %v, want %v", h|sign, got, v)
			}
			if got := toHalf(float32(v)); got != h|sign {
				t.Fatalf("%v rounds to %#x, want %#x", v, got, h|sign)
			}
			next := halfValue(h + 1)
			if h == 0x7bff {
				next = 65536
			}
			tie := float32(math.Copysign((math.Abs(v)+next)/2, v))
			even := h + h&1
			for _, c := range []struct {
				v    float32
				want uint16
			}{
				{tie, even}, {math.Nextafter32(tie, 0), h}, {math.Nextafter32(tie, tie*2), h + 1},
			} {
				if got := toHalf(c.v); got != c.want|sign {
					t.Fatalf("%v rounds to %#x, want %#x", c.v, got, c.want|sign)
				}
			}
		}
	}
	inf := float32(math.Inf(-1))
	if toHalf(inf) != 0xfc00 || fromHalf(0xfc00) != inf {
		t.Error("infinity is not kept")
	}
	if v := fromHalf(toHalf(float32(math.NaN()))); v == v {
		t.Errorf("not-a-number became %v", v)
	}
}
