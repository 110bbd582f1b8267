// What choosing by scores needs.

// Order-preserving bits of a float; both zeros are the same.
uint orderBits(float v) {
    uint u = v == 0 ? 0 : floatBitsToUint(v);
    return (u & 0x80000000u) != 0 ? ~u : u | 0x80000000u;
}

// scanLanes is the sum of v over this lane and those before it.
uint scanLanes(uint v, uint n) {
    [[unroll]] for (uint d = 1; d < 64; d *= 2) {
        uint before = subgroupShuffle(v, LANE >= d ? LANE - d : LANE);
        if (d < n && LANE >= d) v += before;
    }
    return v;
}
