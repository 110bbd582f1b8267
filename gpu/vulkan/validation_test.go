package vulkan_test

import (
	"context"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/internal/gputest"
)

// TestValidationFindsRaces takes the barrier from a recording that needs it.
func TestValidationFindsRaces(t *testing.T) {
	dev, err := vulkan.Open(gputest.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	b, err := dev.Alloc(1024, gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	half := func(i int64) gpu.View { return gpu.View{Buffer: b, Offset: 512 * i, Size: 512} }
	r := gpu.NewRecording("race")
	r.Copy(half(1), half(0))
	r.Copy(half(0), half(1))
	if err := dev.Submit(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if m := dev.ValidationMessages(); len(m) > 0 {
		t.Fatalf("with its barrier: %q", m)
	}
	dev.Release(r)
	r.Ops[1].Barrier = false
	if err := dev.Submit(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	found := len(dev.ValidationMessages())
	if m := dev.ValidationMessages(); found == 0 || !strings.Contains(m[0], "SYNC-HAZARD") {
		t.Errorf("without: %q, want a hazard", m)
	}
	// The buffer is not freed: that is found too.
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	if m := dev.ValidationMessages(); !strings.Contains(strings.Join(m[found:], "\n"), "VkBuffer") {
		t.Errorf("after Close: %q, want the buffer that was not freed", m)
	}
}
