package model_test

import (
	"math"
	"strings"
	"testing"

	"fovea/gpu/quant"
	"fovea/gpu/reference"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/gguf"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// TestWeightBytes compares with what loading takes, for every shape and format
// that changes how tensors are packed.
func TestWeightBytes(t *testing.T) {
	large := tinymodel.Shape{Layers: 2, Dim: 256, FFN: 512, Heads: 4, KVHeads: 2, HeadDim: 64, Context: 512}
	shape := func(edit func(s *tinymodel.Shape)) tinymodel.Shape {
		s := large
		edit(&s)
		return s
	}
	shapes := map[string]tinymodel.Shape{
		"untied":       shape(func(s *tinymodel.Shape) { s.Untied, s.Type = true, quant.Q8_0 }),
		"mixed values": shape(func(s *tinymodel.Shape) { s.Type, s.MixedV, s.VType = quant.Q4_K, true, quant.Q6_K }),
		"padded heads": shape(func(s *tinymodel.Shape) { s.HeadDim, s.Type = 48, quant.Q4_0 }),
		"mixed gates": shape(func(s *tinymodel.Shape) {
			s.Type = quant.Q8_0
			s.Edit = func(kv []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData) {
				for i, x := range tensors {
					if strings.Contains(x.Name, "ffn_up") {
						tensors[i].Type, tensors[i].Data = quant.F16, make([]byte, 2*x.Shape[0]*x.Shape[1])
					}
				}
				return kv, tensors
			}
		}),
	}
	for _, typ := range quant.Types {
		shapes[typ.String()] = shape(func(s *tinymodel.Shape) { s.Type = typ })
	}
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			f, err := gguf.Open(tinymodel.Write(t, s))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, lanes := range []int{8, 32} {
				m, err := model.Load(t.Context(), reference.New(lanes), f, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := m.Config.WeightBytes(f, lanes), m.WeightBytes(); got != want {
					t.Errorf("%d lanes: %d bytes, loading takes %d", lanes, got, want)
				}
				m.Close()
			}
		})
	}
}

// TestKVBytes compares with what a session's memory grows by.
func TestKVBytes(t *testing.T) {
	settings, err := actqkv.New(actqkv.ActQKV, "fovea")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []model.Config{{Layers: 2, Heads: 9, KVHeads: 3, HeadDim: 64}, {Layers: 3, Heads: 4, KVHeads: 4, HeadDim: 80}} {
		heads := shaders.Heads{KV: c.KVHeads, Group: c.Heads / c.KVHeads, Octets: shaders.PadHead(c.HeadDim)}
		store := func(tokens int) int64 {
			cache, err := kvcache.New(reference.New(8), kvcache.Shape{Layers: c.Layers, Heads: heads, HeadDim: c.HeadDim, Pairs: c.HeadDim / 2}, settings, kvcache.Tiers{}, tokens)
			if err != nil {
				t.Fatal(err)
			}
			defer cache.Close()
			return cache.Memory().Store
		}
		want := float64(store(6144) - store(2048))
		if got := float64(c.KVBytes(4096)); math.Abs(got-want) > want/1000 {
			t.Errorf("%+v: %.0f bytes, a session grows by %.0f", c, got, want)
		}
	}
}
