#version 450
// y (rows) = f(x) (cols) * weights (rows, cols)^T for the only token of a step, as
// matmul.comp computes it, on devices with more processors than a matrix has tiles of
// 4*S rows. One workgroup: LANE_ROWS of a lane's four rows of a tile, number part and with
// it, if LANE_ROWS is 2, the one two behind it, of gate and up the same row. Lanes wait
// long for memory there, so they fetch AHEAD blocks before they use the first. A team
// shares the columns.
#extension GL_GOOGLE_include_directive : require
#define ROOM (LANE_ROWS + 1)
#include "common.glsl"
#include "weights.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint NORM = 0;     // 1: x is RMS-normalised and multiplied by gain
layout(constant_id = 2) const uint EPILOGUE = 0; // 0 store, 1 add to y, 2 silu(gate)*up

layout(binding = 0) uniform usamplerBuffer weights;
layout(binding = 1) uniform samplerBuffer x;    // (cols)
layout(binding = 2) uniform samplerBuffer gain; // (cols)
layout(binding = 3) uniform isamplerBuffer params;
#include "product.glsl"
#ifdef PLACE
shared float done[S]; // rows
#endif

const uint AHEAD = 4 / LANE_ROWS;
const uint XL = 8; // lanes that fetch the 32 inputs of a block, 4 each; subgroups have as many

void main() {
    uint lane = LANE, tile = gl_WorkGroupID.x, part = gl_WorkGroupID.y;
    if (param(params, P_NQ) == 0) return;
    float acc[LANE_ROWS + 1]; // the last: squares of the inputs
    [[unroll]] for (uint i = 0; i <= LANE_ROWS; i++) acc[i] = 0;

    for (uint b0 = MEMBER; b0 < p.blocks; b0 += TEAM * AHEAD) {
        Block k[AHEAD];
        vec4 xs[AHEAD];
        [[unroll]] for (uint a = 0; a < AHEAD; a++) {
            uint b = b0 + a * TEAM, at = min(b, p.blocks - 1);
            [[unroll]] for (uint i = 0; i < LANE_ROWS; i++) loadRow(weights, (tile * p.blocks + at) * TEXELS, lane, part + 2 * i, i, k[a]);
            xs[a] = b < p.blocks ? texelFetch(x, int(at * 8 + lane % XL)) : vec4(0);
        }
        [[unroll]] for (uint a = 0; a < AHEAD; a++) {
            uint b = min(b0 + a * TEAM, p.blocks - 1);
            if (NORM == 1) {
                acc[LANE_ROWS] += dot(xs[a], xs[a]);
                xs[a] *= texelFetch(gain, int(b * 8 + lane % XL));
            }
#ifdef OFFSETS
            float sum = sumLanes(dot(xs[a], vec4(1)), XL); // of the inputs
#endif
            xs[a] *= unshift(lane);
#ifdef GROUP
            float group[LANE_ROWS];
            [[unroll]] for (uint i = 0; i < LANE_ROWS; i++) group[i] = 0;
#endif
            [[unroll]] for (uint c = 0; c < 32; c++) {
                float v = subgroupShuffle(xs[a][c % 4], c / 4);
                vec4 w = numbers(k[a], c);
                [[unroll]] for (uint i = 0; i < LANE_ROWS; i++) {
#ifdef GROUP
                    group[i] += w[i] * v;
                    if ((c + 1) % GROUP == 0) {
                        vec2 dm = scales(k[a], i, c / GROUP);
                        acc[i] += dm.x * group[i];
#ifdef OFFSETS
                        acc[i] += dm.y * sum;
#endif
                        group[i] = 0;
                    }
#else
                    acc[i] += w[i] * v;
#endif
                }
            }
        }
    }

    TEAM_SUM(acc, 0, LANE_ROWS + 1)
    float scale = NORM == 1 ? inversesqrt(sumLanes(acc[LANE_ROWS], XL) / p.cols + p.eps) : 1;
#ifdef PLACE
    if (MEMBER == 0) done[lane] = acc[0] * scale;
    subgroupMemoryBarrierShared();
    subgroupBarrier();
    TEAM_BARRIER();
    uint row = (4 * tile + part) * S + 8 * lane; // of the octet
    if (MEMBER == 0 && lane < S / 8 && row < p.rows) {
        vec4 v[2];
        [[unroll]] for (uint e = 0; e < 8; e++) v[e / 4][e % 4] = done[8 * lane + e];
        place(0, (p.yOffset + row) / 8, v[0], v[1]);
    }
#else
    if (MEMBER != 0) return;
    if (EPILOGUE == 2) {
        uint row = (2 * tile + part) * S + lane;
        float g = acc[0] * scale;
        if (row < p.rows) y[p.yOffset + row] = g / (1 + exp(-g)) * acc[LANE_ROWS - 1] * scale;
        return;
    }
    [[unroll]] for (uint i = 0; i < LANE_ROWS; i++) {
        uint row = (4 * tile + part + 2 * i) * S + lane;
        float v = acc[i] * scale;
        if (row < p.rows) {
            if (EPILOGUE == 1) v += intBitsToFloat(texelFetch(residual, int(p.yOffset + row)).x);
            y[p.yOffset + row] = v;
        }
    }
#endif
}
