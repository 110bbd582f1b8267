// Where projections of a token go: queries and keys are rotated (RoPE, pairs of
// neighbours), keys and values stored where attention reads them.
//   queries  once rotated by their position, once by the angle of n_local-1
//   keys     rotated by position in the ring, un-rotated behind it at rowOf
//   values   at rowOf
// Needs common.glsl and params.glsl, and push constants heads, group, window and
// pairs: rotated pairs of a head; the dimensions behind them stay.
#include "kv.glsl"

layout(constant_id = 4) const uint OCTETS = 8; // padded head dimension / 8

layout(binding = 4) uniform samplerBuffer angles; // (window+1, pairs) of (cos, sin), two pairs a texel; the last row is n_local-1
layout(std430, binding = 5) writeonly buffer Q { vec4 q[]; }; // (2, window, heads*group, OCTETS*8)
STORED(6) k; // (rows, heads, OCTETS)
STORED(7) v; // (rows, heads, OCTETS)

// rotate turns two pairs of a head, the ones from pair i on.
vec4 rotate(vec4 x, uint row, uint i) {
    if (i >= p.pairs) return x;
    vec4 a = texelFetch(angles, int(row * ((p.pairs + 1) / 2) + i / 2));
    vec4 y = vec4(x.x * a.x - x.y * a.y, x.x * a.y + x.y * a.x, x.z * a.z - x.w * a.w, x.z * a.w + x.w * a.z);
    return i + 1 < p.pairs ? y : vec4(y.xy, x.zw);
}

// place stores octet number item of a token's projections, a and b.
void place(uint token, uint item, vec4 a, vec4 b) {
    uint width = p.heads * p.group, head = item / OCTETS, octet = item % OCTETS;
    uint pos = param(params, P_POS) + token, ring = param(params, P_RING);
    vec4 ra = rotate(a, token, octet * 4), rb = rotate(b, token, octet * 4 + 2);
    if (head < width) {
        uint to = ((token * width + head) * OCTETS + octet) * 2, half2 = p.window * width * OCTETS * 2;
        q[to] = ra;
        q[to + 1] = rb;
        q[half2 + to] = rotate(a, p.window, octet * 4);
        q[half2 + to + 1] = rotate(b, p.window, octet * 4 + 2);
    } else if (head < width + p.heads) {
        uint at = (ring + rowOf(rowsOf(params), pos)) * p.heads + head - width, turned = pos % ring * p.heads + head - width;
        float x[8] = float[](a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w);
        float y[8] = float[](ra.x, ra.y, ra.z, ra.w, rb.x, rb.y, rb.z, rb.w);
        STORE_OCTET(k, at * OCTETS + octet, x);
        STORE_OCTET(k, turned * OCTETS + octet, y);
    } else {
        uint at = rowOf(rowsOf(params), pos) * p.heads + head - width - p.heads;
        float x[8] = float[](a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w);
        STORE_OCTET(v, at * OCTETS + octet, x);
    }
}
