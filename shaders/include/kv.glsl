// Keys, values and representatives are stored by octets of 8 numbers: as
// halves in one texel, or as floats in two (KV32). They are written as texels,
// too (STORED): devices bind larger texel buffers than storage buffers.

// Blocks of a group: what becomes compact together (Together in seal.go).
const uint TOGETHER = 32;
// Consecutive blocks of a super-block, whose representatives lie interleaved, so
// that one list entry is one stream of memory (Super in seal.go).
const uint SUPER = 4;

// A list of global keys is their number and, from word LISTED on, their rows: four a
// texel (GlobalsBytes in select.go).
const uint LISTED = 4;

// reprAt is where octet o of a block's representative lies, of so many.
uint reprAt(uint block, uint o, uint octets) { return (block / SUPER * octets + o) * SUPER + block % SUPER; }

#define STORED(n) layout(binding = n, rgba32ui) uniform writeonly uimageBuffer

#ifdef KV32
#define OCTET(buf, i, v)                                                     \
    {                                                                        \
        uvec4 a_ = texelFetch(buf, int(2 * (i))), b_ = texelFetch(buf, int(2 * (i) + 1)); \
        [[unroll]] for (uint e_ = 0; e_ < 4; e_++) {                         \
            v[e_] = uintBitsToFloat(a_[e_]);                                 \
            v[4 + e_] = uintBitsToFloat(b_[e_]);                             \
        }                                                                    \
    }
#define STORE_OCTET(buf, i, v)                                               \
    {                                                                        \
        imageStore(buf, int(2 * (i)), floatBitsToUint(vec4(v[0], v[1], v[2], v[3])));     \
        imageStore(buf, int(2 * (i) + 1), floatBitsToUint(vec4(v[4], v[5], v[6], v[7]))); \
    }
#else
// halves unpacks two halves. Mesa's unpackHalf2x16 of 16 lanes is slow; there,
// the bits are moved to a float's places, which is 2^112 too small.
vec2 halves(uint h) {
    if (S != 16) return unpackHalf2x16(h);
    int low = int(h << 16) >> 3, high = int(h) >> 3; // the sign fills the exponent's upper bits
    return vec2(intBitsToFloat(low & int(0x8fffe000)), intBitsToFloat(high & int(0x8fffe000))) * 5.192296858534828e33;
}
#define OCTET(buf, i, v) UNPACK(texelFetch(buf, int(i)), v)
#define UNPACK(texel, v)                                                     \
    {                                                                        \
        uvec4 a_ = texel;                                                    \
        [[unroll]] for (uint e_ = 0; e_ < 4; e_++) {                         \
            vec2 f_ = halves(a_[e_]);                                         \
            v[2 * e_] = f_.x;                                                \
            v[2 * e_ + 1] = f_.y;                                            \
        }                                                                    \
    }
// Rounds to the nearest half, ties to even, before packing: some drivers'
// packHalf2x16 truncates, which would bias every key.
float nearestHalf(float v) {
    uint u = floatBitsToUint(v);
    u += 0x0fffu + ((u >> 13) & 1u);
    return uintBitsToFloat(u & ~0x1fffu);
}
uint packNearest(float a, float b) { return packHalf2x16(vec2(nearestHalf(a), nearestHalf(b))); }
#define STORE_OCTET(buf, i, v)                                               \
    imageStore(buf, int(i), uvec4(packNearest(v[0], v[1]), packNearest(v[2], v[3]), packNearest(v[4], v[5]), packNearest(v[6], v[7])));
#endif
