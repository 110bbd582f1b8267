// Package peak measures how fast a device reads its memory and computes, with
// kernels that do nothing else, in the way that the engine's own kernels do it:
// what they achieve is compared with this. It measures no cache and no
// arithmetic of other formats than floats.
package peak

import (
	"context"
	"fmt"
	"math"
	"time"

	"fovea/gpu"
)

// Peaks of a device.
type Peaks struct {
	Read    float64 `json:"read_bytes_per_second"`
	Compute float64 `json:"flops_per_second"` // of floats
}

const (
	readBytes = 128 << 20 // more than processors have of cache
	perGroup  = 256       // texels that a lane reads
	groups    = 2048      // that compute
	times     = 5         // that a measurement is made; the fastest counts
	// enough is the time of a submission beside which its own costs are small.
	enough = 30 * time.Millisecond
)

// Measure takes about two seconds, and needs 128 MiB of the device.
func Measure(ctx context.Context, dev gpu.Device) (p Peaks, err error) {
	if p.Read, err = read(ctx, dev, readBytes); err != nil {
		return p, fmt.Errorf("measure the device's reading: %w", err)
	}
	if p.Compute, err = compute(ctx, dev); err != nil {
		return p, fmt.Errorf("measure the device's arithmetic: %w", err)
	}
	return p, nil
}

// read gives the bytes per second at which all of a buffer is read.
func read(ctx context.Context, dev gpu.Device, bytes int64) (float64, error) {
	lanes := int64(dev.Info().SubgroupSize)
	groups := bytes / (16 * perGroup * lanes)
	src, err := dev.Alloc(bytes, gpu.Local)
	if err != nil {
		return 0, err
	}
	defer src.Free()
	dst, err := dev.Alloc(groups*lanes*4, gpu.Local)
	if err != nil {
		return 0, err
	}
	defer dst.Free()
	return fastest(ctx, dev, float64(bytes), func(r *gpu.Recording, n uint32) {
		for range n {
			r.Dispatch(readKernel, [3]uint32{uint32(groups), 1, 1}, nil, []uint32{perGroup}, gpu.Whole(src), gpu.Whole(dst))
		}
	})
}

// compute gives the multiplications and additions per second.
func compute(ctx context.Context, dev gpu.Device) (float64, error) {
	lanes := dev.Info().SubgroupSize
	dst, err := dev.Alloc(int64(groups*lanes)*4, gpu.Local)
	if err != nil {
		return 0, err
	}
	defer dst.Free()
	return fastest(ctx, dev, float64(2*chains*unrolled*groups*lanes), func(r *gpu.Recording, n uint32) {
		r.Dispatch(computeKernel, [3]uint32{groups, 1, 1}, nil, []uint32{n, math.Float32bits(0.5), math.Float32bits(1)}, gpu.Whole(dst))
	})
}

// fastest gives the most work per second of a recording that does a unit of
// work n times, with an n for which it takes long enough.
func fastest(ctx context.Context, dev gpu.Device, unit float64, record func(r *gpu.Recording, n uint32)) (float64, error) {
	for n := uint32(1); ; n *= 2 {
		r := gpu.NewRecording("peak")
		record(r, n)
		least, err := best(ctx, dev, r)
		if err != nil {
			return 0, err
		}
		if least >= enough || n >= 1<<20 {
			return unit * float64(n) / least.Seconds(), nil
		}
	}
}

// best is the least time of some submissions of r.
func best(ctx context.Context, dev gpu.Device, r *gpu.Recording) (time.Duration, error) {
	defer dev.Release(r)
	if err := dev.Prepare(r); err != nil {
		return 0, err
	}
	least := time.Duration(math.MaxInt64)
	for range times {
		start := time.Now()
		if err := dev.Submit(ctx, r); err != nil {
			return 0, err
		}
		took := time.Since(start)
		if least = min(least, took); took < enough/4 { // more follows anyway
			break
		}
	}
	return least, nil
}
