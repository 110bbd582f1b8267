#version 450
// The question's vector: per query head, the mean of the question's queries
// whose tokens received the most attention so far (docs/actqkv.md, "Block
// scores"). A step without tokens of the question leaves it as it is.
// One workgroup: one query head.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "top.glsl"

layout(binding = 0) uniform samplerBuffer queries; // (2, window, width, dim)
layout(binding = 1) uniform isamplerBuffer acc;    // (width, ring), bits of floats
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Question { vec4 question[]; }; // (width, dim)
layout(push_constant) uniform Push {
    uint texels; // width * dim / 4
    uint first;  // texel of the first query, rotated by n_local-1
    uint width;  // query heads
    uint top;    // queries per head
} p;

void main() {
    uint head = gl_WorkGroupID.x, from = param(params, P_QUESTION0), n = param(params, P_QUESTIONS);
    if (n == 0) return;
    uint top = pickTop(acc, head, param(params, P_RING), param(params, P_POS) + from, n, p.top);
    uint texels = p.texels / p.width;
    for (uint f = LANE; f < texels; f += S) {
        vec4 sum = vec4(0);
        for (uint i = 0; i < top; i++)
            sum += texelFetch(queries, int(p.first + (from + picked(i)) * p.texels + head * texels + f));
        question[head * texels + f] = sum / top;
    }
}
