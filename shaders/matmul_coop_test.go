package shaders

import (
	"fmt"
	"slices"
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
		got, want := c.result(r, typ, func(m Matmul) {
			halves := r.halved(c.tokens, c.cols)
			m.Inputs().Halve(r.rec, halves)
			MatmulCoop{Matmul: m, Halves: halves, plain: plain}.Record(r.rec, r.dev.Info())
		})
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
				placedAlike(r, typ, coopTolerance, func(m Matmul) { m.Record(r.rec, r.lanes) }, func(m Matmul) {
					halves := r.halved(m.Tokens, m.W.Cols)
					m.Inputs().Halve(r.rec, halves)
					MatmulCoop{Matmul: m, Halves: halves, plain: plain}.Record(r.rec, r.dev.Info())
				})
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

// BenchmarkMatmulCoop times products of a window in the ordinary kernel and, where
// the device has them, by cooperative matrices.
func BenchmarkMatmulCoop(b *testing.B) {
	ways := map[string]benchWay{
		"ordinary": func(r *rig, _ Matmul) func(Matmul) { return r.matmul },
	}
	if hasCoop(b) {
		ways["halve"] = func(r *rig, like Matmul) func(Matmul) {
			h := r.halved(like.Tokens, like.W.Cols)
			return func(m Matmul) { m.Inputs().Halve(r.rec, h) }
		}
		ways["matrices"] = func(r *rig, like Matmul) func(Matmul) {
			h := r.halved(like.Tokens, like.W.Cols)
			return func(m Matmul) { MatmulCoop{Matmul: m, Halves: h}.Record(r.rec, r.dev.Info()) }
		}
	}
	benchmarkProducts(b, gputest.Unvalidated, benchWindow, windowShapes, ways)
}

// windowShapes are the products that are timed for windows, of benchWindow tokens.
var windowShapes = append(slices.Clone(smallLayer), benchShape{"large", 4096, 4096, Add})

const benchWindow = 256
