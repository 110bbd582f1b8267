// Finding the k highest of n scores, of equals the first, by the lanes of a team.
//
// What includes this file says where scores are: quad(i) are those with numbers
// 4*i to 4*i + 3; what it gives from score n on does not matter. With KEPT lanes
// keep theirs, of which each has at most QUADS, a constant of at most KEPT. With BITS
// scores are bits of floats, which may be infinite or no numbers.
#include "order.glsl"
#include "team.glsl"

#ifdef BITS
#define SCORE uint
#define SCORES uvec4
#else
#define SCORE float
#define SCORES vec4
#endif

// EACH_QUAD(j) is a loop over the quads that are this lane's; QUAD(j) is such a
// one, and number OWN(j) of all. A member has neighbouring ones.
uint rows = 0;
#define OWN(j) ((MEMBER * rows + (j)) * S + LANE)
#ifdef KEPT
SCORES kept[QUADS];
#define EACH_QUAD(j) [[unroll]] for (uint j = 0; j < KEPT; j++) if (j < QUADS && j < rows)
#define QUAD(j) kept[j]
#else
#define EACH_QUAD(j) for (uint j = 0; j < rows; j++)
#define QUAD(j) quad(OWN(j))
#endif

// lookAt comes before all else: there are n scores.
void lookAt(uint n) {
    rows = ((n + 3) / 4 + ALL - 1) / ALL;
#ifdef KEPT
    EACH_QUAD(j) kept[j] = quad(OWN(j));
#endif
}

#ifndef BITS
// range gives the highest and the lowest of n scores.
void range(uint n, out float top, out float low) {
    vec2 most = vec2(NEG_INF); // the lowest is the highest of negated ones
    EACH_QUAD(j) {
        vec4 s = QUAD(j);
        [[unroll]] for (uint e = 0; e < 4; e++)
            if (4 * OWN(j) + e < n) most = max(most, vec2(s[e], -s[e]));
    }
    most = teamMax(most);
    top = most.x;
    low = -most.y;
}
#endif

// Cut is what the k highest have in common: scores above the threshold, and the
// first so many of those at it. The others are counts of scores before the next
// row of quads.
struct Cut {
    uint threshold, ties;
    uint above, equal;
};

// cutAt finds the cut for the k highest of n scores between low and top.
//
// The threshold is the k-th highest score, two bits at a time: the largest one
// that at least k scores reach, or any that exactly k reach. The bits that the
// highest and the lowest score have in common need no look.
Cut cutAt(uint n, uint k, SCORE top, SCORE low) {
    Cut c = Cut(k > 0 ? 0 : 0xffffffffu, 0, 0, 0);
    if (k > 0 && k < n) {
        uint high = orderBits(top), differ = high ^ orderBits(low), at = differ == 0 ? 0 : findMSB(differ) / 2 * 2;
        c.threshold = differ == 0 ? high : high & ~((4u << at) - 1); // 4u << 30 is 0
        bool more = differ != 0;
        if (more) do {
            uvec3 reach = uvec3(0), tried = c.threshold | (uvec3(1, 2, 3) << at);
            EACH_QUAD(j) {
                SCORES s = QUAD(j);
                [[unroll]] for (uint e = 0; e < 4; e++) {
                    uint bits = 4 * OWN(j) + e < n ? orderBits(s[e]) : 0; // no score has 0
                    [[unroll]] for (uint t = 0; t < 3; t++) reach[t] += bits >= tried[t] ? 1 : 0;
                }
            }
            reach = teamSum(reach);
            uint digit = reach.z >= k ? 3 : reach.y >= k ? 2 : reach.x >= k ? 1 : 0;
            c.threshold |= digit << at;
            more = at > 0 && !(digit > 0 && reach[digit - 1] == k);
            at -= 2;
        } while (more);
    }
    uvec3 counts = uvec3(0);
    EACH_QUAD(j) {
        SCORES s = QUAD(j);
        [[unroll]] for (uint e = 0; e < 4; e++) {
            bool in_ = 4 * OWN(j) + e < n;
            counts.x += in_ && orderBits(s[e]) > c.threshold ? 1 : 0;
            counts.y += in_ && orderBits(s[e]) == c.threshold ? 1 : 0;
        }
    }
    uvec2 all, before = beforeMember(sumLanes(counts, S).xy, all);
    c.ties = k - min(k, all.x);
    c.above = before.x;
    c.equal = before.y;
    return c;
}

// ranks says which scores of a row's quads are among the highest, and the rank
// in order of numbers that the first of them has or would have. Row after row.
void ranks(SCORES s, uint i, uint n, inout Cut c, out bool chosen[4], out uint rank) {
    uint above[4], equal[4], own = 0; // both counts in one number, for one scan
    [[unroll]] for (uint e = 0; e < 4; e++) {
        bool in_ = 4 * i + e < n;
        above[e] = in_ && orderBits(s[e]) > c.threshold ? 1 : 0;
        equal[e] = in_ && orderBits(s[e]) == c.threshold ? 1 : 0;
        own += above[e] + (equal[e] << 16);
    }
    uint upTo = scanLanes(own, S), all = subgroupShuffle(upTo, S - 1), before = upTo - own;
    uint tie = c.equal + (before >> 16);
    rank = c.above + (before & 0xffffu) + min(tie, c.ties);
    [[unroll]] for (uint e = 0; e < 4; e++) {
        chosen[e] = above[e] == 1 || (equal[e] == 1 && tie < c.ties);
        tie += equal[e];
    }
    c.above += all & 0xffffu;
    c.equal += all >> 16;
}
