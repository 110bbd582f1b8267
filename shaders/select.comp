#version 450
// The choice of one layer's blocks: see choose.glsl. One workgroup: y, a token.
#extension GL_GOOGLE_include_directive : require
#define ROOM 1
#define TOKENS
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint FIXED = 0; // 1: k = top_k in every layer, no cut-off

layout(binding = 0) uniform samplerBuffer scores;   // (blocks), four a texel
layout(binding = 1) uniform isamplerBuffer params;
// The budget's state, bits of floats: left; per layer the mean of its history,
// the samples in it, and the samples (history); then as spread.glsl says.
layout(binding = 2) uniform isamplerBuffer before;
layout(std430, binding = 3) buffer State { float state[]; }; // the same memory as before
layout(std430, binding = 4) writeonly buffer Globals { uint globals[]; }; // count, positions
// What the step tells: k, blocks, H, h, left before, highest and lowest score,
// gap to the best block not recalled, then the ids of the recalled blocks.
layout(std430, binding = 5) coherent buffer Report { uint report[]; };
layout(push_constant) uniform Push {
    uint layer;
    uint layers;
    uint topK;
    uint kMin;
    uint kMax;
    uint history; // samples kept per layer
    uint blockSize;
    float tau;
    uint bySpread; // 1: shares by the layers' spreads, 0: by the entropies
    uint scoreRow, stateRow, globalsRow, reportRow, listRow; // see row.glsl
} p;
#include "row.glsl"
#include "kv.glsl"

#ifdef NARROWED
#include "super.glsl"
layout(binding = 6) uniform isamplerBuffer list; // from coarse; scores are those of its blocks
uint scored(uint blocks) { return listed(list, listAt, blocks); }
uint blockOf(uint i) { return listedBlock(list, listAt, i); }
float rest(int word) { return intBitsToFloat(texelFetch(list, int(listAt) + word).x); }
#else
uint scored(uint blocks) { return blocks; }
uint blockOf(uint i) { return i; }
float rest(int word) { return 0; }
#endif

#ifdef KEPT
layout(constant_id = 2) const uint QUADS = KEPT;
#endif
vec4 quad(uint i) { return texelFetch(scores, int(scoreAt / 4 + min(i, (scored(param(params, P_BLOCKS)) - 1) / 4))); }
#include "choose.glsl"

void main() {
    ofToken(gl_WorkGroupID.y);
    if (param(params, P_NQ) == 0) return;
    uint blocks = param(params, P_BLOCKS);
    choose(FIXED == 1, scored(blocks), blocks, rest(1), rest(2), rest(3));
}
