#version 450
// Makes compact representatives of the groups of blocks that became full: the
// mean over the query heads of each key-value head, as numbers of 4 bits. What all
// keys have in common, and how much they differ in a dimension, is taken from the
// first group. One workgroup: one group of TOGETHER blocks.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "super.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8
layout(constant_id = 2) const uint HEADS = 1;

layout(binding = 0) uniform usamplerBuffer repr;  // octets; see reprAt
layout(binding = 1) uniform isamplerBuffer norms; // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform isamplerBuffer params;
STORED(3) compact; // see super.glsl
layout(std430, binding = 4) writeonly buffer Units { float units[]; };   // (blocks) a number's unit, divided by |representative|
layout(std430, binding = 5) writeonly buffer Centre { float centre[]; }; // (2, dimensions): mean, spread
layout(binding = 6) uniform isamplerBuffer known; // the same memory, of a step before: bits of floats
layout(push_constant) uniform Push {
    uint group; // query heads of a key-value head
} p;

const uint DIMENSIONS = HEADS * OCTETS * 8;
shared float mean[DIMENSIONS], spread[DIMENSIONS];
shared float unit[TOGETHER]; // of a block's numbers

// folded is the mean of octet o of a key-value head's query heads.
void folded(uint block, uint o, out float v[8]) {
    [[unroll]] for (uint e = 0; e < 8; e++) v[e] = 0;
    for (uint g = 0; g < p.group; g++) {
        float x[8];
        OCTET(repr, reprAt(block, (o / OCTETS * p.group + g) * OCTETS + o % OCTETS, HEADS * p.group * OCTETS), x);
        [[unroll]] for (uint e = 0; e < 8; e++) v[e] += x[e] / p.group;
    }
}

// apart is octet o of a block beside the first group's.
void apart(uint block, uint o, out float v[8]) {
    folded(block, o, v);
    [[unroll]] for (uint e = 0; e < 8; e++) v[e] = (v[e] - mean[8 * o + e]) / spread[8 * o + e];
}

// look finds mean and spread. Spreads have a least, for dimensions in which the first
// group happens to be alike.
void look() {
    float squares = 0;
    for (uint o = LANE; o < HEADS * OCTETS; o += S) {
        float v[8], m[8], s[8];
        [[unroll]] for (uint e = 0; e < 8; e++) m[e] = s[e] = 0;
        for (uint b = 0; b < TOGETHER; b++) {
            folded(b, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) m[e] += v[e] / TOGETHER;
        }
        for (uint b = 0; b < TOGETHER; b++) {
            folded(b, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) s[e] += (v[e] - m[e]) * (v[e] - m[e]) / TOGETHER;
        }
        [[unroll]] for (uint e = 0; e < 8; e++) {
            mean[8 * o + e] = m[e];
            spread[8 * o + e] = sqrt(s[e]);
            squares += s[e];
        }
    }
    float least = max(0.25 * sqrt(sumLanes(squares, S) / DIMENSIONS), 1e-30);
    barrier();
    for (uint d = LANE; d < DIMENSIONS; d += S) spread[d] = max(spread[d], least);
    barrier();
}

void main() {
    uint seal0 = param(params, P_SEAL0), group = seal0 / TOGETHER + gl_WorkGroupID.x;
    if ((group + 1) * TOGETHER > seal0 + param(params, P_SEALS)) return;
    if (seal0 < TOGETHER) {
        look();
    } else {
        for (uint d = LANE; d < DIMENSIONS; d += S) {
            mean[d] = intBitsToFloat(texelFetch(known, int(d)).x);
            spread[d] = intBitsToFloat(texelFetch(known, int(DIMENSIONS + d)).x);
        }
        barrier();
    }
    if (group == 0) {
        for (uint d = LANE; d < DIMENSIONS; d += S) {
            centre[d] = mean[d];
            centre[DIMENSIONS + d] = spread[d];
        }
    }
    for (uint i = LANE; i < TOGETHER; i += S) {
        uint b = group * TOGETHER + i;
        float v[8], squares = 0;
        for (uint o = 0; o < HEADS * OCTETS; o++) {
            apart(b, o, v);
            [[unroll]] for (uint e = 0; e < 8; e++) squares += v[e] * v[e];
        }
        unit[i] = max(0.5 * sqrt(squares / DIMENSIONS), 1e-30);
        units[b] = unit[i] * intBitsToFloat(texelFetch(norms, int(b)).x);
    }
    barrier();
    for (uint o = LANE; o < HEADS * OCTETS; o += S) {
        uvec4 packed[8];
        [[unroll]] for (uint e = 0; e < 8; e++) packed[e] = uvec4(0);
        [[unroll]] for (uint word = 0; word < 4; word++) {
            for (uint j = 0; j < 8; j++) {
                float v[8];
                apart(group * TOGETHER + 8 * word + j, o, v);
                [[unroll]] for (uint e = 0; e < 8; e++)
                    packed[e][word] |= uint(8 + int(clamp(roundEven(v[e] / unit[8 * word + j]), -7, 7))) << (4 * j);
            }
        }
        [[unroll]] for (uint e = 0; e < 8; e++) imageStore(compact, int(compactAt(group * TOGETHER, 8 * o + e, DIMENSIONS)), packed[e]);
    }
}
