package shaders

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// rig is one device under test with a recording to fill.
type rig struct {
	testing.TB
	dev   gpu.Device
	lanes int
	*rand.Rand
	rec *gpu.Recording
}

// newRig has the same random numbers on every device.
func newRig(t testing.TB, dev gpu.Device) *rig {
	return &rig{TB: t, dev: dev, lanes: dev.Info().SubgroupSize, Rand: rand.New(rand.NewPCG(1, 2)), rec: gpu.NewRecording(t.Name())}
}

// onDevices runs f on the reference device and on the Vulkan device and requires
// what f returns to agree to tol, relative as in agree.
func onDevices(t *testing.T, tol float64, f func(r *rig) [][]float32) {
	t.Helper()
	want := f(newRig(t, gputest.Reference(t)))
	t.Run("vulkan", func(t *testing.T) {
		for i, got := range f(newRig(t, gputest.Open(t))) {
			agree(t, i, got, want[i], tol)
		}
	})
}

// agree requires |got - want| <= tol * max(|want|, root mean square of want).
func agree(t testing.TB, result int, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("result %d: %d numbers, want %d", result, len(got), len(want))
	}
	squares := 0.0
	for _, w := range want {
		squares += float64(w) * float64(w)
	}
	rms, bad, worst := math.Sqrt(squares/float64(len(want))), 0, -1
	for i, w := range want {
		if e := math.Abs(float64(got[i] - w)); !(e <= tol*max(math.Abs(float64(w)), rms)) {
			if bad++; worst < 0 || e > math.Abs(float64(got[worst]-want[worst])) {
				worst = i
			}
		}
	}
	if bad > 0 {
		t.Errorf("result %d: %d of %d numbers differ; the worst, %d, is %v, want %v", result, bad, len(want), worst, got[worst], want[worst])
	}
}

// alloc returns a view of at least n zero bytes.
func (r *rig) alloc(n int64) gpu.View {
	r.Helper()
	b, err := r.dev.Alloc(gpu.Align(n), gpu.Local)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(b.Free)
	return gpu.Whole(b)
}

// put returns a view of a new buffer that holds data.
func (r *rig) put(data []byte) gpu.View {
	r.Helper()
	v := r.alloc(int64(len(data)))
	r.write(v, data)
	return v
}

func (r *rig) write(v gpu.View, data []byte) {
	r.Helper()
	if err := r.dev.Write(v.Buffer, v.Offset, data); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) floats(v []float32) gpu.View { return r.put(floatBytes(v)) }

// normal returns n normally distributed numbers.
func (r *rig) normal(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// step writes a parameter buffer for windows of n tokens.
func (r *rig) step(s Step, n int) gpu.View {
	b := make([]byte, StepBytes(n))
	s.Put(b)
	return r.put(b)
}

// run submits the recording and starts a new one.
func (r *rig) run() {
	r.Helper()
	if err := r.dev.Submit(context.Background(), r.rec); err != nil {
		r.Fatal(err)
	}
	r.dev.Release(r.rec)
	r.rec = gpu.NewRecording(r.Name())
}

// time submits the recording, of repeat times the work, b.N times.
func (r *rig) time(b *testing.B, repeat int) {
	submit := func() {
		if err := r.dev.Submit(context.Background(), r.rec); err != nil {
			b.Fatal(err)
		}
	}
	submit() // some drivers compile on first use
	for b.Loop() {
		submit()
	}
	r.dev.Release(r.rec)
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*repeat)*1e6, "µs/dispatch")
}

// read returns the first n floats of a view.
func (r *rig) read(v gpu.View, n int) []float32 {
	r.Helper()
	out := make([]float32, n)
	if err := r.dev.Read(v.Buffer, v.Offset, floatBytes(out)); err != nil {
		r.Fatal(err)
	}
	return out
}

func floatBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

func wordBytes(v []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
