#version 450
// Activation bias of every query of a window (docs/actqkv.md): the mean over
// features of (q - mean)^2 / (variance + mean(variance)/100); 1 in a session's
// first window. One workgroup: one query.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"

layout(binding = 0) uniform samplerBuffer queries; // (2, window, features)
layout(binding = 1) uniform samplerBuffer stats;   // (2, features): mean, variance
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Bias { float bias[]; }; // (window)
layout(push_constant) uniform Push {
    uint texels;    // features / 4, padding included
    uint first;     // texel of the first query, rotated by n_local-1
    float features; // features that are not padding
} p;

void main() {
    uint j = gl_WorkGroupID.x;
    if (j >= param(params, P_NQ)) return;
    float total = 0;
    for (uint f = LANE; f < p.texels; f += S) total += dot(texelFetch(stats, int(p.texels + f)), vec4(1));
    float ground = sumLanes(total, S) / p.features / 100;
    float delta = 0;
    for (uint f = LANE; f < p.texels; f += S) {
        vec4 d = texelFetch(queries, int(p.first + j * p.texels + f)) - texelFetch(stats, int(f));
        delta += dot(d * d / (texelFetch(stats, int(p.texels + f)) + max(ground, 1e-30)), vec4(1));
    }
    delta = sumLanes(delta, S) / p.features;
    if (LANE == 0) bias[j] = param(params, P_WINDOW) == 0 ? 1 : delta;
}
