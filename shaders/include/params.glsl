// The step's parameters: one 32-bit word each, written by the host before a
// submission (see step.go, which must list the same words in the same order).
#define P_NQ 0        // queries (tokens) of this step
#define P_POS 1       // position of the first of them
#define P_LOCAL 2     // n_local: keys at distance < n_local are local
#define P_LOCAL0 3    // position of the oldest key in the local window
#define P_RING 4      // tokens that the ring of rotated keys holds
#define P_INIT 5      // initial tokens so far
#define P_BLOCKS 6    // sealed blocks
#define P_REM0 7      // position of the first remainder token
#define P_REM1 8      // one past the last remainder token
#define P_WINDOW 9    // windows seen before this one
#define P_SEAL0 10    // first block to seal
#define P_SEALS 11    // blocks to seal
#define P_INIT_END 12 // position of the first token of block 0
#define P_QUESTION0 13 // index in the step of the first token of the user's question
#define P_QUESTIONS 14 // tokens of the question in this step
#define P_TAIL 15     // rows of the ring of un-rotated keys and values; 0: all lie by position
#define P_ROUND 16    // rows that this ring has gone round when it comes to the oldest it holds
#define P_TOKENS 20   // token ids

// Kernels that define TOKENS serve the tokens of a batch side by side, each as a
// step of its own: the buffer has the parameters of one token's step after the
// other. A step with no queries is that of no token.
#ifdef TOKENS
const uint STEP = 20; // words of a step
uint stepAt = 0;      // where the token's begin
uint param(isamplerBuffer params, int i) { return uint(texelFetch(params, int(stepAt) + i).x); }
#else
uint param(isamplerBuffer params, int i) { return uint(texelFetch(params, i).x); }
#endif

// Rows says where un-rotated keys and values of positions lie that are initial
// tokens or in no sealed block: initial ones by position, later ones in a ring
// of `tail` rows behind them, or by position, too, where tail is 0.
struct Rows {
    uint initEnd, round, tail;
};
Rows rowsOf(isamplerBuffer params) {
    return Rows(param(params, P_INIT_END), param(params, P_ROUND), param(params, P_TAIL));
}
uint rowOf(const Rows a, uint pos) {
    uint row = pos - (pos < a.initEnd ? 0 : a.round);
    return row < a.initEnd + a.tail ? row : row - a.tail;
}
