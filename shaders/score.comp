#version 450
// Scores of all sealed blocks: the cosine of the probe-query and the block's
// representative, plus question weight times the cosine with the question
// (docs/actqkv.md, "Block scores"). One workgroup: R*S blocks.
#extension GL_GOOGLE_include_directive : require
#define ROOM R
#include "common.glsl"
#include "params.glsl"
#include "score.glsl"

layout(binding = 0) uniform usamplerBuffer repr;    // octets; see reprAt
layout(binding = 1) uniform isamplerBuffer norms;   // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform samplerBuffer probe;    // (features) from texel first on
layout(binding = 3) uniform samplerBuffer question; // (features)
layout(binding = 4) uniform isamplerBuffer params;
layout(std430, binding = 5) writeonly buffer Scores { float scores[]; }; // (blocks)
layout(push_constant) uniform Push {
    uint octets;          // features / 8
    uint first;           // texel of the probe in its buffer
    float questionWeight; // 0: no question term
} p;

void main() {
    uint n = param(params, P_BLOCKS), block0 = gl_WorkGroupID.x * R * S, block[R];
    if (block0 >= n) return;
    [[unroll]] for (uint r = 0; r < R; r++) block[r] = min(block0 + itemOf(r), n - 1);
    float probeNorm = invNorm(probe, p.first, p.octets), sum[R];
    float scale = questionScale(question, p.questionWeight, probeNorm, p.octets);
    dotBlocks(repr, probe, p.first, question, scale, p.octets, block, sum);
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint b = block0 + itemOf(r);
        if (MEMBER == 0 && b < n) scores[b] = sum[r] * probeNorm * intBitsToFloat(texelFetch(norms, int(b)).x);
    }
}
