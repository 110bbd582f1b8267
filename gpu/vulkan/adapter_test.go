package vulkan

import (
	"strings"
	"testing"

	"fovea/gpu"
)

// usable returns the first usable adapter of the machine.
func usable(t *testing.T) adapter {
	t.Helper()
	in, err := newInstance(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.close)
	list, err := in.adapters()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.unusable == "" {
			return *a
		}
	}
	t.Fatal("no usable device")
	panic("unreachable")
}

// TestLack takes away what an adapter needs, one thing after the other.
func TestLack(t *testing.T) {
	for _, test := range []struct {
		take func(a *adapter)
		want string // in the reason
	}{
		{func(*adapter) {}, ""},
		{func(a *adapter) { a.native.has_compute = 0 }, "no compute queue"},
		{func(a *adapter) { a.native.subgroup_operations = 3 }, "no subgroup shuffle"},
		{func(a *adapter) { a.native.subgroup_stages = 0x10 }, "no subgroup shuffle"},
		{func(a *adapter) { a.native.subgroup_size, a.native.min_subgroup, a.native.max_subgroup = 128, 128, 128 }, "128 lanes"},
		{func(a *adapter) { a.native.subgroup_size, a.native.min_subgroup, a.native.max_subgroup = 1, 1, 1 }, "1 lanes"},
		{func(a *adapter) { a.native.min_subgroup, a.native.max_subgroup, a.native.size_control = 8, 32, 0 }, "8 to 32 lanes"},
		{func(a *adapter) { a.native.min_subgroup, a.native.max_subgroup, a.native.required_stages = 8, 32, 0x10 }, "8 to 32 lanes"},
		{func(a *adapter) { a.limits.MaxTexelBufferElements = 65536 }, "hold 65536 texels, 16777216 are needed"},
		{func(a *adapter) { a.limits.MinTexelBufferOffsetAlignment = 512 }, "aligned to 512 bytes"},
		{func(a *adapter) { a.limits.MinStorageBufferOffsetAlignment = 1024 }, "aligned to 1024 bytes"},
		{func(a *adapter) { a.native.max_allocation = 1 << 20 }, "at most 1048576 bytes"},
	} {
		a := usable(t)
		test.take(&a)
		a.chooseSubgroup()
		if a.unusable == "" {
			a.unusable = a.lack()
		}
		if (a.unusable == "") != (test.want == "") || !strings.Contains(a.unusable, test.want) {
			t.Errorf("reason %q, want %q", a.unusable, test.want)
		}
	}
}

func TestChooseSubgroup(t *testing.T) {
	for _, test := range []struct{ lo, hi, size, required uint32 }{
		{0, 0, 8, 0},    // no size control: what the device has
		{8, 8, 8, 0},    // one size
		{8, 32, 32, 32}, // Intel
		{32, 64, 32, 32},
		{64, 128, 64, 64},
		{4, 16, 16, 16},
	} {
		a := usable(t)
		n := &a.native
		n.subgroup_size, n.size_control, n.required_stages = 8, 1, stageCompute
		setUint(&n.min_subgroup, test.lo)
		setUint(&n.max_subgroup, test.hi)
		a.required = 0
		a.chooseSubgroup()
		if a.info.SubgroupSize != int(test.size) || a.required != test.required {
			t.Errorf("%d to %d lanes: %d chosen, %d required; want %d and %d", test.lo, test.hi,
				a.info.SubgroupSize, a.required, test.size, test.required)
		}
	}
}

// setUint sets a field of a C struct.
func setUint[T ~uint32](field *T, v uint32) { *field = T(v) }

func TestChoose(t *testing.T) {
	list := []Listing{
		{0, gpu.Info{Name: "Software", Kind: gpu.CPU}, ""},
		{1, gpu.Info{Name: "Old Card", Kind: gpu.Discrete}, "it has no subgroup shuffle"},
		{2, gpu.Info{Name: "Laptop", Kind: gpu.Integrated}, ""},
		{3, gpu.Info{Name: "New Card", Kind: gpu.Discrete}, ""},
	}
	for _, test := range []struct {
		want  string
		index int
		err   string
	}{
		{"", 3, ""},
		{"0", 0, ""},
		{"lap", 2, ""},
		{"CARD", 3, ""},
		{"1", 0, "Old Card (discrete GPU, ), not usable: it has no subgroup shuffle"},
		{"old", 0, "it has no subgroup shuffle"},
		{"7", 0, `no device "7"`},
		{"voodoo", 0, `no device "voodoo"; there are:`},
	} {
		i, err := choose(list, test.want)
		if test.err == "" && (err != nil || i != test.index) {
			t.Errorf("%q: %d, %v; want %d", test.want, i, err, test.index)
		}
		if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%q: error %v, want %q", test.want, err, test.err)
		}
	}
	if _, err := choose(list[1:2], ""); err == nil || !strings.Contains(err.Error(), "no usable device") {
		t.Errorf("only unusable devices: %v", err)
	}
}
