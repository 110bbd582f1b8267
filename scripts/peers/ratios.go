package main

import (
	"slices"

	"fovea/internal/bench"
)

// kind is what is compared.
type kind struct {
	name, verb string
	value      func(bench.Point) float64 // tokens/s; 0: not measured
	targets    map[string]map[int]float64
}

// behindPrompt is the depth, in tokens, that stands for an empty cache where
// decode is measured: right behind a short prompt.
const behindPrompt = 32

// The targets are least ratios of Fovea's speed to llama.cpp's, by comparison
// and depth.
var (
	prefill = kind{
		name: "Prefill", verb: "reading", value: func(p bench.Point) float64 { return p.Mean },
		targets: map[string]map[int]float64{
			cpuStage:    {512: 0.6, 4096: 1, 8192: 1.4, 30000: 3},
			vulkanStage: {512: 30},
		},
	}
	decode = kind{
		name: "Decode", verb: "writing", value: func(p bench.Point) float64 { return p.Decode },
		targets: map[string]map[int]float64{
			cpuStage:    {behindPrompt: 0.4, 4096: 1.2, 7800: 1.8, 30000: 6},
			vulkanStage: {behindPrompt: 30, 7800: 30},
		},
	}
)

// row is a depth of a comparison. Speeds are medians over the rounds, in
// tokens/s; the peer's is that of its faster setting there.
type row struct {
	Depth       int
	Fovea, Peer float64
	Setting     string // the peer's
	// Ratio of Fovea's speed to the peer's: median, lowest and highest of those
	// within one round.
	Ratio, Low, High float64
	Target           float64 // 0: none
}

// met says whether the target is reached.
func (w *row) met() bool { return w.Ratio >= w.Target }

// median is the middle one of some values, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// compare puts Fovea beside the faster setting of its peer at every depth where
// both were measured.
func (r *results) compare(stage string, k kind) (rows []row) {
	byDepth := map[int][]measured{}
	for _, m := range r.Measured {
		if m.Stage == stage {
			byDepth[m.Depth] = append(byDepth[m.Depth], m)
		}
	}
	for depth, rounds := range byDepth {
		speeds := map[string][]float64{}
		for _, m := range rounds {
			for name, p := range m.Points {
				if v := k.value(p); v > 0 {
					speeds[name] = append(speeds[name], v)
				}
			}
		}
		w := row{Depth: depth, Target: k.targets[stage][depth]}
		for name, v := range speeds {
			switch m := median(v); {
			case name == foveaName:
				w.Fovea = m
			case m > w.Peer:
				w.Peer, w.Setting = m, name
			}
		}
		if w.Fovea == 0 || w.Peer == 0 {
			continue
		}
		var ratios []float64
		for _, m := range rounds {
			if f, p := k.value(m.Points[foveaName]), k.value(m.Points[w.Setting]); f > 0 && p > 0 {
				ratios = append(ratios, f/p)
			}
		}
		w.Ratio = median(ratios)
		w.Low, w.High = ratios[0], ratios[len(ratios)-1]
		rows = append(rows, w)
	}
	slices.SortFunc(rows, func(a, b row) int { return a.Depth - b.Depth })
	return rows
}

// rounds is how often a comparison was made at the depth that has it most.
func (r *results) rounds(stage string) (n int) {
	for _, m := range r.Measured {
		if m.Stage == stage {
			n = max(n, m.Round)
		}
	}
	return n
}
