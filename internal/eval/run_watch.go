package eval

import (
	"math"
	"slices"

	"fovea/model/trace"
)

// watcher sums up what the layers did in the steps of an answer.
type watcher struct {
	needles []int // positions of the needles' tokens, ascending

	steps    int
	attended float64
	k, kk    []float64 // per layer: sums of k and of its square
	seen     []float64 // per layer: sum of the share of the needles' tokens that was attended
	always   float64   // sum of the share attended in every layer without recall
}

// watch takes in a step.
func (w *watcher) watch(t *trace.Step) {
	w.steps++
	w.attended += float64(t.Attended())
	always := 0
	for _, p := range w.needles {
		if inView(t, p) {
			always++
		}
	}
	w.always += share(always, len(w.needles))
	if w.k == nil {
		w.k, w.kk, w.seen = make([]float64, len(t.Layers)), make([]float64, len(t.Layers)), make([]float64, len(t.Layers))
	}
	for i := range t.Layers {
		l := &t.Layers[i]
		k, seen := float64(l.K), 0
		for _, p := range w.needles {
			if inView(t, p) || recalled(t, l, p) {
				seen++
			}
		}
		w.k[i] += k
		w.kk[i] += k * k
		w.seen[i] += share(seen, len(w.needles))
	}
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// inView says whether every layer attends the token at a position without
// recall.
func inView(t *trace.Step, pos int) bool {
	return len(t.Layers) == 0 || pos < t.Inits || pos >= t.RemFirst
}

// recalled says whether a layer recalled the block of the token at a position.
func recalled(t *trace.Step, l *trace.Layer, pos int) bool {
	_, found := slices.BinarySearch(l.IDs, int32((pos-t.InitEnd)/t.BlockSize))
	return found && pos >= t.InitEnd
}

// report writes the means over the steps to r.
func (w *watcher) report(r *QuestionResult) {
	n := float64(max(1, w.steps))
	r.Attended = round(w.attended / n)
	for i := range w.k {
		mean := w.k[i] / n
		r.K = append(r.K, round(mean))
		r.KSpread = append(r.KSpread, round(math.Sqrt(max(0, w.kk[i]/n-mean*mean))))
		if len(w.needles) > 0 {
			r.Needle = append(r.Needle, round(w.seen[i]/n))
		}
	}
	if len(w.needles) > 0 {
		r.InView = round(w.always / n)
	}
}

// round keeps what a measurement is worth, so that files stay small.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
