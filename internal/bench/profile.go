package bench

import (
	"context"
	"strings"

	"fovea/gpu"
	"fovea/model"
	"fovea/model/trace"
)

// Profile is the time of each kernel of a step.
type Profile map[string]Kernel

// Kernel is the device time of a kernel in one step.
type Kernel struct {
	Calls        float64 `json:"calls"`
	Microseconds float64 `json:"microseconds"`
}

// Work is what the kernels of one kind do in one step.
type Work struct {
	Microseconds float64 `json:"microseconds"`
	Bytes        int64   `json:"bytes"` // that they read, without activations
	Flops        int64   `json:"flops"` // multiplications and additions of their products
}

func (w Work) rate(n int64) float64 { return float64(n) / w.Microseconds * 1e6 }

// BytesPerSecond is the rate at which the kernels read.
func (w Work) BytesPerSecond() float64 { return w.rate(w.Bytes) }

// FlopsPerSecond is the rate at which the kernels compute.
func (w Work) FlopsPerSecond() float64 { return w.rate(w.Flops) }

// profile times the kernels of a prefill window and of decode steps.
func (b *bench) profile(ctx context.Context, c model.Config, r *Result) error {
	b.dev.Profile(true)
	defer b.dev.Profile(false)
	if err := b.read(ctx, b.s.Pos()+b.o.Session.Settings.Window); err != nil {
		return err
	}
	r.Prefill = perStep(b.dev.Profile(true), 1)
	var last *trace.Step
	for range b.o.Decode {
		t, err := b.step(ctx)
		if err != nil {
			return err
		}
		last = t
	}
	r.Decode = perStep(b.dev.Profile(true), b.o.Decode)
	r.Work = work(c, r.Decode, b.s.StepBytes(last), last)
	return nil
}

func perStep(times map[string]gpu.KernelTime, steps int) Profile {
	p := Profile{}
	for name, t := range times {
		p[name] = Kernel{Calls: float64(t.Calls) / float64(steps), Microseconds: t.Time.Seconds() * 1e6 / float64(steps)}
	}
	return p
}

// partOf are kernels that have a part in the work that is named after another one.
var partOf = map[string]string{"project": "matmul", "matvec": "matmul", "coarse": "recall"}

// work says what the kernels of a decode step, whose times are p, read and
// compute. Kernels whose work does not follow from sizes are left out.
func work(c model.Config, p Profile, b model.StepBytes, t *trace.Step) map[string]Work {
	width, layers := int64(c.Heads*c.HeadDim), int64(c.Layers)
	weights := layers*int64(c.Dim)*(2*width+2*int64(c.KVHeads*c.HeadDim)+3*int64(c.FFN)) + int64(c.Dim)*int64(c.Vocab)
	attended := int64(t.Attended())
	all := map[string]Work{
		"matmul": {Bytes: b.Weights, Flops: 2 * weights},
		"attend": {Bytes: b.Attention, Flops: 4 * attended * width * layers}, // scores, and sums of values
		"weigh":  {Bytes: b.Weighing, Flops: 2 * attended * width * layers},
		"recall": {Bytes: b.Repr, Flops: 2 * int64(t.Blocks) * width * layers},
	}
	for kind, w := range all {
		for name, k := range p {
			of, _, _ := strings.Cut(name, "_")
			if other, ok := partOf[of]; ok {
				of = other
			}
			if of == kind {
				w.Microseconds += k.Microseconds
			}
		}
		if all[kind] = w; w.Microseconds == 0 || w.Bytes == 0 {
			delete(all, kind)
		}
	}
	return all
}
