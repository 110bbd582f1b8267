#version 450
// What the steps of a batch's tokens leave in the budget's state, as if one had
// come after the other: the entropies of their scores join the layer's history (as
// in choose.glsl), and what the last step left of the budget stays. One workgroup:
// one layer.
#extension GL_GOOGLE_include_directive : require
#define TOKENS
#include "common.glsl"
#include "params.glsl"

layout(constant_id = 1) const uint FIXED = 0; // 1: no cut-off, so no histories

layout(binding = 0) uniform isamplerBuffer before;  // the budget's state: see select.comp
layout(binding = 1) uniform isamplerBuffer reports; // (layers, tokens, reportRow), from select
layout(binding = 2) uniform isamplerBuffer params;
layout(std430, binding = 3) writeonly buffer State { float state[]; }; // the same memory as before
layout(push_constant) uniform Push {
    uint layers;
    uint history;
    uint tokens;
    uint reportRow; // words
} p;

float was(uint i) { return intBitsToFloat(texelFetch(before, int(i)).x); }
uint told(uint layer, uint token, uint word) { return uint(texelFetch(reports, int((layer * p.tokens + token) * p.reportRow + word)).x); }

void main() {
    uint layer = gl_WorkGroupID.x, n = 0;
    for (; n < p.tokens; n++) {
        stepAt = n * STEP;
        if (param(params, P_NQ) == 0) break;
    }
    if (layer == 0 && LANE == 0 && n > 0) state[0] = uintBitsToFloat(told(p.layers - 1, n - 1, 4)) - float(told(p.layers - 1, n - 1, 0));
    if (FIXED == 1 || n == 0 || told(layer, 0, 1) < 2) return;
    uint means = 1 + layer, counts = means + p.layers, samples = 1 + 2 * p.layers + layer * p.history;
    uint count = uint(was(counts)), held = min(count + n, p.history);
    float sum = 0;
    for (uint i = LANE; i < held; i += S) {
        float h = was(samples + i);
        for (uint t = 0; t < n; t++)
            if ((count + t) % p.history == i) h = uintBitsToFloat(told(layer, t, 3));
        state[samples + i] = h;
        sum += h;
    }
    sum = sumLanes(sum, S);
    if (LANE == 0) {
        state[means] = sum / held;
        state[counts] = count + n;
    }
}
