#version 450
// Makes compact representatives of the groups of blocks that became full: the
// mean over the query heads of each key-value head, in 8 bits with a scale a
// block. One workgroup: one group of TOGETHER blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "super.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8

layout(binding = 0) uniform usamplerBuffer repr;  // octets; see reprAt
layout(binding = 1) uniform isamplerBuffer norms; // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform isamplerBuffer params;
STORED(3) compact; // see super.glsl
layout(std430, binding = 4) writeonly buffer Scales { float scales[]; }; // (blocks) a number's unit, divided by |representative|
layout(push_constant) uniform Push {
    uint heads;
    uint group;
} p;

shared float unit[TOGETHER]; // of a block's numbers

// folded is the mean of octet o of a key-value head's query heads.
void folded(uint block, uint o, out float v[8]) {
    [[unroll]] for (uint e = 0; e < 8; e++) v[e] = 0;
    for (uint g = 0; g < p.group; g++) {
        float x[8];
        OCTET(repr, reprAt(block, (o / OCTETS * p.group + g) * OCTETS + o % OCTETS, p.heads * p.group * OCTETS), x);
        [[unroll]] for (uint e = 0; e < 8; e++) v[e] += x[e] / p.group;
    }
}

void main() {
    uint seal0 = param(params, P_SEAL0), group = seal0 / TOGETHER + gl_WorkGroupID.x, octets = p.heads * OCTETS;
    if ((group + 1) * TOGETHER > seal0 + param(params, P_SEALS)) return;
    for (uint i = LANE; i < TOGETHER; i += S) {
        uint b = group * TOGETHER + i;
        float v[8], most = 1e-30;
        for (uint o = 0; o < octets; o++) {
            folded(b, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) most = max(most, abs(v[e]));
        }
        unit[i] = most / 127;
        scales[b] = most / 127 * intBitsToFloat(texelFetch(norms, int(b)).x);
    }
    barrier();
    for (uint i = LANE; i < octets * TOGETHER / EACH; i += S) {
        uint o = i % octets, first = i / octets * EACH;
        uvec4 packed[8];
        [[unroll]] for (uint e = 0; e < 8; e++) packed[e] = uvec4(0);
        [[unroll]] for (uint j = 0; j < EACH; j++) {
            float v[8];
            folded(group * TOGETHER + first + j, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) packed[e][j / 4] |= (uint(int(roundEven(v[e] / unit[first + j]))) & 255u) << (8 * (j % 4));
        }
        [[unroll]] for (uint e = 0; e < 8; e++) imageStore(compact, int(compactAt(group * TOGETHER + first, 8 * o + e, 8 * octets)), packed[e]);
    }
}
