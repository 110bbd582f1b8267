#version 450
// y (tokens, rows) = x (tokens, cols) * weights (rows, cols)^T by cooperative
// matrices, for windows of many tokens. What goes in are halves (halve.comp, and
// weights rounded to them), sums are floats.
// One workgroup: a tile of R*S rows by T tokens. In each stage a team puts COLS
// columns of both into shared memory; each member multiplies its matrices of 16
// rows by 16 tokens of the tile, while what the next stage needs is fetched. The
// sums return through shared memory to where matmul.comp puts them.
#extension GL_GOOGLE_include_directive : require
#define OWN_ROOM
#include "common.glsl"
#include "weights.glsl"
#include "params.glsl"
#include "halves.glsl"

layout(constant_id = 1) const uint R = 2;        // rows of a lane that are in the tile: 2 or 4
layout(constant_id = 2) const uint EPILOGUE = 0; // 0 store, 1 add to y, 2 silu(gate)*up
layout(constant_id = 3) const uint T = 32;       // a multiple of 16

layout(binding = 0) uniform usamplerBuffer weights;
layout(binding = 1) uniform usamplerBuffer x;     // (tokens, blocks*32) halves
layout(binding = 2) uniform isamplerBuffer scale; // (tokens) floats by which results are multiplied
layout(binding = 3) uniform isamplerBuffer params;
layout(push_constant) uniform Push {
    uint rows;    // rows stored (for EPILOGUE 2: of the product)
    uint blocks;  // cols / 32, rounded up
    uint yStride; // floats from one token's y to the next
    uint yOffset; // floats before the first row
#ifdef PLACE
    uint heads; // from here on as place.glsl says
    uint group;
    uint window;
    uint pairs;
#endif
} p;

#ifdef PLACE
#include "place.glsl"
#else
layout(binding = 4) uniform isamplerBuffer residual; // y before, bits of floats
layout(std430, binding = 5) writeonly buffer Y { float y[]; };
#endif

// Places in shared memory are counted in 16 bytes. One more than needed after
// each row keeps neighbouring rows in different banks.
const uint THREADS = TEAM * S, ROWS = R * S;
const uint COLS = 256 / R;                                       // so that a member has S rows of a block to fetch
const uint STRIDE = COLS / 8 + 1, INPUTS = ROWS * STRIDE;        // of weights, and behind them inputs
const uint SUMS_STRIDE = ROWS / 4 + 1;                           // of a token's sums, in place of both
const uint ROOM_1 = (ROWS + T) * STRIDE, ROOM_2 = T * SUMS_STRIDE;
shared uvec4 room[ROOM_1 > ROOM_2 ? ROOM_1 : ROOM_2];
#include "matrices.glsl"

const uint ROW_BLOCKS = ROWS * COLS / 32, OCTETS_IN = T * COLS / 8; // of a stage
const uint OWN_ROWS = (ROW_BLOCKS + THREADS - 1) / THREADS, OWN_INPUTS = (OCTETS_IN + THREADS - 1) / THREADS;
const uint PARTS = 4 / R; // workgroups that share the rows of a lane; each has some of gate and the same of up
const uint HIGH = ROWS / 16, MATRICES = HIGH * T / 16, OWN = (MATRICES + TEAM - 1) / TEAM;

// rowOfLane says which of a lane's four rows is number i of those in the tile.
uint rowOfLane(uint part, uint i) { return EPILOGUE == 2 ? i * PARTS + part : part * R + i; }

float sum(uint token, uint row) { return uintBitsToFloat(room[token * SUMS_STRIDE + row / 4][row % 4]); }

void main() {
    uint thread = MEMBER * S + LANE;
    uint n = param(params, P_NQ), t0 = gl_WorkGroupID.y * T;
    if (t0 >= n) return;
    uint tile = gl_WorkGroupID.x / PARTS, part = gl_WorkGroupID.x % PARTS;

    SUMS acc[OWN];
    UNROLL for (uint j = 0; j < OWN; j++) ZERO(acc[j]);
    Row own[OWN_ROWS];
    uvec4 ins[OWN_INPUTS];
#define FETCH(b0)                                                                                            \
    UNROLL for (uint j = 0; j < OWN_ROWS; j++) {                                                             \
        uint i = j * THREADS + thread, b = (b0) + i / ROWS;                                                  \
        if (i < ROW_BLOCKS && b < p.blocks)                                                                  \
            fetchRow(weights, (tile * p.blocks + b) * TEXELS, i % S, rowOfLane(part, i % ROWS / S), own[j]); \
        else {                                                                                               \
            UNROLL for (uint q = 0; q < QUADS; q++) own[j].q[q] = uvec4(0);                                  \
            own[j].d = uvec2(0);                                                                             \
        }                                                                                                    \
    }                                                                                                        \
    UNROLL for (uint j = 0; j < OWN_INPUTS; j++) {                                                           \
        uint i = j * THREADS + thread, token = i / (COLS / 8), octet = (b0) * 4 + i % (COLS / 8);            \
        ins[j] = uvec4(0);                                                                                   \
        if (i < OCTETS_IN && octet < p.blocks * 4)                                                           \
            ins[j] = texelFetch(x, int(min(t0 + token, n - 1) * p.blocks * 4 + octet));                      \
    }
    FETCH(0)
    for (uint b0 = 0; b0 < p.blocks; b0 += COLS / 32) {
        barrier(); // the last stage has been multiplied
        UNROLL for (uint j = 0; j < OWN_ROWS; j++) {
            uint i = j * THREADS + thread;
            if (i < ROW_BLOCKS) {
                UNROLL for (uint o = 0; o < 4; o++) room[i % ROWS * STRIDE + i / ROWS * 4 + o] = rowHalves(own[j], o);
            }
        }
        UNROLL for (uint j = 0; j < OWN_INPUTS; j++) {
            uint i = j * THREADS + thread;
            if (i < OCTETS_IN) room[INPUTS + i / (COLS / 8) * STRIDE + i % (COLS / 8)] = ins[j];
        }
        barrier();
        FETCH(b0 + COLS / 32)
        UNROLL for (uint k = 0; k < COLS / 16; k++) {
            LEFT a;
            UNROLL for (uint j = 0; j < OWN; j++) {
                uint m = j * TEAM + MEMBER;
                if (MATRICES % TEAM != 0 && m >= MATRICES) continue;
                RIGHT b;
                if (j == 0 || TEAM % HIGH != 0) LOAD_LEFT(a, m % HIGH * 16 * STRIDE + 2 * k, STRIDE);
                LOAD_RIGHT(b, INPUTS + m / HIGH * 16 * STRIDE + 2 * k, STRIDE);
                MULTIPLY_ADD(a, b, acc[j]);
            }
        }
    }
    barrier();
    UNROLL for (uint j = 0; j < OWN; j++) {
        uint m = j * TEAM + MEMBER;
        if (MATRICES % TEAM != 0 && m >= MATRICES) continue;
        STORE_COLUMNS(acc[j], m / HIGH * 16 * SUMS_STRIDE + m % HIGH * 4, SUMS_STRIDE);
    }
    barrier();
#ifdef PLACE
    for (uint i = thread; i < T * ROWS / 8; i += THREADS) {
        uint token = i / (ROWS / 8), octet = i % (ROWS / 8), row = gl_WorkGroupID.x * ROWS + 8 * octet;
        if (t0 + token >= n || row >= p.rows) continue;
        float f = intBitsToFloat(texelFetch(scale, int(t0 + token)).x);
        uint at = token * SUMS_STRIDE + 2 * octet;
        place(t0 + token, (p.yOffset + row) / 8, uintBitsToFloat(room[at]) * f, uintBitsToFloat(room[at + 1]) * f);
    }
#else
    const uint STORED = EPILOGUE == 2 ? ROWS / 2 : ROWS;
    for (uint i = thread; i < T * STORED; i += THREADS) {
        uint token = i / STORED, r = i % STORED, row = gl_WorkGroupID.x * STORED + r;
        if (t0 + token >= n || row >= p.rows) continue;
        float f = intBitsToFloat(texelFetch(scale, int(t0 + token)).x), v = sum(token, r) * f;
        uint at = (t0 + token) * p.yStride + p.yOffset + row;
        if (EPILOGUE == 1) v += intBitsToFloat(texelFetch(residual, int(at)).x);
        if (EPILOGUE == 2) v = v / (1 + exp(-v)) * sum(token, r + STORED) * f;
        y[at] = v;
    }
#endif
}
