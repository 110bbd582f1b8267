#version 450
// The probe-query of a window: its queries weighted by their share of the
// activation bias (docs/actqkv.md), or their mean. One lane: four features, over
// all queries of the window, which a team shares.
#extension GL_GOOGLE_include_directive : require
#define ROOM 5
#include "common.glsl"
#include "params.glsl"

layout(binding = 0) uniform samplerBuffer queries; // (2, window, features)
layout(binding = 1) uniform isamplerBuffer bias;   // (window), bits of floats
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Probe { vec4 probe[]; }; // (features)
layout(push_constant) uniform Push {
    uint texels;
    uint first;
    uint mean; // 1: all queries weigh the same
} p;

void main() {
    uint f = gl_WorkGroupID.x * S + LANE, n = param(params, P_NQ);
    uint from = p.first + min(f, p.texels - 1);
    vec4 sum = vec4(0);
    float weight = 0;
    for (uint j = MEMBER; j < n; j += TEAM) {
        float w = p.mean == 1 || n == 1 ? 1 : intBitsToFloat(texelFetch(bias, int(j)).x);
        weight += w;
        sum += w * texelFetch(queries, int(from + j * p.texels));
    }
    float all[5] = float[](sum.x, sum.y, sum.z, sum.w, weight);
    TEAM_SUM(all, 0, 5)
    if (MEMBER == 0 && f < p.texels) probe[f] = vec4(all[0], all[1], all[2], all[3]) / all[4];
}
