#version 450
// What keys received in a decode step, of all layers, from the scores that
// attend kept: the softmax weight of local keys is added to their accumulated
// weight, that of a recalled block's keys is summed over heads and keys.
// One workgroup: x = 0: the local keys of query head y of layer z; x > 0:
// recalled block (x - 1) * width + y of layer z.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint CHUNK = 32; // keys of a chunk of attend

layout(binding = 0) uniform isamplerBuffer kept;    // (layers, keptRow): (width, slots) scores of local chunks, then of global ones; bits of floats
layout(binding = 1) uniform isamplerBuffer ml;      // (layers, mlRow): (width) of (maximum, sum), bits of floats
layout(binding = 2) uniform isamplerBuffer reports; // (layers, reportRow): the first word is the number of recalled blocks
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform isamplerBuffer before;  // acc before this step, bits of floats
layout(std430, binding = 5) writeonly buffer Acc { float acc[]; };   // (layers, accRow): (width, ring)
layout(std430, binding = 6) writeonly buffer Mass { float mass[]; }; // (layers, massRow)
layout(push_constant) uniform Push {
    uint width; // query heads
    uint slots;
    uint blockSize;
    uint keptRow, mlRow, reportRow, accRow, massRow; // words from one layer to the next
} p;

float bitsAt(isamplerBuffer b, uint i) { return intBitsToFloat(texelFetch(b, int(i)).x); }

void main() {
    uint layer = gl_WorkGroupID.z, y = gl_WorkGroupID.y;
    uint pos = param(params, P_POS), nLocal = param(params, P_LOCAL);
    uint first = max(param(params, P_LOCAL0), pos + 1 < nLocal ? 0 : pos + 1 - nLocal);
    if (gl_WorkGroupID.x == 0) {
        uint ring = param(params, P_RING);
        float m = bitsAt(ml, layer * p.mlRow + 2 * y), l = bitsAt(ml, layer * p.mlRow + 2 * y + 1);
        uint slot = layer * p.keptRow + y * p.slots;
        for (uint i = LANE; i <= pos - first; i += S) {
            uint to = layer * p.accRow + y * ring + (first + i) % ring;
            float old = first + i < pos ? bitsAt(before, to) : 0; // the new token's slot was another's
            acc[to] = old + exp(bitsAt(kept, slot + i) - m) / l;
        }
        return;
    }
    uint block = (gl_WorkGroupID.x - 1) * p.width + y;
    if (block >= texelFetch(reports, int(layer * p.reportRow)).x) return;
    uint key0 = (pos - first + CHUNK) / CHUNK * CHUNK + param(params, P_INIT) + block * p.blockSize;
    float sum = 0;
    for (uint h = 0; h < p.width; h++) {
        float m = bitsAt(ml, layer * p.mlRow + 2 * h), l = bitsAt(ml, layer * p.mlRow + 2 * h + 1), part = 0;
        uint slot = layer * p.keptRow + h * p.slots + key0;
        for (uint i = LANE; i < p.blockSize; i += S) part += exp(bitsAt(kept, slot + i) - m);
        sum += part / l;
    }
    sum = sumLanes(sum, S);
    if (LANE == 0) mass[layer * p.massRow + block] = sum;
}
