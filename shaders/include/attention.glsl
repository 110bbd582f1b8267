// Scores of a tile of T query rows against a chunk of R*S keys.
//
// Keys of both sets lie in one buffer: row p % ring is the key of position p
// rotated by p, for the local window; behind the ring lie the un-rotated keys, in
// the same rows as the values. A key set is a list of keys with a range of
// distances that it serves: [n_local, inf) for global keys, [0, n_local) for
// local ones.
#include "kv.glsl"

const uint C = R * S; // keys in a chunk; keys lane*R + r belong to a lane

// A row of queries lies in the registers of OL lanes, NF texels in each: lane i
// has texels i and OL + i. Further lanes have copies. A shuffle from there is
// cheaper than a fetch for every chunk of keys.
const uint OL = OCTETS / OPL; // lanes that cover a row of OCTETS octets
const uint NF = 2 * OPL;

struct Keys {
    uint pos[R]; // position of this lane's key r
    uint row[R]; // its row in the key buffer
    uint at[R];  // the row of its value
    bool live[R];
};

// globalKeys and localKeys give a lane its keys of chunk c: of the list at texel `at`
// of globals, or of positions first..last. Keys from number `rest` of the list on are
// the remainder, those of positions rem0, rem0+1, ...; those before it are n_local or
// more away from every query, which is all that counts of their positions. `turned` is
// first % ring: a division for every key would be slow on software drivers.
Keys globalKeys(usamplerBuffer globals, uint at, uint c, uint count, uint ring, uint rest, uint rem0) {
    Keys k;
    uint i0 = (c * S + LANE) * R;
    uvec4 rows = i0 < count ? texelFetch(globals, int(at + (LISTED + i0) / 4)) : uvec4(0);
    [[unroll]] for (uint r = 0; r < R; r++) { // R is 4, as are the rows of a texel
        uint i = i0 + r;
        k.live[r] = i < count;
        k.pos[r] = i < rest ? 0 : rem0 + i - rest;
        k.at[r] = k.live[r] ? rows[r] : 0;
        k.row[r] = ring + k.at[r];
    }
    return k;
}
Keys localKeys(const Rows rows_, uint c, uint first, uint last, uint ring, uint turned) {
    Keys k;
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint i = c * C + LANE * R + r;
        k.live[r] = first + i <= last;
        k.pos[r] = min(first + i, last);
        uint row = turned + k.pos[r] - first;
        k.row[r] = row < ring ? row : row - ring;
        k.at[r] = rowOf(rows_, k.pos[r]);
    }
    return k;
}

// A lane's keys of a set that serves distances [lo, hi) are each seen by queries at
// `count` positions, from `from` on.
struct Seen {
    uint from[R];
    uint count[R];
};
const uint FAR = 0x80000000u; // above all distances
Seen seenFrom(const Keys k, uint lo, uint hi) {
    Seen s;
    [[unroll]] for (uint r = 0; r < R; r++) {
        s.from[r] = k.pos[r] + lo;
        s.count[r] = k.live[r] ? hi - lo : 0;
    }
    return s;
}
bool sees(uint pos, const Seen s, uint r) { return pos - s.from[r] < s.count[r]; }

// loadQueries loads scale * row at[t] of the queries, for t < T.
void loadQueries(samplerBuffer queries, const uint at[T], float scale, inout vec4 q[T * NF]) {
    [[unroll]] for (uint t = 0; t < T; t++) {
        [[unroll]] for (uint f = 0; f < NF; f++)
            q[t * NF + f] = texelFetch(queries, int(at[t] * OCTETS * 2 + f * OL + LANE % OL)) * scale;
    }
}

// Adds the products with texels 2*o and 2*o+1 of those that q has in number f, TB rows
// together.
#define SCORE_OCTET(f, o, TB)                                                                     \
    {                                                                                             \
        float kv[R * 8];                                                                          \
        [[unroll]] for (uint r = 0; r < R; r++) {                                                 \
            float v[8];                                                                           \
            OCTET(keys, base[r] + f * (OL / 2) + o, v);                                           \
            [[unroll]] for (uint j = 0; j < 8; j++) kv[r * 8 + j] = v[j];                         \
        }                                                                                         \
        [[unroll]] for (uint b = 0; b < T / TB; b++) {                                            \
            [[unroll]] for (uint j = 0; j < 8; j++) {                                             \
                [[unroll]] for (uint i = 0; i < TB; i++) {                                        \
                    uint t = b * TB + i;                                                          \
                    float x = subgroupShuffle(q[t * NF + f][j % 4], 2 * o + j / 4);               \
                    [[unroll]] for (uint r = 0; r < R; r++) s[r * T + t] += kv[r * 8 + j] * x;    \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
    }

// As many rows as registers hold: vectors of 256 bits have 16 where those of 512 have 32.
const uint MANY = T % 4 == 0 ? 4 : T, FEW = T % 4 == 0 ? 2 : T;

// scores gives s[r*T + t] = q_t . k_r.
void scores(usamplerBuffer keys, const Keys k, uint head, uint heads, const vec4 q[T * NF], out float s[R * T]) {
    [[unroll]] for (uint i = 0; i < R * T; i++) s[i] = 0;
    uint base[R];
    [[unroll]] for (uint r = 0; r < R; r++) base[r] = (k.row[r] * heads + head) * OCTETS;
    [[unroll]] for (uint f = 0; f < NF; f++) {
        // Software drivers shuffle best from constant lanes; for graphics cards the
        // code would be too long.
        if (S < 16) {
            [[unroll]] for (uint o = 0; o < OL / 2; o++) SCORE_OCTET(f, o, FEW)
        } else if (S == 16) {
            [[unroll]] for (uint o = 0; o < OL / 2; o++) SCORE_OCTET(f, o, MANY)
        } else {
            for (uint o = 0; o < OL / 2; o++) SCORE_OCTET(f, o, MANY)
        }
    }
}
