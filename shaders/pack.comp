#version 450
// Packs the keys or values of the blocks that a step sealed into 8 or 4 bits a
// number, with a scale for each GO octets of a head: the form in which blocks
// lie off the device. One workgroup: S groups of GO octets of one block.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"

layout(constant_id = 1) const uint BITS = 8;
layout(constant_id = 2) const uint GO = 4; // octets that have one scale

layout(binding = 0) uniform usamplerBuffer rows_; // keys or values, as in attend
layout(binding = 1) uniform isamplerBuffer params;
// Per block: the numbers' codes, an octet in BITS/4 words, then the scales.
layout(std430, binding = 2) writeonly buffer Records { uint records[]; };
layout(push_constant) uniform Push {
    uint base;      // row where those of positions begin
    uint rowOctets; // of all heads
    uint blockSize;
    uint recordWords;
} p;

void main() {
    uint block = gl_WorkGroupID.y, groups = p.blockSize * p.rowOctets / GO, g = gl_WorkGroupID.x * S + LANE;
    if (block >= param(params, P_SEALS) || g >= groups) return;
    Rows lie = rowsOf(params);
    uint first = param(params, P_INIT_END) + (param(params, P_SEAL0) + block) * p.blockSize;
    uint row = p.base + rowOf(lie, first + g * GO / p.rowOctets);
    float v[GO * 8], most = 0;
    [[unroll]] for (uint o = 0; o < GO; o++) {
        float x[8];
        OCTET(rows_, row * p.rowOctets + g * GO % p.rowOctets + o, x);
        [[unroll]] for (uint e = 0; e < 8; e++) {
            v[o * 8 + e] = x[e];
            most = max(most, abs(x[e]));
        }
    }
    float top = float((1u << (BITS - 1)) - 1);
    float unit = most > 0 ? top / most : 0;
    uint to = block * p.recordWords;
    [[unroll]] for (uint w = 0; w < GO * BITS / 4; w++) {
        uint word = 0;
        [[unroll]] for (uint e = 0; e < 32 / BITS; e++)
            word |= (uint(int(roundEven(v[w * (32 / BITS) + e] * unit))) & ((1u << BITS) - 1)) << (BITS * e);
        records[to + g * (GO * BITS / 4) + w] = word;
    }
    records[to + groups * (GO * BITS / 4) + g] = floatBitsToUint(most / top);
}
