package shaders

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
)

// fileTypes are tensor types of which each is packed in its own format.
var fileTypes = []quant.Type{quant.Q4_0, quant.Q4_1, quant.Q4_K, quant.Q8_0, quant.F16, quant.BF16, quant.F32}

// fileRow is a random row of cols numbers of a tensor type.
func fileRow(r *rig, typ quant.Type, cols int) []byte {
	values := r.normal(cols)
	half := func(b []byte, v float32) {
		h := toHalf(v)
		b[0], b[1] = byte(h), byte(h>>8)
	}
	random := func(blockSize, bytes int) []byte {
		b := make([]byte, cols/blockSize*bytes)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	switch typ {
	case quant.F32:
		return floatBytes(values)
	case quant.F16:
		b := make([]byte, 2*cols)
		for i, v := range values {
			half(b[2*i:], v)
		}
		return b
	case quant.BF16:
		b := make([]byte, 2*cols)
		for i, v := range values {
			u := math.Float32bits(v)
			b[2*i], b[2*i+1] = byte(u>>16), byte(u>>24)
		}
		return b
	case quant.Q4_0, quant.Q4_1, quant.Q8_0:
		bytes := map[quant.Type]int{quant.Q4_0: 18, quant.Q4_1: 20, quant.Q8_0: 34}[typ]
		b := random(32, bytes)
		for i := 0; i < len(b); i += bytes {
			half(b[i:], float32(r.NormFloat64()))
			if typ == quant.Q4_1 {
				half(b[i+2:], float32(r.NormFloat64()))
			}
		}
		return b
	case quant.Q4_K:
		b := random(256, 144)
		for i := 0; i < len(b); i += 144 {
			half(b[i:], float32(r.NormFloat64()))
			half(b[i+2:], float32(r.NormFloat64()))
		}
		return b
	}
	panic(fmt.Sprintf("no rows of type %v", typ))
}

// randomWeights is a random matrix, packed and as floats (rows, cols).
func randomWeights(r *rig, typ quant.Type, rows, cols int) (Weights, []float32) {
	raw, values := make([][]byte, rows), make([]float32, rows*cols)
	for i := range raw {
		raw[i] = fileRow(r, typ, cols)
		quant.Dequantize(typ, raw[i], values[i*cols:][:cols])
	}
	return packed(r, typ, rows, cols, func(i int) []byte { return raw[i] }), values
}

func packed(r *rig, typ quant.Type, rows, cols int, row func(i int) []byte) Weights {
	f := quant.PackedFor(typ)
	data := make([]byte, quant.PackedBytes(f, rows, cols, r.lanes))
	quant.Pack(f, rows, cols, r.lanes, func(i int) (quant.Type, []byte) { return typ, row(i) }, data)
	return Weights{View: r.put(data), Format: f, Rows: rows, Cols: cols}
}

// padded returns rows of cols floats with stride floats between their starts.
func padded(rows, cols, stride int, v []float32) []float32 {
	out := make([]float32, rows*stride)
	for i := range rows {
		copy(out[i*stride:][:cols], v[i*cols:])
	}
	return out
}

// product is W x per token in float64: (tokens, rows) from W (rows, cols) and
// x (tokens, cols), x RMS-normalised with gain where it is set.
func product(w, x, gain []float32, cols int, eps float64) [][]float64 {
	var out [][]float64
	for ; len(x) > 0; x = x[cols:] {
		scale := 1.0
		if gain != nil {
			squares := 0.0
			for _, v := range x[:cols] {
				squares += float64(v) * float64(v)
			}
			scale = 1 / math.Sqrt(squares/float64(cols)+eps)
		}
		y := make([]float64, len(w)/cols)
		for i := range y {
			for j := range cols {
				g := 1.0
				if gain != nil {
					g = float64(gain[j]) * scale
				}
				y[i] += float64(w[i*cols+j]) * float64(x[j]) * g
			}
		}
		out = append(out, y)
	}
	return out
}

type matmulCase struct {
	rows, cols int
	tokens     int // of the recording
	queries    int // of the step
	norm       bool
	epilogue   Epilogue
	last       bool
}

func (c matmulCase) String() string {
	return fmt.Sprintf("%dx%d_tokens%d_of_%d_norm=%v_epilogue%d_last=%v", c.rows, c.cols, c.queries, c.tokens, c.norm, c.epilogue, c.last)
}

// result runs what record adds to the recording for a case, and returns y after it
// and y by product.
func (c matmulCase) result(r *rig, typ quant.Type, record func(m Matmul)) (got, want []float32) {
	stride, yStride, yOffset := (c.cols+31)/32*32+32, c.rows+5, 3
	x := r.normal(c.tokens * c.cols)
	m := Matmul{
		X: r.floats(padded(c.tokens, c.cols, stride, x)), XStride: stride, Eps: 1e-2, YStride: yStride, YOffset: yOffset,
		Epilogue: c.epilogue, Last: c.last, Tokens: c.tokens, Params: r.step(Step{Queries: uint32(c.queries)}, c.tokens),
	}
	var gain []float32
	if c.norm {
		gain = r.normal(c.cols)
		m.Gain = r.floats(padded(1, c.cols, stride, gain))
	}
	var w, up []float32
	if c.epilogue == SwiGLU {
		m.W, w, up = gateUpWeights(r, typ, c.rows, c.cols)
	} else {
		m.W, w = randomWeights(r, typ, c.rows, c.cols)
	}
	want = r.normal(c.tokens*yStride + yOffset)
	m.Y = r.floats(want)
	record(m)
	r.run()

	y := product(w, x[:c.queries*c.cols], gain, c.cols, float64(m.Eps))
	ups := product(up, x[:c.queries*c.cols], gain, c.cols, float64(m.Eps))
	if c.last {
		y, ups = y[c.queries-1:], ups[c.queries-1:]
	}
	c.finish(want[yOffset:], yStride, y, ups)
	return r.read(m.Y, len(want)), want
}

// finish makes y, of tokens yStride apart, what the epilogue makes of it, of products
// and, for SwiGLU, those of up.
func (c matmulCase) finish(y []float32, yStride int, products, ups [][]float64) {
	for t := range products {
		for i, v := range products[t] {
			to := &y[t*yStride+i]
			switch c.epilogue {
			case Store:
				*to = float32(v)
			case Add:
				*to = float32(float64(*to) + v)
			case SwiGLU:
				*to = float32(v / (1 + math.Exp(-v)) * ups[t][i])
			}
		}
	}
}

// gateUpWeights is gate and up, of rows each, packed for SwiGLU, and as floats.
func gateUpWeights(r *rig, typ quant.Type, rows, cols int) (w Weights, gate, up []float32) {
	var raw [2][][]byte
	var values [2][]float32
	for m := range raw {
		raw[m], values[m] = make([][]byte, rows), make([]float32, rows*cols)
		for i := range rows {
			raw[m][i] = fileRow(r, typ, cols)
			quant.Dequantize(typ, raw[m][i], values[m][i*cols:][:cols])
		}
	}
	w = packed(r, typ, GateRows(rows, r.lanes), cols, func(i int) []byte {
		row, isUp, ok := GatePairs(i, rows, r.lanes)
		switch {
		case !ok:
			return nil
		case isUp:
			return raw[1][row]
		}
		return raw[0][row]
	})
	w.Rows = 2 * rows
	return w, values[0], values[1]
}

// TestMatmul compares the kernel with its twin and both with a product in
// float64 of the dequantised file rows. What is outside the result stays.
func TestMatmul(t *testing.T) {
	cases := []matmulCase{
		{rows: 1, cols: 256, tokens: 1, queries: 1},
		{rows: 31, cols: 256, tokens: 3, queries: 3, norm: true},
		{rows: 33, cols: 512, tokens: 4, queries: 4, epilogue: Add},
		{rows: 100, cols: 256, tokens: 5, queries: 5, norm: true, epilogue: SwiGLU},
		{rows: 65, cols: 768, tokens: 17, queries: 17, norm: true, epilogue: Add},
		{rows: 40, cols: 256, tokens: 17, queries: 6, epilogue: SwiGLU}, // a step shorter than the window
		{rows: 129, cols: 256, tokens: 1, queries: 1, norm: true, epilogue: SwiGLU},
		{rows: 70, cols: 256, tokens: 9, queries: 7, norm: true, last: true},
		{rows: 34, cols: 256, tokens: 1, queries: 1, norm: true, epilogue: Add},
		{rows: 300, cols: 1536, tokens: 1, queries: 1, norm: true, last: true},
	}
	for _, typ := range fileTypes {
		for _, c := range cases {
			t.Run(fmt.Sprintf("%v/%v", typ, c), func(t *testing.T) { checkMatmul(t, c, typ) })
		}
	}
	// Widths that only some types have.
	for _, typ := range []quant.Type{quant.Q4_0, quant.Q8_0, quant.F16, quant.F32} {
		for _, cols := range []int{32, 96} {
			c := matmulCase{rows: 37, cols: cols, tokens: 5, queries: 5, norm: true}
			t.Run(fmt.Sprintf("%v/%v", typ, c), func(t *testing.T) { checkMatmul(t, c, typ) })
		}
	}
	for _, cols := range []int{1, 40} {
		c := matmulCase{rows: 37, cols: cols, tokens: 5, queries: 5, norm: true}
		t.Run(fmt.Sprintf("f32/%v", c), func(t *testing.T) { checkMatmul(t, c, quant.F32) })
	}
}

func checkMatmul(t *testing.T, c matmulCase, typ quant.Type) {
	const tol = 1e-5
	onDevices(t, tol, func(r *rig) [][]float32 {
		got, want := c.result(r, typ, r.matmul)
		agree(r, 0, got, want, tol)
		results := [][]float32{got}
		if c.tokens == 1 {
			got, want := c.result(r, typ, r.matvec)
			agree(r, 1, got, want, tol)
			results = append(results, got)
		}
		return results
	})
}

func TestEmbed(t *testing.T) {
	const cols, stride, rows, tokens = 512, 544, 75, 9
	for _, typ := range fileTypes {
		t.Run(fmt.Sprint(typ), func(t *testing.T) {
			onDevices(t, 0, func(r *rig) [][]float32 {
				// The vocabulary lies in two parts, of ids from 0 and from rows on.
				a, av := randomWeights(r, typ, rows, cols)
				b, bv := randomWeights(r, typ, rows, cols)
				ids := []uint32{0, rows - 1, rows, 2*rows - 1, 33, 110, 32, 5, 7}
				const queries = tokens - 1 // the last id is of no token
				x, params := r.alloc(tokens*stride*4), r.step(Step{Queries: queries, Tokens: ids}, tokens)
				Embed{W: b, First: rows, X: x, Stride: stride, Tokens: tokens, Params: params}.Record(r.rec, r.lanes)
				Embed{W: a, X: x, Stride: stride, Tokens: tokens, Params: params}.Record(r.rec, r.lanes)
				r.run()
				want, all := make([]float32, tokens*stride), append(av, bv...)
				for i, id := range ids[:queries] {
					copy(want[i*stride:], all[int(id)*cols:][:cols])
				}
				got := r.read(x, len(want))
				agree(r, 0, got, want, 1e-6)
				return [][]float32{got}
			})
		})
	}
}

// BenchmarkMatmul times products of a step, in both kernels, and of a batch: those of a
// layer of a 135M model, its logits, and those of a layer of an 8B model.
func BenchmarkMatmul(b *testing.B) {
	shapes := append(slices.Clone(smallLayer),
		benchShape{"logits", 49152, 576, Store},
		benchShape{"large-out", 4096, 4096, Add},
		benchShape{"large-gate-up", 28672, 4096, SwiGLU},
		benchShape{"large-down", 4096, 14336, Add},
	)
	matmul := func(r *rig, _ Matmul) func(Matmul) { return r.matmul }
	benchmarkProducts(b, gputest.Unvalidated, 1, shapes, map[string]benchWay{
		"step":   matmul,
		"matvec": func(r *rig, _ Matmul) func(Matmul) { return r.matvec },
	})
	benchmarkProducts(b, gputest.Unvalidated, 8, shapes, map[string]benchWay{"batch": matmul})
}

// benchShape is a product that is timed.
type benchShape struct {
	name       string
	rows, cols int
	epilogue   Epilogue
}

// smallLayer are the products of a layer of a 135M model.
var smallLayer = []benchShape{
	{"qkv", 960, 576, Store},
	{"out", 576, 576, Add},
	{"gate-up", 3072, 576, SwiGLU},
	{"down", 576, 1536, Add},
}

// benchWay prepares what it needs for products like one and returns what adds one to
// the recording.
type benchWay func(r *rig, like Matmul) func(Matmul)

// benchmarkProducts times products for so many tokens, each with weights of its own.
func benchmarkProducts(b *testing.B, open func(testing.TB) gpu.Device, tokens int, shapes []benchShape, ways map[string]benchWay) {
	const repeat = 20
	for _, c := range shapes {
		for _, name := range slices.Sorted(maps.Keys(ways)) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				r := newRig(b, open(b))
				w, _ := randomWeights(r, quant.Q4_0, c.rows, c.cols)
				m := Matmul{
					W: w, X: r.floats(r.normal(tokens * c.cols)), XStride: c.cols, Y: r.alloc(int64(tokens * c.rows * 4)), YStride: c.rows,
					Epilogue: c.epilogue, Tokens: tokens, Params: r.step(Step{Queries: uint32(tokens)}, tokens),
				}
				record := ways[name](r, m)
				for _, v := range r.copies(w.View, repeat) {
					m.W.View = v
					record(m)
				}
				r.time(b, repeat)
				bytes := quant.PackedBytes(w.Format, w.Rows, w.Cols, r.lanes)
				b.ReportMetric(float64(bytes)*repeat*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
			})
		}
	}
}
