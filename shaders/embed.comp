#version 450
// Rows of the token embedding for a step's tokens. One lane: 32 columns of one
// token. Grid: blocks of a row / S, tokens.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "weights.glsl"
#include "params.glsl"

layout(binding = 0) uniform usamplerBuffer weights; // packed (vocabulary, cols)
layout(binding = 1) uniform isamplerBuffer params;
layout(std430, binding = 2) writeonly buffer X { float x[]; }; // (tokens, stride)
layout(push_constant) uniform Push {
    uint blocks; // cols / 32, rounded up
    uint cols;
    uint stride; // floats from one token to the next
    uint first;  // id of the matrix's first row: a large vocabulary lies in several
    uint rows;
} p;

void main() {
    uint b = gl_WorkGroupID.x * S + LANE, token = gl_WorkGroupID.y;
    if (token >= param(params, P_NQ) || b >= p.blocks) return;
    uint id = param(params, P_TOKENS + int(token)) - p.first;
    if (id >= p.rows) return; // wraps for ids below first
    uint tile = id / (4 * S), row = id / S % 4;
    Block k;
    loadBlock(weights, (tile * p.blocks + b) * TEXELS, id % S, k);
    [[unroll]] for (uint c = 0; c < 32; c++) {
        float v = numbers(k, c)[row] * unshift(c / 4)[c % 4];
#ifdef GROUP
        vec2 dm = scales(k, row, c / GROUP);
        v = v * dm.x + dm.y;
#endif
        if (b * 32 + c < p.cols) x[token * p.stride + b * 32 + c] = v;
    }
}
