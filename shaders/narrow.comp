#version 450
// Lists the super-blocks whose blocks the second level of a decode step's
// choice scores exactly: those with the highest scores. What the rest add to the
// entropy follows from their mean scores. One workgroup.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "params.glsl"
#include "kv.glsl"
#include "order.glsl"
#include "super.glsl"

layout(binding = 0) uniform samplerBuffer supers; // (super-blocks): highest score, mean score; two a texel
layout(binding = 1) uniform isamplerBuffer params;
layout(std430, binding = 2) writeonly buffer List { uint list[]; }; // HEADER words, ids in order
layout(push_constant) uniform Push {
    uint most; // super-blocks to take
    float tau;
} p;

void main() {
    uint lane = LANE, n = param(params, P_BLOCKS) / TOGETHER * TOGETHER / SUPER, pairs = n / 2; // TOGETHER/SUPER is even
    float top = NEG_INF, low = -NEG_INF;
    for (uint i = lane; i < pairs; i += S) {
        vec4 s = texelFetch(supers, int(i));
        top = max(top, max(s.x, s.z));
        low = min(low, min(s.x, s.z));
    }
    top = maxLanes(top, S);
    low = minLanes(low, S);
    uint k = min(n, p.most), threshold = 0;
    if (k > 0 && k < n) {
        uint differ = orderBits(top) ^ orderBits(low), first = differ == 0 ? 0 : 1u << findMSB(differ);
        threshold = first == 0 ? orderBits(top) : orderBits(top) & ~(first | (first - 1));
        for (uint bit = first; bit != 0; bit >>= 1) {
            uint reach = 0;
            for (uint i = lane; i < pairs; i += S) {
                vec4 s = texelFetch(supers, int(i));
                reach += (orderBits(s.x) >= (threshold | bit) ? 1 : 0) + (orderBits(s.z) >= (threshold | bit) ? 1 : 0);
            }
            reach = sumLanes(reach, S);
            if (reach >= k) threshold |= bit;
            if (reach == k) break;
        }
    }
    uint over = 0;
    for (uint i = lane; i < pairs; i += S) {
        vec4 s = texelFetch(supers, int(i));
        over += (orderBits(s.x) > threshold ? 1 : 0) + (orderBits(s.z) > threshold ? 1 : 0);
    }
    uint ties = k - min(k, sumLanes(over, S));

    uint taken = 0, tied = 0; // by all lanes before
    float z = 0, zx = 0;
    for (uint i0 = 0; i0 < pairs; i0 += S) {
        vec4 s = texelFetch(supers, int(min(i0 + lane, pairs - 1)));
        float highest[2] = float[](s.x, s.z), mean[2] = float[](s.y, s.w);
        bool in_ = i0 + lane < pairs;
        uint above[2], equal[2];
        [[unroll]] for (uint e = 0; e < 2; e++) {
            above[e] = in_ && orderBits(highest[e]) > threshold ? 1 : 0;
            equal[e] = in_ && orderBits(highest[e]) == threshold ? 1 : 0;
        }
        // Both counts in one number, for one scan.
        uint own = above[0] + above[1] + ((equal[0] + equal[1]) << 16), upTo = scanLanes(own, S), all = subgroupShuffle(upTo, S - 1);
        uint before = upTo - own, rank = taken + (before & 0xffffu), tie = tied + (before >> 16);
        rank += min(tie, ties) - min(tied, ties);
        [[unroll]] for (uint e = 0; e < 2; e++) {
            if (k > 0 && (above[e] == 1 || (equal[e] == 1 && tie < ties))) {
                list[HEADER + rank++] = 2 * (i0 + lane) + e;
            } else if (in_) {
                float x = (mean[e] - top) / p.tau, w = SUPER * exp(x);
                z += w;
                zx += w > 0 ? w * x : 0;
            }
            tie += equal[e];
        }
        uint tiedAll = tied + (all >> 16);
        taken += (all & 0xffffu) + min(tiedAll, ties) - min(tied, ties);
        tied = tiedAll;
    }
    z = sumLanes(z, S);
    zx = sumLanes(zx, S);
    if (lane == 0) {
        list[0] = k;
        list[1] = floatBitsToUint(z);
        list[2] = floatBitsToUint(zx);
        list[3] = floatBitsToUint(n > 0 ? top : 0);
        list[4] = n * SUPER;
    }
}
