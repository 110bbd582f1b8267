package shaders

import (
	"fmt"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
)

const (
	// coopTwin is the tolerance of a kernel against its twin, which has the same
	// halves but for weights that a last bit of a float rounds the other way.
	coopTwin = 5e-4
)

// coopRigs runs f on the twins, with the kernels in ordinary arithmetic on the
// Vulkan device of tests, and with cooperative matrices where that has them,
// and compares what f returns.
func coopRigs(t *testing.T, f func(r *rig, plain bool) [][]float32) {
	t.Helper()
	want := f(newRig(t, gputest.Reference(t)), true)
	check := func(name string, dev func(t *testing.T) gpu.Device, plain bool) {
		t.Run(name, func(t *testing.T) {
			for i, got := range f(newRig(t, dev(t)), plain) {
				agree(t, i, got, want[i], coopTwin)
			}
		})
	}
	check("plain", func(t *testing.T) gpu.Device { return gputest.Open(t) }, true)
	if hasCoop(t) {
		check("matrices", func(t *testing.T) gpu.Device { return gputest.Unvalidated(t) }, false)
	}
}

// hasCoop says whether the device has the matrices.
func hasCoop(t testing.TB) bool {
	t.Helper()
	info := gputest.Unvalidated(t).Info()
	if Coop(info) {
		return true
	}
	t.Logf("%s has no cooperative matrices of %d by %d (it has %v): only what is around them is tested", info.Name, coopSide, coopSide, info.Matrices)
	return false
}

// coopResult runs a case and returns y after it, and y by definition.
func coopResult(r *rig, c matmulCase, typ quant.Type, plain bool) (got, want []float32) {
	stride, yStride, yOffset := (c.cols+31)/32*32+32, c.rows+5, 3
	x, params := r.normal(c.tokens*c.cols), r.step(Step{Queries: uint32(c.queries)}, c.tokens)
	halve := Halve{
		X: r.floats(padded(c.tokens, c.cols, stride, x)), XStride: stride, Cols: c.cols, Eps: 1e-2,
		To: r.halved(c.tokens, c.cols), Tokens: c.tokens, Params: params,
	}
	var gain []float32
	if c.norm {
		gain = r.normal(c.cols)
		halve.Gain = r.floats(padded(1, c.cols, stride, gain))
	}
	m := MatmulCoop{
		Matmul: Matmul{YStride: yStride, YOffset: yOffset, Epilogue: c.epilogue, Tokens: c.tokens, Params: params},
		Halves: halve.To, plain: plain,
	}
	var w, up []float32
	if c.epilogue == SwiGLU {
		m.W, w, up = gateUpWeights(r, typ, c.rows, c.cols)
	} else {
		m.W, w = randomWeights(r, typ, c.rows, c.cols)
	}
	want = r.normal(c.tokens*yStride + yOffset)
	m.Y = r.floats(want)
	halve.Record(r.rec)
	m.Record(r.rec, r.dev.Info())
	r.run()

	ys := product(w, x[:c.queries*c.cols], gain, c.cols, float64(halve.Eps))
	ups := product(up, x[:c.queries*c.cols], gain, c.cols, float64(halve.Eps))
	c.finish(want[yOffset:], yStride, ys, ups)
	return r.read(m.Y, len(want)), want
}

// TestMatmulCoop compares the kernel with its twin and both with a product in
// float64 of numbers that are not rounded.
func TestMatmulCoop(t *testing.T) {
	cases := []matmulCase{
		{rows: 100, cols: 256, tokens: 40, queries: 33},
		{rows: 37, cols: 256, tokens: 70, queries: 70, norm: true, epilogue: SwiGLU},
		{rows: 150, cols: 512, tokens: 33, queries: 20, norm: true, epilogue: Add},
		{rows: 65, cols: 768, tokens: 17, queries: 17, epilogue: Add},
	}
	for _, typ := range fileTypes {
		if typ == quant.F32 {
			continue
		}
		for _, c := range cases {
			t.Run(fmt.Sprintf("%v/%v", typ, c), func(t *testing.T) { checkCoop(t, c, typ) })
		}
	}
	// Widths that are no whole number of stages.
	for _, typ := range []quant.Type{quant.Q4_0, quant.Q8_0, quant.F16} {
		for _, c := range []matmulCase{
			{rows: 37, cols: 96, tokens: 5, queries: 5, norm: true},
			{rows: 37, cols: 288, tokens: 5, queries: 5, norm: true},
		} {
			t.Run(fmt.Sprintf("%v/%v", typ, c), func(t *testing.T) { checkCoop(t, c, typ) })
		}
	}
}

func checkCoop(t *testing.T, c matmulCase, typ quant.Type) {
	coopRigs(t, func(r *rig, plain bool) [][]float32 {
		got, want := coopResult(r, c, typ, plain)
		agree(r, 0, got, want, coopTolerance)
		return [][]float32{got}
	})
}

// TestProjectCoop compares placed projections with those of the ordinary kernel.
func TestProjectCoop(t *testing.T) {
	for _, typ := range fileTypes {
		if typ == quant.F32 {
			continue
		}
		t.Run(fmt.Sprint(typ), func(t *testing.T) {
			coopRigs(t, func(r *rig, plain bool) [][]float32 {
				if plain && typ != quant.Q4_0 {
					return nil // in ordinary arithmetic there is one format
				}
				const pos, ring, cols, eps, window, queries, pairs = 5, 60, 256, 1e-5, 40, 37, 15
				h := Heads{KV: 2, Group: 3, Octets: 4, KVType: KV16}
				all, rowLen := h.Width()+2*h.KV, h.KV*8*h.Octets
				w, _ := randomWeights(r, typ, all*8*h.Octets, cols)
				x, gain, params := r.floats(r.normal(window*cols)), r.floats(r.normal(cols)), r.step(Step{Queries: queries, Pos: pos, Ring: ring}, window)
				halves, table := r.halved(window, cols), r.floats(angles(pos, window, 50, pairs))
				Halve{X: x, XStride: cols, Cols: cols, Gain: gain, Eps: eps, To: halves, Tokens: window, Params: params}.Record(r.rec)
				var out [2][][]float32
				for i := range out {
					place := &Place{
						Heads: h, Angles: table, Q: r.alloc(int64(2*window*h.Features()) * 4),
						K: r.alloc(int64(ring+pos+window) * h.RowBytes()), V: r.alloc(int64(pos+window) * h.RowBytes()), Window: window, Pairs: pairs,
					}
					m := Matmul{W: w, X: x, XStride: cols, Gain: gain, Eps: eps, Place: place, Tokens: window, Params: params}
					if i == 0 {
						m.Record(r.rec, r.lanes)
					} else {
						MatmulCoop{Matmul: m, Halves: halves, plain: plain}.Record(r.rec, r.dev.Info())
					}
					r.run()
					out[i] = [][]float32{
						r.read(place.Q, 2*window*h.Features()), r.numbers(place.K, KV16, (ring+pos+window)*rowLen),
						r.numbers(place.V, KV16, (pos+window)*rowLen),
					}
				}
				for i := range out[0] {
					agree(r, i, out[1][i], out[0][i], coopTolerance)
				}
				return nil
			})
		})
	}
}

// TestCoop expects no matrices to be used on devices that lack what they need.
func TestCoop(t *testing.T) {
	card := gpu.Info{SubgroupSize: 32, Shared: 32 << 10, Matrices: []gpu.Matrix{{M: 16, N: 8, K: 16}, {M: 16, N: 16, K: 16}}}
	for _, lacking := range []gpu.Info{
		{SubgroupSize: 32, Shared: 32 << 10},
		{SubgroupSize: 32, Shared: 32 << 10, Matrices: []gpu.Matrix{{M: 8, N: 16, K: 16}}},
		{SubgroupSize: 32, Shared: 16 << 10, Matrices: card.Matrices},
	} {
		if Coop(lacking) || !Coop(card) {
			t.Errorf("cooperative matrices on %+v: %v", lacking, Coop(lacking))
		}
	}
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "no such matrices") {
			t.Errorf("recorded for a device without: %v", v)
		}
	}()
	MatmulCoop{}.Record(gpu.NewRecording(""), gpu.Info{})
}

// BenchmarkMatmulCoop times products of a window of 256 tokens, in the ordinary
// kernel and, where the device has them, by cooperative matrices: those of a layer
// of a 135M model, and a large one.
func BenchmarkMatmulCoop(b *testing.B) {
	const tokens, repeat = 256, 20
	for _, c := range []struct {
		name       string
		rows, cols int
		epilogue   Epilogue
	}{
		{"qkv", 960, 576, Store},
		{"out", 576, 576, Add},
		{"gate-up", 3072, 576, SwiGLU},
		{"down", 576, 1536, Add},
		{"large", 4096, 4096, Add},
	} {
		// run times what record adds, which may use of the matmul what it needs.
		run := func(name string, record func(r *rig, m Matmul, h Halves)) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				r := newRig(b, gputest.Unvalidated(b))
				w, _ := randomWeights(r, quant.Q4_0, c.rows, c.cols)
				m := Matmul{
					W: w, X: r.floats(r.normal(tokens * c.cols)), XStride: c.cols, Y: r.alloc(int64(tokens * c.rows * 4)), YStride: c.rows,
					Epilogue: c.epilogue, Tokens: tokens, Params: r.step(Step{Queries: tokens}, tokens),
				}
				h := r.halved(tokens, c.cols)
				for range repeat {
					record(r, m, h)
				}
				r.time(b, repeat)
			})
		}
		run("ordinary", func(r *rig, m Matmul, _ Halves) { m.Record(r.rec, r.lanes) })
		if !hasCoop(b) {
			continue
		}
		run("halve", func(r *rig, m Matmul, h Halves) {
			Halve{X: m.X, XStride: m.XStride, Cols: c.cols, To: h, Tokens: tokens, Params: m.Params}.Record(r.rec)
		})
		run("matrices", func(r *rig, m Matmul, h Halves) {
			MatmulCoop{Matmul: m, Halves: h}.Record(r.rec, r.dev.Info())
		})
	}
}
