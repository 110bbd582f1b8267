package tracerun

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fovea/model"
	"fovea/model/kvcache"
	"fovea/model/trace"
)

// topLogits is how many logits a file keeps.
const topLogits = 20

// Options of a run.
type Options struct {
	Predict int // tokens to continue with, at least 1
	// Decode gives the text of tokens; nil: none.
	Decode func([]int32) string
	// Progress is called after every step with the number of tokens read and
	// how many there will be.
	Progress func(done, of int)
}

// Run reads the prompt ids in windows, its last token as a step of its own,
// and then predicts tokens one by one, always the most likely one.
func Run(ctx context.Context, s *model.Session, ids []int32, o Options) (*File, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("tracerun: the prompt has no tokens")
	}
	if o.Predict < 1 {
		return nil, fmt.Errorf("tracerun: %d tokens to predict, must be 1 or more", o.Predict)
	}
	s.Watch = kvcache.Watch{Scores: true, Bias: true}
	f := &File{Params: ParamsOf(s.Settings()), NPrompt: len(ids), IDs: ids}
	start := time.Now()
	of := len(ids) + o.Predict - 1
	progress := func(done int) {
		if o.Progress != nil {
			o.Progress(done, of)
		}
	}

	last := len(ids) - 1
	err := s.Prefill(ctx, ids[:last], func(done int, t *trace.Step) {
		f.add(t, done == last)
		progress(done)
	})
	if err != nil {
		return nil, err
	}
	f.Seconds.Prefill = time.Since(start).Seconds()

	next := ids[last]
	for i := range o.Predict {
		logits, t, err := s.Step(ctx, next)
		if err != nil {
			return nil, err
		}
		top := Top(logits, topLogits)
		if i == 0 {
			f.FirstLogits = top
		}
		f.LastLogits = top
		next = top[0].ID
		f.Greedy = append(f.Greedy, next)
		f.GreedyMargin = append(f.GreedyMargin, top[0].Value-top[1].Value)
		f.add(t, i == 1)
		progress(len(ids) + i)
	}
	f.Seconds.Total = time.Since(start).Seconds()
	if o.Decode != nil {
		f.GreedyText = o.Decode(f.Greedy)
	}
	return f, nil
}

// Top gives the n highest logits, highest first; of equals the first.
func Top(logits []float32, n int) []Logit {
	all := make([]Logit, len(logits))
	for i, v := range logits {
		all[i] = Logit{int32(i), v}
	}
	slices.SortStableFunc(all, func(a, b Logit) int { return cmp.Compare(b.Value, a.Value) })
	return all[:min(n, len(all))]
}

// add appends a step as a window.
func (f *File) add(t *trace.Step, scores bool) {
	if len(t.Layers) == 0 {
		return // dense attention decides nothing
	}
	w := Window{W: len(f.Windows), Queries: t.Queries, Blocks: t.Blocks, Inits: t.Inits, Rem: t.RemEnd - t.RemFirst}
	all := true
	for i := range t.Layers {
		l := &t.Layers[i]
		w.K = append(w.K, l.K)
		w.Entropy = append(w.Entropy, l.Entropy)
		w.H = append(w.H, when(t.Blocks >= 2, l.H))
		w.Left = append(w.Left, l.Left)
		w.Gap = append(w.Gap, when(l.K < t.Blocks, l.Gap))
		w.Top = append(w.Top, when(t.Blocks > 0, l.Top))
		w.Low = append(w.Low, when(t.Blocks > 0, l.Low))
		if l.Bias != nil {
			w.Bias = append(w.Bias, summary(l.Bias))
		}
		all = all && l.K == t.Blocks
		w.IDs = append(w.IDs, l.IDs)
		if scores && l.Scores != nil {
			w.Scores = append(w.Scores, l.Scores)
		}
	}
	if all {
		w.IDs = nil
	}
	f.Windows = append(f.Windows, w)
}

func when(ok bool, v float32) *float32 {
	if !ok {
		return nil
	}
	return &v
}

func summary(bias []float32) Bias {
	b := Bias{Min: bias[0], Max: bias[0]}
	sum := 0.0
	for i, v := range bias {
		sum += float64(v)
		b.Min = min(b.Min, v)
		if v > b.Max {
			b.Max, b.ArgMax = v, i
		}
	}
	b.Mean = float32(sum / float64(len(bias)))
	return b
}
