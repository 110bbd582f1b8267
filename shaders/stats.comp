#version 450
// Running mean and variance of the query features of one layer: see stats.glsl.
// One lane: four features, over all queries of the window, which a team shares, or,
// SINGLY, over one query after another, each of which is a window.
#extension GL_GOOGLE_include_directive : require
#define ROOM 4
#include "common.glsl"
#include "params.glsl"
#include "stats.glsl"

layout(constant_id = 1) const uint SINGLY = 0;

layout(binding = 0) uniform samplerBuffer queries; // (2, window, features)
layout(binding = 1) uniform samplerBuffer old;     // (2, features): mean, variance before this window
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Stats { vec4 stats[]; }; // the same memory as old
layout(push_constant) uniform Push {
    uint texels; // features / 4
    uint first;  // texel of the first query, rotated by n_local-1
    uint cap;    // windows after which the horizon is exponential
} p;

void main() {
    uint f = gl_WorkGroupID.x * S + LANE, from = p.first + min(f, p.texels - 1);
    uint n = param(params, P_NQ), windows = param(params, P_WINDOW);
    if (SINGLY == 1) {
        if (f >= p.texels || MEMBER > 0) return;
        vec4 mean = texelFetch(old, int(f)), variance = texelFetch(old, int(p.texels + f));
        for (uint j = 0; j < n; j++) {
            vec4 m0 = mean, v0 = variance;
            mean = texelFetch(queries, int(from + j * p.texels));
            variance = vec4(0);
            updateStats(m0, v0, 1, windows + j, p.cap, mean, variance);
        }
        stats[f] = mean;
        stats[p.texels + f] = variance;
        return;
    }
    vec4 mean = vec4(0), variance = vec4(0);
    for (uint j = MEMBER; j < n; j += TEAM) mean += texelFetch(queries, int(from + j * p.texels));
    TEAM_SUM(mean, 0, 4)
    mean /= n;
    for (uint j = MEMBER; j < n; j += TEAM) {
        vec4 d = texelFetch(queries, int(from + j * p.texels)) - mean;
        variance += d * d;
    }
    TEAM_BARRIER();
    TEAM_SUM(variance, 0, 4)
    variance /= n;
    if (f >= p.texels || MEMBER > 0) return;
    updateStats(texelFetch(old, int(f)), texelFetch(old, int(p.texels + f)), float(n), windows, p.cap, mean, variance);
    stats[f] = mean;
    stats[p.texels + f] = variance;
}
