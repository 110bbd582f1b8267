#version 450
// Puts the keys or values of blocks, as pack left them, into rows. One workgroup:
// S octets of one block.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"

layout(constant_id = 1) const uint BITS = 8;
layout(constant_id = 2) const uint GO = 4; // octets that have one scale

layout(binding = 0) uniform usamplerBuffer records; // four words a texel
layout(binding = 1) uniform isamplerBuffer places;  // count, then the first row of each block
STORED(2) to;                                       // keys or values, as in attend
layout(push_constant) uniform Push {
    uint base;      // row where those of positions begin
    uint octets;    // of a block
    uint rowOctets; // of all heads
    uint record;    // the first one
    uint recordWords;
} p;

uint word(uint i) { return texelFetch(records, int(i / 4))[i % 4]; }

void main() {
    uint block = gl_WorkGroupID.y, i = gl_WorkGroupID.x * S + LANE;
    if (block >= param(places, 0) || i >= p.octets) return;
    uint from = (p.record + block) * p.recordWords;
    float scale = uintBitsToFloat(word(from + p.octets * (BITS / 4) + i / GO)), v[8];
    [[unroll]] for (uint w = 0; w < BITS / 4; w++) {
        uint codes = word(from + i * (BITS / 4) + w);
        [[unroll]] for (uint e = 0; e < 32 / BITS; e++)
            v[w * (32 / BITS) + e] = (int(codes << (32 - BITS * (e + 1))) >> (32 - int(BITS))) * scale;
    }
    STORE_OCTET(to, (p.base + param(places, int(1 + block))) * p.rowOctets + i, v);
}
