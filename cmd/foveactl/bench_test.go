package main

import (
	"encoding/json"
	"strings"
	"testing"

	"fovea/internal/bench"
)

// benchReport is what the command tells as JSON, read and as it is.
func benchReport(t *testing.T, args []string) (r bench.Report, out string) {
	t.Helper()
	out, errs, code := foveactl(t, "", append(args, "--json")...)
	if code != 0 {
		t.Fatal(errs)
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r, out
}

func TestBench(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	args := []string{"bench", "--model", tiny(t), "--depth", "512,4096,6000", "--prefill", "256", "--decode", "4", "--profile"}
	r, out := benchReport(t, args)
	if len(r.Points) != 3 || r.Ratios == nil || r.Ratios.Of != 6000 || r.Ratios.Prefill <= 0 || r.Ratios.Decode <= 0 {
		t.Fatalf("%s", out)
	}
	for _, p := range r.Points {
		if p.Submissions != 1 || p.Dispatches < 10 || p.Prefill <= 0 || p.Decode <= 0 || p.Bytes.Total() <= r.Memory.Weights || p.Attended < 400 {
			t.Errorf("%+v", p)
		}
	}
	for _, p := range r.Points {
		if p.PrefillIdle <= 0 || p.PrefillIdle >= 1 || p.DecodeIdle <= 0 || p.DecodeIdle >= 1 {
			t.Errorf("%+v", p)
		}
		if p.Mean <= 0 || p.OverRoofline() < 1 || p.OverRoofline() > 2 || p.Roofline <= p.Bytes.Weights {
			t.Errorf("%+v", p)
		}
	}
	if r.Peaks == nil || r.Peaks.Read <= 0 || r.Peaks.Compute <= 0 {
		t.Errorf("%+v", r.Peaks)
	}
	if w := r.Work["matmul"]; w.Microseconds <= 0 || w.Bytes != r.Points[0].Bytes.Weights || w.Flops <= 0 {
		t.Errorf("%+v", r.Work)
	}
	if first, last := r.Points[0], r.Points[2]; first.Store != last.Store || last.Attended > 2500 {
		t.Errorf("%+v, then %+v", first, last)
	}
	if r.FirstToken <= 0 || r.Memory.Device == 0 || len(r.Decode) < 5 || len(r.Prefill) < 5 {
		t.Errorf("%s", out)
	}
	if out, errs, code := foveactl(t, "", args...); code != 0 || len(out) < 500 {
		t.Errorf("%s, %s", out, errs)
	}
}

// A quotation is drafted rightly, all of it where it is longer than what is looked up.
func TestBenchLookup(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	args := []string{"bench", "--model", tiny(t), "--depth", "600", "--prefill", "256", "--decode", "40", "--lookup"}
	r, out := benchReport(t, args)
	if len(r.Points) != 1 || r.Points[0].Lookup == nil {
		t.Fatalf("%s", out)
	}
	l := r.Points[0].Lookup
	if l.Steps <= 0 || l.Lookup <= 0 || l.Drafted < 20 || l.Right < 20 || l.Right > l.Drafted || len(l.Batches) != 3 || l.Batches[2].Rate <= 0 {
		t.Errorf("%+v", l)
	}
	if out, errs, code := foveactl(t, "", args...); code != 0 || !strings.Contains(out, "a quotation is written at") {
		t.Errorf("%s, %s", out, errs)
	}
}

// In turn with others, each depth waits for its line.
func TestBenchPaced(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	args := []string{"bench", "--model", tiny(t), "--depth", "32,600", "--prefill", "600", "--decode", "2", "--paced"}
	out, errs, code := foveactl(t, "go\ngo\n", args...)
	if code != 0 {
		t.Fatal(errs)
	}
	d := json.NewDecoder(strings.NewReader(out))
	var ready bench.Report
	var points [2]bench.Point
	for _, v := range []any{&ready, &points[0], &points[1]} {
		if err := d.Decode(v); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	}
	if d.More() || ready.Device == "" || points[0].Depth != 32 || points[1].Depth != 600 || points[1].Mean <= 0 || points[1].Decode <= 0 {
		t.Errorf("%s", out)
	}
	fail(t, "needs a line on the standard input", args...)
	fail(t, "pass depth 34", "bench", "--model", tiny(t), "--depth", "32,34", "--decode", "2")
}
