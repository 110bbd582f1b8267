package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/internal/eval"
)

// measure runs an eval command that must not fail; it may tell its progress.
func measure(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := foveactl(t, "", append([]string{"eval"}, args...)...)
	if code != 0 {
		t.Fatalf("foveactl eval %q: code %d, %s", args, code, errs)
	}
	return out
}

func readResults(t *testing.T, path string) *eval.Results {
	t.Helper()
	r, err := eval.ReadResults(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// All measurements go into one file, of which a report is made.
func TestEval(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	model, folder := tiny(t), t.TempDir()
	results := filepath.Join(folder, "results.jsonl")
	common := []string{"--model", model, "--out", results, "--budget", "128", "--method", "full,streaming,fovea"}
	run := append([]string{"run", "--task", "passkey", "--length", "2500", "--questions", "2"}, common...)
	out := measure(t, run...)
	if n := len(readResults(t, results).Questions); n != 6 || !strings.Contains(out, "streaming") || !strings.Contains(out, "NEEDLE ATTENDED") {
		t.Fatalf("%d answers, %s", n, out)
	}
	before, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	measure(t, run...) // has nothing left to do
	if after, err := os.ReadFile(results); err != nil || string(after) != string(before) {
		t.Errorf("a second run changed the results, %v", err)
	}
	out = measure(t, append([]string{"likelihood", "--depth", "1000,2000", "--measure", "2"}, common...)...)
	out += measure(t, append([]string{"oracle", "--task", "passkey", "--length", "2500", "--questions", "1", "--steps", "2"}, common...)...)
	out += measure(t, append([]string{"answers", "--task", "passkey", "--length", "2500", "--facts", "2", "--questions", "2"}, common...)...)
	for _, want := range []string{"PERPLEXITY", "OVERLAP WITH DENSE ATTENTION", "ATTENTION ON NEEDLE", "KL BEYOND FOVEA'S"} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary lacks %s: %s", want, out)
		}
	}
	if r := readResults(t, results); len(r.Likelihood) != 3*2+3*2 || len(r.Oracle) != 1 || r.Header.Sources["needle"] == "" {
		t.Errorf("%+v", r)
	}
	checkReport(t, results, folder)

	// A task's texts are the same whatever tasks come before it.
	other := filepath.Join(folder, "other.jsonl")
	measure(t, "run", "--task", "needle,passkey", "--length", "2500", "--questions", "2", "--model", model, "--out", other, "--budget", "128", "--method", "streaming")
	for _, q := range readResults(t, other).Questions {
		if same := func(r eval.QuestionResult) bool { return r.Sample == q.Sample }; q.Task == "passkey" && !slices.ContainsFunc(readResults(t, results).Questions, same) {
			t.Errorf("behind another task text %s comes", q.Sample)
		}
	}
}

func checkReport(t *testing.T, results, folder string) {
	t.Helper()
	document, numbers := filepath.Join(folder, "quality.md"), filepath.Join(folder, "report.json")
	measure(t, "report", results, "--markdown", document, "--json", numbers, "--command", "make it")
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "`make it`") || !strings.Contains(string(text), "](images/layers-k.svg)") {
		t.Errorf("the document is %s", text)
	}
	if _, err := os.Stat(filepath.Join(folder, "images", "layers-k.svg")); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(numbers)
	if err != nil {
		t.Fatal(err)
	}
	var r eval.Report
	if err := json.Unmarshal(b, &r); err != nil || len(r.Answers) != 6 {
		t.Errorf("%v, %s", err, b)
	}
	out, errs, code := foveactl(t, "", "eval", "report", results, "--reference", "streaming", "--images", filepath.Join(folder, "other"))
	if code != 0 || !strings.Contains(out, "fovea") {
		t.Errorf("%s, %s", out, errs)
	}
	if _, err := os.Stat(filepath.Join(folder, "other", "kl.svg")); err != nil {
		t.Error(err)
	}
}

// A benchmark's file needs no more than its name.
func TestEvalBenchmark(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	folder := t.TempDir()
	results, file := filepath.Join(folder, "results.jsonl"), filepath.Join(folder, "qasper.jsonl")
	line := `{"input": "What is measured?", "context": "We measure light.", "answers": ["light"], "length": 4, "dataset": "qasper", "language": "en", "all_classes": null, "_id": "1"}` + "\n"
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	measure(t, "run", "--model", tiny(t), "--out", results, "--file", file, "--budget", "128", "--method", "streaming,fovea")
	r := readResults(t, results)
	if len(r.Questions) != 2 || r.Questions[0].Task != "qasper" || r.Questions[0].Length != 0 || !strings.Contains(r.Header.Sources["qasper"], "SHA-256") {
		t.Errorf("%+v", r)
	}
}

func TestEvalErrors(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	model, out := tiny(t), filepath.Join(t.TempDir(), "results.jsonl")
	run := func(says string, args ...string) {
		t.Helper()
		fail(t, says, append([]string{"eval", "run", "--model", model, "--out", out}, args...)...)
	}
	run("there is no method", "--method", "none")
	run("there is no task", "--task", "none")
	run("choose a multiple of 64", "--task", "passkey", "--length", "1500", "--budget", "100")
	run("no such file", "--file", "qasper.jsonl")
	fail(t, "foveactl --help", "eval", "run")
	fail(t, "no such file", "eval", "report", out+".none")
	fail(t, "there is no method", "eval", "report", out, "--reference", "none")
	if err := os.WriteFile(out, []byte(`{"header":{"model":"another"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("write to another file", "--task", "passkey", "--length", "1500", "--questions", "1", "--budget", "128")
}
