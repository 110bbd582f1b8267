// The vectors that blocks are compared with: a probe, and the user's question
// beside it. Needs common.glsl.

// Texels of a query that lanes hold at a time, one each. A shuffle from there is
// cheaper than a fetch that all lanes have in common.
const uint HELD = S < 16 ? S : 16;

// invNorm is 1/|v| of the vector of so many octets from texel first on.
float invNorm(samplerBuffer v, uint first, uint octets) {
    float sum = 0;
    for (uint f = LANE; f < octets * 2; f += S) {
        vec4 x = texelFetch(v, int(first + f));
        sum += dot(x, x);
    }
    return inversesqrt(max(sumLanes(sum, S), 1e-30));
}

// questionScale is what the question is multiplied with beside a probe, so that
// both can be divided by the probe's length, which all scores have in common.
float questionScale(samplerBuffer question, float weight, float probeNorm, uint octets) {
    return weight != 0 ? weight * invNorm(question, 0, octets) / probeNorm : 0;
}
