// What every kernel shares: lanes, step parameters, reductions over a subgroup.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_GOOGLE_include_directive : require

// A workgroup is one subgroup. Devices set the size by specialisation constant 0.
layout(local_size_x_id = 0) in;
const uint S = gl_WorkGroupSize.x;
#define LANE gl_SubgroupInvocationID // a constant to drivers, unlike gl_LocalInvocationID.x

const float NEG_INF = -3.0e38;

// Reductions over n neighbouring lanes, n a power of two; five times cheaper
// on a software driver than subgroupAdd. Branches on specialisation constants,
// not loops: drivers give up unrolling the code around a loop.
#define REDUCE(T, name, op)                            \
    T name(T v, uint n) {                              \
        if (n > 1) v = op(v, subgroupShuffleXor(v, 1)); \
        if (n > 2) v = op(v, subgroupShuffleXor(v, 2)); \
        if (n > 4) v = op(v, subgroupShuffleXor(v, 4)); \
        if (n > 8) v = op(v, subgroupShuffleXor(v, 8)); \
        if (n > 16) v = op(v, subgroupShuffleXor(v, 16)); \
        if (n > 32) v = op(v, subgroupShuffleXor(v, 32)); \
        return v;                                      \
    }
#define ADD(a, b) ((a) + (b))
REDUCE(float, sumLanes, ADD)
REDUCE(uint, sumLanes, ADD)
REDUCE(float, maxLanes, max)
REDUCE(float, minLanes, min)
