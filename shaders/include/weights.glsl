// Packed weights: tiles of 4*S rows, blocks of 32 columns; texel t of
// (tile, block, lane) lies at ((tile*nb + block)*TEXELS + t)*S + lane, and row
// r of a lane is row tile*4*S + r*S + lane (see gpu/quant, Pack).
// loadBlock fetches a lane's four rows of one block; weights8 gives the eight
// columns 8h..8h+7 of them as w[r*8 + j].
#define PQ4 0
#define PQ4K 1
#define PQ8 2
#define PF16 3
#define PBF16 4
#define PF32 5

#if FMT == PQ4
#define TEXELS 5
#elif FMT == PQ4K
#define TEXELS 6
#elif FMT == PQ8
#define TEXELS 10
#elif FMT == PF16 || FMT == PBF16
#define TEXELS 16
#elif FMT == PF32
#define TEXELS 32
#endif

struct Block { uvec4 q[TEXELS]; };

void loadBlock(usamplerBuffer weights, uint base, uint lane, out Block k) {
    [[unroll]] for (uint t = 0; t < TEXELS; t++) k.q[t] = texelFetch(weights, int((base + t) * S + lane));
}

void weights8(const Block k, uint h, out float w[32]) {
    [[unroll]] for (uint r = 0; r < 4; r++) {
#if FMT == PQ4 || FMT == PQ4K
#if FMT == PQ4
        vec2 dm = unpackHalf2x16(k.q[4][r]);
#else
        uvec4 s = k.q[4 + r / 2];
        vec2 dm = uintBitsToFloat(r % 2 == 0 ? s.xy : s.zw);
#endif
        uint q = k.q[r][h];
        [[unroll]] for (uint j = 0; j < 8; j++) w[r * 8 + j] = float(int((q >> (4 * j)) & 15u)) * dm.x + dm.y;
#elif FMT == PQ8
        float d = uintBitsToFloat(k.q[8 + r / 2][(r % 2) * 2 + h / 2]);
        [[unroll]] for (uint j = 0; j < 8; j++) {
            int q = int(k.q[2 * r + h / 2][(h % 2) * 2 + j / 4] << (24 - 8 * (j % 4))) >> 24;
            w[r * 8 + j] = float(q) * d;
        }
#elif FMT == PF16
        [[unroll]] for (uint j = 0; j < 4; j++) {
            vec2 v = unpackHalf2x16(k.q[r * 4 + h][j]);
            w[r * 8 + 2 * j] = v.x;
            w[r * 8 + 2 * j + 1] = v.y;
        }
#elif FMT == PBF16
        [[unroll]] for (uint j = 0; j < 4; j++) {
            uint v = k.q[r * 4 + h][j];
            w[r * 8 + 2 * j] = uintBitsToFloat(v << 16);
            w[r * 8 + 2 * j + 1] = uintBitsToFloat(v & 0xffff0000u);
        }
#else
        [[unroll]] for (uint j = 0; j < 8; j++) w[r * 8 + j] = uintBitsToFloat(k.q[r * 8 + 2 * h + j / 4][j % 4]);
#endif
    }
}
