// Products of weights of 4 bits and inputs that are integers (quantize.comp): over a
// block of 32 columns they are exact. Of two words with two numbers each,
//   (a1 * 2^16 + a0) * (b1 * 2^16 + b0) = a0 * b0 + (a0 * b1 + a1 * b0) * 2^16   mod 2^32,
// so one multiply-add serves two columns, whose products meet in the upper half. A
// sum begins with what makes 8 less of each weight, and with 2^15: as magnitudes of a
// block's inputs add up to less than 2^12, both halves then stay within 16 bits.
//
// Compilers put additions of integers in the order that they like, and finish one row
// before the next: then the inputs need more registers than vectors of 256 bits have,
// and are loaded anew for each row. So there a sum is in two parts, with an xor between
// them by a word of the inputs that is 0, which compilers do not know.
// Needs common.glsl, weights.glsl and T.

layout(binding = 1) uniform usamplerBuffer x; // (tokens, blocks, 5)

// addProducts adds those of block b of T tokens of n, from t0 on, to acc (4 rows, T).
void addProducts(const Block k, uint b, uint blocks, uint t0, uint n, inout float acc[5 * T]) {
    // Texel i / T of token i % T is fetched by lane i % S.
    const uint FETCHES = 5 * T / 4;
    uvec4 texels[FETCHES];
    [[unroll]] for (uint f = 0; f < FETCHES; f++) {
        uint i = f * S + LANE;
        if (f * S < 5 * T) texels[f] = texelFetch(x, int((min(t0 + i % T, n - 1) * blocks + b) * 5 + min(i / T, 4)));
    }
#define TEXEL(i, t) subgroupShuffle(texels[((i) * T + (t)) / S], ((i) * T + (t)) % S)
    uvec4 w[16]; // of four rows, columns c / 4 * 8 + c % 4 and the fourth behind it
    [[unroll]] for (uint c = 0; c < 16; c++)
        [[unroll]] for (uint r = 0; r < 4; r++) w[c][r] = k.q[r][c / 4] >> 4 * (c % 4) & 0x000f000fu;
    vec2 dm[4];
    [[unroll]] for (uint r = 0; r < 4; r++) {
        dm[r] = scales(k, r, 0);
        dm[r].y += 8 * dm[r].x;
    }
    [[unroll]] for (uint t = 0; t < T; t++) {
        uvec4 last = TEXEL(4, t);
        float d = uintBitsToFloat(last.x), sum = uintBitsToFloat(last.y);
        uint s[4] = uint[](last.z, last.z, last.z, last.z);
        [[unroll]] for (uint part = 0; part < 2; part++) {
            uvec4 v[2];
            [[unroll]] for (uint i = 0; i < 2; i++) v[i] = TEXEL(2 * part + i, t);
            [[unroll]] for (uint r = 0; r < 4; r++) {
                [[unroll]] for (uint c = 0; c < 8; c++) s[r] += w[8 * part + c][r] * v[c / 4][c % 4];
                if (S <= 8 && part == 0) s[r] ^= last.w;
            }
        }
        [[unroll]] for (uint r = 0; r < 4; r++) acc[r * T + t] += dm[r].x * d * float(int(s[r]) >> 16) + dm[r].y * sum;
    }
}
