// Scores of R blocks a lane: the cosine of a probe and the blocks'
// representatives (docs/actqkv.md, "Block scores").
#include "kv.glsl"

// invNorm is 1/|v| of the vector of so many octets from texel first on.
float invNorm(samplerBuffer v, uint first, uint octets) {
    float sum = 0;
    for (uint f = LANE; f < octets * 2; f += S) {
        vec4 x = texelFetch(v, int(first + f));
        sum += dot(x, x);
    }
    return inversesqrt(max(sumLanes(sum, S), 1e-30));
}

// dotBlocks gives (probe + scale * question) . representative of blocks; scale
// 0: the question is not read.
void dotBlocks(usamplerBuffer repr, samplerBuffer probe, uint first, samplerBuffer question, float scale, uint octets,
               const uint block[R], out float sum[R]) {
    uint base[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
        base[r] = (block[r] / TOGETHER) * octets * TOGETHER + block[r] % TOGETHER;
        sum[r] = 0;
    }
    for (uint o = 0; o < octets; o++) {
        vec4 a = texelFetch(probe, int(first + 2 * o)), b = texelFetch(probe, int(first + 2 * o + 1));
        if (scale != 0) {
            a += texelFetch(question, int(2 * o)) * scale;
            b += texelFetch(question, int(2 * o + 1)) * scale;
        }
        [[unroll]] for (uint r = 0; r < R; r++) {
            float v[8];
            OCTET(repr, base[r] + o * TOGETHER, v);
            [[unroll]] for (uint e = 0; e < 4; e++) sum[r] += v[e] * a[e] + v[4 + e] * b[e];
        }
    }
}

// blocksFrom gives a lane's blocks of n: those from block0 on, every S-th.
uint[R] blocksFrom(uint block0, uint n) {
    uint block[R];
    [[unroll]] for (uint r = 0; r < R; r++) block[r] = min(block0 + r * S, n - 1);
    return block;
}
