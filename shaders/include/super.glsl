// Two-level selection: blocks are first scored by compact representatives,
// per key-value head and in 8 bits, and super-blocks by the best of theirs.
const uint SUPER = 4;  // consecutive blocks of a super-block (Super in compact.go)
const uint HEADER = 4; // words of a list of super-blocks before their ids: how many; z, z*x and the reference of the rest
