// Package model runs language models on a gpu.Device: configuration and
// weights from a GGUF file, the forward pass, and sessions that read and
// continue a text.
package model

import (
	"context"
	"fmt"
	"math"

	"fovea/gpu"
	"fovea/model/gguf"
)

// Model is a model on a device. Its sessions share the weights.
type Model struct {
	Config Config
	Limits Limits // of sessions made from now on
	// Integers has windows' products with weights of 4 bits computed in integers, in
	// sessions made from now on, where cooperative matrices do not serve them.
	Integers bool

	dev     gpu.Device
	lanes   int
	weights weights
	rope    rope

	coop      bool  // windows are computed by cooperative matrices
	coopWrong error // why not, on a device that has them

	vectors   map[shape]bool // products of steps that are faster by shaders.MatVec
	fasterInt bool
}

// Load reads the weights of f onto the device, repacked for its subgroups.
// progress is called, where set, with the share that is done, 0 to 1. The file
// may be closed afterwards.
func Load(ctx context.Context, dev gpu.Device, f *gguf.File, progress func(done float64)) (*Model, error) {
	c, err := ReadConfig(f)
	if err != nil {
		return nil, err
	}
	m := &Model{Config: c, dev: dev, lanes: dev.Info().SubgroupSize}
	factors, err := ropeFactors(f)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	l := loader{ctx: ctx, dev: dev, file: f, lanes: m.lanes, progress: progress, w: &m.weights}
	if err := l.load(c.plan(f, m.lanes, &m.weights)); err != nil {
		m.Close()
		return nil, fmt.Errorf("model: %w", err)
	}
	if m.weights.output == nil { // tied
		m.weights.output = m.weights.embedding
	}
	m.rope = newRope(&c, factors)
	for _, adapt := range []func(context.Context) error{m.verifyCoop, m.tune} {
		if err := adapt(ctx); err != nil {
			m.Close()
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	return m, nil
}

// ropeFactors reads the divisors of the angles, of which most models have none.
func ropeFactors(f *gguf.File) ([]float32, error) {
	t, ok := f.Tensor("rope_freqs.weight")
	if !ok {
		return nil, nil
	}
	v := floats(f, t)
	for _, x := range v {
		if !(x > 0) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("tensor %q has a factor of %v", t.Name, x)
		}
	}
	return v, nil
}

// WeightBytes is the device memory of the weights.
func (m *Model) WeightBytes() int64 {
	var n int64
	for _, b := range m.weights.buffers {
		n += b.Size()
	}
	return n
}

// stepWeights is what a step reads of the weights: all of them but, where the
// output has a matrix of its own, the embedding.
func (m *Model) stepWeights() int64 {
	n := m.WeightBytes()
	if &m.weights.output[0] != &m.weights.embedding[0] {
		for _, part := range m.weights.embedding {
			lo, hi := part.View.Range()
			n -= hi - lo
		}
	}
	return n
}

// Close frees the weights. All sessions must be closed before.
func (m *Model) Close() {
	for _, b := range m.weights.buffers {
		b.Free()
	}
	m.weights = weights{}
}
