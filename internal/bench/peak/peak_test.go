package peak

import (
	"encoding/binary"
	"math"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// The kernels do the work that they are counted for.
func TestKernels(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		lanes := dev.Info().SubgroupSize
		const groups, texels = 3, 16
		src, dst := alloc(t, dev, groups*texels*lanes*16), alloc(t, dev, groups*lanes*4)
		data, want := make([]byte, src.Size()), make([]uint32, groups*lanes)
		for i := range len(data) / 4 {
			binary.LittleEndian.PutUint32(data[4*i:], uint32(i*i))
			texel := i / 4
			want[texel/(texels*lanes)*lanes+texel%lanes] += uint32(i * i)
		}
		if err := dev.Write(src, 0, data); err != nil {
			t.Fatal(err)
		}
		r := gpu.NewRecording("read")
		r.Dispatch(readKernel, [3]uint32{groups, 1, 1}, nil, []uint32{texels}, gpu.Whole(src), gpu.Whole(dst))
		for i, got := range run(t, dev, r, dst)[:len(want)] {
			if got != want[i] {
				t.Fatalf("lane %d read the sum %d, want %d", i, got, want[i])
			}
		}
		r = gpu.NewRecording("compute")
		r.Dispatch(computeKernel, [3]uint32{groups, 1, 1}, nil, []uint32{1, math.Float32bits(0.5), math.Float32bits(1)}, gpu.Whole(dst))
		for i, got := range run(t, dev, r, dst)[:len(want)] {
			sum := 0.0
			for chain := range chains { // x = 0.5 x + 1 goes to 2
				sum += 2 + (float64(i%8+chain)-2)/256
			}
			if x := float64(math.Float32frombits(got)); math.Abs(x-sum) > 1e-4 {
				t.Fatalf("lane %d computed %v, want %v", i, x, sum)
			}
		}
	})
}

func TestMeasure(t *testing.T) {
	p, err := Measure(t.Context(), gputest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	// The slowest devices there are do 10 MB and 10 million operations a second,
	// the fastest 100 TB and 10^16.
	if p.Read < 1e7 || p.Read > 1e14 || p.Compute < 1e7 || p.Compute > 1e16 {
		t.Errorf("%+v", p)
	}
	t.Logf("%.1f GB/s, %.1f GFLOP/s", p.Read/1e9, p.Compute/1e9)
}

func alloc(t *testing.T, dev gpu.Device, bytes int) gpu.Buffer {
	t.Helper()
	b, err := dev.Alloc(gpu.Align(int64(bytes)), gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Free)
	return b
}

func run(t *testing.T, dev gpu.Device, r *gpu.Recording, dst gpu.Buffer) []uint32 {
	t.Helper()
	if err := dev.Submit(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, dst.Size())
	if err := dev.Read(dst, 0, data); err != nil {
		t.Fatal(err)
	}
	return words(data)
}
