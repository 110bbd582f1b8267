#version 450
// The first level of a decode step's choice: scores of all full groups of
// blocks by their compact representatives, of which a super-block keeps the
// highest and the mean. Only the dimensions count in which the query is above
// its mean: about a third, which rank blocks nearly as all do. One workgroup:
// EACH*S blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "order.glsl"
#include "super.glsl"
#include "cosine.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8
layout(constant_id = 2) const uint HEADS = 1;

layout(binding = 0) uniform usamplerBuffer compact; // see compact.comp
layout(binding = 1) uniform samplerBuffer scales;   // (blocks), four a texel
layout(binding = 2) uniform samplerBuffer query;    // (features) from texel first on
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform samplerBuffer question; // (features)
layout(std430, binding = 5) writeonly buffer Supers { vec2 supers[]; }; // (super-blocks): highest score, mean score
layout(push_constant) uniform Push {
    uint group;
    uint first; // texel of the query, rotated by n_local-1
    float questionWeight; // 0: no question term
} p;

const uint TEXELS = 2 * HEADS * OCTETS;
shared float value[4 * TEXELS];   // of the query in the dimensions that count
shared uint dimension[4 * TEXELS];

// folded is texel i of the sums of the query, with the question by its scale,
// over a key-value head's query heads, 0 behind the last.
vec4 folded(uint i, float scale) {
    vec4 sum = vec4(0);
    if (i >= TEXELS) return sum;
    uint at = i / (2 * OCTETS) * p.group * 2 * OCTETS + i % (2 * OCTETS);
    for (uint g = 0; g < p.group; g++) {
        sum += texelFetch(query, int(p.first + at + g * 2 * OCTETS));
        if (scale != 0) sum += texelFetch(question, int(at + g * 2 * OCTETS)) * scale;
    }
    return sum;
}

// pick lists the dimensions that count and gives their number and 1/|query|.
void pick(out uint count, out float norm) {
    uint octets = TEXELS * p.group / 2;
    norm = invNorm(query, p.first, octets);
    float all = 0, scale = questionScale(question, p.questionWeight, norm, octets);
    for (uint i = LANE; i < TEXELS; i += S) all += dot(abs(folded(i, scale)), vec4(1));
    float least = 0.7 * sumLanes(all, S) / (4 * TEXELS);
    count = 0;
    for (uint i0 = 0; i0 < TEXELS; i0 += S) {
        uint i = i0 + LANE, own = 0;
        vec4 v = folded(i, scale);
        bool counts[4];
        [[unroll]] for (uint e = 0; e < 4; e++) {
            counts[e] = i < TEXELS && abs(v[e]) >= least;
            own += counts[e] ? 1 : 0;
        }
        uint upTo = scanLanes(own, S), at = count + upTo - own;
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (counts[e]) {
                value[at] = v[e];
                dimension[at++] = 4 * i + e;
            }
        }
        count += subgroupShuffle(upTo, S - 1);
    }
    barrier();
}

void main() {
    uint n = param(params, P_BLOCKS) / TOGETHER * TOGETHER, block0 = (gl_WorkGroupID.x * S + LANE) * EACH;
    if (gl_WorkGroupID.x * S * EACH >= n) return;
    uint count;
    float norm, sum[EACH];
    pick(count, norm);
    uint base = compactAt(min(block0, n - 1), 0, 4 * TEXELS);
    [[unroll]] for (uint b = 0; b < EACH; b++) sum[b] = 0;
    for (uint d0 = 0; d0 < count; d0 += HELD) {
        uint d = d0 + LANE % HELD;
        float held = d < count ? value[d] : 0;
        uint heldAt = d < count ? dimension[d] * APART : 0;
        [[unroll]] for (uint i0 = 0; i0 < HELD; i0 += 4) { // fetches first, which then overlap
            uvec4 v[4];
            [[unroll]] for (uint i = 0; i < 4; i++) v[i] = texelFetch(compact, int(base + subgroupShuffle(heldAt, i0 + i)));
            [[unroll]] for (uint i = 0; i < 4; i++) {
                float q = subgroupShuffle(held, i0 + i);
                [[unroll]] for (uint b = 0; b < EACH; b++) sum[b] += q * float(int(v[i][b / 4] << (24 - 8 * (b % 4))) >> 24);
            }
        }
    }
    [[unroll]] for (uint s = 0; s < EACH / SUPER; s++) {
        uint b = block0 + s * SUPER;
        vec4 scale = texelFetch(scales, int(min(b, n - 1) / 4)) * norm;
        vec4 score = vec4(sum[4 * s], sum[4 * s + 1], sum[4 * s + 2], sum[4 * s + 3]) * scale;
        if (b < n) supers[b / SUPER] = vec2(max(max(score.x, score.y), max(score.z, score.w)), dot(score, vec4(0.25)));
    }
}
