// Scores of a tile of T query rows against a chunk of R*S keys.
//
// Keys of both sets lie in one buffer: row p % ring is the key of position p
// rotated by p, for the local window; row ring + p is the un-rotated key of
// position p. A key set is a list of positions with a range of distances
// that it serves: [n_local, inf) for global keys, [0, n_local) for local ones.
#include "kv.glsl"

const uint C = R * S; // keys in a chunk; key r*S + lane belongs to a lane

struct Keys {
    uint pos[R]; // position of this lane's key r
    uint row[R]; // its row in the key buffer
    bool live[R];
};

// globalKeys and localKeys give a lane its keys of chunk c: of the list
// globals (its first word is the count), or of positions first..last.
Keys globalKeys(isamplerBuffer globals, uint c, uint count, uint ring) {
    Keys k;
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint i = c * C + r * S + LANE;
        k.live[r] = i < count;
        k.pos[r] = k.live[r] ? uint(texelFetch(globals, int(1 + i)).x) : 0;
        k.row[r] = ring + k.pos[r];
    }
    return k;
}
Keys localKeys(uint c, uint first, uint last, uint ring) {
    Keys k;
    [[unroll]] for (uint r = 0; r < R; r++) {
        uint i = c * C + r * S + LANE;
        k.live[r] = first + i <= last;
        k.pos[r] = min(first + i, last);
        k.row[r] = k.pos[r] % ring;
    }
    return k;
}

// seen says whether a query at position pos attends key r of a set that
// serves distances [lo, hi).
bool seen(const Keys k, uint r, uint pos, uint lo, uint hi) {
    return k.live[r] && k.pos[r] <= pos && pos - k.pos[r] >= lo && pos - k.pos[r] < hi;
}

// scores gives s[r*T + t] = scale * q_t . k_r; q0[t] is the first texel of
// query row t, octets the texel octets of a head.
void scores(usamplerBuffer keys, samplerBuffer queries, const Keys k, const uint q0[T], uint head, uint heads,
            uint octets, float scale, out float s[R * T]) {
    [[unroll]] for (uint i = 0; i < R * T; i++) s[i] = 0;
    for (uint o = 0; o < octets; o++) {
        float kv[R * 8];
        [[unroll]] for (uint r = 0; r < R; r++) {
            float v[8];
            OCTET(keys, (k.row[r] * heads + head) * octets + o, v);
            [[unroll]] for (uint j = 0; j < 8; j++) kv[r * 8 + j] = v[j];
        }
        [[unroll]] for (uint t = 0; t < T; t++) {
            [[unroll]] for (uint i = 0; i < 2; i++) {
                vec4 q = texelFetch(queries, int(q0[t] + o * 2 + i));
                [[unroll]] for (uint j = 0; j < 4; j++) {
                    [[unroll]] for (uint r = 0; r < R; r++) s[r * T + t] += kv[r * 8 + i * 4 + j] * q[j];
                }
            }
        }
    }
    [[unroll]] for (uint i = 0; i < R * T; i++) s[i] *= scale;
}
