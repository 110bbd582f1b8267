// What choosing by scores needs.

// Order-preserving bits of a float; both zeros are the same.
uint orderBits(float v) {
    uint u = v == 0 ? 0 : floatBitsToUint(v);
    return (u & 0x80000000u) != 0 ? ~u : u | 0x80000000u;
}

// The same of a float's bits; what is no number is +Inf here, which goes before all
// numbers.
uint orderBits(uint u) {
    if ((u & 0x7fffffffu) > 0x7f800000u || u == 0x7f800000u) return 0xffffffffu;
    if (u == 0x80000000u) u = 0;
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
