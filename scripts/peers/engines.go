package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed llama.py
var llamaDriver []byte

//go:embed vulkan.mjs
var vulkanDriver []byte

// engine is a program as it takes part in a comparison, in one setting.
type engine struct {
	name string
	log  string
	// command measures at depths.
	command func(ctx context.Context, depths []int) *exec.Cmd
	// prepare is run before, where set.
	prepare func(ctx context.Context) error
}

// drivers are the files that make llama.cpp measure.
type drivers struct{ llama, vulkan string }

// writeDrivers puts them where install.sh installed what they import.
func writeDrivers(dir string) (d drivers, err error) {
	d = drivers{filepath.Join(dir, "llama.py"), filepath.Join(dir, "node", "vulkan.mjs")}
	for path, text := range map[string][]byte{d.llama: llamaDriver, d.vulkan: vulkanDriver} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return d, fmt.Errorf("the folder of llama.cpp: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return d, fmt.Errorf("the folder of llama.cpp: %w", err)
		}
	}
	return d, nil
}

// list writes depths as an option.
func list(depths []int) string {
	words := make([]string, len(depths))
	for i, d := range depths {
		words[i] = strconv.Itoa(d)
	}
	return strings.Join(words, ",")
}

// foveaName is Fovea among the engines; the others' names begin with peerName.
const (
	foveaName = "Fovea"
	peerName  = "llama.cpp"
)

// whole is more tokens than any depth: Fovea then reads from one depth to the
// next without a break in between.
const whole = "10000000"

func foveaEngine(o options) engine {
	return engine{name: foveaName, log: "fovea", command: func(ctx context.Context, depths []int) *exec.Cmd {
		return exec.CommandContext(ctx, o.foveactl, "bench", "--paced", "--model", o.model, "--depth", list(depths),
			"--prefill", whole, "--decode", strconv.Itoa(o.decode))
	}}
}

// cpuEngine is llama.cpp's CPU backend, with flash attention "on" or "off".
func cpuEngine(o options, d drivers, flash string) engine {
	return engine{name: peerName + ", flash attention " + flash, log: "llama-cpu-" + flash, command: func(ctx context.Context, depths []int) *exec.Cmd {
		return exec.CommandContext(ctx, filepath.Join(o.dir, "venv", "bin", "python"), d.llama, "--model", o.model, "--depth", list(depths),
			"--decode", strconv.Itoa(o.decode), "--threads", strconv.Itoa(o.cores), "--flash", flash)
	}}
}

// vulkanEngine is llama.cpp's Vulkan backend, on lavapipe with the driver's own
// vector width: with vectors of 512 bits, which Fovea asks for where there are
// such, it was slower. The keys and values of the
// greatest depth are read by its CPU backend, once.
func vulkanEngine(o options, d drivers, flash string) engine {
	last := o.vulkan[len(o.vulkan)-1:]
	saved := filepath.Join(o.dir, fmt.Sprintf("%s-%d-%s.bin", filepath.Base(o.model), last[0], flash))
	node := func(ctx context.Context, depths []int, more ...string) *exec.Cmd {
		args := []string{
			d.vulkan, "--model", o.model, "--depth", list(depths), "--decode", strconv.Itoa(o.vulkanDecode),
			"--threads", strconv.Itoa(o.cores), "--flash", flash,
		}
		cmd := exec.CommandContext(ctx, "node", append(args, more...)...)
		cmd.Env = append(os.Environ(), "GGML_VK_VISIBLE_DEVICES=0") // takes a CPU device too
		return cmd
	}
	return engine{
		name: peerName + ", flash attention " + flash, log: "llama-vulkan-" + flash,
		command: func(ctx context.Context, depths []int) *exec.Cmd {
			if depths[len(depths)-1] == last[0] && last[0] > mostRead {
				return node(ctx, depths, "--load", saved)
			}
			return node(ctx, depths)
		},
		prepare: func(ctx context.Context) error {
			if _, err := os.Stat(saved); err == nil || last[0] <= mostRead {
				return nil
			}
			fmt.Fprintf(os.Stderr, "reading %d tokens for llama.cpp's Vulkan backend, on the CPU\n", last[0])
			partial := saved + ".partial"
			if out, err := node(ctx, last, "--backend", "cpu", "--save", partial).CombinedOutput(); err != nil {
				return fmt.Errorf("llama.cpp could not read for its Vulkan backend: %w\n%s", err, out)
			}
			return os.Rename(partial, saved)
		},
	}
}

// mostRead is the greatest depth, in tokens, that llama.cpp's Vulkan backend
// reads to by itself: on a software driver it reads 3 tokens a second.
const mostRead = 1024

// stages are the comparisons of a run.
func stages(o options, d drivers) (s []stage) {
	if len(o.cpu) > 0 {
		s = append(s, stage{name: cpuStage, depths: o.cpu, logs: o.dir, engines: []engine{foveaEngine(o), cpuEngine(o, d, "on"), cpuEngine(o, d, "off")}})
	}
	if len(o.vulkan) > 0 {
		s = append(s, stage{name: vulkanStage, depths: o.vulkan, logs: o.dir, oneDevice: true, engines: []engine{foveaEngine(o), vulkanEngine(o, d, "on"), vulkanEngine(o, d, "off")}})
	}
	return s
}
