#version 450
// Joins the partial attention results of SPLITS shares of the keys into one
// softmax. One workgroup: one query row; a lane owns texels of its output.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"

layout(binding = 0) uniform samplerBuffer parts;   // (splits, window, width, dim), not normalised
layout(binding = 1) uniform samplerBuffer partML;  // (splits, window, width) pairs: maximum, sum; two rows a texel
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Out { vec4 outv[]; }; // (window, width, dim)
layout(std430, binding = 4) writeonly buffer ML { vec2 ml[]; };    // (window, width)
layout(push_constant) uniform Push {
    uint splits;
    uint rows; // window * width
    uint width;
    uint texels; // dim / 4
} p;

vec2 partRow(uint i) {
    vec4 v = texelFetch(partML, int(i / 2));
    return i % 2 == 0 ? v.xy : v.zw;
}

void main() {
    uint row = gl_WorkGroupID.x;
    if (row >= param(params, P_NQ) * p.width) return;
    float m = NEG_INF, l = 0;
    for (uint s = 0; s < p.splits; s++) m = max(m, partRow(s * p.rows + row).x);
    for (uint s = 0; s < p.splits; s++) {
        vec2 v = partRow(s * p.rows + row);
        l += v.y * exp(v.x - m);
    }
    for (uint i = LANE; i < p.texels; i += S) {
        vec4 o = vec4(0);
        for (uint s = 0; s < p.splits; s++)
            o += texelFetch(parts, int((s * p.rows + row) * p.texels + i)) * exp(partRow(s * p.rows + row).x - m);
        outv[row * p.texels + i] = o / l;
    }
    if (LANE == 0) ml[row] = vec2(m, l);
}
