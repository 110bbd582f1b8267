package model

import (
	"encoding/binary"
	"fmt"
	"math"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/model/gguf"
	"fovea/shaders"
)

// plan says how the tensors of a file become the weights on a device.
type plan struct {
	matrices []packing
	vectors  []vector
}

// packing is a matrix as it will lie on the device, made of one tensor or more.
type packing struct {
	to         *[]matrix // gets its parts
	first      int       // of the first part
	ffn        int       // products of gate and up that the rows are for, else 0
	format     quant.Packed
	rows, cols int
	sources    []source
	chunks     int // still to come
	// row is called once per row, from several goroutines; nil data stands for zeros.
	row func(i int) (quant.Type, []byte)
}

// vector is a gain of a norm, in floats, up to whole blocks.
type vector struct {
	to     *gpu.View
	tensor gguf.Tensor
}

// source is a matrix in the file.
type source struct {
	file       *gguf.File
	tensor     gguf.Tensor
	rows, cols int
}

func (s source) format() quant.Packed { return quant.PackedFor(s.tensor.Type) }

func (s source) row(i int) (quant.Type, []byte) {
	n := s.tensor.Type.RowBytes(s.cols)
	return s.tensor.Type, s.file.Data(s.tensor)[i*n : (i+1)*n]
}

// planner makes a plan. It reads no tensor: those are for whoever executes it.
type planner struct {
	file   *gguf.File
	config *Config
	lanes  int
	plan
}

// plan plans the loading of w from a file that ReadConfig accepted.
func (c *Config) plan(f *gguf.File, lanes int, w *weights) plan {
	p := planner{file: f, config: c, lanes: lanes}
	p.matrix(&w.embedding, "token_embd.weight")
	if _, ok := f.Tensor("output.weight"); ok {
		p.matrix(&w.output, "output.weight")
	}
	p.vector(&w.outputNorm, "output_norm.weight")
	w.layers = make([]layer, c.Layers)
	for i := range w.layers {
		l := &w.layers[i]
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		p.vector(&l.attnNorm, name("attn_norm"))
		p.vector(&l.ffnNorm, name("ffn_norm"))
		p.projections(&l.qkv, name)
		p.outProjection(&l.out, name("attn_output"))
		p.gates(&l.gateUp, name("ffn_gate"), name("ffn_up"))
		p.matrix(&l.down, name("ffn_down"))
	}
	return p.plan
}

// bytes is the device memory that the plan needs.
func (p plan) bytes(lanes int) int64 {
	n := int64(0)
	for _, m := range p.matrices {
		n += quant.PackedBytes(m.format, m.rows, m.cols, lanes)
	}
	for _, v := range p.vectors {
		n += v.bytes()
	}
	return n
}

func (v vector) bytes() int64 { return int64(stride(int(v.tensor.Shape[0]))) * 4 } // matmul reads whole blocks

// source finds a matrix of the file; ReadConfig has checked that it is there.
func (p *planner) source(name string) source {
	t, _ := p.file.Tensor(name)
	return source{file: p.file, tensor: t, rows: int(t.Shape[1]), cols: int(t.Shape[0])}
}

func (p *planner) vector(to *gpu.View, name string) {
	t, _ := p.file.Tensor(name)
	p.vectors = append(p.vectors, vector{to, t})
}

// matrix takes a matrix as it is in the file.
func (p *planner) matrix(to *[]matrix, name string) {
	s := p.source(name)
	p.matrices = append(p.matrices, packing{to: to, format: s.format(), rows: s.rows, cols: s.cols, sources: []source{s}, row: s.row})
}

// head is a head's dimension on the device.
func (c *Config) head() int { return 8 * shaders.PadHead(c.HeadDim) }

// projections plans those of queries, keys and values: head by head, padded,
// rotary pairs made neighbours; one matrix where they have one format.
func (p *planner) projections(to *[]matrix, name func(string) string) {
	c, padded := p.config, p.config.head()
	var parts [3]packing
	first := 0
	for i, t := range []struct {
		name  string
		heads int
	}{{"attn_q", c.Heads}, {"attn_k", c.KVHeads}, {"attn_v", c.KVHeads}} {
		s := p.source(name(t.name))
		parts[i] = packing{to: to, first: first, format: s.format(), rows: t.heads * padded, cols: c.Dim, sources: []source{s}, row: func(j int) (quant.Type, []byte) {
			head, dim := j/padded, j%padded
			if dim >= c.HeadDim {
				return s.tensor.Type, nil
			}
			if i < 2 {
				dim = c.rotaryRow(dim)
			}
			return s.row(head*c.HeadDim + dim)
		}}
		first += parts[i].rows
	}
	q, k, v := parts[0], parts[1], parts[2]
	if q.format != k.format || k.format != v.format {
		p.matrices = append(p.matrices, q, k, v)
		return
	}
	p.matrices = append(p.matrices, packing{
		to: to, format: q.format, rows: first, cols: c.Dim, sources: []source{q.sources[0], k.sources[0], v.sources[0]},
		row: func(i int) (quant.Type, []byte) {
			switch {
			case i < k.first:
				return q.row(i)
			case i < v.first:
				return k.row(i - k.first)
			}
			return v.row(i - v.first)
		},
	})
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

// outProjection plans the attention's output matrix. Where heads are padded its
// columns are too, which no quantised row can be, so it becomes floats.
func (p *planner) outProjection(to *[]matrix, name string) {
	c, padded := p.config, p.config.head()
	if padded == c.HeadDim {
		p.matrix(to, name)
		return
	}
	s := p.source(name)
	cols := c.Heads * padded
	p.matrices = append(p.matrices, packing{to: to, format: quant.PF32, rows: s.rows, cols: cols, sources: []source{s}, row: func(i int) (quant.Type, []byte) {
		v := make([]float32, s.cols)
		typ, raw := s.row(i)
		quant.Dequantize(typ, raw, v)
		b := make([]byte, cols*4)
		for j, f := range v {
			binary.LittleEndian.PutUint32(b[4*(j/c.HeadDim*padded+j%c.HeadDim):], math.Float32bits(f))
		}
		return quant.F32, b
	}})
}

// gates plans the two input matrices of the feed-forward network, for SwiGLU.
func (p *planner) gates(to *[]matrix, gateName, upName string) {
	gate, up := p.source(gateName), p.source(upName)
	format := gate.format()
	if up.format() != format {
		format = quant.PF32 // one matrix has one format; floats hold both exactly
	}
	ffn, lanes := p.config.FFN, p.lanes
	p.matrices = append(p.matrices, packing{
		to: to, ffn: ffn, format: format, rows: shaders.GateRows(ffn, lanes), cols: p.config.Dim, sources: []source{gate, up},
		row: func(i int) (quant.Type, []byte) {
			row, isUp, ok := shaders.GatePairs(i, ffn, lanes)
			switch {
			case !ok:
				return gate.tensor.Type, nil
			case isUp:
				return up.row(row)
			}
			return gate.row(row)
		},
	})
}
