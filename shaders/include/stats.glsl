// The running mean and variance of query features: windows weighted equally up
// to a cap, then exponentially (docs/actqkv.md, "Activation bias"; the parallel
// update of Chan et al.).

// updateStats takes four features from mean and variance of a window's n
// queries to those of all queries so far; m0 and v0 are those of before, of so many
// windows.
void updateStats(vec4 m0, vec4 v0, float n, uint windows, uint cap, inout vec4 mean, inout vec4 variance) {
    if (windows == 0) {
        variance *= n > 1 ? n / (n - 1) : 1;
        return;
    }
    float m = float(min(windows, cap)), inv = 1.0 / n;
    vec4 d = mean - m0;
    variance = (v0 * (m - inv) + variance + d * d / (1 + 1 / m)) / (m + 1 - inv);
    mean = (m0 * m + mean) / (m + 1);
}
