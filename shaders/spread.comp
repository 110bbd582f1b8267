#version 450
// How much the scores of one layer's blocks follow what is asked (docs/actqkv.md,
// "Shares by spread"): the standard deviation, over the blocks, of what a score
// has beyond that of a typical query joins the layer's running mean in the
// budget's state. One workgroup.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "spread.glsl"

layout(binding = 0) uniform samplerBuffer beyond;   // (blocks), four a texel
layout(binding = 1) uniform isamplerBuffer params;
layout(binding = 2) uniform isamplerBuffer before;  // the budget's state: see select.comp
layout(std430, binding = 3) writeonly buffer State { float state[]; }; // the same memory as before
layout(push_constant) uniform Push {
    uint layer;
    uint layers;
    uint history; // windows after which the mean forgets
} p;

float was(uint i) { return intBitsToFloat(texelFetch(before, int(i)).x); }

void main() {
    uint n = param(params, P_BLOCKS), quads = (n + 3) / 4;
    if (n < 2) return;
    float mean = 0, squares = 0;
    for (uint q = LANE; q < quads; q += S) {
        vec4 v = texelFetch(beyond, int(q));
        [[unroll]] for (uint e = 0; e < 4; e++) mean += 4 * q + e < n ? v[e] : 0;
    }
    mean = sumLanes(mean, S) / n;
    for (uint q = LANE; q < quads; q += S) {
        vec4 d = texelFetch(beyond, int(q)) - mean;
        [[unroll]] for (uint e = 0; e < 4; e++) squares += 4 * q + e < n ? d[e] * d[e] : 0;
    }
    float spread = sqrt(sumLanes(squares, S) / n);
    if (LANE == 0) {
        uint means = spreadsAt(p.layers, p.history) + p.layer, counts = means + p.layers;
        float count = min(was(counts) + 1, float(p.history));
        state[means] = was(means) + (spread - was(means)) / count;
        state[counts] = count;
    }
}
