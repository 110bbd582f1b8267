#version 450
// The first level of a decode step's choice: scores of all full groups of
// blocks by their compact representatives, of which a super-block keeps the
// highest and the mean; and the statistics of query features, as in recall.
// One workgroup: R*S blocks, and a part of the features.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "score.glsl"
#include "stats.glsl"
#include "super.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8
layout(constant_id = 2) const uint STATS = 1;  // 0: no statistics

layout(binding = 0) uniform usamplerBuffer compact; // see compact.comp
layout(binding = 1) uniform isamplerBuffer scales;  // (blocks), bits of floats
layout(binding = 2) uniform samplerBuffer query;    // (features) from texel first on
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform samplerBuffer old; // (2, features): mean, variance before this step
layout(std430, binding = 5) writeonly buffer Stats { vec4 stats[]; };   // the same memory as old
layout(std430, binding = 6) writeonly buffer Supers { vec2 supers[]; }; // (super-blocks): highest score, mean score
layout(push_constant) uniform Push {
    uint heads;
    uint group;
    uint first; // texel of the query, rotated by n_local-1
    uint cap;   // windows after which the horizon is exponential
} p;

// folded is texel i of the sums of the query over a key-value head's query
// heads, 0 behind the last.
vec4 folded(uint i) {
    vec4 sum = vec4(0);
    if (i >= 2 * p.heads * OCTETS) return sum;
    uint at = p.first + i / (2 * OCTETS) * p.group * 2 * OCTETS + i % (2 * OCTETS);
    for (uint g = 0; g < p.group; g++) sum += texelFetch(query, int(at + g * 2 * OCTETS));
    return sum;
}

void main() {
    uint octets = p.heads * p.group * OCTETS, features = 2 * octets;
    if (STATS == 1) {
        for (uint f = gl_WorkGroupID.x * S + LANE; f < features; f += gl_NumWorkGroups.x * S) {
            vec4 mean = texelFetch(query, int(p.first + f)), variance = vec4(0);
            updateStats(old, features, f, 1, param(params, P_WINDOW), p.cap, mean, variance);
            stats[f] = mean;
            stats[features + f] = variance;
        }
    }
    uint n = param(params, P_BLOCKS) / TOGETHER * TOGETHER, block0 = gl_WorkGroupID.x * R * S + LANE;
    if (gl_WorkGroupID.x * R * S >= n) return;
    uint texels = (p.heads * OCTETS + 1) / 2, base[R];
    float norm = invNorm(query, p.first, octets), sum[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint b = min(block0 + r * S, n - 1);
        base[r] = b / TOGETHER * texels * TOGETHER + b % TOGETHER;
        sum[r] = 0;
    }
    for (uint t = 0; t < texels; t++) {
        vec4 q[4];
        [[unroll]] for (uint i = 0; i < 4; i++) q[i] = folded(4 * t + i);
        [[unroll]] for (uint r = 0; r < R; r++) {
            uvec4 v = texelFetch(compact, int(base[r] + t * TOGETHER));
            [[unroll]] for (uint i = 0; i < 4; i++) {
                [[unroll]] for (uint e = 0; e < 4; e++) sum[r] += q[i][e] * float(int(v[i] << (24 - 8 * e)) >> 24);
            }
        }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint b = min(block0 + r * S, n - 1);
        float score = sum[r] * norm * intBitsToFloat(texelFetch(scales, int(b)).x);
        float highest = maxLanes(score, SUPER), mean = sumLanes(score, SUPER) / SUPER;
        if (block0 + r * S < n && LANE % SUPER == 0) supers[b / SUPER] = vec2(highest, mean);
    }
}
