// What members of a team tell each other, a few words each; of a team of one
// nothing is left of it. All lanes of all members must call these.
const uint ALL = S * TEAM; // lanes of a team
#define OF_ALL (MEMBER * S + LANE)

shared uvec4 told[TEAM > 1 ? 2 * TEAM : 1];
uint turn = 0; // halves of told are used in turn: whoever writes one has passed a barrier since it was read

void tell(uvec4 v) {
    turn ^= 1;
    if (LANE == 0) told[turn * TEAM + MEMBER] = v;
    barrier();
}
uvec4 heard(uint member) { return told[turn * TEAM + member]; }

// fromFirst is what the first lane of all has.
uint fromFirst(uint v) {
    v = subgroupShuffle(v, 0);
    if (TEAM > 1) {
        tell(uvec4(v, 0, 0, 0));
        v = heard(0).x;
    }
    return v;
}

REDUCE(uvec3, sumLanes, ADD)

// teamSum is the sum over all lanes.
uvec3 teamSum(uvec3 v) {
    v = sumLanes(v, S);
    if (TEAM > 1) {
        tell(uvec4(v, 0));
        v = uvec3(0);
        for (uint m = 0; m < TEAM; m++) v += heard(m).xyz;
    }
    return v;
}
vec2 teamSum(vec2 v) {
    v = vec2(sumLanes(v.x, S), sumLanes(v.y, S));
    if (TEAM > 1) {
        tell(uvec4(floatBitsToUint(v), 0, 0));
        v = vec2(0);
        for (uint m = 0; m < TEAM; m++) v += uintBitsToFloat(heard(m).xy);
    }
    return v;
}

// teamMax is the highest of all lanes.
vec2 teamMax(vec2 v) {
    v = vec2(maxLanes(v.x, S), maxLanes(v.y, S));
    if (TEAM > 1) {
        tell(uvec4(floatBitsToUint(v), 0, 0));
        v = vec2(NEG_INF);
        for (uint m = 0; m < TEAM; m++) v = max(v, uintBitsToFloat(heard(m).xy));
    }
    return v;
}

// TEAM_LAST_OF lets only the last of n workgroups go on, which count themselves in a
// word of a storage buffer. It sees what the members 0 of the others wrote before,
// and has to set the word to 0 again.
#define TEAM_LAST_OF(count, n)                        \
    memoryBarrier();                                  \
    subgroupBarrier();                                \
    uint done_ = 0;                                   \
    if (OF_ALL == 0) done_ = atomicAdd(count, 1);     \
    if (fromFirst(done_) + 1 < (n)) return;           \
    memoryBarrier();

// beforeMember is the sum of what members before this one have, each the same in
// all its lanes; all becomes the sum over the team.
uvec2 beforeMember(uvec2 own, out uvec2 all) {
    all = own;
    if (TEAM == 1) return uvec2(0);
    tell(uvec4(own, 0, 0));
    uvec2 before = uvec2(0);
    all = uvec2(0);
    for (uint m = 0; m < TEAM; m++) {
        if (m == MEMBER) before = all;
        all += heard(m).xy;
    }
    return before;
}
