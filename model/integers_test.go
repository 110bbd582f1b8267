package model_test

import (
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// TestIntegers expects a model that reads by products of integers to compute what it
// computes by those of floats, but for rounding, on both devices, in windows of one
// tile and of several. Where a matrix has other weights, floats serve it. Attention is
// dense, as rounding changes which blocks a model of random weights recalls.
func TestIntegers(t *testing.T) {
	s := small(t, actqkv.Full)
	s.Window = 40
	ids := text(150)
	for name, change := range map[string]func(*tinymodel.Shape){
		"Q4_0":        func(s *tinymodel.Shape) { s.Type = quant.Q4_0 },
		"odd sizes":   func(s *tinymodel.Shape) { s.Dim, s.FFN, s.HeadDim, s.Type = 96, 160, 24, quant.Q4_1 },
		"like Q4_K_M": likeQ4KM,
	} {
		t.Run(name, func(t *testing.T) {
			shape := tinymodel.Default()
			change(&shape)
			path := tinymodel.Write(t, shape)
			want, _ := run(t, load(t, gputest.Reference(t), path), s, shaders.KV16, ids)
			for _, dev := range []gpu.Device{gputest.Reference(t), gputest.Open(t)} {
				m := load(t, dev, path)
				m.Integers = true
				got, _ := run(t, m, s, shaders.KV16, ids)
				requireClose(t, got, want, 0.02)
				if got[0][0] == want[0][0] {
					t.Errorf("%s: logits are the same without integers", dev.Info().Name)
				}
			}
		})
	}
}
