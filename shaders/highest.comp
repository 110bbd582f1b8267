#version 450
// The k highest of each row of logits, of equals the first, in the order of their
// ids: the bits of logits, then the ids. What is no number or +Inf goes before all
// numbers, so that whoever reads the list hears of it. A row is narrowed in rounds,
// of which each but the first reads the lists of the one before, until one workgroup
// has all that is left (highest.go).
// One workgroup: part x of the row of token y, which its lanes keep meanwhile.
#extension GL_GOOGLE_include_directive : require
#define ROOM 1
#define KEPT 32 // highestKept in highest.go
#define BITS
#include "common.glsl"
#include "params.glsl"

layout(binding = 0) uniform usamplerBuffer logits; // (tokens, row) bits of floats, four a texel
layout(binding = 1) uniform isamplerBuffer ids;    // the same memory
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer To { uint to[]; }; // (tokens, toRow)
layout(push_constant) uniform Push {
    uint n;     // logits of a row
    uint k;     // to be found of a part
    uint row;   // words from one row to the next, a multiple of 4
    uint ids;   // words from a row's logits to their ids; 0: they are in the order of ids, from 0 on
    uint toRow; // the same of what is written
    uint toIds;
} p;
uint from, n; // word of the part's first logit, and its logits

uvec4 quad(uint i) { return texelFetch(logits, int(from / 4 + min(i, (n - 1) / 4))); }
const uint QUADS = (KEPT + TEAM - 1) / TEAM;
#include "highest.glsl"

const uint PART = 4 * KEPT * S;

void main() {
    uint part = gl_WorkGroupID.x, token = gl_WorkGroupID.y, first = part * PART;
    if (token >= param(params, P_NQ)) return;
    from = token * p.row + first;
    n = min(PART, p.n - first);
    lookAt(n);
    Cut c = cutAt(n, min(p.k, n), 0x7f800000u, 0xff800000u); // between +Inf and -Inf
    for (uint j = 0; j < rows; j++) { // fetched once more: unrolled, this would be most of the kernel
        uint i = OWN(j), rank;
        uvec4 s = quad(i);
        bool chosen[4];
        ranks(s, i, n, c, chosen, rank);
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (chosen[e]) {
                uint at = token * p.toRow + part * p.k + rank++;
                to[at] = s[e];
                to[at + p.toIds] = p.ids == 0 ? first + 4 * i + e : uint(texelFetch(ids, int(from + p.ids + 4 * i + e)).x);
            }
        }
    }
}
