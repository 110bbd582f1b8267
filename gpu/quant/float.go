package quant

import "math"

// HalfToFloat is the value of an IEEE 754 binary16, exactly.
func HalfToFloat(h uint16) float32 {
	sign, magnitude := uint32(h&0x8000)<<16, uint32(h&0x7fff)<<13
	if h&0x7c00 == 0x7c00 { // infinity, NaN
		return math.Float32frombits(sign | magnitude | 0x7f800000)
	}
	// The exponent is too small by 127 - 15; scaling also normalises subnormals.
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(magnitude)*0x1p112))
}

// FloatToHalf rounds to the nearest binary16, ties to even. What is too large
// becomes infinite; a NaN stays one.
func FloatToHalf(f float32) uint16 {
	u := math.Float32bits(f)
	sign, u := uint16(u>>16&0x8000), u&0x7fffffff
	switch {
	case u > 0x7f800000: // NaN: keep the payload's top, never becoming infinity
		return sign | 0x7e00 | uint16(u>>13&0x1ff)
	case u >= 0x47800000: // 2^16, infinity
		return sign | 0x7c00
	case u < 0x38800000: // 2^-14: subnormal
		// Adding 0.5 aligns the last bit of the sum with 2^-24, rounding on the way.
		return sign | uint16(math.Float32bits(math.Float32frombits(u)+0.5)-math.Float32bits(0.5))
	}
	u += 0xfff + u>>13&1 // may carry into the exponent, up to infinity
	return sign | uint16((u-(127-15)<<23)>>13)
}

// BF16ToFloat is the value of a bfloat16, exactly.
func BF16ToFloat(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// FloatToBF16 rounds to the nearest bfloat16, ties to even. NaNs become quiet.
func FloatToBF16(f float32) uint16 {
	u := math.Float32bits(f)
	if u&0x7fffffff > 0x7f800000 {
		return uint16(u>>16) | 0x40
	}
	return uint16((u + 0x7fff + u>>16&1) >> 16)
}
