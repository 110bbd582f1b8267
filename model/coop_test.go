package model_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/gpu/reference"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// withMatrices is a reference device with cooperative matrices.
func withMatrices(t testing.TB) *reference.Device {
	dev := reference.New(8)
	dev.Matrices = []gpu.Matrix{{M: 16, N: 16, K: 16}}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// wrong is a device on which kernels with cooperative matrices write no numbers.
type wrong struct{ gpu.Device }

func (d wrong) Submit(ctx context.Context, r *gpu.Recording) error {
	err := d.Device.Submit(ctx, r)
	if r.Name == "verify cooperative matrices" {
		views := r.Ops[len(r.Ops)-1].Views
		y := views[len(views)-1]
		copy(y.Buffer.Bytes()[y.Offset:], []byte{0, 0, 0xc0, 0x7f})
	}
	return err
}

// TestMatrices expects a model that reads by cooperative matrices to compute what
// it computes without, but for what halves lose, on the reference device and on
// the Vulkan device where that has them; and not to use them where they are wrong.
func TestMatrices(t *testing.T) {
	s := small(t, actqkv.ActQKV)
	s.Window = 40
	ids := text(150)
	for name, change := range map[string]func(*tinymodel.Shape){
		"Q8_0":        func(s *tinymodel.Shape) { s.Type = quant.Q8_0 },
		"odd sizes":   func(s *tinymodel.Shape) { s.Dim, s.FFN, s.HeadDim, s.Type = 60, 70, 20, quant.F16 },
		"like Q4_K_M": likeQ4KM,
	} {
		t.Run(name, func(t *testing.T) {
			shape := tinymodel.Default()
			change(&shape)
			path := tinymodel.Write(t, shape)
			plain := load(t, gputest.Reference(t), path)
			want, _ := run(t, plain, s, shaders.KV16, ids)
			if used, err := plain.Matrices(); used || err != nil {
				t.Errorf("without matrices: %v, %v", used, err)
			}
			devices := []gpu.Device{withMatrices(t)}
			if dev := vulkanWithMatrices(t); dev != nil {
				devices = append(devices, dev)
			}
			for _, dev := range devices {
				m := load(t, dev, path)
				if used, err := m.Matrices(); !used || err != nil {
					t.Errorf("%s: %v, %v", dev.Info().Name, used, err)
				}
				got, _ := run(t, m, s, shaders.KV16, ids)
				requireClose(t, got, want, 0.02)
				if got[0][0] == want[0][0] {
					t.Errorf("%s: logits are the same without matrices", dev.Info().Name)
				}
			}
			m := load(t, wrong{withMatrices(t)}, path)
			if used, err := m.Matrices(); used || !errors.Is(err, shaders.ErrCoopWrong) {
				t.Errorf("wrong results: %v, %v", used, err)
			}
			got, _ := run(t, m, s, shaders.KV16, ids)
			if math.IsNaN(float64(got[0][0])) {
				t.Error("wrong results were used")
			}
			requireClose(t, got, want, 0)
		})
	}
}

// vulkanWithMatrices is the Vulkan device of tests, nil where it has no cooperative
// matrices.
func vulkanWithMatrices(t *testing.T) gpu.Device {
	t.Helper()
	dev := gputest.Unvalidated(t)
	if !shaders.Coop(dev.Info()) {
		t.Logf("%s has no cooperative matrices: only the reference device is tested", dev.Info().Name)
		return nil
	}
	return dev
}
