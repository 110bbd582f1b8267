package vulkan

import (
	"context"
	"testing"
	"time"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// A program is cut by the time that it took; times that are about right change
// nothing.
func TestWanted(t *testing.T) {
	const n, most = 100, 50 * time.Millisecond
	for _, test := range []struct {
		now  int
		took time.Duration
		want int
	}{
		{25, 4 * time.Millisecond, 1}, // its first time
		{1, 4 * time.Millisecond, 1},
		{1, 51 * time.Millisecond, 2},
		{2, 49 * time.Millisecond, 2},
		{2, 101 * time.Millisecond, 3},
		{3, 50 * time.Millisecond, 3},
		{3, 49 * time.Millisecond, 1},
		{25, 25 * 17 * time.Millisecond, 25},
		{25, 25 * 16 * time.Millisecond, 8},
		{25, time.Minute, n},
	} {
		p := program{pieces: make([]vk.CommandBuffer, test.now)}
		if got := p.wanted(n, test.took, most); got != test.want {
			t.Errorf("%d pieces took %v: %d are wanted, want %d", test.now, test.took, got, test.want)
		}
	}
}

// A recording begins in small pieces and becomes one when it turns out short, and
// as many as it has operations when it turns out long.
func TestPieces(t *testing.T) {
	for _, test := range []struct {
		most time.Duration
		want []int64 // submissions, run after run
	}{
		{time.Hour, []int64{3, 1, 1}},
		{1, []int64{3, 10, 10}},
		{0, nil},
	} {
		d, err := Open(Options{MostSubmission: test.most})
		if err != nil {
			t.Fatal(err)
		}
		if test.want == nil { // what suits the device
			if test.want = []int64{1, 1, 1}; d.Info().Kind < gpu.CPU {
				test.want[0] = 3
			}
		}
		b, err := d.Alloc(11*gpu.Alignment, gpu.Local)
		if err != nil {
			t.Fatal(err)
		}
		part := func(i int) gpu.View {
			return gpu.View{Buffer: b, Offset: int64(i) * gpu.Alignment, Size: gpu.Alignment}
		}
		r := gpu.NewRecording("copies")
		for i := range 10 {
			r.Copy(part(i+1), part(i))
		}
		for run, want := range test.want {
			data, got := []byte{byte(run + 1), 2, 3}, make([]byte, 3)
			before := d.Stats().Submissions
			if err := d.Write(b, 0, data); err != nil {
				t.Fatal(err)
			}
			if err := d.Submit(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			if n := d.Stats().Submissions - before; n != want {
				t.Errorf("at most %v: %d submissions in run %d, want %d", test.most, n, run, want)
			}
			if err := d.Read(b, 10*gpu.Alignment, got); err != nil || string(got) != string(data) {
				t.Errorf("%v came out of %v (%v)", got, data, err)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
