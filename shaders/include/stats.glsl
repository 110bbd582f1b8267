// The running mean and variance of query features: windows weighted equally up
// to a cap, then exponentially (docs/actqkv.md, "Activation bias"; the parallel
// update of Chan et al.).

// updateStats takes four features from mean and variance of a window's n
// queries to those of all queries so far; m0 and v0 are those of before, of so many
// windows. What it gives is precise, so that a batch of tokens is counted as its tokens
// one by one: compilers may otherwise fuse products and sums in one kernel and not in
// another.
void updateStats(vec4 m0, vec4 v0, float n, uint windows, uint cap, inout vec4 mean, inout vec4 variance) {
    if (windows == 0) {
        variance *= n > 1 ? n / (n - 1) : 1;
        return;
    }
    float m = float(min(windows, cap)), inv = 1.0 / n;
    vec4 d = mean - m0;
    precise vec4 v = (v0 * (m - inv) + variance + d * d / (1 + 1 / m)) / (m + 1 - inv), all = (m0 * m + mean) / (m + 1);
    variance = v;
    mean = all;
}
