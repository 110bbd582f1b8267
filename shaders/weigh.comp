#version 450
// The softmax weight that keys received from a step's queries, recomputed from
// the maximum and sum that attend left per row.
//
// Local keys: added to the token's accumulated weight per query head, from
// which seal picks a block's representatives. Global keys (the chunks after
// the local ones; recorded for decode steps only): the mass of each key of the
// list, summed over the rows that a workgroup has.
// One workgroup: a chunk of R*S keys; BY_HEAD 1: all queries of one query head
// in tiles of T; BY_HEAD 0: one query, the group <= T heads of a KV head.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "attention.glsl"

layout(constant_id = 1) const uint BY_HEAD = 1;
layout(constant_id = 2) const uint OCTETS = 8;

layout(binding = 0) uniform usamplerBuffer keys;    // as in attend
layout(binding = 1) uniform samplerBuffer queries;
layout(binding = 2) uniform isamplerBuffer globals;
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform samplerBuffer ml;       // (window, width) pairs, two rows a texel
layout(binding = 5) uniform isamplerBuffer before;  // acc before this step
layout(std430, binding = 6) writeonly buffer Acc { float acc[]; };   // (width, ring)
layout(std430, binding = 7) writeonly buffer Mass { float mass[]; }; // (grid y, slots)
layout(push_constant) uniform Push {
    uint heads;
    uint group;
    uint window;
    uint localChunks; // chunks of the grid that are local keys; the others are global
    uint slots;       // keys that a row of mass holds
    float scale;
} p;

vec2 row(uint i) {
    vec4 v = texelFetch(ml, int(i / 2));
    return i % 2 == 0 ? v.xy : v.zw;
}

void main() {
    uint lane = LANE, width = p.heads * p.group;
    uint head = BY_HEAD == 1 ? gl_WorkGroupID.y / p.group : gl_WorkGroupID.y; // KV head
    uint n = param(params, P_NQ), pos0 = param(params, P_POS), nLocal = param(params, P_LOCAL), ring = param(params, P_RING);
    bool global = gl_WorkGroupID.x >= p.localChunks;
    uint chunk = global ? gl_WorkGroupID.x - p.localChunks : gl_WorkGroupID.x;
    uint first = param(params, P_LOCAL0), last = pos0 + n - 1, count = texelFetch(globals, 0).x;
    if (global ? chunk * C >= count : first + chunk * C > last) return;

    Keys k;
    if (global) k = globalKeys(globals, chunk, count, ring);
    else k = localKeys(chunk, first, last, ring);
    uint lo = global ? nLocal : 0, hi = global ? 0xffffffffu : nLocal;
    float sum[R * T];
    [[unroll]] for (uint i = 0; i < R * T; i++) sum[i] = 0;

    // Queries that see any key of a local chunk.
    uint q = 0, qEnd = n;
    if (!global) {
        uint k0 = first + chunk * C;
        q = k0 > pos0 ? k0 - pos0 : 0;
        uint past = min(k0 + C - 1, last);
        qEnd = min(n, past + nLocal - pos0); // a key at distance n_local or more is not seen
    }
    for (; q < qEnd; q += BY_HEAD == 1 ? T : 1) {
        uint at[T], q0[T];
        [[unroll]] for (uint t = 0; t < T; t++) {
            at[t] = BY_HEAD == 1 ? min(q + t, n - 1) * width + gl_WorkGroupID.y : q * width + head * p.group + min(t, p.group - 1);
            q0[t] = ((global ? p.window * width : 0) + at[t]) * OCTETS * 2;
        }
        float s[R * T];
        scores(keys, queries, k, q0, head, p.heads, OCTETS, p.scale, s);
        [[unroll]] for (uint t = 0; t < T; t++) {
            uint query = BY_HEAD == 1 ? q + t : q;
            vec2 v = row(at[t]);
            [[unroll]] for (uint r = 0; r < R; r++) {
                bool on = seen(k, r, pos0 + query, lo, hi) && (BY_HEAD == 1 ? query < n : t < p.group);
                float w = on ? exp(s[r * T + t] - v.x) / v.y : 0;
                sum[r * T + (BY_HEAD == 1 ? 0 : t)] += w;
            }
        }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
        if (global) {
            float all = 0;
            [[unroll]] for (uint t = 0; t < T; t++) all += sum[r * T + t];
            uint slot = chunk * C + r * S + lane;
            if (k.live[r] && slot < p.slots) mass[gl_WorkGroupID.y * p.slots + slot] = all;
        } else {
            [[unroll]] for (uint t = 0; t < T; t++) {
                uint h = BY_HEAD == 1 ? gl_WorkGroupID.y : head * p.group + t;
                bool mine = BY_HEAD == 1 ? t == 0 : t < p.group;
                uint i = h * ring + k.pos[r] % ring;
                if (k.live[r] && mine) {
                    float old = k.pos[r] < pos0 ? intBitsToFloat(texelFetch(before, int(i)).x) : 0;
                    acc[i] = old + sum[r * T + t];
                }
            }
        }
    }
}
