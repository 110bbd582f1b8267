#version 450
// Seals blocks that left the remainder: per query head, the representative is
// the mean of the un-rotated keys of the top tokens by accumulated weight
// (docs/actqkv.md, "State per layer"). One workgroup: one block, whose heads a
// team shares.
#extension GL_GOOGLE_include_directive : require
#define ROOM 1
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "top.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8

layout(binding = 0) uniform usamplerBuffer keys;  // (rows, heads, OCTETS)
layout(binding = 1) uniform isamplerBuffer acc;   // (heads*group, ring), bits of floats
layout(binding = 2) uniform isamplerBuffer params;
STORED(3) repr; // see reprAt
layout(std430, binding = 4) writeonly buffer Norms { float norms[]; }; // (blocks) 1/|representative|
layout(push_constant) uniform Push {
    uint heads;
    uint group;
    uint blockSize;
    uint top; // representative tokens per head
} p;

void main() {
    if (gl_WorkGroupID.x >= param(params, P_SEALS)) return;
    uint block = param(params, P_SEAL0) + gl_WorkGroupID.x, ring = param(params, P_RING);
    uint first = param(params, P_INIT_END) + block * p.blockSize;
    float squares[1] = float[](0);
    Rows lie = rowsOf(params);
    for (uint h = MEMBER; h < p.heads * p.group; h += TEAM) {
        uint top = pickTop(acc, h, ring, first, p.blockSize, p.top);
        for (uint o = LANE; o < OCTETS; o += S) {
            float sum[8] = float[](0, 0, 0, 0, 0, 0, 0, 0);
            for (uint i = 0; i < top; i++) {
                float v[8];
                OCTET(keys, ((ring + rowOf(lie, first + picked(i))) * p.heads + h / p.group) * OCTETS + o, v);
                [[unroll]] for (uint e = 0; e < 8; e++) sum[e] += v[e];
            }
            [[unroll]] for (uint e = 0; e < 8; e++) {
                sum[e] /= top;
                squares[0] += sum[e] * sum[e];
            }
            STORE_OCTET(repr, reprAt(block, h * OCTETS + o, p.heads * p.group * OCTETS), sum);
        }
    }
    TEAM_SUM(squares, 0, 1)
    float norm = inversesqrt(max(sumLanes(squares[0], S), 1e-30));
    if (MEMBER == 0 && LANE == 0) norms[block] = norm;
}
