package main

import (
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fovea/internal/bench"
)

// A whole run with made-up programs: measured in turn, kept, written.
func TestRun(t *testing.T) {
	o := fakes(t, "well")
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	kept := read(t, o)
	if n := len(kept.Measured); n != o.rounds*(len(o.cpu)+len(o.vulkan)) {
		t.Fatalf("%d points were kept", n)
	}
	for _, m := range kept.Measured {
		if len(m.Points) != 3 {
			t.Errorf("%+v", m)
		}
	}
	text, err := os.ReadFile(o.markdown)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"![Speed against depth, Fovea and llama.cpp](images/speed.png)",
		"| llama.cpp, CPU backend | llama-cpp-python 1.2; softpipe (none); built with AVX2, FMA |",
		"| Fovea | foveactl fake |",
		"| 512 | 250 | 486 | flash attention off | 0.51 | 0.6 | **missed** |",
		"| 30,000 | 250 | 90.9 | flash attention on | 2.75 | 3 | **missed** |",
		"| 0 (behind a prompt of 32) | 80 | 196 | flash attention off | 0.41 | 0.4 | met |",
		"| 7,800 | 80 | 46.3 | flash attention on | 1.73 | 1.8 | **missed** |",
		"| 7,800 | 80 | 0.463 | flash attention on | 172.80 | 30 | met |",
		"| 500,000\\* | 240 | 70 |",
		"| Decode speed at 500,000 tokens over that at 4,096 | 1.00 | at least 0.8 | met |",
		"| Dispatches a decoded token | 120 | at most 155: 5 a layer and 5 | met |",
		"after the start of the process, median of 3 starts | 1.20 s | at most 1.5 s | met |",
		"| Peak resident memory with 8,192 tokens read | 400 MiB | under 350 MiB | **missed** |",
		"| `matmul` | 86 MiB | 10.0 | 50 % | 30.0 | 30 % |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document has no %q", want)
		}
	}
	// Vulkan does not read 7,800 tokens.
	if strings.Count(string(text), "\n| 7,800 |") != 3 || strings.Contains(string(text), "NaN") {
		t.Errorf("%s", text)
	}
	picture(t, o.image)

	// What is there is not measured again.
	t.Setenv(fakeVariable, "4096")
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func picture(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			switch img.At(x, y) {
			case foveaColour:
				colours["Fovea"] = true
			case peerColour:
				colours["llama.cpp"] = true
			}
		}
	}
	if len(colours) != 2 {
		t.Errorf("the picture shows only %v", colours)
	}
}

func read(t *testing.T, o options) *results {
	t.Helper()
	of, err := subjectOf(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := open(filepath.Join(o.dir, "results.json"), of)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// A program that breaks ends the run with what it said; the next run goes on.
func TestGoesOn(t *testing.T) {
	o := fakes(t, "4096")
	err := run(t.Context(), o)
	for _, want := range []string{"llama.cpp, flash attention off", "out of made-up memory at 4096", "goes on from there"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%v, not %q", err, want)
		}
	}
	kept := read(t, o)
	if missing := kept.missing(cpuStage, 1, o.cpu); !reflect.DeepEqual(missing, o.cpu[2:]) {
		t.Fatalf("missing are %v", missing)
	}
	t.Setenv(fakeVariable, "512") // measured already in the first round, not in the second
	if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "out of made-up memory at 512") {
		t.Fatal(err)
	}
	kept = read(t, o)
	if len(kept.missing(cpuStage, 1, o.cpu)) > 0 || !reflect.DeepEqual(kept.missing(cpuStage, 2, o.cpu), o.cpu[1:]) {
		t.Errorf("%+v", kept.Measured)
	}

	// Those of another setting are put aside, not mixed.
	of := kept.Of
	of.Decode++
	if kept, err = open(kept.path, of); err != nil || len(kept.Measured) > 0 {
		t.Fatal(kept, err)
	}
	if _, err := os.Stat(kept.path + ".old"); err != nil {
		t.Error(err)
	}
}

// No answer, an answer that is none, one of another depth, and no program.
func TestDriver(t *testing.T) {
	dir := t.TempDir()
	script := func(text string) stage {
		path := filepath.Join(dir, "script")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		e := foveaEngine(options{foveactl: path, model: "none"})
		return stage{name: cpuStage, depths: []int{7}, engines: []engine{e}, logs: dir}
	}
	for text, want := range map[string]string{
		"echo so it goes >&2; exit 2":           "exit status 2; all that it wrote is in " + filepath.Join(dir, "log", "fovea.txt") + ", last:\nso it goes",
		"echo hello":                            `its answer "hello"`,
		"echo '{}'; read l":                     "unexpected EOF",
		`echo '{}'; read l; echo '{"depth":8}'`: "not at depth 7",
		`echo '{}'; read l; echo '{"depth":7,"decode_tokens_per_second":1}'; exit 1`: "exit status 1",
	} {
		s := script(text)
		kept := &results{About: map[string]about{}, path: filepath.Join(dir, "results.json")}
		if err := s.run(t.Context(), kept, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
	s := script("")
	s.engines[0] = foveaEngine(options{foveactl: filepath.Join(dir, "none")})
	if err := s.run(t.Context(), &results{}, 1); err == nil || !strings.Contains(err.Error(), "make bench-peers") {
		t.Error(err)
	}
}

// Vulkan is not compared with Vulkan on another device.
func TestOtherDevice(t *testing.T) {
	dir := t.TempDir()
	s := stage{name: vulkanStage, depths: []int{7}, logs: dir, oneDevice: true}
	for _, device := range []string{"one", "one (wide)", "two"} {
		path := filepath.Join(dir, device)
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho '{\"device\":\""+device+"\"}'; read l\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		e := foveaEngine(options{foveactl: path})
		e.name, e.log = device, device
		s.engines = append(s.engines, e)
	}
	err := s.run(t.Context(), &results{About: map[string]about{}}, 1)
	if err == nil || !strings.Contains(err.Error(), `two runs on the device "two", and one on "one"`) {
		t.Error(err)
	}
}

// Engines take turns in another order in each round.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "script")
	text := "#!/bin/sh\necho '{}'; read l; echo $4 >>" + dir + "/order; echo '{\"depth\":7,\"decode_tokens_per_second\":1}'\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	s := stage{name: cpuStage, depths: []int{7}, logs: dir}
	for _, name := range []string{"a", "b", "c"} {
		e := foveaEngine(options{foveactl: path, model: name})
		e.name, e.log = name, name
		s.engines = append(s.engines, e)
	}
	kept := &results{About: map[string]about{}, path: filepath.Join(dir, "results.json")}
	if err := s.run(t.Context(), kept, 3); err != nil {
		t.Fatal(err)
	}
	if order, err := os.ReadFile(dir + "/order"); err != nil || strings.Join(strings.Fields(string(order)), "") != "abcbcacab" {
		t.Errorf("%s, %v", order, err)
	}
}

// Ratios are those within a round, beside the setting that is faster at the depth.
func TestCompare(t *testing.T) {
	r := &results{}
	for round, v := range [][3]float64{{100, 50, 40}, {10, 20, 80}, {90, 30, 20}} {
		r.Measured = append(r.Measured, measured{Stage: cpuStage, Round: round + 1, Depth: 4096, Points: points(v)})
	}
	r.Measured = append(r.Measured, measured{Stage: vulkanStage, Round: 1, Depth: 4096, Points: points([3]float64{1, 1, 1})})
	rows := r.compare(cpuStage, decode)
	// Medians are 90, 30 and 40; off is faster, with the ratios 2.5, 0.125 and 4.5.
	want := []row{{Depth: 4096, Fovea: 90, Peer: 40, Setting: "llama.cpp, off", Ratio: 2.5, Low: 0.125, High: 4.5, Target: 1.2}}
	if !reflect.DeepEqual(rows, want) || !rows[0].met() || rows[0].ratio() != "2.50 (0.12 to 4.50)" {
		t.Errorf("%+v", rows)
	}
	if rows := r.compare(cpuStage, prefill); len(rows) != 0 {
		t.Errorf("%+v, where nothing was measured", rows)
	}
}

// points are those of Fovea and of llama.cpp in two settings, with speeds of decode.
func points(v [3]float64) map[string]bench.Point {
	return map[string]bench.Point{foveaName: {Decode: v[0]}, "llama.cpp, on": {Decode: v[1]}, "llama.cpp, off": {Decode: v[2]}}
}

func TestParse(t *testing.T) {
	for args, want := range map[string]string{
		"":                          "give a GGUF file",
		"-model m -cpu 5,4":         "-cpu 5,4: write rising numbers",
		"-model m -vulkan 0":        "-vulkan 0",
		"-model m -cpu=":            "-cpu needs a depth",
		"-model m -rounds 0":        "1 or more -rounds",
		"-model m -cpu 1 something": "nothing else",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", args, err, want)
		}
	}
	o, err := parse([]string{"-model", "m", "-vulkan="})
	if err != nil || o.vulkan != nil || !slices.Contains(o.cpu, 30000) {
		t.Errorf("%+v, %v", o, err)
	}
}
