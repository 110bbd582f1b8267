// Scores of R blocks a lane: the cosine of a probe and the blocks'
// representatives (docs/actqkv.md, "Block scores").
#include "kv.glsl"
#include "cosine.glsl"

// Processors wait for memory, of which a line has an octet of all blocks of a
// super-block. So a lane there has a super-block, and fetches of the first of its blocks,
// for which it waits, go before all others of some octets.
const bool BY_LINES = TEAM == 1;

// itemOf is where a lane's block r is among R*S.
uint itemOf(uint r) { return BY_LINES ? LANE * R + r : LANE + r * S; }

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
#ifndef KV32
        uvec4 early[HELD / 2];
        if (BY_LINES) [[unroll]] for (uint o = 0; o < HELD / 2; o++) early[o] = texelFetch(repr, int(base[0] + min(o0 + o, octets - 1) * SUPER));
#endif
        [[unroll]] for (uint o = 0; o < HELD / 2; o++) {
            float q[8];
            [[unroll]] for (uint e = 0; e < 8; e++) q[e] = subgroupShuffle(held[e % 4], 2 * o + e / 4);
            [[unroll]] for (uint r = 0; r < R; r++) {
                float v[8];
#ifndef KV32
                if (BY_LINES && r == 0) UNPACK(early[o], v)
                else
#endif
                    OCTET(repr, base[r] + min(o0 + o, octets - 1) * SUPER, v);
                [[unroll]] for (uint e = 0; e < 8; e++) sum[r] += v[e] * q[e];
            }
        }
    } while ((o0 += TEAM * (HELD / 2)) < octets);
    TEAM_SUM(sum, 0, R)
}
