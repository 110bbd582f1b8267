// The tokens that received the most attention: pickTop finds, of n tokens from
// position first on, the `top` with the highest accumulated weight in a query
// head, leaves their indices in picked, best first, and returns how many they
// are. Of equals the first goes before.
const uint MAX_TOP = 64; // MaxTop in seal.go
shared uint pickedBy[TEAM * MAX_TOP]; // each member of a team picks for itself
#define picked(i) pickedBy[MEMBER * MAX_TOP + (i)]

// acc is (heads, ring), bits of floats.
uint pickTop(isamplerBuffer acc, uint head, uint ring, uint first, uint n, uint top) {
    top = min(min(top, n), MAX_TOP);
    float last = -NEG_INF; // the next one comes after the token `at` of weight last
    uint at = 0;
    subgroupBarrier(); // nobody reads the tokens of an earlier call any more
    for (uint j = 0; j < top; j++) {
        float best = NEG_INF, mine = float(n - 1); // floats hold indices exactly
        for (uint i = LANE; i < n; i += S) {
            float w = intBitsToFloat(texelFetch(acc, int(head * ring + (first + i) % ring)).x);
            if (w > best && (w < last || (w == last && i > at))) {
                best = w;
                mine = float(i);
            }
        }
        last = maxLanes(best, S);
        at = uint(minLanes(best == last ? mine : float(n - 1), S));
        if (LANE == 0) picked(j) = at;
    }
    subgroupBarrier();
    return top;
}
