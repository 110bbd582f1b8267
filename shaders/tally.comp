#version 450
// What keys received in a decode step, or in those of a batch's tokens, of all
// layers, from the scores that attend kept: the softmax weight of local keys is
// added to their accumulated weight, step by step; that of a recalled block's keys
// is summed over heads and keys.
// One workgroup: x = 0: the local keys of query head y of layer z / tokens; x > 0:
// recalled block (x - 1) * width + y of that layer in the step of token z % tokens.
#extension GL_GOOGLE_include_directive : require
#define TOKENS
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint CHUNK = 32; // keys of a chunk of attend
layout(constant_id = 2) const uint BATCH = 0;  // 1: of tokens, of which each reads what the one before wrote
layout(constant_id = 3) const uint RECALLED = 1; // 0: only local keys

layout(binding = 0) uniform isamplerBuffer kept;    // (layers, keptRow): (tokens, width, slots) scores of local chunks, then of global ones; bits of floats
layout(binding = 1) uniform isamplerBuffer ml;      // (layers, mlRow): (tokens, width) of (maximum, sum), bits of floats
layout(binding = 2) uniform isamplerBuffer reports; // (layers, tokens, reportRow): the first word is the number of recalled blocks
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform isamplerBuffer before;  // acc before this step, bits of floats
layout(std430, binding = 5) buffer Acc { float acc[]; }; // (layers, accRow): (width, ring)
layout(std430, binding = 6) writeonly buffer Mass { float mass[]; }; // (layers, tokens, massRow)
layout(push_constant) uniform Push {
    uint width; // query heads
    uint slots;
    uint blockSize;
    uint keptRow, mlRow, reportRow, accRow, massRow; // words from one row to the next
    uint tokens;
} p;

uint keptAt(uint layer, uint token, uint head) { return layer * p.keptRow + (token * p.width + head) * p.slots; }
uint mlAt(uint layer, uint token, uint head) { return layer * p.mlRow + 2 * (token * p.width + head); }

float bitsAt(isamplerBuffer b, uint i) { return intBitsToFloat(texelFetch(b, int(i)).x); }

// firstTo is the position of the oldest local key of the token at pos.
uint firstTo(uint pos) {
    uint nLocal = param(params, P_LOCAL);
    return max(param(params, P_LOCAL0), pos + 1 < nLocal ? 0 : pos + 1 - nLocal);
}

// addLocal adds what the local keys of a token received of query head y. A key is
// the same lane's in all steps, which so reads what it wrote.
void addLocal(uint layer, uint token, uint y) {
    uint pos = param(params, P_POS), first = firstTo(pos), ring = param(params, P_RING);
    uint at = mlAt(layer, token, y), slot = keptAt(layer, token, y);
    float m = bitsAt(ml, at), l = bitsAt(ml, at + 1);
    uint key = first / S * S + LANE, turned = key % ring, on = S % ring; // divisions are slow on software drivers
    if (key <= pos) do {
        if (key >= first) {
            uint to = layer * p.accRow + y * ring + turned;
            float old = 0; // the new token's slot was another's
            if (key < pos) old = BATCH == 1 && token > 0 ? acc[to] : bitsAt(before, to); // storage buffers, too
            acc[to] = old + exp(bitsAt(kept, slot + key - first) - m) / l;
        }
        turned += on;
        if (turned >= ring) turned -= ring;
    } while ((key += S) <= pos);
}

void main() {
    uint layer = gl_WorkGroupID.z / p.tokens, token = gl_WorkGroupID.z % p.tokens, y = gl_WorkGroupID.y;
    if (gl_WorkGroupID.x == 0) {
        if (token > 0) return;
        for (; token < p.tokens; token++) {
            stepAt = token * STEP;
            if (param(params, P_NQ) == 0) return;
            addLocal(layer, token, y);
        }
        return;
    }
    if (RECALLED == 0) return;
    stepAt = token * STEP;
    uint block = (gl_WorkGroupID.x - 1) * p.width + y, row = gl_WorkGroupID.z;
    if (param(params, P_NQ) == 0 || block >= texelFetch(reports, int(row * p.reportRow)).x) return;
    uint pos = param(params, P_POS), key0 = (pos - firstTo(pos) + CHUNK) / CHUNK * CHUNK + param(params, P_INIT) + block * p.blockSize;
    float sum = 0;
    for (uint h = 0; h < p.width; h++) {
        uint at = mlAt(layer, token, h), slot = keptAt(layer, token, h) + key0;
        float m = bitsAt(ml, at), l = bitsAt(ml, at + 1), part = 0;
        for (uint i = LANE; i < p.blockSize; i += S) part += exp(bitsAt(kept, slot + i) - m);
        sum += part / l;
    }
    sum = sumLanes(sum, S);
    if (LANE == 0) mass[row * p.massRow + block] = sum;
}
