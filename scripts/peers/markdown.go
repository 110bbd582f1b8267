package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// depthName names a depth in a table of a kind.
func depthName(k kind, depth int) string {
	if depth == behindPrompt && k.name == decode.name {
		return "0 (behind a prompt of 32)"
	}
	return comma(depth)
}

// ratio writes a ratio with its range over the rounds.
func (w *row) ratio() string {
	if w.Low == w.High {
		return fmt.Sprintf("%.2f", w.Ratio)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", w.Ratio, w.Low, w.High)
}

// print sums the comparisons up for a terminal.
func (r *results) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, stage := range []string{cpuStage, vulkanStage} {
		for _, k := range []kind{prefill, decode} {
			for i, row := range r.compare(stage, k) {
				if i == 0 {
					fmt.Fprintf(t, "\n%s, llama.cpp on %s\tFOVEA\tLLAMA.CPP\tRATIO\tTARGET\t\n", k.name, stage)
				}
				goal := "-"
				if row.Target > 0 {
					goal = fmt.Sprintf("%g, %s", row.Target, strings.Trim(mark(row.met()), "*"))
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", depthName(k, row.Depth), speed(row.Fovea), speed(row.Peer), row.ratio(), goal)
			}
		}
	}
	t.Flush()
}

// markdown is the document; picture is the plot's path as seen from it.
func (r *results) markdown(picture string) string {
	b, beyond := &strings.Builder{}, ""
	if r.Alone != nil {
		beyond = " Dashed: Fovea alone, at depths beyond the comparison; prefill is there the speed right before the depth."
	}
	fmt.Fprintf(b, `# Performance

Written by `+"`make bench-peers`"+`, which measures and then writes this file; nothing here is changed by hand.

![Speed against depth, Fovea and llama.cpp](%s)

Prefill is the mean speed of reading from an empty cache up to a depth, decode that of writing right behind it.%s

`, picture, beyond)
	r.conditions(b)
	r.comparison(b, cpuStage, "Beside llama.cpp's CPU backend", fmt.Sprintf(
		"llama.cpp runs native code on %s with flash attention on and off; the table has the faster of the two at each depth. Fovea runs on the Vulkan device %s. llama.cpp's context is raised beyond the model's own window for this test of speed only. Both round what weights are multiplied by: llama.cpp to bytes, Fovea while it reads to finer integers ([decision 22](decisions/0022-windows-in-integers.md)).",
		count(r.Of.Threads, "thread", "threads"), r.device()))
	r.comparison(b, vulkanStage, "Beside llama.cpp's Vulkan backend", fmt.Sprintf(
		"Both run on the same Vulkan device, each as the table above describes it. llama.cpp reads up to %s tokens by itself here; more, which would take it hours on a software driver, are read by its CPU backend and loaded as a saved state, so decode is measured there and prefill is not.", comma(mostRead)))
	if r.Alone != nil {
		r.writeAlone(b)
	}
	b.WriteString(again)
	return b.String()
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func (r *results) conditions(b *strings.Builder) {
	m := r.Of.Machine
	fmt.Fprintf(b, "| | |\n|---|---|\n| Machine | %s, %s, %s of memory, %s |\n", m.Processor, count(m.Cores, "core", "cores"), m.Memory, m.System)
	fmt.Fprintf(b, "| Model | `%s`, %d MB; keys and values as halves in all programs |\n| Fovea | %s |\n", r.Of.Model, r.Of.Bytes/1e6, r.Of.Fovea)
	for _, e := range []struct{ stage, name, title, pkg string }{
		{cpuStage, foveaName, "Fovea's device", ""},
		{cpuStage, peerName, "llama.cpp, CPU backend", "llama-cpp-python"},
		{vulkanStage, peerName, "llama.cpp, Vulkan backend", "node-llama-cpp"},
	} {
		if words := r.about(e.stage, e.name).words(e.pkg); words != "" {
			fmt.Fprintf(b, "| %s | %s |\n", e.title, words)
		}
	}
	fmt.Fprintf(b, `
Prefill is what a person waits for; decode is the median over %d tokens. The programs take turns at every depth of a round, in an order that rotates from round to round, and while one measures the others wait. Speeds are medians over the rounds in tokens/s; ratios are taken within a round, and the median is given with the lowest and the highest. Targets are those that Fovea has set itself for this model on two cores; above 1, Fovea is faster.
`, r.Of.Decode)
}

// about is what the engine of a comparison whose name begins so says of itself.
func (r *results) about(stage, name string) about {
	for _, key := range slices.Sorted(maps.Keys(r.About)) {
		if strings.HasPrefix(key, stage+": "+name) {
			return r.About[key]
		}
	}
	return about{}
}

// device is Fovea's.
func (r *results) device() string { return r.about(cpuStage, foveaName).Device }

// words puts together what an engine says of itself.
func (a about) words(pkg string) string {
	var w []string
	if pkg != "" && a.Version != "" {
		w = append(w, pkg+" "+a.Version)
	}
	if a.Release != "" {
		w = append(w, "llama.cpp release "+a.Release)
	}
	for _, word := range []string{a.Device, a.Driver} {
		if word != "" {
			w = append(w, word)
		}
	}
	var features []string
	for part := range strings.SplitSeq(a.System, "|") {
		if name, on := strings.CutSuffix(strings.TrimSpace(part), " = 1"); on {
			features = append(features, strings.TrimPrefix(name, "CPU : "))
		}
	}
	if len(features) > 0 {
		w = append(w, "built with "+strings.Join(features, ", "))
	}
	return strings.Join(w, "; ")
}

func (r *results) comparison(b *strings.Builder, stage, title, words string) {
	n := r.rounds(stage)
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n%s Measured in %s.\n", title, words, count(n, "round", "rounds"))
	for _, k := range []kind{prefill, decode} {
		rows := r.compare(stage, k)
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n| %s, tokens in the cache | Fovea | llama.cpp | its setting | Fovea over llama.cpp | Target | |\n|---|--:|--:|---|--:|--:|---|\n", k.name)
		for _, w := range rows {
			goal, met := "", ""
			if w.Target > 0 {
				goal, met = fmt.Sprintf("%g", w.Target), mark(w.met())
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", depthName(k, w.Depth), speed(w.Fovea), speed(w.Peer),
				strings.TrimPrefix(w.Setting, "llama.cpp, "), w.ratio(), goal, met)
		}
	}
}

// again says how to repeat all.
const again = `
## How to repeat it

` + "```" + `
make bench-peers                    # goes on where it was interrupted
make bench-peers PEERS='-rounds 3'  # options; make bench-peers PEERS=-help shows all
make bench                          # Fovea alone, on this machine's best device
` + "```" + `

It needs Python 3 and Node.js with npm, and takes about an hour on two cores: let nothing else run. llama.cpp is built from source for the processor at hand (llama-cpp-python); its Vulkan backend comes ready-made (node-llama-cpp). All figures are in ` + "`build/peers/results.json`" + `; without that file all is measured anew.
`
