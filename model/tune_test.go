package model_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// teamed is a device that has teams of subgroups, as graphics cards do, and says of
// everything measured what found says, if that is not negative.
type teamed struct {
	gpu.Device
	found    int
	kept     map[string]int
	measured int
}

func (d *teamed) Info() gpu.Info {
	info := d.Device.Info()
	info.Team = 4
	return info
}

func (d *teamed) Finding(name string) (int, bool) {
	if d.found < 0 {
		value, known := d.kept[name]
		return value, known
	}
	return d.found, true
}

func (d *teamed) Keep(name string, value int) { d.kept[name] = value }

func (d *teamed) Submit(ctx context.Context, r *gpu.Recording) error {
	if slices.Contains([]string{"matmul", "matvec", "floats", "integers"}, r.Name) {
		d.measured++
	}
	return d.Device.Submit(ctx, r)
}

// TestTune expects steps to have the kernel that was found the faster one, with the
// same results, and products to be measured once for each shape of them.
func TestTune(t *testing.T) {
	shape := tinymodel.Default()
	shape.Type = quant.Q4_0
	path := tinymodel.Write(t, shape)
	s, ids := small(t, actqkv.ActQKV), text(60)
	want, _ := run(t, load(t, gputest.Reference(t), path), s, shaders.KV16, ids)
	for _, found := range []int{0, 1} {
		dev := &teamed{Device: gputest.Reference(t), found: found, kept: map[string]int{}}
		m := load(t, dev, path)
		dev.Profile(true)
		got, _ := run(t, m, s, shaders.KV16, ids)
		vectors := 0
		for name, time := range dev.Profile(false) {
			if strings.HasPrefix(name, "matvec_") {
				vectors += time.Calls
			}
		}
		if steps := len(got) - 1; (vectors > 0) != (found == 1) || found == 1 && vectors < 4*shape.Layers*steps {
			t.Errorf("found %d: %d products of %d steps by matvec", found, vectors, steps)
		}
		requireClose(t, got, want, 0) // twins are the same
		if m.FasterInIntegers() != (found == 1) {
			t.Errorf("found %d: faster in integers: %v", found, m.FasterInIntegers())
		}
	}

	dev := &teamed{Device: gputest.Reference(t), found: -1, kept: map[string]int{}}
	load(t, dev, path)
	names := slices.Sorted(maps.Keys(dev.kept))
	if len(names) < 5 || dev.measured != 2*6*len(names) {
		t.Errorf("%d measurements of %q", dev.measured, names)
	}
	for name, value := range dev.kept {
		if value != 0 && value != 1 {
			t.Errorf("%s: kept %d", name, value)
		}
	}
	dev.measured = 0
	load(t, dev, path)
	if dev.measured != 0 || len(dev.kept) != len(names) {
		t.Errorf("%d measurements of what is known, %d findings instead of %d", dev.measured, len(dev.kept), len(names))
	}
}
