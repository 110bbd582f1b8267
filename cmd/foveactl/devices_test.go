package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/vulkan"
)

func TestDevices(t *testing.T) {
	out := succeed(t, "", "devices")
	var list []deviceEntry
	if err := json.Unmarshal([]byte(succeed(t, "", "devices", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 || !list[0].Usable {
		t.Fatalf("devices %+v: the first one must be usable", list)
	}
	for _, d := range list {
		if !strings.Contains(out, d.Name) || d.Name == "" || d.Kind == "" || d.Driver == "" || d.Subgroup < 1 || d.Memory < 1 {
			t.Errorf("%+v in\n%s", d, out)
		}
	}
}

func TestDevicesBestFirst(t *testing.T) {
	list := []vulkan.Listing{
		{Index: 0, Info: gpu.Info{Name: "soft", Kind: gpu.CPU}},
		{Index: 1, Info: gpu.Info{Name: "old", Kind: gpu.Discrete}, Unusable: "it has no compute queue"},
		{Index: 2, Info: gpu.Info{Name: "inside", Kind: gpu.Integrated}},
		{Index: 3, Info: gpu.Info{Name: "card\x1b[2J", Kind: gpu.Discrete, SubgroupSize: 32, Memory: 8 << 30}},
	}
	var order []int
	for _, e := range bestFirst(list) {
		order = append(order, e.Index)
	}
	if !slices.Equal(order, []int{3, 2, 0, 1}) {
		t.Errorf("order %v", order)
	}
	text := func(list []vulkan.Listing) string {
		var b bytes.Buffer
		if err := (&devicesCmd{}).write(&streams{out: &b}, list); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	out := text(list)
	for _, want := range []string{"discrete GPU", "32 lanes", "8.0 GiB", "Device 1 cannot serve: it has no compute queue."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") || strings.Contains(out, "No device can serve") {
		t.Errorf("output %q", out)
	}
	if out := text(list[1:2]); !strings.Contains(out, "No device can serve") || !strings.Contains(out, "mesa-vulkan-drivers") {
		t.Errorf("output %q, want what to install", out)
	}
}

// TestNoDriver hides the machine's drivers.
func TestNoDriver(t *testing.T) {
	cmd := program(t, "devices")
	cmd.Env = append(cmd.Env, "VK_DRIVER_FILES=/none", "VK_ICD_FILENAMES=/none")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_ = cmd.Run() // the exit code tells
	expectFailure(t, cmd.Args, errs.String(), cmd.ProcessState.ExitCode(), "mesa-vulkan-drivers")
}
