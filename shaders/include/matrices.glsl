// Matrices of 16 by 16 numbers that a subgroup has together, for kernels whose
// shared memory is an array of uvec4, room. Operands are of halves, and what is
// multiplied lies one behind the other: rows of the first matrix and columns of
// the second. Strides, and places in room, are multiples of 16 bytes.
#ifndef PLAIN
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require

#define UNROLL [[unroll]]
#define LEFT coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA>
#define RIGHT coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseB>
#define SUMS coopmat<float, gl_ScopeSubgroup, 16, 16, gl_MatrixUseAccumulator>
#define ZERO(c) c = SUMS(0)
#define LOAD_LEFT(a, at, stride) coopMatLoad(a, room, at, stride, gl_CooperativeMatrixLayoutRowMajor)
#define LOAD_RIGHT(b, at, stride) coopMatLoad(b, room, at, stride, gl_CooperativeMatrixLayoutColumnMajor)
#define MULTIPLY_ADD(a, b, c) c = coopMatMulAdd(a, b, c)
#define STORE_COLUMNS(c, at, stride) coopMatStore(c, room, at, stride, gl_CooperativeMatrixLayoutColumnMajor)
#else
// The same in ordinary arithmetic, so that what is around it can be tested on
// every device. Operands stay where they are; a lane has every S-th sum. Unrolled,
// this would take software drivers minutes to compile; but for 65,536 times round
// all loops together, Mesa's goes no further.
#define UNROLL [[dont_unroll]]
struct Operand { uint at, stride; };
struct Sums { float v[256 / S]; };

#define LEFT Operand
#define RIGHT Operand
#define SUMS Sums
#define ZERO(c) UNROLL for (uint z_ = 0; z_ < 256 / S; z_++) c.v[z_] = 0
#define LOAD_LEFT(a, at, stride) a = Operand(at, stride)
#define LOAD_RIGHT(b, at, stride) b = Operand(at, stride)
#define MULTIPLY_ADD(a, b, c)                                                                           \
    UNROLL for (uint i_ = 0; i_ < 256 / S; i_++) {                                                      \
        uint e_ = i_ * S + LANE;                                                                        \
        [[unroll]] for (uint k_ = 0; k_ < 8; k_++)                                                      \
            c.v[i_] += dot(unpackHalf2x16(room[a.at + e_ % 16 * a.stride + k_ / 4][k_ % 4]),            \
                           unpackHalf2x16(room[b.at + e_ / 16 * b.stride + k_ / 4][k_ % 4]));           \
    }
#define STORE_COLUMNS(c, at, stride)                                                                    \
    UNROLL for (uint i_ = 0; i_ < 256 / S; i_++) {                                                      \
        uint e_ = i_ * S + LANE;                                                                        \
        room[(at) + e_ / 16 * (stride) + e_ % 16 / 4][e_ % 4] = floatBitsToUint(c.v[i_]);               \
    }
#endif
