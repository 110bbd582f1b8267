package gpu_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fovea/gpu"
	"fovea/gpu/reference"
)

// TestTimes measures kernels that take known times.
func TestTimes(t *testing.T) {
	dev := reference.New(8)
	defer func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}()
	sleeps := func(d time.Duration) *gpu.Recording {
		r := gpu.NewRecording(d.String())
		r.Dispatch(&gpu.Kernel{Name: d.String(), Twin: func(*gpu.Call) { time.Sleep(d) }}, [3]uint32{1, 1, 1}, nil, nil)
		return r
	}
	want := []time.Duration{30 * time.Millisecond, time.Millisecond, 60 * time.Millisecond}
	var ways []*gpu.Recording
	for _, d := range want {
		ways = append(ways, sleeps(d))
	}
	got, err := gpu.Times(t.Context(), dev, ways...)
	if err != nil || len(got) != len(want) {
		t.Fatal(got, err)
	}
	for i := range want {
		if got[i] < want[i] || got[i] > want[i]+25*time.Millisecond {
			t.Errorf("number %d took %v instead of %v", i, got[i], want[i])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gpu.Times(ctx, dev, sleeps(0)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
