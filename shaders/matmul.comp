#version 450
// y (tokens, rows) = f(x) (tokens, cols) * weights (rows, cols)^T
// One workgroup: a tile of 4*S rows by T tokens. Each lane owns four rows; the
// inputs of a token are fetched once per subgroup and shuffled to all lanes.
// NORM fuses RMSNorm into the load of x: the gain multiplies x, and the scale
// 1/rms, which needs all of x, multiplies the result. A team shares the columns.
// With PLACE rows are those of queries, keys and values, which go where attention
// reads them (place.glsl). QUANTIZED, inputs are integers that quantize.comp has made,
// and so are the products of a block (ints.glsl).
#extension GL_GOOGLE_include_directive : require
#ifdef QUANTIZED
#define ROOM 8
#else
#define ROOM (T > 1 ? T : 5)
#endif
#include "common.glsl"
#include "weights.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint NORM = 0;     // 1: x is RMS-normalised and multiplied by gain
layout(constant_id = 2) const uint EPILOGUE = 0; // 0 store, 1 add to y, 2 silu(gate)*up
layout(constant_id = 3) const uint LAST = 0;     // 1: only the step's last token, stored as row 0

layout(binding = 0) uniform usamplerBuffer weights;
#ifdef QUANTIZED
#include "ints.glsl"
layout(binding = 2) uniform isamplerBuffer productScale; // (tokens) bits of floats: of products
#else
layout(binding = 1) uniform samplerBuffer x;        // (tokens, cols)
layout(binding = 2) uniform samplerBuffer gain;     // (cols)
#endif
layout(binding = 3) uniform isamplerBuffer params;
#include "product.glsl"
#ifdef PLACE
shared float done[T * 4 * S]; // (tokens, rows)
#endif

#ifndef QUANTIZED
// 32 inputs of a token come in one fetch of 4 floats by 8 lanes, or two by 4.
// The second is a branch, not a loop: drivers unroll loops before they know S.
const uint XL = S < 8 ? 4 : 8;
const uint NF = 2;
#define LOAD_INPUTS(f)                                                        \
    {                                                                         \
        int at = int(b * 8 + f * 4);                                          \
        vec4 g = vec4(1);                                                     \
        if (NORM == 1) g = texelFetch(gain, at + int(lane % XL));             \
        [[unroll]] for (uint t = 0; t < T; t++) {                             \
            vec4 v = texelFetch(x, int(xBase[t]) + at);                       \
            if (NORM == 1) {                                                  \
                SQUARES(t) += dot(v, v);                                      \
                v *= g;                                                       \
            }                                                                 \
            xs[t * NF + f] = v;                                               \
        }                                                                     \
    }

// Adds the products of a block for N tokens together, from t0_ on. Vectors of 256 bits
// have 16 registers where those of 512 have 32: there two tokens' sums stay in them.
#define PRODUCTS(t0_, N)                                                                   \
    [[unroll]] for (uint c = 0; c < 32; c++) {                                             \
        vec4 w = numbers(k, c);                                                            \
        [[unroll]] for (uint t = t0_; t < t0_ + N; t++) {                                  \
            float v = subgroupShuffle(xs[t * NF + c / 4 / XL][c % 4], c / 4 % XL);         \
            [[unroll]] for (uint r = 0; r < 4; r++) part[r * T + t] += w[r] * v;           \
        }                                                                                  \
        END_GROUP(t0_, N)                                                                  \
    }
#ifdef GROUP
#define END_GROUP(t0_, N)                                                                  \
    if ((c + 1) % GROUP == 0) {                                                            \
        [[unroll]] for (uint r = 0; r < 4; r++) {                                          \
            vec2 dm = scales(k, r, c / GROUP);                                             \
            [[unroll]] for (uint t = t0_; t < t0_ + N; t++) {                              \
                acc[r * T + t] += dm.x * part[r * T + t];                                  \
                ADD_OFFSET(r, t)                                                           \
                part[r * T + t] = 0;                                                       \
            }                                                                              \
        }                                                                                  \
    }
#else
#define END_GROUP(t0_, N)
#endif
#ifdef OFFSETS
#define ADD_OFFSET(r, t) acc[r * T + t] += dm.y * sums[t];
#else
#define ADD_OFFSET(r, t)
#endif
#endif

#define SQUARES(t) acc[4 * T + (t)] // of the inputs

void main() {
    uint lane = LANE, tile = gl_WorkGroupID.x;
    uint n = param(params, P_NQ), t0 = gl_WorkGroupID.y * T;
    if (LAST == 1) t0 = n - 1;
    if (t0 >= n) return;

#ifndef QUANTIZED
    uint xBase[T];
    [[unroll]] for (uint t = 0; t < T; t++) xBase[t] = min(t0 + t, n - 1) * p.xStride + lane % XL;
#endif
    float acc[5 * T];
    [[unroll]] for (uint i = 0; i < 5 * T; i++) acc[i] = 0;

    uint b = MEMBER;
    if (b < p.blocks) do {
        Block k;
        loadBlock(weights, (tile * p.blocks + b) * TEXELS, lane, k);
#ifdef QUANTIZED
        addProducts(k, b, p.blocks, t0, n, acc);
#else
        vec4 xs[T * NF];
        LOAD_INPUTS(0)
        if (XL == 4) LOAD_INPUTS(1)
#ifdef GROUP
        float part[4 * T];
        [[unroll]] for (uint i = 0; i < 4 * T; i++) part[i] = 0;
#else
#define part acc
#endif
#ifdef OFFSETS
        float sums[T]; // of the inputs
        [[unroll]] for (uint t = 0; t < T; t++) {
            float sum = dot(xs[t * NF], vec4(1));
            if (XL == 4) sum += dot(xs[t * NF + 1], vec4(1));
            sums[t] = sumLanes(sum, XL);
        }
#endif
        [[unroll]] for (uint i = 0; i < T * NF; i++) xs[i] *= unshift(lane);
#if T == 8
        if (S <= 8) {
            PRODUCTS(0, 2)
            PRODUCTS(2, 2)
            PRODUCTS(4, 2)
            PRODUCTS(6, 2)
        } else
#endif
            PRODUCTS(0, T)
#endif
    } while ((b += TEAM) < p.blocks);

    if (T == 1) {
        TEAM_SUM(acc, 0, 5)
    } else {
        [[unroll]] for (uint i = 0; i < (NORM == 1 ? 5 : 4) * T; i += ROOM) {
            if (i > 0) TEAM_BARRIER();
            TEAM_SUM_OWN(acc, i, ROOM)
        }
    }
    [[unroll]] for (uint t = 0; t < T; t++) {
        if (t % TEAM != MEMBER) continue;
#ifdef QUANTIZED
        float scale = intBitsToFloat(texelFetch(productScale, int(min(t0 + t, n - 1))).x);
#else
        float scale = NORM == 1 ? inversesqrt(sumLanes(SQUARES(t), XL) / p.cols + p.eps) : 1;
#endif
        bool live = t0 + t < n;
#ifdef PLACE
        [[unroll]] for (uint r = 0; r < 4; r++) done[(t * 4 + r) * S + lane] = acc[r * T + t] * scale;
#else
        uint out0 = (LAST == 1 ? 0 : t0 + t) * p.yStride + p.yOffset;
        if (EPILOGUE == 2) {
            [[unroll]] for (uint r = 0; r < 2; r++) {
                uint row = tile * 2 * S + r * S + lane;
                float g = acc[r * T + t] * scale;
                if (live && row < p.rows) y[out0 + row] = g / (1 + exp(-g)) * acc[(r + 2) * T + t] * scale;
            }
        } else {
            [[unroll]] for (uint r = 0; r < 4; r++) {
                uint row = tile * 4 * S + r * S + lane;
                float v = acc[r * T + t] * scale;
                if (live && row < p.rows) {
                    if (EPILOGUE == 1) v += intBitsToFloat(texelFetch(residual, int(out0 + row)).x);
                    y[out0 + row] = v;
                }
            }
        }
#endif
    }
#ifdef PLACE
    subgroupMemoryBarrierShared();
    subgroupBarrier();
    TEAM_BARRIER();
    const uint OF_TOKEN = S / 2; // octets of the tile
    [[unroll]] for (uint i0 = 0; i0 < T * OF_TOKEN; i0 += TEAM * S) {
        uint i = i0 + MEMBER * S + lane, token = i / OF_TOKEN, octet = i % OF_TOKEN, row = tile * 4 * S + 8 * octet;
        if (token < T && t0 + token < n && row < p.rows) {
            vec4 v[2];
            [[unroll]] for (uint e = 0; e < 8; e++) v[e / 4][e % 4] = done[8 * i + e];
            place(t0 + token, (p.yOffset + row) / 8, v[0], v[1]);
        }
    }
#endif
}
