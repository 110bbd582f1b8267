package shaders

import (
	"fmt"
	"math"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
)

// intTypes are tensor types whose products can be of integers.
var intTypes = []quant.Type{quant.Q4_0, quant.Q4_1, quant.Q4_K}

// recordInt adds a matmul in integers with the conversion of its inputs.
func (r *rig) recordInt(m Matmul) {
	q := r.quantized(m.Tokens, m.W.Cols)
	m.Inputs().Quantize(r.rec, q, r.lanes)
	MatmulInt{Matmul: m, Quants: q}.Record(r.rec, r.lanes)
}

// TestMatmulInt compares the kernel with its twin, whose inputs are the same but
// where a last bit of a float rounds one the other way; both with the ordinary
// kernel with the same inputs; and with products of inputs that are not rounded,
// from which they may be off by 1 % in the mean.
func TestMatmulInt(t *testing.T) {
	cases := []matmulCase{
		{rows: 100, cols: 256, tokens: 40, queries: 33},
		{rows: 37, cols: 256, tokens: 70, queries: 70, norm: true, epilogue: SwiGLU},
		{rows: 150, cols: 512, tokens: 33, queries: 20, norm: true, epilogue: Add},
		{rows: 65, cols: 768, tokens: 17, queries: 17, epilogue: Add},
		{rows: 31, cols: 256, tokens: 2, queries: 2, norm: true},
	}
	check := func(typ quant.Type, c matmulCase) {
		t.Run(fmt.Sprintf("%v/%v", typ, c), func(t *testing.T) {
			onDevices(t, 2e-3, func(r *rig) [][]float32 {
				got, unrounded := c.result(r, typ, r.recordInt)
				again := newRig(r, r.dev) // with the same random numbers
				want, _ := c.result(again, typ, func(m Matmul) { again.dequantized(m).Record(again.rec, r.lanes) })
				agree(r, 0, got, want, 1e-3)
				squares, errors := 0.0, 0.0
				for i, v := range unrounded {
					squares += float64(v) * float64(v)
					errors += float64(got[i]-v) * float64(got[i]-v)
				}
				if e := math.Sqrt(errors / squares); e > 0.01 {
					r.Errorf("off by %.3g", e)
				}
				return [][]float32{got}
			})
		})
	}
	for _, typ := range intTypes {
		for _, c := range cases {
			check(typ, c)
		}
	}
	check(quant.Q4_1, matmulCase{rows: 37, cols: 96, tokens: 5, queries: 5, norm: true})
}

// dequantized is the matmul in floats with the inputs that it has in integers.
func (r *rig) dequantized(m Matmul) Matmul {
	r.Helper()
	q := r.quantized(m.Tokens, m.W.Cols)
	m.Inputs().Quantize(r.rec, q, r.lanes)
	r.run()
	blocks := groupsOf(m.W.Cols, 32)
	raw := make([]byte, m.Tokens*blocks*quantBlock)
	if err := r.dev.Read(q.X.Buffer, q.X.Offset, raw); err != nil {
		r.Fatal(err)
	}
	scale, x := r.read(q.Scale, m.Tokens), make([]float32, 0, m.Tokens*m.XStride)
	for t := range m.Tokens {
		for b := range blocks {
			d, q := dequantizeBlock(raw[(t*blocks+b)*quantBlock:])
			for _, v := range q {
				x = append(x, d*float32(v)*scale[t])
			}
		}
		x = append(x, make([]float32, m.XStride-32*blocks)...)
	}
	m.X, m.Gain = r.floats(x), gpu.View{}
	return m
}

// TestProjectInt compares placed projections with those of the ordinary kernel with
// the same inputs.
func TestProjectInt(t *testing.T) {
	for _, typ := range intTypes {
		t.Run(fmt.Sprint(typ), func(t *testing.T) {
			onDevices(t, 0, func(r *rig) [][]float32 {
				placedAlike(r, typ, 1e-3, func(m Matmul) { r.dequantized(m).Record(r.rec, r.lanes) }, r.recordInt)
				return nil
			})
		})
	}
}

// TestMatmulIntBounds has sums as large as they can be, in both halves of a word: all
// weights the highest or the lowest of 4 bits, and inputs that are all alike or a
// single one. They are exact, so nothing may be lost but by the inputs.
func TestMatmulIntBounds(t *testing.T) {
	const cols, rows = 64, 16
	// high says which columns are the highest, in one of several patterns.
	high := func(pattern, col int) bool {
		switch pattern {
		case 0, 1:
			return pattern == 1
		case 2, 3:
			return col%2 == pattern-2
		}
		return col/4%2 == pattern-4
	}
	const patterns, tokens = 6, 6 + 2*32
	file := func(i int) []byte {
		var b []byte
		for block := range cols / 32 {
			b = append(b, 0x00, 0x3c, 0x00, 0x00) // d = 1, m = 0
			for j := range 16 {
				v := byte(0)
				if high(i%patterns, 32*block+j) {
					v |= 0x0f
				}
				if high(i%patterns, 32*block+16+j) {
					v |= 0xf0
				}
				b = append(b, v)
			}
		}
		return b
	}
	onDevices(t, 1e-6, func(r *rig) [][]float32 {
		x := make([]float32, tokens*cols)
		for token := range patterns {
			for col := range cols {
				x[token*cols+col] = -1
				if high(token, col) {
					x[token*cols+col] = 1
				}
			}
		}
		for i := range 32 { // one alone, of either sign
			x[(patterns+2*i)*cols+i], x[(patterns+2*i+1)*cols+32+i] = 1, -1
		}
		m := Matmul{
			W: packed(r, quant.Q4_1, rows, cols, file), X: r.floats(x), XStride: cols, Y: r.alloc(tokens * rows * 4), YStride: rows,
			Tokens: tokens, Params: r.step(Step{Queries: tokens}, tokens),
		}
		again := r.alloc(tokens * rows * 4)
		r.recordInt(m)
		r.run()
		got := r.read(m.Y, tokens*rows)
		m = r.dequantized(m)
		m.Y = again
		m.Record(r.rec, r.lanes)
		r.run()
		agree(r, 0, got, r.read(again, tokens*rows), 1e-6)
		return [][]float32{got}
	})
}

// BenchmarkMatmulInt times products of a window of 256 tokens of a layer of a 135M
// model, in floats and in integers.
func BenchmarkMatmulInt(b *testing.B) {
	benchmarkProducts(b, gputest.Open, benchWindow, windowShapes, map[string]benchWay{
		"floats": func(r *rig, _ Matmul) func(Matmul) { return r.matmul },
		"quantize": func(r *rig, like Matmul) func(Matmul) {
			q := r.quantized(like.Tokens, like.W.Cols)
			return func(m Matmul) { m.Inputs().Quantize(r.rec, q, r.lanes) }
		},
		"integers": func(r *rig, like Matmul) func(Matmul) {
			q := r.quantized(like.Tokens, like.W.Cols)
			return func(m Matmul) { MatmulInt{Matmul: m, Quants: q}.Record(r.rec, r.lanes) }
		},
	})
}
