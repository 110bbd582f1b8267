#version 450
// The inputs of a matmul by cooperative matrices: a token's x, times gain with
// NORM, divided by the root of their mean square and rounded to halves. So none
// exceeds sqrt(cols), whatever x is. scale is what products are to be multiplied
// by to be those of x, or of RMS-normalised x with NORM.
// One workgroup a token; a team shares the columns.
#extension GL_GOOGLE_include_directive : require
#define ROOM 2
#include "common.glsl"
#include "params.glsl"
#include "halves.glsl"

layout(constant_id = 1) const uint NORM = 0;

layout(binding = 0) uniform samplerBuffer x;    // (tokens, cols)
layout(binding = 1) uniform samplerBuffer gain; // (cols)
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer Halves { uvec4 halves[]; }; // (tokens, octets)
layout(std430, binding = 4) writeonly buffer Scale { float scale[]; };   // (tokens)
layout(push_constant) uniform Push {
    uint octets;  // of columns: whole blocks of 32
    uint xStride; // texels from one token's x to the next
    float eps;
    float cols;
} p;

void main() {
    uint token = gl_WorkGroupID.x;
    if (token >= param(params, P_NQ)) return;
    float squares[2] = float[](0, 0); // of x, and times gain
    for (uint o = MEMBER * S + LANE; o < p.octets; o += TEAM * S) {
        [[unroll]] for (uint i = 2 * o; i < 2 * o + 2; i++) {
            vec4 v = texelFetch(x, int(token * p.xStride + i));
            squares[0] += dot(v, v);
            if (NORM == 1) v *= texelFetch(gain, int(i));
            squares[1] += dot(v, v);
        }
    }
    TEAM_SUM(squares, 0, 2)
    float rms = sqrt(sumLanes(squares[1], S) / p.cols), inverse = rms > 0 ? 1 / rms : 0;
    float norm = NORM == 1 ? inversesqrt(sumLanes(squares[0], S) / p.cols + p.eps) : 1;
    if (MEMBER == 0 && LANE == 0) scale[token] = rms * norm;
    for (uint o = MEMBER * S + LANE; o < p.octets; o += TEAM * S) {
        vec4 v[2];
        [[unroll]] for (uint i = 0; i < 2; i++) {
            v[i] = texelFetch(x, int(token * p.xStride + 2 * o + i)) * inverse;
            if (NORM == 1) v[i] *= texelFetch(gain, int(2 * o + i));
        }
        halves[token * p.octets + o] = halvesOf(v[0], v[1]);
    }
}
