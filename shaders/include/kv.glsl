// Keys, values and representatives are stored by octets of 8 numbers: as
// halves in one texel, or as floats in two (KV32).
// Representatives of so many blocks lie interleaved (Together in seal.go).
const uint TOGETHER = 32;

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
        buf[2 * (i)] = floatBitsToUint(vec4(v[0], v[1], v[2], v[3]));        \
        buf[2 * (i) + 1] = floatBitsToUint(vec4(v[4], v[5], v[6], v[7]));    \
    }
#else
#define OCTET(buf, i, v)                                                     \
    {                                                                        \
        uvec4 a_ = texelFetch(buf, int(i));                                  \
        [[unroll]] for (uint e_ = 0; e_ < 4; e_++) {                         \
            vec2 f_ = unpackHalf2x16(a_[e_]);                                \
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
    buf[i] = uvec4(packNearest(v[0], v[1]), packNearest(v[2], v[3]), packNearest(v[4], v[5]), packNearest(v[6], v[7]));
#endif
