#version 450
// The softmax weight that local keys received from a window's queries,
// recomputed from the maximum and sum that attend left per row and added to
// the token's accumulated weight per query head, from which seal picks a
// block's representatives.
// One workgroup: a chunk of R*S keys and one of the SPLITS shares of the queries of
// one query head, in tiles of T, which a team shares. The last share to be done
// adds up what all found.
#extension GL_GOOGLE_include_directive : require
#define ROOM R
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint OCTETS = 8;
layout(constant_id = 2) const uint SPLITS = 1;

#include "attention.glsl"

layout(binding = 0) uniform usamplerBuffer keys;   // as in attend
layout(binding = 1) uniform samplerBuffer queries;
layout(binding = 2) uniform isamplerBuffer params;
layout(binding = 3) uniform samplerBuffer ml;      // (window, width) pairs, two rows a texel
layout(binding = 4) uniform isamplerBuffer before; // acc before this step
layout(std430, binding = 5) writeonly buffer Acc { float acc[]; }; // (width, ring)
layout(std430, binding = 6) coherent buffer Parts { float parts[]; }; // what shares found, (SPLITS, width, chunks, R, S)
layout(std430, binding = 7) coherent buffer Done { uint done[]; };    // (width, chunks): shares that are done
layout(push_constant) uniform Push {
    uint heads;
    uint group;
    float scale;
} p;

vec2 row(uint i) {
    vec4 v = texelFetch(ml, int(i / 2));
    return i % 2 == 0 ? v.xy : v.zw;
}

void main() {
    uint width = p.heads * p.group, head = gl_WorkGroupID.y / p.group; // KV head
    uint n = param(params, P_NQ), pos0 = param(params, P_POS), nLocal = param(params, P_LOCAL), ring = param(params, P_RING);
    uint first = param(params, P_LOCAL0), last = pos0 + n - 1, key0 = first + gl_WorkGroupID.x * C;
    if (key0 > last) return;
    Keys k = localKeys(rowsOf(params), gl_WorkGroupID.x, first, last, ring, first % ring);
    Seen seen = seenFrom(k, 0, nLocal);
    float sum[R];
    [[unroll]] for (uint r = 0; r < R; r++) sum[r] = 0;

    // Queries that see any key of the chunk: one at distance n_local or more is not seen.
    uint begin = key0 > pos0 ? key0 - pos0 : 0, end = min(n, min(key0 + C - 1, last) + nLocal - pos0);
    uint query = begin + (gl_WorkGroupID.z * TEAM + MEMBER) * T;
    if (query < end) do {
        uint at[T];
        [[unroll]] for (uint t = 0; t < T; t++) at[t] = min(query + t, n - 1) * width + gl_WorkGroupID.y;
        vec4 q[T * NF];
        loadQueries(queries, at, p.scale, q);
        float s[R * T];
        scores(keys, k, head, p.heads, q, s);
        [[unroll]] for (uint t = 0; t < T; t++) {
            vec2 v = row(at[t]);
            float scale = query + t < n ? 1 / v.y : 0;
            [[unroll]] for (uint r = 0; r < R; r++)
                sum[r] += sees(pos0 + query + t, seen, r) ? exp(s[r * T + t] - v.x) * scale : 0;
        }
    } while ((query += SPLITS * TEAM * T) < end);
    TEAM_SUM(sum, 0, R)
    if (MEMBER > 0) return;
    if (SPLITS > 1) {
        uint tile = gl_WorkGroupID.x * width + gl_WorkGroupID.y, before = 0;
        [[unroll]] for (uint r = 0; r < R; r++) parts[((tile * SPLITS + gl_WorkGroupID.z) * R + r) * S + LANE] = sum[r];
        memoryBarrierBuffer();
        subgroupBarrier();
        if (LANE == 0) before = atomicAdd(done[tile], 1);
        if (subgroupShuffle(before, 0) != SPLITS - 1) return;
        memoryBarrierBuffer();
        [[unroll]] for (uint r = 0; r < R; r++) {
            sum[r] = 0;
            for (uint j = 0; j < SPLITS; j++) sum[r] += parts[((tile * SPLITS + j) * R + r) * S + LANE];
        }
        if (LANE == 0) done[tile] = 0;
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint i = gl_WorkGroupID.y * ring + k.row[r];
        float old = k.pos[r] < pos0 ? intBitsToFloat(texelFetch(before, int(i)).x) : 0; // a new token's slot was another's
        if (k.live[r]) acc[i] = old + sum[r];
    }
}
