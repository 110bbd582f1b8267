// The layer-aware cut-off and the recall of one layer (docs/actqkv.md,
// "Layer-aware KV cut-off"): entropy of the scores, the layer's share of what
// is left of the step's budget, the k best blocks, and from them the list of
// global keys for attend. One workgroup.
//
// What includes this file has the bindings and push constants that are used
// here, says whose choice it is (row.glsl), where scores are (highest.glsl), and
// what block score i is of: blockOf(i). A team shares the work.
#include "highest.glsl"
#include "spread.glsl"

const uint IDS = 8;

float was(uint i) { return intBitsToFloat(texelFetch(before, int(stateAt + i)).x); }

// The whole number next to a/b, ties to even. A quotient alone, which drivers
// may round as they like, would not meet the ties of equal shares.
float roundRatio(float a, float b) {
    float q = floor(a / b), r = a - q * b;
    if (r < 0) {
        q -= 1;
        r += b;
    } else if (r >= b) {
        q += 1;
        r -= b;
    }
    bool odd = q != 2 * floor(q / 2);
    return 2 * r > b || (2 * r == b && odd) ? q + 1 : q;
}

// Adds h to the layer's history and gives the layer's part of what is left,
// out of a whole: by the means of the histories once all of them are full.
void share(float h, out float part, out float whole) {
    uint means = 1, counts = 1 + p.layers, samples = 1 + 2 * p.layers + p.layer * p.history;
    uint count = uint(was(counts + p.layer)), slot = count % p.history, held = min(count + 1, p.history);
    float sum = 0;
    for (uint i = LANE; i < held; i += S) sum += i == slot ? h : was(samples + i);
    float mean = sumLanes(sum, S) / held, rest = 0, lacking = held < p.history ? 1 : 0;
    for (uint m = LANE; m < p.layers; m += S) {
        if (m > p.layer) rest += was(means + m);
        if (m != p.layer && was(counts + m) < p.history) lacking = 1;
    }
    rest = sumLanes(rest, S) + mean;
    bool full = maxLanes(lacking, S) == 0;
    if (LANE == 0) {
        state[stateAt + means + p.layer] = mean;
        state[stateAt + counts + p.layer] = count + 1;
        state[stateAt + samples + slot] = h;
    }
    part = full ? mean : 1;
    whole = full ? rest : float(p.layers - p.layer);
}

// Gives the layer's part of what is left by the means of spreads; equal parts
// until all layers have one.
void shareBySpread(out float part, out float whole) {
    uint means = spreadsAt(p.layers, p.history), counts = means + p.layers;
    float rest = 0, lacking = 0;
    for (uint m = LANE; m < p.layers; m += S) {
        if (m >= p.layer) rest += was(means + m);
        if (was(counts + m) == 0) lacking = 1;
    }
    rest = sumLanes(rest, S);
    bool known = maxLanes(lacking, S) == 0 && rest > 0;
    part = known ? was(means + p.layer) : 1;
    whole = known ? rest : float(p.layers - p.layer);
}

// shareOf is the number of blocks that the layer recalls of n: by its share of
// what is left, out of the bounds if need be. One subgroup does it.
uint shareOf(uint n, float h, float left) {
    float part, whole;
    share(h, part, whole);
    if (p.bySpread != 0) shareBySpread(part, whole);
    float want = roundRatio(part * left, whole);
    return uint(max(min(want, float(min(n, p.kMax))), float(min(n, p.kMin))));
}

// listGlobals writes the rows of the global keys: initial tokens, those of the k
// recalled blocks, which the report has, and the remainder.
void listGlobals(uint k) {
    uint inits = param(params, P_INIT), rem0 = param(params, P_REM0), rem1 = param(params, P_REM1);
    uint recalled = k * p.blockSize, initEnd = param(params, P_INIT_END);
    uint list0 = globalsAt + LISTED;
    for (uint i = OF_ALL; i < inits; i += ALL) globals[list0 + i] = i;
    for (uint i = OF_ALL; i < rem1 - rem0; i += ALL) globals[list0 + inits + recalled + i] = rem0 + i;
    if (OF_ALL == 0) globals[globalsAt] = inits + recalled + rem1 - rem0;
    // A lane waits for an id once. Software drivers write as fast to places that
    // are far apart; graphics cards do not.
    for (uint j0 = 0; j0 < k; j0 += ALL) {
        uint j = j0 + LANE * TEAM + MEMBER, first = initEnd + (j < k ? report[reportAt + IDS + j] : 0) * p.blockSize;
        if (TEAM == 1 && j < k) {
            for (uint i = 0; i < p.blockSize; i++) globals[list0 + inits + j * p.blockSize + i] = first + i;
        } else if (TEAM > 1) {
            for (uint l = 0; l < S && j0 + l * TEAM + MEMBER < k; l++) {
                uint at = list0 + inits + (j0 + l * TEAM + MEMBER) * p.blockSize, from = subgroupShuffle(first, l);
                for (uint i = LANE; i < p.blockSize; i += S) globals[at + i] = from + i;
            }
        }
    }
}

// choose chooses among n scored blocks of `blocks` in all. The others, if any,
// add zRest and zxRest to the entropy's sums, which are of x = (score - reference)/tau.
void choose(bool fixedK, uint n, uint blocks, float zRest, float zxRest, float reference) {
    lookAt(n);
    float left = p.layer == 0 ? float(p.topK * p.layers) : was(0), top, low;
    range(n, top, low);
    vec2 z = vec2(0); // of w = e^x, and of w*x
    EACH_QUAD(j) {
        vec4 x = (QUAD(j) - top) / p.tau;
        [[unroll]] for (uint e = 0; e < 4; e++) {
            float w = 4 * OWN(j) + e < n ? exp(x[e]) : 0;
            z += vec2(w, w > 0 ? w * x[e] : 0);
        }
    }
    z = teamSum(z);
    if (zRest > 0) {
        float d = (reference - top) / p.tau;
        z += vec2(zRest, zxRest + d * zRest) * exp(d);
    }
    float H = n > 0 ? max(log(z.x) - z.y / z.x, 0) : 0, h = n > 1 ? H / log(float(blocks)) : 0;

    uint k = fixedK ? min(n, p.topK) : n;
    if (!fixedK && n >= 2) {
        if (MEMBER == 0) k = shareOf(n, h, left);
        k = fromFirst(k);
    }
    Cut c = cutAt(n, k, top, low);
    vec2 edge = vec2(NEG_INF); // the lowest score of a recalled block, negated, and the highest of the others
    EACH_QUAD(j) {
        vec4 s = QUAD(j);
        bool chosen[4];
        uint rank;
        ranks(s, OWN(j), n, c, chosen, rank);
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (chosen[e]) {
                report[reportAt + IDS + rank++] = blockOf(4 * OWN(j) + e);
                edge.x = max(edge.x, -s[e]);
            } else if (4 * OWN(j) + e < n) {
                edge.y = max(edge.y, s[e]);
            }
        }
    }
    memoryBarrierBuffer();
    subgroupBarrier();
    edge = teamMax(edge); // and a barrier: all ids are there
    listGlobals(k);
    if (OF_ALL == 0) {
        state[stateAt] = left - float(k);
        report[reportAt] = k;
        report[reportAt + 1] = blocks;
        report[reportAt + 2] = floatBitsToUint(H);
        report[reportAt + 3] = floatBitsToUint(h);
        report[reportAt + 4] = floatBitsToUint(left);
        report[reportAt + 5] = floatBitsToUint(n > 0 ? top : 0);
        report[reportAt + 6] = floatBitsToUint(n > 0 ? low : 0);
        report[reportAt + 7] = floatBitsToUint(k > 0 && k < n ? -edge.x - edge.y : 0);
    }
}
