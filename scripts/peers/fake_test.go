package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fovea/internal/bench"
	"fovea/internal/bench/peak"
	"fovea/model"
)

// fakeVariable makes the test's own program play foveactl, Python and Node. Its
// value is "well", or the depth at which llama.cpp with flash attention off
// breaks.
const fakeVariable = "FOVEA_TEST_PEER"

func TestMain(m *testing.M) {
	if how := os.Getenv(fakeVariable); how != "" {
		if err := fake(how, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		return
	}
	os.Exit(m.Run())
}

// fake behaves as the programs that take part do; what it measures is made up.
func fake(how string, args []string) error {
	option := func(name string) string {
		for i, a := range args {
			if a == name && i+1 < len(args) {
				return args[i+1]
			}
		}
		return ""
	}
	has := func(name string) bool { return strings.Contains(" "+strings.Join(args, " ")+" ", " "+name+" ") }
	out := json.NewEncoder(os.Stdout)
	switch {
	case has("--version"):
		fmt.Println("foveactl fake")
		return nil
	case has("--start"):
		return out.Encode(map[string]any{"first_token_seconds": []float64{1.9, 1.1, 1.2}, "document": map[string]any{"tokens": 8192, "peak_bytes": 400 << 20}})
	case has("--json"):
		return out.Encode(fakeReport())
	case option("--save") != "":
		return os.WriteFile(option("--save"), []byte(option("--depth")), 0o644)
	}
	fmt.Fprintln(os.Stderr, "loading a model that is not there")
	if err := out.Encode(map[string]string{"version": "1.2", "device": "softpipe (none)", "system": "CPU : AVX2 = 1 | FMA = 1 | SVE = 0 | "}); err != nil {
		return err
	}
	fovea, flash, vulkan := has("bench"), option("--flash"), strings.HasSuffix(args[0], ".mjs")
	lines := bufio.NewScanner(os.Stdin)
	for word := range strings.SplitSeq(option("--depth"), ",") {
		if !lines.Scan() {
			return fmt.Errorf("no line for depth %s", word)
		}
		if how == word && flash == "off" {
			return fmt.Errorf("out of made-up memory at %s", word)
		}
		depth, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		p := fakePoint(depth, fovea, flash, vulkan)
		if option("--load") != "" && depth > mostRead {
			if text, err := os.ReadFile(option("--load")); err != nil || string(text) != word {
				return fmt.Errorf("the saved state is of %s tokens: %w", text, err)
			}
			p.Mean = 0
		}
		if err := out.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// fakePoint has Fovea at one speed at all depths, and llama.cpp slower the
// deeper, without flash attention faster first and slower then.
func fakePoint(depth int, fovea bool, flash string, vulkan bool) bench.Point {
	p := bench.Point{Depth: depth, Mean: 250, Decode: 80}
	if fovea {
		return p
	}
	x := float64(depth)
	p.Mean, p.Decode = 1e6/(2000+0.3*x), 1e6/(6000+2*x)
	if flash == "off" {
		p.Mean, p.Decode = 1e6/(1800+0.5*x), 1e6/(5000+3*x)
	}
	if vulkan {
		p.Mean, p.Decode = p.Mean/150, p.Decode/100
	}
	return p
}

func fakeReport() *bench.Report {
	point := func(depth int, synthetic bool) bench.Point {
		b := model.StepBytes{Weights: 100 << 20, Attention: 40 << 20, Weighing: 20 << 20, Repr: int64(depth) << 8}
		p := bench.Point{
			Depth: depth, Synthetic: synthetic, Prefill: 240, Decode: 70, Attended: 2048, Store: int64(depth) << 14, Dispatches: 120, Submissions: 1,
			Bytes: b, Roofline: bench.Roofline(b),
		}
		if !synthetic {
			p.Mean = 245
		}
		return p
	}
	return &bench.Report{
		Layers: 30, Device: "softpipe (none)", Driver: "fake 1",
		Result: &bench.Result{
			Points:  []bench.Point{point(4096, false), point(8192, false), point(200_000, true), point(500_000, true)},
			Decode:  bench.Profile{"matmul_q4_t1": {Calls: 121, Microseconds: 9000}, "attend_t3": {Calls: 30, Microseconds: 1000}},
			Prefill: bench.Profile{"matmul_q4_t4": {Calls: 121, Microseconds: 1e6}},
			Peaks:   &peak.Peaks{Read: 20e9, Compute: 100e9},
			Work:    map[string]bench.Work{"matmul": {Microseconds: 9000, Bytes: 90e6, Flops: 270e6}},
		},
	}
}

// fakes makes options whose programs are all the test's own.
func fakes(t *testing.T, how string) options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "path")
	for _, program := range []string{filepath.Join(dir, "venv", "bin", "python"), filepath.Join(path, "node")} {
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, program); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "tiny.gguf")
	if err := os.WriteFile(file, []byte("GGUF"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	t.Setenv(fakeVariable, how)
	o, err := parse([]string{
		"-foveactl", self, "-model", file, "-dir", dir, "-threads", "2",
		"-markdown", filepath.Join(dir, "docs", "performance.md"), "-image", filepath.Join(dir, "docs", "images", "speed.png"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(o.markdown), 0o755); err != nil {
		t.Fatal(err)
	}
	return o
}
