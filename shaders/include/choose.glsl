// The layer-aware cut-off and the recall of one layer (docs/actqkv.md,
// "Layer-aware KV cut-off"): entropy of the scores, the layer's share of what
// is left of the step's budget, the k best blocks, and from them the list of
// global keys for attend. One workgroup.
//
// What includes this file has the bindings and push constants that are used
// here, and says where scores are: quad(i) are those of blocks 4*i to 4*i + 3;
// blockOf(i) is the block that score i is of. Scores of blocks that there are none
// of do not matter. With KEPT, where a lane has at most so many quads, it keeps
// them (keptScores in select.go).

#include "order.glsl"
#include "spread.glsl"

// EACH_QUAD(j) is a loop over the quads that are this lane's; QUAD(j) is such a one.
#ifdef KEPT
vec4 kept[KEPT];
#define EACH_QUAD(j) [[unroll]] for (uint j = 0; j < KEPT; j++) if (j * S < quads)
#define QUAD(j) kept[j]
#else
#define EACH_QUAD(j) for (uint j = 0; j * S < quads; j++)
#define QUAD(j) quad(j * S + lane)
#endif

const uint IDS = 8;

float was(uint i) { return intBitsToFloat(texelFetch(before, int(i)).x); }

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
        state[means + p.layer] = mean;
        state[counts + p.layer] = count + 1;
        state[samples + slot] = h;
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

// choose chooses among n scored blocks of `blocks` in all. The others, if any,
// add z and zx to the entropy's sums, which are of x = (score - reference)/tau.
void choose(bool fixedK, uint n, uint blocks, float zRest, float zxRest, float reference) {
    uint lane = LANE, quads = (n + 3) / 4;
#ifdef KEPT
    EACH_QUAD(j) kept[j] = quad(j * S + lane);
#endif
    float left = p.layer == 0 ? float(p.topK * p.layers) : was(0);

    float top = NEG_INF, low = -NEG_INF;
    EACH_QUAD(j) {
        uint i = j * S + lane;
        vec4 s = QUAD(j);
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (4 * i + e < n) {
                top = max(top, s[e]);
                low = min(low, s[e]);
            }
        }
    }
    top = maxLanes(top, S);
    low = minLanes(low, S);
    float z = 0, zx = 0;
    EACH_QUAD(j) {
        uint i = j * S + lane;
        vec4 x = (QUAD(j) - top) / p.tau;
        [[unroll]] for (uint e = 0; e < 4; e++) {
            float w = 4 * i + e < n ? exp(x[e]) : 0;
            z += w;
            zx += w > 0 ? w * x[e] : 0;
        }
    }
    z = sumLanes(z, S);
    zx = sumLanes(zx, S);
    if (zRest > 0) {
        float d = (reference - top) / p.tau, w = exp(d);
        z += zRest * w;
        zx += (zxRest + d * zRest) * w;
    }
    float H = n > 0 ? max(log(z) - zx / z, 0) : 0, h = n > 1 ? H / log(float(blocks)) : 0;

    uint k = min(n, p.topK);
    if (!fixedK && n >= 2) {
        float part, whole;
        share(h, part, whole);
        if (p.bySpread != 0) shareBySpread(part, whole);
        float want = roundRatio(part * left, whole);
        k = uint(max(min(want, float(min(n, p.kMax))), float(min(n, p.kMin))));
    } else if (!fixedK) {
        k = n;
    }

    // The k-th highest score, bit by bit: the largest threshold that at least
    // k scores reach, or any that exactly k reach. The bits that the highest
    // and the lowest score have in common need no look.
    uint threshold = 0;
    if (k > 0 && k < n) {
        uint differ = orderBits(top) ^ orderBits(low), first = differ == 0 ? 0 : 1u << findMSB(differ);
        threshold = first == 0 ? orderBits(top) : orderBits(top) & ~(first | (first - 1));
        for (uint bit = first; bit != 0; bit >>= 1) {
            uint reach = 0;
            EACH_QUAD(j) {
                uint i = j * S + lane;
                vec4 s = QUAD(j);
                [[unroll]] for (uint e = 0; e < 4; e++) reach += 4 * i + e < n && orderBits(s[e]) >= (threshold | bit) ? 1 : 0;
            }
            reach = sumLanes(reach, S);
            if (reach >= k) threshold |= bit;
            if (reach == k) break;
        }
    }
    uint over = 0; // scores above the threshold; of those at it, the first k-over are recalled
    EACH_QUAD(j) {
        uint i = j * S + lane;
        vec4 s = QUAD(j);
        [[unroll]] for (uint e = 0; e < 4; e++) over += 4 * i + e < n && orderBits(s[e]) > threshold ? 1 : 0;
    }
    over = sumLanes(over, S);
    uint ties = k - min(k, over);

    // Compaction in block order, 4*S blocks at a time.
    uint taken = 0, tied = 0;
    float worst = -NEG_INF, next = NEG_INF;
    for (uint j = 0; j * S < quads; j++) {
        uint i = j * S + lane;
        vec4 s = quad(i);
        uint equal = 0, above = 0;
        [[unroll]] for (uint e = 0; e < 4; e++) {
            bool in_ = 4 * i + e < n;
            above += in_ && orderBits(s[e]) > threshold ? 1 : 0;
            equal += in_ && orderBits(s[e]) == threshold ? 1 : 0;
        }
        uint equalBefore = scanLanes(equal, S), aboveBefore = scanLanes(above, S);
        uint aboveAll = subgroupShuffle(aboveBefore, S - 1), equalAll = subgroupShuffle(equalBefore, S - 1);
        aboveBefore -= above;
        uint tie = tied + equalBefore - equal, rank = taken + aboveBefore + min(tie, ties) - min(tied, ties);
        [[unroll]] for (uint e = 0; e < 4; e++) {
            uint b = 4 * i + e;
            if (b < n) {
                uint bits = orderBits(s[e]);
                bool recalled = k > 0 && (bits > threshold || (bits == threshold && tie < ties));
                if (bits == threshold) tie++;
                if (recalled) {
                    report[IDS + rank++] = blockOf(b);
                    worst = min(worst, s[e]);
                } else {
                    next = max(next, s[e]);
                }
            }
        }
        taken += aboveAll + min(tied + equalAll, ties) - min(tied, ties);
        tied += equalAll;
    }
    worst = minLanes(worst, S);
    next = maxLanes(next, S);

    memoryBarrierBuffer();
    subgroupBarrier();
    uint inits = param(params, P_INIT), rem0 = param(params, P_REM0), rem1 = param(params, P_REM1);
    uint recalled = k * p.blockSize, initEnd = param(params, P_INIT_END);
    for (uint i = lane; i < inits; i += S) globals[1 + i] = i;
    for (uint j = lane; j < k; j += S) { // a lane waits for an id once
        uint first = initEnd + report[IDS + j] * p.blockSize;
        for (uint i = 0; i < p.blockSize; i++) globals[1 + inits + j * p.blockSize + i] = first + i;
    }
    for (uint i = lane; i < rem1 - rem0; i += S) globals[1 + inits + recalled + i] = rem0 + i;
    if (lane == 0) {
        globals[0] = inits + recalled + rem1 - rem0;
        state[0] = left - float(k);
        report[0] = k;
        report[1] = blocks;
        report[2] = floatBitsToUint(H);
        report[3] = floatBitsToUint(h);
        report[4] = floatBitsToUint(left);
        report[5] = floatBitsToUint(n > 0 ? top : 0);
        report[6] = floatBitsToUint(n > 0 ? low : 0);
        report[7] = floatBitsToUint(k > 0 && k < n ? worst - next : 0);
    }
}
