#version 450
// Makes compact representatives of the groups of blocks that became full: the
// mean over the query heads of each key-value head, in 8 bits with a scale a
// block. One workgroup: one group of TOGETHER blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8

layout(binding = 0) uniform usamplerBuffer repr;  // octets; see reprOctet in seal.comp
layout(binding = 1) uniform isamplerBuffer norms; // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform isamplerBuffer params;
// Texel t of block b, 16 numbers of it, is (b/TOGETHER, t, b%TOGETHER).
STORED(3) compact;
layout(std430, binding = 4) writeonly buffer Scales { float scales[]; }; // (blocks) a number's unit, divided by |representative|
layout(push_constant) uniform Push {
    uint heads;
    uint group;
} p;

// folded is the mean of octet o of a key-value head's query heads, 0 behind the last.
void folded(uint block, uint o, out float v[8]) {
    [[unroll]] for (uint e = 0; e < 8; e++) v[e] = 0;
    if (o >= p.heads * OCTETS) return;
    for (uint g = 0; g < p.group; g++) {
        float x[8];
        uint octet = (o / OCTETS * p.group + g) * OCTETS + o % OCTETS;
        OCTET(repr, ((block / TOGETHER) * p.heads * p.group * OCTETS + octet) * TOGETHER + block % TOGETHER, x);
        [[unroll]] for (uint e = 0; e < 8; e++) v[e] += x[e] / p.group;
    }
}

void main() {
    uint seal0 = param(params, P_SEAL0), group = seal0 / TOGETHER + gl_WorkGroupID.x;
    if ((group + 1) * TOGETHER > seal0 + param(params, P_SEALS)) return;
    uint texels = (p.heads * OCTETS + 1) / 2;
    for (uint b = group * TOGETHER + LANE; b < (group + 1) * TOGETHER; b += S) {
        float v[8], most = 1e-30;
        for (uint o = 0; o < p.heads * OCTETS; o++) {
            folded(b, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) most = max(most, abs(v[e]));
        }
        for (uint t = 0; t < texels; t++) {
            uvec4 packed = uvec4(0);
            [[unroll]] for (uint half_ = 0; half_ < 2; half_++) {
                folded(b, 2 * t + half_, v);
                [[unroll]] for (uint e = 0; e < 8; e++)
                    packed[2 * half_ + e / 4] |= (uint(int(roundEven(v[e] / most * 127))) & 255u) << (8 * (e % 4));
            }
            imageStore(compact, int((group * texels + t) * TOGETHER + b % TOGETHER), packed);
        }
        scales[b] = most / 127 * intBitsToFloat(texelFetch(norms, int(b)).x);
    }
}
