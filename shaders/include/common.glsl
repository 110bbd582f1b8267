// What every kernel shares: lanes, step parameters, reductions over a subgroup.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_GOOGLE_include_directive : require

// A workgroup is one subgroup, of a size that devices set by specialisation
// constant 0, or a team of several in kernels that define ROOM: the floats that
// a lane leaves the other members by TEAM_SUM, or OWN_ROOM: they share in their way.
#if defined(ROOM) || defined(OWN_ROOM)
layout(constant_id = 15) const uint TEAM = 1;
layout(local_size_x_id = 0, local_size_y_id = 15) in;
#else
layout(local_size_x_id = 0) in;
#endif
const uint S = gl_WorkGroupSize.x;
#define LANE gl_SubgroupInvocationID // a constant to drivers, unlike gl_LocalInvocationID.x

const float NEG_INF = -3.0e38;

// Loops with much in them test at their end. Software drivers run both sides of a
// branch, with lanes switched off, and leave a loop only at its end: one that tests
// at its beginning runs its body once more, for no lane.

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

// TEAM_SUM gives every member of the team the sums of numbers first to first+n-1
// of v that the members' lanes have, n <= ROOM <= 8; with TEAM_SUM_OWN member m
// gets those of every TEAM-th number, from number first+m on. Between two uses of
// a kernel goes a TEAM_BARRIER.
#if defined(ROOM) || defined(OWN_ROOM)
#define MEMBER (TEAM > 1 ? gl_SubgroupID : 0)
#else
const uint TEAM = 1, MEMBER = 0;
#endif
#ifdef ROOM
shared float room[TEAM > 1 ? TEAM * S * (ROOM) : 1];
#define TEAM_BARRIER() if (TEAM > 1) barrier()
#define TEAM_SUM(v, first, n) TEAM_SUM_OF(v, first, n, true)
#define TEAM_SUM_OWN(v, first, n) TEAM_SUM_OF(v, first, n, i_ % TEAM == MEMBER)
#define TEAM_SUM_OF(v, first, n, wanted)                                                                    \
    if (TEAM > 1) {                                                                                         \
        [[unroll]] for (uint i_ = 0; i_ < (n); i_++) room[(MEMBER * (n) + i_) * S + LANE] = v[(first) + i_]; \
        barrier();                                                                                          \
        [[unroll]] for (uint i_ = 0; i_ < (n); i_++) if (wanted) {                                          \
            float sum_ = 0;                                                                                 \
            [[unroll]] for (uint m_ = 0; m_ < TEAM; m_++) sum_ += room[(m_ * (n) + i_) * S + LANE];         \
            v[(first) + i_] = sum_;                                                                         \
        }                                                                                                   \
    }
#else
#define TEAM_SUM(v, first, n)
#endif
