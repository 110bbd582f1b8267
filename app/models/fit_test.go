package models

import "testing"

func TestFit(t *testing.T) {
	const gib = 1 << 30
	m := Local{WeightBytes: 6 * gib, KVBytes: 1e6}
	for _, c := range []struct {
		name   string
		model  Local
		tokens int
		memory int64
		need   int64
		want   Verdict
	}{
		{"fits", m, 100_000, 8 * gib, 6*gib + 1e8, Fits},
		{"too long a text", m, 10_000_000, 8 * gib, 6*gib + 1e10, TooLarge},
		{"no text", m, 0, 8 * gib, 6 * gib, Fits},
		{"part of a thousand", m, 1, 8 * gib, 6*gib + 1000, Fits},
		{"unknown device", m, 1000, 0, 6*gib + 1e6, FitUnknown},
		{"impossible device", m, 1000, -1, 6*gib + 1e6, FitUnknown},
		{"unknown model", Local{}, 1000, 8 * gib, 0, FitUnknown},
		{"all but the tenth", Local{WeightBytes: 900}, 1000, 1000, 900, Fits},
		{"of the tenth", Local{WeightBytes: 901}, 1000, 1000, 901, TooLarge},
	} {
		f := c.model.Fit(c.tokens, c.memory)
		if f.Need != c.need || f.Memory != max(c.memory, 0) || f.Verdict() != c.want {
			t.Errorf("%s: %+v, verdict %d, want a need of %d and verdict %d", c.name, f, f.Verdict(), c.need, c.want)
		}
	}
}

func TestBest(t *testing.T) {
	list := []Local{
		{Name: "foreign", Parameters: 9e9, WeightBytes: 10},
		{Name: "small", Parameters: 1e8, WeightBytes: 100, Runs: true},
		{Name: "medium", Parameters: 1e9, WeightBytes: 1000, Runs: true},
		{Name: "same", Parameters: 1e9, WeightBytes: 1000, Runs: true},
		{Name: "large", Parameters: 8e9, WeightBytes: 8000, Runs: true},
		{Name: "unmeasured", Parameters: 9e9, Runs: true},
	}
	for memory, want := range map[int64]string{100_000: "large", 2000: "medium", 200: "small", 100: "unmeasured", 0: "small"} {
		if got := Best(list, 1000, memory); got == nil || got.Name != want {
			t.Errorf("of %d bytes the best is %+v, want %s", memory, got, want)
		}
	}
	if got := Best(list[:1], 1000, 0); got != nil {
		t.Errorf("%s does not run", got.Name)
	}
}
