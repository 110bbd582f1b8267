package gputest

import (
	"strings"
	"testing"

	"fovea/gpu/vulkan"
)

// TestMissingBarrierIsFound: the suite relies on the validation layer to see
// that recordings have all the barriers that they need.
func TestMissingBarrierIsFound(t *testing.T) {
	dev, err := vulkan.Open(Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{T: t, dev: dev}
	from, to := b.put(counting(0, 256)), b.put(counting(0, 256))
	r := b.chain(2, 64, from, to)
	r.Ops[1].Barrier = false
	b.submit(r)
	if m := strings.Join(dev.ValidationMessages(), "\n"); !strings.Contains(m, "SYNC-HAZARD") {
		t.Errorf("messages %q, want a hazard", m)
	}
}
