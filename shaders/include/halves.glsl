// halvesOf rounds 8 numbers to halves.
uvec4 halvesOf(const vec4 a, const vec4 b) {
    return uvec4(packHalf2x16(a.xy), packHalf2x16(a.zw), packHalf2x16(b.xy), packHalf2x16(b.zw));
}

#ifdef FMT // with weights.glsl, of whose formats all are served but PF32
// A row of a block as it lies in memory. Fetched a while before it is needed, it
// takes few registers meanwhile. Of zeros, it is a row of zeros.
#if FMT == PQ4 || FMT == PQ4K
#define QUADS 1
#elif FMT == PQ8
#define QUADS 2
#else
#define QUADS 4
#endif
struct Row {
    uvec4 q[QUADS];
    uvec2 d; // scales (weights.glsl)
};

// fetchRow fetches row r of a lane of the block at base.
void fetchRow(usamplerBuffer weights, uint base, uint lane, uint r, out Row row) {
#define TEXEL(t) texelFetch(weights, int((base + (t)) * S + lane))
    [[unroll]] for (uint i = 0; i < QUADS; i++) row.q[i] = TEXEL(r * QUADS + i);
#if FMT == PQ4
    row.d = uvec2(TEXEL(4)[r], 0);
#elif FMT == PQ4K || FMT == PQ8
    uvec4 s = TEXEL(4 * QUADS + r / 2);
    row.d = r % 2 == 0 ? s.xy : s.zw;
#endif
}

// rowHalves gives columns 8i..8i+7 of a row as halves.
uvec4 rowHalves(const Row row, uint i) {
#if FMT == PQ4 || FMT == PQ4K
#if FMT == PQ4
    vec2 d = unpackHalf2x16(row.d.x);
#else
    vec2 d = uintBitsToFloat(row.d);
#endif
    uint q = row.q[0][i];
    vec4 a = vec4(q & 15, q >> 4 & 15, q >> 8 & 15, q >> 12 & 15);
    vec4 b = vec4(q >> 16 & 15, q >> 20 & 15, q >> 24 & 15, q >> 28);
    return halvesOf(a * d.x + d.y, b * d.x + d.y);
#elif FMT == PQ8
    uvec2 q = i % 2 == 0 ? row.q[i / 2].xy : row.q[i / 2].zw;
    ivec4 a = ivec4(uvec4(q.x) << uvec4(24, 16, 8, 0)) >> 24, b = ivec4(uvec4(q.y) << uvec4(24, 16, 8, 0)) >> 24;
    float d = uintBitsToFloat(row.d[i / 2]);
    return halvesOf(vec4(a) * d, vec4(b) * d);
#elif FMT == PF16
    return row.q[i];
#else
    uvec4 low = row.q[i] << 16, high = row.q[i] & 0xffff0000u;
    return halvesOf(uintBitsToFloat(uvec4(low.x, high.x, low.y, high.y)), uintBitsToFloat(uvec4(low.z, high.z, low.w, high.w)));
#endif
}
#endif
