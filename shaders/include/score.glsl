// Scores of R blocks a lane: the cosine of a probe and the blocks'
// representatives (docs/actqkv.md, "Block scores").
#include "kv.glsl"
#include "cosine.glsl"

// dotBlocks gives (probe + scale * question) . representative of blocks; scale
// 0: the question is not read. A team shares the octets.
void dotBlocks(usamplerBuffer repr, samplerBuffer probe, uint first, samplerBuffer question, float scale, uint octets,
               const uint block[R], out float sum[R]) {
    uint base[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
        base[r] = reprAt(block[r], 0, octets);
        sum[r] = 0;
    }
    uint o0 = MEMBER * (HELD / 2);
    if (o0 < octets) do {
        vec4 held = vec4(0);
        uint t = 2 * o0 + LANE % HELD;
        if (t < 2 * octets) {
            held = texelFetch(probe, int(first + t));
            if (scale != 0) held += texelFetch(question, int(t)) * scale;
        }
        [[unroll]] for (uint o = 0; o < HELD / 2; o++) {
            float q[8];
            [[unroll]] for (uint e = 0; e < 8; e++) q[e] = subgroupShuffle(held[e % 4], 2 * o + e / 4);
            [[unroll]] for (uint r = 0; r < R; r++) {
                float v[8];
                OCTET(repr, base[r] + min(o0 + o, octets - 1) * SUPER, v);
                [[unroll]] for (uint e = 0; e < 8; e++) sum[r] += v[e] * q[e];
            }
        }
    } while ((o0 += TEAM * (HELD / 2)) < octets);
    TEAM_SUM(sum, 0, R)
}

// blocksFrom gives a lane's blocks of n: those from block0 on, every S-th.
uint[R] blocksFrom(uint block0, uint n) {
    uint block[R];
    [[unroll]] for (uint r = 0; r < R; r++) block[r] = min(block0 + r * S, n - 1);
    return block;
}
