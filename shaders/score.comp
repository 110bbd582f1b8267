#version 450
// Scores of all sealed blocks: the cosine of the probe-query and the block's
// representative, plus question weight times the cosine with the question
// (docs/actqkv.md, "Block scores"). One workgroup: R*S blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"

layout(binding = 0) uniform usamplerBuffer repr;    // octets; see reprOctet in seal.comp
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

float invNorm(samplerBuffer v, uint first) {
    float sum = 0;
    for (uint f = LANE; f < p.octets * 2; f += S) {
        vec4 x = texelFetch(v, int(first + f));
        sum += dot(x, x);
    }
    return inversesqrt(max(sumLanes(sum, S), 1e-30));
}

void main() {
    uint n = param(params, P_BLOCKS), block0 = gl_WorkGroupID.x * R * S + LANE;
    if (gl_WorkGroupID.x * R * S >= n) return;
    bool asked = p.questionWeight != 0;
    // Both vectors by the probe's length, which all scores have in common.
    float probeNorm = invNorm(probe, p.first);
    float questionScale = asked ? p.questionWeight * invNorm(question, 0) / probeNorm : 0;

    float sum[R];
    uint base[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint b = min(block0 + r * S, n - 1);
        base[r] = (b / TOGETHER) * p.octets * TOGETHER + b % TOGETHER;
        sum[r] = 0;
    }
    for (uint o = 0; o < p.octets; o++) {
        vec4 a = texelFetch(probe, int(p.first + 2 * o)), b = texelFetch(probe, int(p.first + 2 * o + 1));
        if (asked) {
            a += texelFetch(question, int(2 * o)) * questionScale;
            b += texelFetch(question, int(2 * o + 1)) * questionScale;
        }
        [[unroll]] for (uint r = 0; r < R; r++) {
            float v[8];
            OCTET(repr, base[r] + o * TOGETHER, v);
            [[unroll]] for (uint e = 0; e < 4; e++) sum[r] += v[e] * a[e] + v[4 + e] * b[e];
        }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint b = block0 + r * S;
        if (b < n) scores[b] = sum[r] * probeNorm * intBitsToFloat(texelFetch(norms, int(b)).x);
    }
}
