package shaders

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
)

// spoiler is a device that changes the first number of what each submission
// computed last.
type spoiler struct {
	gpu.Device
	spoil func(v float32) float32
}

func (s spoiler) Submit(ctx context.Context, r *gpu.Recording) error {
	err := s.Device.Submit(ctx, r)
	views := r.Ops[len(r.Ops)-1].Views
	y := f32s(hostBytes(views[len(views)-1]))
	y[0] = s.spoil(y[0])
	return err
}

func TestVerifyCoop(t *testing.T) {
	for _, format := range []quant.Packed{quant.PQ4, quant.PQ4K, quant.PQ8, quant.PF16, quant.PBF16} {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			gputest.Each(t, func(t *testing.T, dev gpu.Device) {
				if err := verifyCoop(context.Background(), dev, format, true); err != nil {
					t.Error(err)
				}
				wrong := spoiler{dev, func(v float32) float32 { return v + 1 }}
				if err := verifyCoop(context.Background(), wrong, format, true); !errors.Is(err, ErrCoopWrong) {
					t.Errorf("a wrong number: %v", err)
				}
				wrong.spoil = func(float32) float32 { return float32(math.NaN()) }
				if err := verifyCoop(context.Background(), wrong, format, true); !errors.Is(err, ErrCoopWrong) {
					t.Errorf("no number: %v", err)
				}
			})
			if hasCoop(t) {
				if err := VerifyCoop(context.Background(), gputest.Unvalidated(t), format); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
