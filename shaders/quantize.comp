#version 450
// The inputs of a matmul as integers: a token's x, times gain with NORM, over a scale d
// of every block of 32 columns, so that magnitudes of a block add up to LARGEST. Of a
// block there are five texels. Word j of texel i < 4 has column 8i+4+j and, times 2^16,
// column 8i+j; the last one has d, d * sum of the integers, what sums of products begin
// with (ints.glsl) and 0. scale is what products are to be multiplied by: 1, or 1/rms
// with NORM.
// A lane has a token; a team shares its blocks.
#extension GL_GOOGLE_include_directive : require
#define ROOM 1
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint NORM = 0;

layout(binding = 0) uniform samplerBuffer x;    // (tokens, cols)
layout(binding = 1) uniform samplerBuffer gain; // (cols)
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Quants { uvec4 quants[]; }; // (tokens, blocks, 5)
layout(std430, binding = 4) writeonly buffer Scale { float scale[]; };   // (tokens)
layout(push_constant) uniform Push {
    uint blocks;  // of 32 columns
    uint xStride; // texels from one token's x to the next
    float eps;
    float cols;
} p;

const uint XL = S < 8 ? 4 : 8; // lanes that hold the gains of a block
const float LARGEST = 4078; // rounding adds up to 16, and 8 * 4095 < 2^15

void main() {
    uint n = param(params, P_NQ), token = gl_WorkGroupID.x * S + LANE, from = min(token, n - 1) * p.xStride;
    if (gl_WorkGroupID.x * S >= n) return;
    float squares[1] = float[](0);
    uint b = MEMBER;
    if (b < p.blocks) do {
        vec4 gains = NORM == 1 ? texelFetch(gain, int(8 * b + LANE % XL)) : vec4(1), more = vec4(1);
        if (NORM == 1 && XL == 4) more = texelFetch(gain, int(8 * b + 4 + LANE % XL));
        vec4 v[8], sizes = vec4(0);
        [[unroll]] for (uint i = 0; i < 8; i++) {
            v[i] = texelFetch(x, int(from + 8 * b + i));
            squares[0] += dot(v[i], v[i]);
            if (NORM == 1) v[i] *= subgroupShuffle(i < XL ? gains : more, i % XL);
            sizes += abs(v[i]);
        }
        float size = sizes.x + sizes.y + sizes.z + sizes.w, d = size / LARGEST, inverse = size > 0 ? LARGEST / size : 0;
        ivec4 upper = ivec4(0), lower = ivec4(0);
        uvec4 words[4];
        [[unroll]] for (uint i = 0; i < 4; i++) {
            ivec4 high = ivec4(roundEven(v[2 * i] * inverse)), low = ivec4(roundEven(v[2 * i + 1] * inverse));
            upper += high;
            lower += low;
            words[i] = uvec4((high << 16) + low);
        }
        int below = lower.x + lower.y + lower.z + lower.w, sum = below + upper.x + upper.y + upper.z + upper.w;
        if (token < n) {
            uint to = (token * p.blocks + b) * 5;
            [[unroll]] for (uint i = 0; i < 4; i++) quants[to + i] = words[i];
            quants[to + 4] = uvec4(floatBitsToUint(d), floatBitsToUint(d * float(sum)), 0x8000 - 8 * below - (8 * sum << 16), 0);
        }
    } while ((b += TEAM) < p.blocks);
    TEAM_SUM(squares, 0, 1)
    if (MEMBER == 0 && token < n) scale[token] = NORM == 1 ? inversesqrt(squares[0] / p.cols + p.eps) : 1;
}
