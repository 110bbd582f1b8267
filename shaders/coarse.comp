#version 450
// The first level of a decode step's choice: scores of all full groups of
// blocks by their compact representatives, of which a super-block keeps the
// highest and the mean. Only the dimensions count in which the query, by how much
// blocks differ there, is not much below its mean: less than a half, which rank
// blocks nearly as all do. The workgroup that
// finishes last lists the super-blocks with the highest scores, whose blocks the
// second level scores exactly. One workgroup: a part of the blocks, EACH*S at a
// time, whose dimensions a team shares, for the query of token y.
#extension GL_GOOGLE_include_directive : require
#define ROOM 8
#define TOKENS
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "super.glsl"
#include "cosine.glsl"

layout(constant_id = 1) const uint OCTETS = 8; // padded head dimension / 8
layout(constant_id = 2) const uint HEADS = 1;

layout(binding = 0) uniform usamplerBuffer compact; // see compact.comp
layout(binding = 1) uniform samplerBuffer units;    // (blocks), four a texel
layout(binding = 2) uniform samplerBuffer query;    // (tokens, features) from texel first on
layout(binding = 3) uniform isamplerBuffer params;
layout(binding = 4) uniform samplerBuffer question; // (features)
// Of four super-blocks the highest scores, then the mean ones, bits of floats.
layout(binding = 5, rgba32ui) uniform coherent uimageBuffer supers;
layout(std430, binding = 6) coherent buffer List { uint list[]; }; // HEADER words, ids in order
layout(binding = 7) uniform samplerBuffer norms;    // (blocks) 1/|representative|, four a texel
layout(binding = 8) uniform samplerBuffer centre;   // (2, dimensions), see compact.comp
layout(push_constant) uniform Push {
    uint group;
    uint first; // texel of the query, rotated by n_local-1
    float questionWeight; // 0: no question term
    uint most; // super-blocks to list
    float tau;
    uint supersRow; // texels from one token's scores of super-blocks to the next
    uint listRow;   // words
    uint workgroups; // of a token
} p;
uint firstAt, supersAt, listAt; // of the token

#ifdef KEPT
layout(constant_id = 3) const uint QUADS = KEPT;
#endif
vec4 quad(uint i) { return uintBitsToFloat(imageLoad(supers, int(supersAt + 2 * i))); }
#include "highest.glsl"

const uint TEXELS = 2 * HEADS * OCTETS;
shared uint picked[4 * TEXELS]; // a dimension that counts, and in the low 8 bits the query there, times the spread

// The query is in integers of at most LARGEST, so that sums of products with 4 bits,
// of which two share a word, stay within 16 bits over so many dimensions.
const uint EXACT = 32;
const float LARGEST = 68; // 15 * 68 * 32 < 2^15

// Query is what blocks are scored by: their numbers in so many dimensions times
// unit, and what all have in common; both times norm, which is 1/|query|.
struct Query {
    uint count;
    float unit, alike, norm;
};

// folded is texel i of the sums of the query, with the question by its scale,
// over a key-value head's query heads, 0 behind the last.
vec4 folded(uint i, float scale) {
    vec4 sum = vec4(0);
    if (i >= TEXELS) return sum;
    uint at = i / (2 * OCTETS) * p.group * 2 * OCTETS + i % (2 * OCTETS);
    for (uint g = 0; g < p.group; g++) {
        sum += texelFetch(query, int(firstAt + at + g * 2 * OCTETS));
        if (scale != 0) sum += texelFetch(question, int(at + g * 2 * OCTETS)) * scale;
    }
    return sum;
}

// pick lists the dimensions that count.
Query pick() {
    uint octets = TEXELS * p.group / 2;
    Query q = Query(0, 0, 0, invNorm(query, firstAt, octets));
    float scale = questionScale(question, p.questionWeight, q.norm, octets), most = 0;
    vec2 sum = vec2(0);
    vec4 own[(TEXELS + ALL - 1) / ALL];
    [[unroll]] for (uint i0 = 0; i0 < TEXELS; i0 += ALL) {
        uint i = i0 + OF_ALL, at = min(i, TEXELS - 1);
        vec4 v = folded(i, scale);
        sum.y += dot(v, texelFetch(centre, int(at)));
        v *= texelFetch(centre, int(TEXELS + at));
        vec4 size = abs(v);
        sum.x += dot(size, vec4(1));
        most = max(most, max(max(size.x, size.y), max(size.z, size.w)));
        own[i0 / ALL] = v;
    }
    sum = teamSum(sum);
    float least = 0.7 * sum.x / (4 * TEXELS);
    q.alike = sum.y;
    q.unit = max(teamMax(vec2(most, 0)).x, 1e-30) / LARGEST;
    [[unroll]] for (uint i0 = 0; i0 < TEXELS; i0 += ALL) {
        uint i = i0 + OF_ALL, found = 0;
        bool counts[4];
        [[unroll]] for (uint e = 0; e < 4; e++) {
            counts[e] = i < TEXELS && abs(own[i0 / ALL][e]) >= least;
            found += counts[e] ? 1 : 0;
        }
        uint upTo = scanLanes(found, S);
        uvec2 all, before = beforeMember(uvec2(subgroupShuffle(upTo, S - 1), 0), all);
        uint at = q.count + before.x + upTo - found;
        [[unroll]] for (uint e = 0; e < 4; e++)
            if (counts[e]) picked[at++] = (4 * i + e) << 8 | (uint(int(roundEven(own[i0 / ALL][e] / q.unit))) & 0xffu);
        q.count += all.x;
    }
    barrier();
    return q;
}

// A line of memory has NEAR texels. On processors a lane has those of a line by turns,
// so that the first turn waits for the lines of all lanes at once.
const uint NEAR = TEAM > 1 ? 1 : 4;

// scoreFrom scores EACH blocks of n a lane, from its block on.
void scoreFrom(uint block, uint n, const Query q) {
    uint base = compactAt(min(block, n - 1), 0, 4 * TEXELS);
    float sum[EACH];
    [[unroll]] for (uint b = 0; b < EACH; b++) sum[b] = 0;
    uint d0 = MEMBER * EXACT;
    if (d0 < q.count) do {
        uint both[EACH / 2]; // of blocks b / 4 * 8 + b % 4 and the fourth behind it
        int eights = 0x8000;
        [[unroll]] for (uint b = 0; b < EACH / 2; b++) both[b] = 0x80008000u;
        uint h0 = d0, end = min(d0 + EXACT, q.count);
        do {
            uint d = h0 + LANE % HELD;
            uint own = d < q.count ? picked[d] : 0, heldAt = (own >> 8) * APART;
            int held = int(own << 24) >> 24;
            [[unroll]] for (uint i0 = 0; i0 < HELD; i0 += 4) { // fetches first, which then overlap
                uvec4 v[4];
                [[unroll]] for (uint i = 0; i < 4; i++) v[i] = texelFetch(compact, int(base + subgroupShuffle(heldAt, i0 + i)));
                [[unroll]] for (uint i = 0; i < 4; i++) {
                    int x = subgroupShuffle(held, i0 + i);
                    eights += 8 * x;
                    [[unroll]] for (uint b = 0; b < EACH / 2; b++) both[b] += (v[i][b / 4] >> 4 * (b % 4) & 0x000f000fu) * uint(x);
                }
            }
        } while ((h0 += HELD) < end);
        [[unroll]] for (uint b = 0; b < EACH / 2; b++) {
            sum[b / 4 * 8 + b % 4] += float(int(both[b] & 0xffffu) - eights);
            sum[b / 4 * 8 + b % 4 + 4] += float(int(both[b] >> 16) - eights);
        }
    } while ((d0 += TEAM * EXACT) < q.count);
    [[unroll]] for (uint b = 0; b < EACH; b += ROOM) {
        TEAM_SUM(sum, b, ROOM)
        TEAM_BARRIER();
    }
    if (MEMBER > 0 || block >= n) return;
    [[unroll]] for (uint b0 = 0; b0 < EACH; b0 += 4 * SUPER) {
        vec4 highest, mean;
        [[unroll]] for (uint s = 0; s < 4; s++) {
            uint b = b0 + SUPER * s;
            vec4 own = vec4(sum[b], sum[b + 1], sum[b + 2], sum[b + 3]) * q.unit * texelFetch(units, int((block + b) / 4));
            vec4 score = (own + q.alike * texelFetch(norms, int((block + b) / 4))) * q.norm;
            highest[s] = max(max(score.x, score.y), max(score.z, score.w));
            mean[s] = dot(score, vec4(0.25));
        }
        uint to = supersAt + (block + b0) / (4 * SUPER) * 2;
        imageStore(supers, int(to), floatBitsToUint(highest));
        imageStore(supers, int(to + 1), floatBitsToUint(mean));
    }
}

// narrow lists the super-blocks with the highest scores of n. What the rest add
// to the entropy follows from their mean scores.
void narrow(uint n) {
    lookAt(n);
    float top, low;
    range(n, top, low);
    uint k = min(n, p.most);
    Cut c = cutAt(n, k, top, low);
    vec2 z = vec2(0);
    EACH_QUAD(j) {
        uint i = OWN(j), rank;
        bool chosen[4];
        ranks(QUAD(j), i, n, c, chosen, rank);
        vec4 mean = uintBitsToFloat(imageLoad(supers, int(supersAt + 2 * i + 1)));
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (chosen[e]) {
                list[listAt + HEADER + rank++] = 4 * i + e;
            } else if (4 * i + e < n) {
                float x = (mean[e] - top) / p.tau, w = SUPER * exp(x);
                z += vec2(w, w > 0 ? w * x : 0);
            }
        }
    }
    z = teamSum(z);
    if (OF_ALL == 0) {
        list[listAt] = k;
        list[listAt + 1] = floatBitsToUint(z.x);
        list[listAt + 2] = floatBitsToUint(z.y);
        list[listAt + 3] = floatBitsToUint(n > 0 ? top : 0);
        list[listAt + 4] = n * SUPER;
    }
}

void main() {
    uint token = gl_WorkGroupID.y;
    stepAt = token * STEP;
    firstAt = p.first + token * TEXELS * p.group;
    supersAt = token * p.supersRow;
    listAt = token * p.listRow;
    if (param(params, P_NQ) == 0) return;
    uint n = param(params, P_BLOCKS) / TOGETHER * TOGETHER, turn = gl_WorkGroupID.x * NEAR;
    if (turn * S * EACH < n) {
        Query q = pick();
        do {
            uint round = turn / NEAR * NEAR;
            bool whole = (round + NEAR) * S * EACH <= n;
            scoreFrom((whole ? round * S + LANE * NEAR + turn % NEAR : turn * S + LANE) * EACH, n, q);
            turn += turn % NEAR < NEAR - 1 ? 1 : (p.workgroups - 1) * NEAR + 1;
        } while (turn * S * EACH < n);
    }
    TEAM_LAST_OF(list[listAt + COUNTER], p.workgroups)
    if (OF_ALL == 0) list[listAt + COUNTER] = 0;
    narrow(n / SUPER);
}
