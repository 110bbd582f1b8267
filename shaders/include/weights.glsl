// Packed weights: tiles of 4*S rows, blocks of 32 columns; texel t of
// (tile, block, lane) lies at ((tile*nb + block)*TEXELS + t)*S + lane, and row
// r of a lane is row tile*4*S + r*S + lane (see gpu/quant, Pack).
// loadBlock fetches a lane's four rows of one block.
#define PQ4 0
#define PQ4K 1
#define PQ8 2
#define PF16 3
#define PBF16 4
#define PF32 5

#if FMT == PQ4
#define TEXELS 5
#elif FMT == PQ4K
#define TEXELS 6
#elif FMT == PQ8
#define TEXELS 10
#elif FMT == PF16 || FMT == PBF16
#define TEXELS 16
#elif FMT == PF32
#define TEXELS 32
#endif

#ifndef LANE_ROWS
#define LANE_ROWS 4 // of a lane's rows that are used
#endif

struct Block { uvec4 q[TEXELS]; };

void loadBlock(usamplerBuffer weights, uint base, uint lane, out Block k) {
    [[unroll]] for (uint t = 0; t < TEXELS; t++) k.q[t] = texelFetch(weights, int((base + t) * S + lane));
}

// A weight is d * number + m, with a d and an m for GROUP columns of a row, so
// that a product needs them once a group. Formats without groups have d = 1.
#if FMT == PQ4 || FMT == PQ4K
#define GROUP 32
#define OFFSETS
#elif FMT == PQ8
#define GROUP 16
#endif

// loadRow fetches row r of a lane in one block; it becomes row `as` of k.
void loadRow(usamplerBuffer weights, uint base, uint lane, uint r, uint as, inout Block k) {
#if FMT == PQ4
    k.q[as] = texelFetch(weights, int((base + r) * S + lane));
    k.q[4][as] = texelFetch(weights, int((base + 4) * S + lane))[r];
#elif FMT == PQ4K || FMT == PQ8
    const uint N = FMT == PQ8 ? 2 : 1; // texels of a row's numbers
    [[unroll]] for (uint i = 0; i < N; i++) k.q[as * N + i] = texelFetch(weights, int((base + r * N + i) * S + lane));
    uvec4 scale = texelFetch(weights, int((base + 4 * N + r / 2) * S + lane));
    uvec2 own = r % 2 == 0 ? scale.xy : scale.zw;
    k.q[4 * N + as / 2][as % 2 * 2] = own.x;
    k.q[4 * N + as / 2][as % 2 * 2 + 1] = own.y;
#else
    const uint N = TEXELS / 4;
    [[unroll]] for (uint i = 0; i < N; i++) k.q[as * N + i] = texelFetch(weights, int((base + r * N + i) * S + lane));
#endif
}

// numbers gives a lane's rows of one column. Numbers of 4 bits stay at
// their place in the word, which saves a shift; unshift makes up for it.
vec4 numbers(const Block k, uint col) {
    vec4 w;
    [[unroll]] for (uint r = 0; r < LANE_ROWS; r++) {
#if FMT == PQ4 || FMT == PQ4K
        uint q = k.q[r][col / 8], j = col % 8;
        w[r] = float(int(j == 7 ? q >> 28 : q & (15u << (4 * j))));
#elif FMT == PQ8
        w[r] = float(int(k.q[2 * r + col / 16][col / 4 % 4] << (24 - 8 * (col % 4))) >> 24);
#elif FMT == PF16
        vec2 v = unpackHalf2x16(k.q[r * 4 + col / 8][col / 2 % 4]);
        w[r] = col % 2 == 0 ? v.x : v.y;
#elif FMT == PBF16
        uint v = k.q[r * 4 + col / 8][col / 2 % 4];
        w[r] = uintBitsToFloat(col % 2 == 0 ? v << 16 : v & 0xffff0000u);
#else
        w[r] = uintBitsToFloat(k.q[r * 8 + col / 4][col % 4]);
#endif
    }
    return w;
}

// unshift is what the columns 4*quad.. are to be multiplied by, beside numbers.
vec4 unshift(uint quad) {
#if FMT == PQ4 || FMT == PQ4K
    return quad % 2 == 0 ? vec4(1, 1. / 16, 1. / 256, 1. / 4096) : vec4(1. / 65536, 1. / 1048576, 1. / 16777216, 1);
#else
    return vec4(1);
#endif
}

#ifdef GROUP
// scales gives d and m of row r of a lane in a group of the block.
vec2 scales(const Block k, uint r, uint group) {
#if FMT == PQ4
    return unpackHalf2x16(k.q[4][r]);
#elif FMT == PQ4K
    uvec4 s = k.q[4 + r / 2];
    return uintBitsToFloat(r % 2 == 0 ? s.xy : s.zw);
#else
    return vec2(uintBitsToFloat(k.q[8 + r / 2][(r % 2) * 2 + group]), 0);
#endif
}
#endif
