package model_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fovea/gpu/quant"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/gguf"
)

// wide is a model of which some matrices are several chunks.
func wide(ffn int, typ quant.Type) tinymodel.Shape {
	return tinymodel.Shape{Layers: 4, Dim: 512, FFN: ffn, Heads: 8, KVHeads: 2, HeadDim: 64, Context: 512, Type: typ}
}

func open(t *testing.T, path string) *gguf.File {
	t.Helper()
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Progress rises to exactly 1.
func TestLoadProgress(t *testing.T) {
	var told []float64
	m, err := model.Load(t.Context(), gputest.Open(t), open(t, tinymodel.Write(t, wide(4096, quant.Q6_K))), func(done float64) { told = append(told, done) })
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !slices.IsSorted(told) || len(told) < 40 || told[0] <= 0 || told[len(told)-1] != 1 {
		t.Errorf("progress %v", told)
	}
}

// Loading that is interrupted, or meets damage, leaves nothing on the device.
func TestLoadFails(t *testing.T) {
	dev := gputest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	sound := open(t, tinymodel.Write(t, wide(512, quant.Q4_0)))
	_, err := model.Load(ctx, dev, sound, func(done float64) {
		if done > 0.5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || dev.Stats().LocalBytes != 0 {
		t.Errorf("error %v, %d bytes are left", err, dev.Stats().LocalBytes)
	}
	damaged := wide(512, quant.Q4_0)
	damaged.Edit = func(kv []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData) {
		i := slices.IndexFunc(tensors, func(x gguf.TensorData) bool { return x.Name == "blk.2.ffn_down.weight" })
		row := quant.Q4_0.RowBytes(512)
		copy(tensors[i].Data[300*row:], []byte{0, 0x7c}) // an infinite scale
		return kv, tensors
	}
	_, err = model.Load(t.Context(), dev, open(t, tinymodel.Write(t, damaged)), nil)
	if err == nil || !strings.Contains(err.Error(), `tensor "blk.2.ffn_down.weight"`) || !strings.Contains(err.Error(), "the file is damaged") || dev.Stats().LocalBytes != 0 {
		t.Errorf("error %v, %d bytes are left", err, dev.Stats().LocalBytes)
	}
}
