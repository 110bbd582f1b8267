package model

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/shaders"
)

// shape is what decides how fast a product of a step is.
type shape struct {
	format     quant.Packed
	rows, cols int
	epilogue   shaders.Epilogue
}

func shapeOf(call shaders.Matmul) shape {
	return shape{call.W.Format, call.W.Rows, call.W.Cols, call.Epilogue}
}

// tunedLayers is over how many layers a product is measured: so many that weights do
// not lie in a card's cache.
const tunedLayers = 8

// tunedWindow are the tokens of a window whose products are measured.
const tunedWindow = 256

// tuning is memory for products that are measured: inputs that are zeros, results, and
// the parameters of a step.
type tuning struct{ x, y, params, quants, scale gpu.Buffer }

func (t *tuning) free() {
	for _, b := range []gpu.Buffer{t.x, t.y, t.params, t.quants, t.scale} {
		if b != nil {
			b.Free()
		}
	}
}

// newTuning is memory for steps of so many tokens.
func (m *Model) newTuning(tokens int, calls ...shaders.Matmul) (*tuning, error) {
	t, x, y, widest := &tuning{}, 0, 0, 0
	for _, call := range calls {
		x, y, widest = max(x, call.XStride), max(y, call.YStride), max(widest, call.W.Cols)
	}
	quants, scale := shaders.QuantsBytes(tokens, widest)
	err := m.allocAll(t.free, []memory{
		{&t.x, int64(tokens*x) * 4, gpu.Local},
		{&t.y, int64(tokens*y) * 4, gpu.Local},
		{&t.params, shaders.StepBytes(tokens), gpu.Host},
		{&t.quants, quants, gpu.Local},
		{&t.scale, scale, gpu.Local},
	})
	if err != nil {
		return nil, err
	}
	step := shaders.Step{Queries: uint32(tokens)}
	step.Put(t.params.Bytes())
	return t, nil
}

// of is a product with that memory.
func (t *tuning) of(call shaders.Matmul) shaders.Matmul {
	call.X, call.Y, call.Params = gpu.Whole(t.x), gpu.Whole(t.y), gpu.Whole(t.params)
	return call
}

// gain is how many times as fast another kernel must be to be taken.
const gain = 1.05

// faster says whether b is faster than a, which compute the products of a shape. The
// device remembers it.
func (m *Model) faster(ctx context.Context, s shape, a, b *gpu.Recording) (bool, error) {
	var names []string
	sum := sha256.New()
	for _, r := range []*gpu.Recording{a, b} {
		for _, op := range r.Ops {
			if name := op.Kernel.Name; !slices.Contains(names, name) {
				names = append(names, name)
				sum.Write(op.Kernel.SPIRV)
			}
		}
	}
	name := fmt.Sprintf("%s: %d by %d, %x", strings.Join(names, ", "), s.rows, s.cols, sum.Sum(nil))
	found, known := m.dev.Finding(name)
	if !known {
		times, err := gpu.Times(ctx, m.dev, a, b)
		if err != nil {
			return false, err
		}
		if gain*times[1].Seconds() < times[0].Seconds() {
			found = 1
		}
		m.dev.Keep(name, found)
	}
	return found == 1, nil
}

// tune finds out which kernels a graphics card computes products with the fastest.
func (m *Model) tune(ctx context.Context) error {
	if m.dev.Info().Team == 1 {
		return nil
	}
	if err := m.tuneSteps(ctx); err != nil {
		return err
	}
	return m.tuneIntegers(ctx)
}

// tuneSteps settles which products of steps are computed by MatVec.
func (m *Model) tuneSteps(ctx context.Context) error {
	shapes, calls := m.stepProducts()
	t, err := m.newTuning(1, slices.Concat(slices.Collect(maps.Values(calls))...)...)
	if err != nil {
		return err
	}
	defer t.free()
	m.vectors = map[shape]bool{}
	for _, s := range shapes {
		a, b := gpu.NewRecording("matmul"), gpu.NewRecording("matvec")
		for _, call := range calls[s] {
			t.of(call).Record(a, m.lanes)
			shaders.MatVec{Matmul: t.of(call)}.Record(b, m.lanes)
		}
		if m.vectors[s], err = m.faster(ctx, s, a, b); err != nil {
			return err
		}
	}
	return nil
}

// tuneIntegers finds out whether windows are read faster in integers, where there are
// no matrices, by the product that takes the longest.
func (m *Model) tuneIntegers(ctx context.Context) error {
	l := &m.weights.layers[0]
	if m.coop || len(l.gateUp) == 0 {
		return nil
	}
	w := l.gateUp[0].Weights
	call := shaders.Matmul{
		W: w, XStride: stride(w.Cols), Gain: l.ffnNorm, YStride: w.Rows, Epilogue: shaders.SwiGLU, Tokens: tunedWindow, Eps: m.Config.NormEps,
	}
	if !call.IntServes() {
		return nil
	}
	t, err := m.newTuning(tunedWindow, call)
	if err != nil {
		return err
	}
	defer t.free()
	call = t.of(call)
	a, b := gpu.NewRecording("floats"), gpu.NewRecording("integers")
	for range tunedLayers {
		call.Record(a, m.lanes)
		quants := shaders.Quants{X: gpu.Whole(t.quants), Scale: gpu.Whole(t.scale)}
		call.Inputs().Quantize(b, quants, m.lanes)
		shaders.MatmulInt{Matmul: call, Quants: quants}.Record(b, m.lanes)
	}
	m.fasterInt, err = m.faster(ctx, shapeOf(call), a, b)
	return err
}

// FasterInIntegers says whether the device is a graphics card that reads windows faster
// in integers, see Integers: one without cooperative matrices.
func (m *Model) FasterInIntegers() bool { return m.fasterInt }

// stepProducts are the products of a step that MatVec serves too, of some layers, by
// their shapes, without inputs and results.
func (m *Model) stepProducts() (shapes []shape, calls map[shape][]shaders.Matmul) {
	calls = map[shape][]shaders.Matmul{}
	add := func(parts []matrix, call shaders.Matmul) {
		call.Tokens, call.Eps = 1, m.Config.NormEps
		for _, part := range parts {
			call.W, call.XStride, call.YStride = part.Weights, stride(part.Cols), part.Rows
			s := shapeOf(call)
			if !call.VecServes(m.lanes) || len(calls[s]) == tunedLayers {
				continue
			}
			if calls[s] == nil {
				shapes = append(shapes, s)
			}
			calls[s] = append(calls[s], call)
		}
	}
	for i := range m.weights.layers {
		l := &m.weights.layers[i]
		add(l.qkv, shaders.Matmul{Gain: l.attnNorm})
		add(l.out, shaders.Matmul{Epilogue: shaders.Add})
		add(l.gateUp, shaders.Matmul{Gain: l.ffnNorm, Epilogue: shaders.SwiGLU})
		add(l.down, shaders.Matmul{Epilogue: shaders.Add})
	}
	add(m.weights.output, shaders.Matmul{Gain: m.weights.outputNorm, Last: true})
	return shapes, calls
}
