// Two-level selection: blocks are first scored by compact representatives,
// per key-value head and in 4 bits, and super-blocks by the best of theirs.
// A texel of compact representatives has one dimension of EACH consecutive
// blocks, 4 bits each, to which 8 was added; APART texels, of neighbouring blocks,
// have the same one.
const uint EACH = 32;
const uint APART = 8;

// compactAt is the texel of a block's dimension, of so many.
uint compactAt(uint block, uint dimension, uint dimensions) {
    return (block / (EACH * APART) * dimensions + dimension) * APART + block / EACH % APART;
}

// Words of a list, which begins at a word `at`, before the ids of its super-blocks (listHeader in coarse.go):
// how many; z, z*x and the reference of the rest; the first block behind all
// super-blocks; workgroups that are done. A list has the blocks of its super-blocks and all from there on,
// those too that were sealed since it was made.
const uint COUNTER = 5, HEADER = 6;

uint listWord(isamplerBuffer list, uint i) { return uint(texelFetch(list, int(i)).x); }

// listed is how many of `blocks` blocks a list has.
uint listed(isamplerBuffer list, uint at, uint blocks) { return listWord(list, at) * SUPER + blocks - listWord(list, at + 4); }

// listedBlock is block i of a list.
uint listedBlock(isamplerBuffer list, uint at, uint i) {
    uint chosen = listWord(list, at) * SUPER;
    return i < chosen ? listWord(list, at + HEADER + i / SUPER) * SUPER + i % SUPER : listWord(list, at + 4) + i - chosen;
}
