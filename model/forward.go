package model

import (
	"slices"

	"fovea/gpu"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// activations are the buffers of one step's forward pass, in floats. The
// strides are padded to whole blocks of 32 columns and to whole texels.
type activations struct {
	x   gpu.Buffer // (window, dim): the residual stream
	ffn gpu.Buffer // (window, ffn)
	// logits is Host memory, so that the step's end is the host's to read.
	logits gpu.Buffer // (vocabulary)
	batch  gpu.Buffer // the same of each token of a batch, once there was one
	// Where only the highest logits are given: those of each token of a batch, what
	// is left of them between two rounds, and, in Host memory, what is found. Else
	// nil.
	ranked, narrowed, found gpu.Buffer
	// Inputs of windows' products that are not floats; nil where all are.
	converted, scale gpu.Buffer
}

// buffers are those that there are.
func (a *activations) buffers() []gpu.Buffer {
	all := []gpu.Buffer{a.x, a.ffn, a.logits, a.batch, a.ranked, a.narrowed, a.found, a.converted, a.scale}
	return slices.DeleteFunc(all, func(b gpu.Buffer) bool { return b == nil })
}

func (a *activations) free() {
	for _, b := range a.buffers() {
		b.Free()
	}
}

// stride rounds a row of n floats up to whole blocks of weights.
func stride(n int) int { return (n + 31) / 32 * 32 }

// memory is a buffer to make, where it has any bytes.
type memory struct {
	to    *gpu.Buffer
	bytes int64
	heap  gpu.Heap
}

// newActivations makes those of windows; features are those of all query heads.
func (m *Model) newActivations(window, features int) (a activations, err error) {
	c := &m.Config
	converted, scale := int64(0), int64(0)
	switch widest := max(c.Dim, c.FFN, features); {
	case m.windowCoop(window):
		converted, scale = shaders.HalvesBytes(window, widest)
	case m.windowInt(window):
		converted, scale = shaders.QuantsBytes(window, widest)
	}
	err = m.allocAll(a.free, []memory{
		{&a.x, int64(window*stride(c.Dim)) * 4, gpu.Local},
		{&a.ffn, int64(window*stride(c.FFN)) * 4, gpu.Local},
		{&a.logits, int64(c.Vocab) * 4, gpu.Host},
		{&a.converted, converted, gpu.Local},
		{&a.scale, scale, gpu.Local},
	})
	return a, err
}

// allocAll makes buffers. Where one cannot be made, it frees those of their owner.
func (m *Model) allocAll(free func(), all []memory) (err error) {
	for _, b := range all {
		if b.bytes == 0 {
			continue
		}
		if *b.to, err = m.dev.Alloc(gpu.Align(b.bytes), b.heap); err != nil {
			free()
			return err
		}
	}
	return nil
}

// program is the forward pass in recordings that run one after another: one, or
// as many as a paged cache needs (kvcache.Cache.Paged).
type program []*gpu.Recording

// pass is what forward passes differ in.
type pass struct {
	name    string
	window  int  // tokens of a step at most
	logits  bool // those of the last token are computed, of a batch those of all
	highest int  // of which only so many of the highest are given; 0: all
	seals   bool // the blocks that fill up are sealed
}

// record is a forward pass.
func (m *Model) record(a *activations, cache *kvcache.Cache, p pass) program {
	window := p.window
	begin := func() *gpu.Recording {
		r := gpu.NewRecording(p.name)
		r.Brief = window == 1 || cache.Batching
		return r
	}
	r := begin()
	parts := program{r}
	c, w, lanes := &m.Config, &m.weights, m.lanes
	params := cache.Params()
	x, ffn := gpu.Whole(a.x), gpu.Whole(a.ffn)
	dim, hidden := stride(c.Dim), stride(c.FFN)
	features := cache.Shape.Heads.Features()

	// matmul records one product, of a matrix in parts.
	matmul := func(parts []matrix, call shaders.Matmul) {
		offset, converted := call.YOffset, false
		for _, part := range parts {
			call.W, call.YOffset = part.Weights, offset+part.first
			call.Tokens, call.Params, call.Eps = window, params, c.NormEps
			switch {
			case m.windowCoop(window) && call.CoopServes():
				halves := shaders.Halves{X: gpu.Whole(a.converted), Scale: gpu.Whole(a.scale)}
				if !converted {
					call.Inputs().Halve(r, halves)
				}
				converted = true
				shaders.MatmulCoop{Matmul: call, Halves: halves}.Record(r, m.dev.Info())
			case window > 1 && !cache.Batching && a.converted != nil && call.IntServes():
				quants := shaders.Quants{X: gpu.Whole(a.converted), Scale: gpu.Whole(a.scale)}
				if !converted {
					call.Inputs().Quantize(r, quants, lanes)
				}
				converted = true
				shaders.MatmulInt{Matmul: call, Quants: quants}.Record(r, lanes)
			case m.vectors[shapeOf(call)] && call.VecServes(lanes):
				shaders.MatVec{Matmul: call}.Record(r, lanes)
			default:
				call.Record(r, lanes)
			}
		}
	}

	cache.RecordBegin(r)
	for _, part := range w.embedding {
		shaders.Embed{W: part.Weights, First: part.first, X: x, Stride: dim, Tokens: window, Params: params}.Record(r, lanes)
	}
	for i := range w.layers {
		l := &w.layers[i]
		matmul(l.qkv, shaders.Matmul{X: x, XStride: dim, Gain: l.attnNorm, Place: cache.Place(i, window)})
		cache.RecordChoice(r, lanes, i, window)
		if cache.Paged() {
			r = begin()
			parts = append(parts, r)
		}
		cache.RecordAttention(r, lanes, i, window)
		matmul(l.out, shaders.Matmul{X: cache.Out(), XStride: features, Y: x, YStride: dim, Epilogue: shaders.Add})
		cache.RecordQuestion(r, lanes, i, window)
		matmul(l.gateUp, shaders.Matmul{X: x, XStride: dim, Gain: l.ffnNorm, Y: ffn, YStride: hidden, Epilogue: shaders.SwiGLU})
		matmul(l.down, shaders.Matmul{X: ffn, XStride: hidden, Y: x, YStride: dim, Epilogue: shaders.Add})
	}
	if p.logits {
		y, yStride := a.logits, c.Vocab
		switch {
		case p.highest > 0:
			y, yStride = a.ranked, stride(c.Vocab)
		case cache.Batching:
			y = a.batch
		}
		matmul(w.output, shaders.Matmul{X: x, XStride: dim, Gain: w.outputNorm, Y: gpu.Whole(y), YStride: yStride, Last: !cache.Batching})
		if p.highest > 0 {
			m.recordHighest(r, a, p.highest, window, params)
		}
	}
	cache.RecordEnd(r, lanes, window, p.seals)
	return parts
}
