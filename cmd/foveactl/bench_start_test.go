package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestBenchStart(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv(mainVariable, "1") // the processes are this test's
	args := []string{"bench", "--start", "--model", tiny(t), "--n-local", "128"}
	out, errs, code := foveactl(t, "", append(args, "--json")...)
	var r startReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("code %d, %v, %s", code, err, errs)
	}
	f, d := r.Fastest, r.Document
	if len(r.FirstToken) != starts || f.Program <= 0 || f.Open <= 0 || f.Prompt <= 0 {
		t.Errorf("%+v", r)
	}
	if sum := f.Program + f.Open + f.Prompt; sum-slices.Min(r.FirstToken) > 1e-6 || slices.Min(r.FirstToken)-sum > 1e-6 {
		t.Errorf("%v s in parts, %v s as a whole", sum, r.FirstToken)
	}
	// Of every token, the keys and the values of 2 layers, 2 heads, 16 halves.
	if d.Tokens != startDocument || d.Device < startDocument*2*2*2*16*2 || d.Peak < d.Device {
		t.Errorf("%+v", d)
	}
	fail(t, "no device", "bench", "--start", "--model", tiny(t), "--device", "nonsense")
	fail(t, "standard input", "started")
}

func TestStartReport(t *testing.T) {
	var out strings.Builder
	r := startReport{FirstToken: []float64{3, 1, 2}, Fastest: startParts{0.1, 0.2, 0.7}, Document: startMemory{8192, 3 << 20, 1 << 20}}
	r.print(&out)
	for _, want := range []string{"3 times: 1.00 s to 3.00 s, median 2.00 s", "8,192 tokens: 3.0 MiB, of which 1.0 MiB"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
}
