#version 450
// All that a decode step does to choose a layer's blocks: their scores by the
// query, which is its own probe, and by the question, as in score.comp; and the
// statistics of query features. The workgroup that finishes last makes the choice.
// Of all blocks, or of those of a list (NARROWED). One workgroup: R*S blocks at a
// time, and a part of the features, of token y.
#extension GL_GOOGLE_include_directive : require
#define ROOM R
#define TOKENS
#include "common.glsl"
#include "params.glsl"
#include "score.glsl"
#include "stats.glsl"

layout(constant_id = 1) const uint FIXED = 0; // 1: k = top_k in every layer, no cut-off
layout(constant_id = 2) const uint STATS = 1; // 0: no statistics, which a batch of tokens must not keep
layout(constant_id = 3) const uint LAST = 1;  // 0: the choice is left to select

layout(binding = 0) uniform usamplerBuffer repr;  // octets; see reprAt
layout(binding = 1) uniform isamplerBuffer norms; // (blocks) 1/|representative|, bits of floats
layout(binding = 2) uniform samplerBuffer query;  // (tokens, features) from texel first on
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform samplerBuffer old;     // (2, features): mean, variance before this step
layout(binding = 5) uniform isamplerBuffer before; // the budget's state: see select.comp
layout(std430, binding = 6) writeonly buffer Stats { vec4 stats[]; };  // the same memory as old
layout(std430, binding = 7) coherent buffer Scores { uint scores[]; }; // (tokens, scored blocks), bits of floats; word `counter`: workgroups that are done
layout(std430, binding = 8) buffer State { float state[]; };           // the same memory as before
layout(std430, binding = 9) writeonly buffer Globals { uint globals[]; };
layout(std430, binding = 10) coherent buffer Report { uint report[]; };
layout(binding = 11) uniform samplerBuffer question; // (features)
// What other workgroups wrote, which must not be read as a uniform texel buffer; a
// storage buffer is slow on software drivers. Four scores a texel.
layout(binding = 12, rgba32ui) uniform coherent readonly uimageBuffer scored4;
layout(push_constant) uniform Push {
    uint octets; // features / 8
    uint first;  // texel of the query, rotated by n_local-1
    float questionWeight; // 0: no question term
    uint cap;    // windows after which the horizon is exponential
    uint counter;
    uint workgroups; // of a token
    uint layer; // from here on as in select.comp
    uint layers;
    uint topK;
    uint kMin;
    uint kMax;
    uint history;
    uint blockSize;
    float tau;
    uint bySpread; // 1: shares by the layers' spreads, 0: by the entropies
    uint scoreRow, stateRow, globalsRow, reportRow, listRow; // see row.glsl
} p;
#include "row.glsl"

#ifdef NARROWED
#include "super.glsl"
layout(binding = 13) uniform isamplerBuffer list; // from coarse; scores are those of its blocks
uint scored(uint blocks) { return listed(list, listAt, blocks); }
uint blockOf(uint i) { return listedBlock(list, listAt, i); }
float rest(int word) { return intBitsToFloat(texelFetch(list, int(listAt) + word).x); }
#else
uint scored(uint blocks) { return blocks; }
uint blockOf(uint i) { return i; }
float rest(int word) { return 0; }
#endif

#define KEPT 16
layout(constant_id = 4) const uint QUADS = KEPT;
vec4 quad(uint i) { return uintBitsToFloat(imageLoad(scored4, int(scoreAt / 4 + min(i, (scored(param(params, P_BLOCKS)) - 1) / 4)))); }
#include "choose.glsl"

void main() {
    ofToken(gl_WorkGroupID.y);
    if (param(params, P_NQ) == 0) return;
    uint blocks = param(params, P_BLOCKS), n = scored(blocks), texels = 2 * p.octets;
    uint first = p.first + gl_WorkGroupID.y * texels;
    if (STATS == 1) {
        for (uint f = (gl_WorkGroupID.x * TEAM + MEMBER) * S + LANE; f < texels; f += p.workgroups * TEAM * S) {
            vec4 mean = texelFetch(query, int(first + f)), variance = vec4(0);
            updateStats(texelFetch(old, int(f)), texelFetch(old, int(texels + f)), 1, param(params, P_WINDOW), p.cap, mean, variance);
            stats[f] = mean;
            stats[texels + f] = variance;
        }
    }
    uint item0 = gl_WorkGroupID.x * R * S;
    if (item0 < n) {
        float norm = invNorm(query, first, p.octets), scale = questionScale(question, p.questionWeight, norm, p.octets);
        do {
            uint block[R];
            float sum[R];
            [[unroll]] for (uint r = 0; r < R; r++) block[r] = blockOf(min(item0 + itemOf(r), n - 1));
            dotBlocks(repr, query, first, question, scale, p.octets, block, sum);
            [[unroll]] for (uint r = 0; r < R; r++) {
                uint i = item0 + itemOf(r);
                if (MEMBER == 0 && i < n) scores[scoreAt + i] = floatBitsToUint(sum[r] * norm * intBitsToFloat(texelFetch(norms, int(block[r])).x));
            }
            TEAM_BARRIER();
        } while ((item0 += p.workgroups * R * S) < n);
    }
    if (LAST == 0) return;

    TEAM_LAST_OF(scores[scoreAt + p.counter], p.workgroups)
    if (OF_ALL == 0) scores[scoreAt + p.counter] = 0;
    choose(FIXED == 1, n, blocks, rest(1), rest(2), rest(3));
}
