package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"fovea/internal/tracerun"
)

func TestTrace(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	ids := make([]int32, 701)
	for i := range ids {
		ids[i] = int32(i * i % 250)
	}
	text, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	tokens, out := saved(t, "ids.json", string(text)), filepath.Join(t.TempDir(), "run.json")
	succeed(t, "", "trace", "--model", tiny(t), "--tokens", tokens, "--method", "actqkv", "--preset", "paper",
		"--block", "16", "--n-init", "32", "--n-local", "128", "--window", "64", "--top-k", "8", "--k-min", "6", "--k-max", "16",
		"--history", "8", "--repr", "2", "--predict", "5", "--out", out)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var f tracerun.File
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	// 700 tokens in windows of 64, the last token, and four that were generated.
	if len(f.Windows) != 11+1+4 || len(f.Greedy) != 5 || len(f.GreedyMargin) != 5 || len(f.FirstLogits) != 20 || len(f.LastLogits) != 20 {
		t.Fatalf("%d windows, %d tokens, %d logits", len(f.Windows), len(f.Greedy), len(f.FirstLogits))
	}
	last := f.Windows[10]
	if last.Queries != 60 || last.Blocks != (640-128-32)/16 || last.Inits != 32 || last.K[0] != 8 || len(last.IDs[1]) != 8 ||
		len(last.Bias) != 2 || len(last.Scores) != 2 || f.Windows[11].Scores != nil || f.Windows[12].Scores == nil {
		t.Errorf("the last window is %+v", last)
	}
	if p := f.Params; p.TopK != 8 || p.KMin != 6 || p.KMax != 16 || p.Tau != 1 || p.Mode != "actqkv" {
		t.Errorf("settings %+v", p)
	}
}

func TestTraceErrors(t *testing.T) {
	model, out := tiny(t), filepath.Join(t.TempDir(), "out.json")
	for says, tokens := range map[string]string{
		"a JSON array of token ids": saved(t, "text.json", "no"),
		"has no token ids":          saved(t, "none.json", "[]"),
		"not in the vocabulary":     saved(t, "large.json", "[1, 2, 70000]"),
		"no such file or directory": "none.json",
	} {
		fail(t, says, "trace", "--model", model, "--tokens", tokens, "--out", out)
	}
	ids := saved(t, "ids.json", "[1, 2, 3]")
	fail(t, "--predict is 0", "trace", "--model", model, "--tokens", ids, "--predict", "0", "--out", out)
	fail(t, "no such file or directory", "trace", "--model", model, "--tokens", ids, "--out", filepath.Join(t.TempDir(), "none", "out.json"))
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed run left a file")
	}
}
