package model

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/model/gguf"
	"fovea/shaders"
)

// weights are the tensors of a model on a device.
type weights struct {
	embedding  []matrix // (vocabulary, dim) in parts
	layers     []layer
	outputNorm gpu.View
	output     []matrix // (vocabulary, dim) in parts; embedding's where tied
	buffers    []gpu.Buffer
}

// matrix is a part of a matrix: its rows from first on.
type matrix struct {
	shaders.Weights
	first int
}

type layer struct {
	attnNorm, ffnNorm gpu.View
	// Matrices in parts: of at most gpu.MaxBuffer bytes, and qkv by formats.
	qkv    []matrix // (width + 2*KV heads) heads, padded
	out    []matrix // (dim, features)
	gateUp []matrix // packed by shaders.GatePairs; first counts rows of the product
	down   []matrix // (dim, ffn)
}

// loader brings tensors onto a device.
type loader struct {
	ctx      context.Context // of Load
	dev      gpu.Device
	file     *gguf.File
	config   *Config
	lanes    int
	progress func(float64)

	w    *weights
	done int64 // bytes on the device
	size int64 // bytes there will be
}

// source is a matrix in the file.
type source struct {
	name       string
	typ        quant.Type
	rows, cols int
	data       []byte
	rowBytes   int
}

func (l *loader) all(w *weights, factors *[]float32) (err error) {
	l.w = w
	c := l.config
	l.size = c.WeightBytes(l.file, l.lanes)
	if need := l.size; need > l.dev.Info().Memory && l.dev.Info().Memory > 0 {
		return fmt.Errorf("the weights need %d MiB, device %s has %d MiB: %w", need>>20, l.dev.Info().Name, l.dev.Info().Memory>>20, gpu.ErrOutOfMemory)
	}
	if w.embedding, err = l.matrix("token_embd.weight"); err != nil {
		return err
	}
	w.output = w.embedding
	if _, ok := l.file.Tensor("output.weight"); ok {
		if w.output, err = l.matrix("output.weight"); err != nil {
			return err
		}
	}
	if w.outputNorm, err = l.vector("output_norm.weight"); err != nil {
		return err
	}
	w.layers = make([]layer, c.Layers)
	for i := range w.layers {
		if err := l.layer(i, &w.layers[i]); err != nil {
			return err
		}
	}
	if _, ok := l.file.Tensor("rope_freqs.weight"); ok {
		*factors = l.floats("rope_freqs.weight")
		for _, f := range *factors {
			if !(f > 0) || math.IsInf(float64(f), 0) {
				return fmt.Errorf("tensor \"rope_freqs.weight\" has a factor of %v", f)
			}
		}
	}
	return err
}

func (l *loader) layer(i int, to *layer) (err error) {
	name := func(s string) string { return fmt.Sprintf("blk.%d.%s.weight", i, s) }
	if to.attnNorm, err = l.vector(name("attn_norm")); err != nil {
		return err
	}
	if to.ffnNorm, err = l.vector(name("ffn_norm")); err != nil {
		return err
	}
	if to.qkv, err = l.qkv(name); err != nil {
		return err
	}
	if to.out, err = l.outProjection(name("attn_output")); err != nil {
		return err
	}
	if to.gateUp, err = l.gateUp(name("ffn_gate"), name("ffn_up")); err != nil {
		return err
	}
	to.down, err = l.matrix(name("ffn_down"))
	return err
}

// source finds a matrix of the file; ReadConfig has checked that it is there.
func (l *loader) source(name string) source {
	t, _ := l.file.Tensor(name)
	rows, data := int(t.Shape[1]), l.file.Data(t)
	return source{name: name, typ: t.Type, rows: rows, cols: int(t.Shape[0]), data: data, rowBytes: len(data) / rows}
}

func (s source) row(i int) (quant.Type, []byte) {
	return s.typ, s.data[i*s.rowBytes : (i+1)*s.rowBytes]
}

// floats dequantises a vector.
func (l *loader) floats(name string) []float32 {
	t, _ := l.file.Tensor(name)
	v := make([]float32, t.Shape[0])
	quant.Dequantize(t.Type, l.file.Data(t), v)
	return v
}

func (l *loader) vector(name string) (gpu.View, error) {
	v := l.floats(name)
	b := make([]byte, stride(len(v))*4) // matmul reads whole blocks
	for i, f := range v {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(f))
	}
	return l.upload(b)
}

func (l *loader) upload(data []byte) (gpu.View, error) {
	if err := l.ctx.Err(); err != nil {
		return gpu.View{}, err
	}
	b, err := l.dev.Alloc((int64(len(data))+gpu.Alignment-1)/gpu.Alignment*gpu.Alignment, gpu.Local)
	if err != nil {
		return gpu.View{}, err
	}
	l.w.buffers = append(l.w.buffers, b)
	l.done += int64(len(data))
	if l.progress != nil {
		l.progress(min(1, float64(l.done)/float64(l.size)))
	}
	return gpu.Whole(b), l.dev.Write(b, 0, data)
}

// pack repacks a matrix and uploads it in parts of at most gpu.MaxBuffer bytes.
// row gives nil data for a row of zeros.
func (l *loader) pack(p quant.Packed, rows, cols int, row func(i int) (quant.Type, []byte)) ([]matrix, error) {
	tile := 4 * l.lanes
	per := int(gpu.MaxBuffer/quant.PackedBytes(p, tile, cols, l.lanes)) * tile
	var parts []matrix
	for first := 0; first < rows; first += per {
		n := min(per, rows-first)
		data := make([]byte, quant.PackedBytes(p, n, cols, l.lanes))
		if err := quant.Pack(p, n, cols, l.lanes, func(i int) (quant.Type, []byte) { return row(first + i) }, data); err != nil {
			return nil, err
		}
		v, err := l.upload(data)
		if err != nil {
			return nil, err
		}
		parts = append(parts, matrix{shaders.Weights{View: v, Format: p, Rows: n, Cols: cols}, first})
	}
	return parts, nil
}

// matrix packs a matrix as it is in the file.
func (l *loader) matrix(name string) ([]matrix, error) {
	s := l.source(name)
	return l.named(name)(l.pack(quant.PackedFor(s.typ), s.rows, s.cols, s.row))
}

// named adds a tensor's name to the error of pack.
func (l *loader) named(name string) func([]matrix, error) ([]matrix, error) {
	return func(m []matrix, err error) ([]matrix, error) {
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		return m, nil
	}
}

// qkv packs the projections of queries, keys and values: head by head, padded,
// rotary pairs made neighbours.
func (l *loader) qkv(name func(string) string) ([]matrix, error) {
	c := l.config
	padded := shaders.PadHead(c.HeadDim) * 8
	var sources [3]source
	var starts [4]int // packed rows
	for i, t := range []struct {
		name  string
		heads int
	}{{"attn_q", c.Heads}, {"attn_k", c.KVHeads}, {"attn_v", c.KVHeads}} {
		sources[i], starts[i+1] = l.source(name(t.name)), starts[i]+t.heads*padded
	}
	row := func(part, i int) (quant.Type, []byte) {
		s := sources[part]
		head, dim := i/padded, i%padded
		if dim >= c.HeadDim {
			return s.typ, nil
		}
		if part < 2 {
			dim = c.rotaryRow(dim)
		}
		return s.row(head*c.HeadDim + dim)
	}
	formats := [3]quant.Packed{}
	for i, s := range sources {
		formats[i] = quant.PackedFor(s.typ)
	}
	if formats[0] == formats[1] && formats[1] == formats[2] {
		return l.named(sources[0].name)(l.pack(formats[0], starts[3], c.Dim, func(i int) (quant.Type, []byte) {
			part := 0
			for i >= starts[part+1] {
				part++
			}
			return row(part, i-starts[part])
		}))
	}
	var parts []matrix
	for p, s := range sources {
		packed, err := l.named(s.name)(l.pack(formats[p], starts[p+1]-starts[p], c.Dim, func(i int) (quant.Type, []byte) { return row(p, i) }))
		if err != nil {
			return nil, err
		}
		for _, m := range packed {
			m.first += starts[p]
			parts = append(parts, m)
		}
	}
	return parts, nil
}

// rotaryRow is the file's row of a head's dimension dim where pairs are
// neighbours. Attention does not change when queries and keys are permuted
// alike.
func (c *Config) rotaryRow(dim int) int {
	if !c.Neox || dim >= c.RopeDim {
		return dim
	}
	return dim/2 + dim%2*c.RopeDim/2
}

// outProjection packs the attention's output matrix. Where heads are padded its
// columns are too, which no quantised row can be, so it becomes floats.
func (l *loader) outProjection(name string) ([]matrix, error) {
	c := l.config
	padded := shaders.PadHead(c.HeadDim) * 8
	if padded == c.HeadDim {
		return l.matrix(name)
	}
	s := l.source(name)
	cols := c.Heads * padded
	return l.named(name)(l.pack(quant.PF32, s.rows, cols, func(i int) (quant.Type, []byte) {
		typ, raw := s.row(i)
		v := make([]float32, s.cols)
		quant.Dequantize(typ, raw, v)
		b := make([]byte, cols*4)
		for j, f := range v {
			binary.LittleEndian.PutUint32(b[4*(j/c.HeadDim*padded+j%c.HeadDim):], math.Float32bits(f))
		}
		return quant.F32, b
	}))
}

// gateUp packs the two input matrices of the feed-forward network for SwiGLU.
func (l *loader) gateUp(gateName, upName string) ([]matrix, error) {
	c := l.config
	gate, up := l.source(gateName), l.source(upName)
	p := quant.PackedFor(gate.typ)
	if quant.PackedFor(up.typ) != p {
		p = quant.PF32 // one matrix has one format; floats hold both exactly
	}
	parts, err := l.named(gateName)(l.pack(p, shaders.GateRows(c.FFN, l.lanes), c.Dim, func(i int) (quant.Type, []byte) {
		row, isUp, ok := shaders.GatePairs(i, c.FFN, l.lanes)
		switch {
		case !ok:
			return gate.typ, nil
		case isUp:
			return up.row(row)
		}
		return gate.row(row)
	}))
	for i := range parts {
		m := &parts[i]
		m.first /= 2
		m.Rows = min(m.Rows, 2*(c.FFN-m.first)) // without padding
	}
	return parts, err
}
