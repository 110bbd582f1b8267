#version 450
// The second level of a decode step's choice: exact scores of the blocks of
// listed super-blocks, in the list's order. One workgroup: R*S blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "score.glsl"
#include "super.glsl"

layout(binding = 0) uniform usamplerBuffer repr;  // octets; see reprOctet in seal.comp
layout(binding = 1) uniform isamplerBuffer norms; // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform samplerBuffer query;  // (features) from texel first on
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform isamplerBuffer list;  // from narrow
layout(std430, binding = 5) writeonly buffer Scores { float scores[]; }; // (blocks of the list)
layout(push_constant) uniform Push {
    uint octets; // features / 8
    uint first;
} p;

void main() {
    uint count = param(list, 0) * SUPER, item0 = gl_WorkGroupID.x * R * S + LANE, last = param(params, P_BLOCKS) - 1;
    if (gl_WorkGroupID.x * R * S >= count) return;
    uint block[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint i = min(item0 + r * S, count - 1);
        block[r] = min(param(list, int(HEADER + i / SUPER)) * SUPER + i % SUPER, last);
    }
    float norm = invNorm(query, p.first, p.octets), sum[R];
    dotBlocks(repr, query, p.first, query, 0, p.octets, block, sum);
    [[unroll]] for (uint r = 0; r < R; r++) {
        if (item0 + r * S < count) scores[item0 + r * S] = sum[r] * norm * intBitsToFloat(texelFetch(norms, int(block[r])).x);
    }
}
