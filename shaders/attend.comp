#version 450
// Attention of a step's queries over local and global keys in one softmax
// (docs/actqkv.md, "Attention of one window"), online over chunks of R*S keys.
//
// One workgroup: T query rows of one KV head and one of the SPLITS shares of
// the chunks. Rows of a KV head are numbered query*group + head in the group.
// In the first half of a chunk a lane owns R keys; in the second it owns OPL
// octets of the output, and lanes beyond one output row take other keys.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "attention.glsl"

layout(constant_id = 1) const uint SPLITS = 1; // 1: out is normalised; more: partial results for merge
layout(constant_id = 2) const uint OCTETS = 8; // padded head dimension / 8, a power of two

layout(binding = 0) uniform usamplerBuffer keys;    // (rows, heads, OCTETS)
layout(binding = 1) uniform usamplerBuffer values;  // (positions, heads, OCTETS)
layout(binding = 2) uniform samplerBuffer queries;  // (2, window, heads*group, OCTETS*8): rotated by position; by n_local-1
layout(binding = 3) uniform isamplerBuffer globals; // count, then positions of the global keys
layout(binding = 4) uniform isamplerBuffer params;
layout(std430, binding = 5) writeonly buffer Out { vec4 outv[]; }; // (SPLITS, window, heads*group, OCTETS*8)
layout(std430, binding = 6) writeonly buffer ML { vec2 ml[]; };    // (SPLITS, window, heads*group): maximum, sum
layout(push_constant) uniform Push {
    uint heads;  // KV heads
    uint group;  // query heads per KV head
    uint window; // rows of queries in each half of the query buffer
    float scale;
} p;

const uint OL = OCTETS / OPL; // lanes that cover a row of values
const uint KS = S / OL;       // keys that the lanes take at once

void main() {
    uint lane = LANE, head = gl_WorkGroupID.y, row0 = gl_WorkGroupID.x * T;
    uint n = param(params, P_NQ), rows = n * p.group, width = p.heads * p.group;
    if (row0 >= rows) return;
    uint pos0 = param(params, P_POS), nLocal = param(params, P_LOCAL), ring = param(params, P_RING);
    uint nGlobal = texelFetch(globals, 0).x;

    // The tile's share of the local window.
    uint first = pos0 + row0 / p.group, last = pos0 + min(row0 + T - 1, rows - 1) / p.group;
    uint local0 = max(param(params, P_LOCAL0), first + 1 < nLocal ? 0 : first + 1 - nLocal);
    uint globalChunks = (nGlobal + C - 1) / C, chunks = globalChunks + (last - local0) / C + 1;
    uint split = gl_WorkGroupID.z, per = (chunks + SPLITS - 1) / SPLITS;

    uint at[T], pos[T]; // row in out, position
    float m[T], l[T], o[T * OPL * 8];
    [[unroll]] for (uint t = 0; t < T; t++) {
        uint row = min(row0 + t, rows - 1), query = row / p.group;
        pos[t] = pos0 + query;
        at[t] = query * width + head * p.group + row % p.group;
        m[t] = -1.0e30; // above NEG_INF, so that a masked key weighs exp(-inf) = 0
        l[t] = 0;
    }
    [[unroll]] for (uint i = 0; i < T * OPL * 8; i++) o[i] = 0;

    uint end = min(chunks, (split + 1) * per);
    for (uint c = split * per; c < end; c++) {
        bool global = c < globalChunks;
        uint lo = global ? nLocal : 0, hi = global ? 0xffffffffu : nLocal;
        Keys k;
        if (global) k = globalKeys(globals, c, nGlobal, ring);
        else k = localKeys(c - globalChunks, local0, last, ring);
        uint q0[T];
        [[unroll]] for (uint t = 0; t < T; t++) q0[t] = ((global ? p.window * width : 0) + at[t]) * OCTETS * 2;
        float s[R * T];
        scores(keys, queries, k, q0, head, p.heads, OCTETS, p.scale, s);

        [[unroll]] for (uint t = 0; t < T; t++) {
            float top = m[t];
            [[unroll]] for (uint r = 0; r < R; r++) {
                s[r * T + t] = seen(k, r, pos[t], lo, hi) ? s[r * T + t] : NEG_INF;
                top = max(top, s[r * T + t]);
            }
            top = maxLanes(top, S);
            float fade = exp(m[t] - top);
            m[t] = top;
            l[t] *= fade;
            [[unroll]] for (uint i = 0; i < OPL * 8; i++) o[t * OPL * 8 + i] *= fade;
            [[unroll]] for (uint r = 0; r < R; r++) {
                s[r * T + t] = exp(s[r * T + t] - top);
                l[t] += s[r * T + t];
            }
        }
        [[unroll]] for (uint r = 0; r < R; r++) {
            for (uint j = 0; j < OL; j++) {
                uint src = j * KS + lane / OL;
                uint octet = (subgroupShuffle(k.pos[r], src) * p.heads + head) * OCTETS + lane % OL;
                float w[T];
                [[unroll]] for (uint t = 0; t < T; t++) w[t] = subgroupShuffle(s[r * T + t], src);
                [[unroll]] for (uint i = 0; i < OPL; i++) {
                    float v[8];
                    OCTET(values, octet + i * OL, v);
                    [[unroll]] for (uint t = 0; t < T; t++) {
                        [[unroll]] for (uint e = 0; e < 8; e++) o[(t * OPL + i) * 8 + e] += w[t] * v[e];
                    }
                }
            }
        }
    }

    [[unroll]] for (uint t = 0; t < T; t++) {
        float sum = sumLanes(l[t], S), norm = SPLITS == 1 ? 1 / sum : 1;
        uint to = split * p.window * width + at[t];
        bool live = row0 + t < rows;
        [[unroll]] for (uint i = 0; i < OPL; i++) {
            float v[8];
            [[unroll]] for (uint e = 0; e < 8; e++) {
                v[e] = o[(t * OPL + i) * 8 + e];
                if (KS > 1) v[e] += subgroupShuffleXor(v[e], OL);
                if (KS > 2) v[e] += subgroupShuffleXor(v[e], OL * 2);
                if (KS > 4) v[e] += subgroupShuffleXor(v[e], OL * 4);
                if (KS > 8) v[e] += subgroupShuffleXor(v[e], OL * 8);
                if (KS > 16) v[e] += subgroupShuffleXor(v[e], OL * 16);
                v[e] *= norm;
            }
            uint texel = (to * OCTETS + lane + i * OL) * 2;
            if (live && lane < OL) {
                outv[texel] = vec4(v[0], v[1], v[2], v[3]);
                outv[texel + 1] = vec4(v[4], v[5], v[6], v[7]);
            }
        }
        if (live && lane == 0) ml[to] = vec2(m[t], sum);
    }
}
