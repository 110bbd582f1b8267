#version 450
// Attention of a step's queries over local and global keys in one softmax
// (docs/actqkv.md, "Attention of one window"), online over chunks of R*S keys.
//
// One workgroup: T query rows of one KV head and one of the SPLITS shares of
// the chunks; the last share to be done joins them. Rows of a KV head are
// numbered query*group + head in the group. In the first half of a chunk a
// lane owns R keys; in the second it owns OPL octets of the output, and lanes
// beyond one output row take other keys. In a batch each token is a step of one
// query, with tiles and a list of global keys of its own.
#extension GL_GOOGLE_include_directive : require
#define TOKENS
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint SPLITS = 1;
layout(constant_id = 2) const uint OCTETS = 8; // padded head dimension / 8, a power of two
layout(constant_id = 3) const uint KEEP = 0;   // of steps of one query each, keep the scores of 1: local keys, 2: all keys

#include "attention.glsl"

layout(binding = 0) uniform usamplerBuffer keys;    // (rows, heads, OCTETS)
layout(binding = 1) uniform usamplerBuffer values;  // (rows, heads, OCTETS)
layout(binding = 2) uniform samplerBuffer queries;  // (2, window, heads*group, OCTETS*8): rotated by position; by n_local-1
layout(binding = 3) uniform usamplerBuffer globals; // (tokens) lists of rows of the global keys: initial ones, recalled ones, the remainder
layout(binding = 4) uniform isamplerBuffer params;
layout(std430, binding = 5) writeonly buffer Out { vec4 outv[]; }; // (window, heads*group, OCTETS*8)
layout(std430, binding = 6) writeonly buffer ML { vec2 ml[]; };    // (window, heads*group): maximum, sum
// What shares leave for the last one: as Out but not normalised, as ML, each
// for all SPLITS; and how many of a tile's shares are done.
layout(std430, binding = 7) coherent buffer Parts { vec4 parts[]; };
layout(std430, binding = 8) coherent buffer PartML { vec2 partML[]; };
layout(std430, binding = 9) coherent buffer Done { uint done[]; };
layout(std430, binding = 10) writeonly buffer Kept { vec4 kept[]; }; // (tokens, heads*group, slots) floats: scores of local chunks, then of global ones
layout(push_constant) uniform Push {
    uint heads;  // KV heads
    uint group;  // query heads per KV head
    uint window; // rows of queries in each half of the query buffer
    uint slots;  // of a row of kept scores
    float scale;
    uint tiles; // of a step
    uint globalsRow; // texels from one token's list of global keys to the next
} p;

const uint KS = S / OL; // keys that the lanes take at once

// Adds weight * value of the keys that lane j of every OL lanes owns to the output.
#define ADD_VALUES(j)                                                                              \
    {                                                                                              \
        uint src = lane / OL * OL + (j);                                                           \
        [[unroll]] for (uint i = 0; i < OPL; i++) {                                                \
            float v[R * 8];                                                                        \
            [[unroll]] for (uint r = 0; r < R; r++) {                                              \
                float x[8];                                                                        \
                OCTET(values, (subgroupShuffle(k.at[r], src) * p.heads + head) * OCTETS + lane % OL + i * OL, x); \
                [[unroll]] for (uint e = 0; e < 8; e++) v[r * 8 + e] = x[e];                       \
            }                                                                                      \
            [[unroll]] for (uint t = 0; t < T; t++) {                                              \
                float w[R];                                                                        \
                [[unroll]] for (uint r = 0; r < R; r++) w[r] = subgroupShuffle(s[r * T + t], src); \
                [[unroll]] for (uint e = 0; e < 8; e++) {                                          \
                    float sum = w[0] * v[e];                                                       \
                    [[unroll]] for (uint r = 1; r < R; r++) sum += w[r] * v[r * 8 + e];            \
                    o[(t * OPL + i) * 8 + e] += sum;                                               \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

// addValues does ADD_VALUES for all j. Of a tall tile registers cannot hold the output:
// here a row's is loaded and stored once a chunk, not once for each j.
void addValues(const Keys k, uint head, const float s[R * T], inout float o[T * OPL * 8]) {
    float v[8 * R * 8]; // OL is 8 at most
    uint own = LANE / OL * OL;
    [[unroll]] for (uint j = 0; j < OL; j++) {
        [[unroll]] for (uint r = 0; r < R; r++) {
            float x[8];
            OCTET(values, (subgroupShuffle(k.at[r], own + j) * p.heads + head) * OCTETS + LANE % OL, x);
            [[unroll]] for (uint e = 0; e < 8; e++) v[(j * R + r) * 8 + e] = x[e];
        }
    }
    [[unroll]] for (uint t = 0; t < T; t++) {
        float sum[8];
        [[unroll]] for (uint e = 0; e < 8; e++) sum[e] = o[t * 8 + e];
        [[unroll]] for (uint j = 0; j < OL; j++) {
            [[unroll]] for (uint r = 0; r < R; r++) {
                float w = subgroupShuffle(s[r * T + t], own + j);
                [[unroll]] for (uint e = 0; e < 8; e++) sum[e] += w * v[(j * R + r) * 8 + e];
            }
        }
        [[unroll]] for (uint e = 0; e < 8; e++) o[t * 8 + e] = sum[e];
    }
}

// Joins what the shares left of an output row, OL lanes a row.
void join(uint row, uint rows) {
    float m = NEG_INF, l = 0;
    [[unroll]] for (uint j = 0; j < SPLITS; j++) m = max(m, partML[j * rows + row].x);
    vec4 sum[NF];
    [[unroll]] for (uint f = 0; f < NF; f++) sum[f] = vec4(0);
    [[unroll]] for (uint j = 0; j < SPLITS; j++) {
        vec2 v = partML[j * rows + row];
        float w = exp(v.x - m);
        l += v.y * w;
        [[unroll]] for (uint f = 0; f < NF; f++) sum[f] += w * parts[(j * rows + row) * OCTETS * 2 + f * OL + LANE % OL];
    }
    [[unroll]] for (uint f = 0; f < NF; f++) outv[row * OCTETS * 2 + f * OL + LANE % OL] = sum[f] / l;
    if (LANE % OL == 0) ml[row] = vec2(m, l);
}

void main() {
    uint lane = LANE, head = gl_WorkGroupID.y, token = gl_WorkGroupID.x / p.tiles, row0 = gl_WorkGroupID.x % p.tiles * T;
    uint listAt = token * p.globalsRow;
    stepAt = token * STEP;
    uint n = param(params, P_NQ), rows = n * p.group, width = p.heads * p.group;
    if (row0 >= rows) return;
    uint pos0 = param(params, P_POS), nLocal = param(params, P_LOCAL), ring = param(params, P_RING);
    uint nGlobal = texelFetch(globals, int(listAt)).x;
    Rows lie = rowsOf(params);

    // The tile's share of the local window.
    uint first = pos0 + row0 / p.group, last = pos0 + min(row0 + T - 1, rows - 1) / p.group;
    uint local0 = max(param(params, P_LOCAL0), first + 1 < nLocal ? 0 : first + 1 - nLocal);

    // The list ends with the remainder, whose last tokens are still local to
    // the first queries of a window.
    uint rem0 = param(params, P_REM0), rem1 = param(params, P_REM1), rest = nGlobal - (rem1 - rem0);
    uint passed = last + 1 < nLocal ? 0 : last + 1 - nLocal;
    nGlobal -= rem1 - clamp(passed, rem0, rem1);
    uint globalChunks = (nGlobal + C - 1) / C, localChunks = (last - local0) / C + 1, chunks = globalChunks + localChunks;
    uint split = gl_WorkGroupID.z;

    uint at[T], pos[T]; // row in out, position
    float m[T], l[T], o[T * OPL * 8];
    [[unroll]] for (uint t = 0; t < T; t++) {
        uint row = min(row0 + t, rows - 1), query = row / p.group;
        pos[t] = pos0 + query;
        at[t] = (token + query) * width + head * p.group + row % p.group;
        m[t] = -1.0e30; // above NEG_INF, so that a masked key weighs exp(-inf) = 0
        l[t] = 0;
    }
    [[unroll]] for (uint i = 0; i < T * OPL * 8; i++) o[i] = 0;

    uint turned = local0 % ring;
    uint begin = split * chunks / SPLITS, end = (split + 1) * chunks / SPLITS;
    vec4 q[T * NF];
    [[unroll]] for (uint i = 0; i < T * NF; i++) q[i] = vec4(0);
    uint c = begin;
    if (c < end) do {
        bool global = c < globalChunks;
        if (c == begin || c == globalChunks) {
            uint from[T];
            [[unroll]] for (uint t = 0; t < T; t++) from[t] = (global ? p.window * width : 0) + at[t];
            loadQueries(queries, from, p.scale, q);
        }
        Keys k;
        if (global) k = globalKeys(globals, listAt, c, nGlobal, ring, rest, rem0);
        else k = localKeys(lie, c - globalChunks, local0, last, ring, turned);
        float s[R * T];
        scores(keys, k, head, p.heads, q, s);

        Seen seen = global ? seenFrom(k, nLocal, FAR) : seenFrom(k, 0, nLocal);
        [[unroll]] for (uint t = 0; t < T; t++) {
            float top = m[t];
            [[unroll]] for (uint r = 0; r < R; r++) {
                s[r * T + t] = sees(pos[t], seen, r) ? s[r * T + t] : NEG_INF;
                top = max(top, s[r * T + t]);
            }
            if (row0 + t < rows && (global ? KEEP == 2 : KEEP != 0)) {
                uint slot = at[t] * p.slots + (global ? localChunks + c : c - globalChunks) * C + lane * R;
                kept[slot / 4] = vec4(s[t], s[T + t], s[2 * T + t], s[3 * T + t]);
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
        if (S == 8 && T > 4 && OPL == 1) {
            addValues(k, head, s, o);
        } else if (S == 16) { // Mesa's shuffles of 16 lanes are fast only where the lane is a constant
            [[unroll]] for (uint j = 0; j < OL; j++) ADD_VALUES(j)
        } else {
            for (uint j = 0; j < OL; j++) ADD_VALUES(j)
        }
    } while (++c < end);

    uint allRows = p.window * width;
    [[unroll]] for (uint t = 0; t < T; t++) {
        float sum = sumLanes(l[t], S), norm = SPLITS == 1 ? 1 / sum : 1;
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
            vec4 a = vec4(v[0], v[1], v[2], v[3]), b = vec4(v[4], v[5], v[6], v[7]);
            uint texel = (at[t] * OCTETS + lane + i * OL) * 2;
            if (live && lane < OL && SPLITS == 1) {
                outv[texel] = a;
                outv[texel + 1] = b;
            } else if (live && lane < OL) {
                parts[split * allRows * OCTETS * 2 + texel] = a;
                parts[split * allRows * OCTETS * 2 + texel + 1] = b;
            }
        }
        if (live && lane == 0) {
            if (SPLITS == 1) ml[at[t]] = vec2(m[t], sum);
            else partML[split * allRows + at[t]] = vec2(m[t], sum);
        }
    }
    if (SPLITS == 1) return;

    memoryBarrierBuffer();
    subgroupBarrier();
    uint tile = gl_WorkGroupID.x * p.heads + head, before = 0;
    if (lane == 0) before = atomicAdd(done[tile], 1);
    if (subgroupShuffle(before, 0) != SPLITS - 1) return;
    memoryBarrierBuffer();
    for (uint row = row0 + lane / OL; row < min(row0 + T, rows); row += KS)
        join((token + row / p.group) * width + head * p.group + row % p.group, allRows);
    if (lane == 0) done[tile] = 0;
}
