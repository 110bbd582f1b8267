// Package gputest opens devices for tests and holds the suite that every
// gpu.Device must pass.
package gputest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"fovea/gpu"
	"fovea/gpu/reference"
	"fovea/gpu/vulkan"
)

// DeviceVariable is the environment variable that chooses the Vulkan device of
// tests, as in vulkan.Options.Device.
const DeviceVariable = "FOVEA_DEVICE"

// TeamVariable is the environment variable that sets the subgroups of a
// workgroup, vulkan.Options.Team: with more than one, a software driver runs what
// graphics cards do.
const TeamVariable = "FOVEA_TEAM"

// Options are those that tests open a Vulkan device with: the chosen device, a
// pipeline cache that tests share, the validation layer unless t is a benchmark,
// and a submission for each recording.
func Options(t testing.TB) vulkan.Options {
	_, benchmark := t.(*testing.B)
	team := 0
	if v := os.Getenv(TeamVariable); v != "" {
		var err error
		if team, err = strconv.Atoi(v); err != nil || team < 1 {
			t.Fatalf("%s=%s: a number from 1 on is needed", TeamVariable, v)
		}
	}
	return vulkan.Options{
		Device:     os.Getenv(DeviceVariable),
		Team:       team,
		CacheDir:   filepath.Join(os.TempDir(), "fovea-test-pipelines"),
		Validation: !benchmark,

		MostSubmission: -1,
	}
}

// Open returns a Vulkan device of tests, which nothing else uses until the test
// ends. The test fails without a Vulkan driver, when the validation layer had
// anything to say, and when it leaves buffers behind.
func Open(t testing.TB) gpu.Device {
	t.Helper()
	return open(t, Options(t))
}

// Staged is Open for a device whose memory is out of the host's reach, as that of
// graphics cards is.
func Staged(t testing.TB) gpu.Device {
	t.Helper()
	o := Options(t)
	o.Staged = true
	return open(t, o)
}

// Crew is Open for a device with n mates (vulkan.Options.Crew); where the driver is
// not Mesa's, the test is skipped.
func Crew(t testing.TB, n int) *vulkan.Device {
	t.Helper()
	t.Setenv(vulkan.ThreadVariable, "0")
	o := Options(t)
	o.Crew = n
	dev, err := vulkan.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	CloseAfter(t, dev)
	if got := dev.Crew(); got == 0 && !strings.Contains(dev.Info().Driver, "llvmpipe") {
		t.Skipf("%s has no crew", dev.Info().Name)
	} else if got != n {
		t.Fatalf("%s has a crew of %d, want %d", dev.Info().Name, got, n)
	}
	return dev
}

// Unvalidated is Open without validation, of which older layers do not know
// cooperative matrices.
func Unvalidated(t testing.TB) gpu.Device {
	t.Helper()
	o := Options(t)
	o.Validation = false
	return open(t, o)
}

// idle are the devices of tests that have ended, by what they were opened with.
// Others take them over, with the kernels that they have compiled: that is most of
// what a short test takes.
var idle = struct {
	sync.Mutex
	devices map[vulkan.Options][]*vulkan.Device
}{devices: map[vulkan.Options][]*vulkan.Device{}}

func open(t testing.TB, o vulkan.Options) gpu.Device {
	t.Helper()
	idle.Lock()
	defer idle.Unlock()
	if n := len(idle.devices[o]); n > 0 {
		dev := idle.devices[o][n-1]
		idle.devices[o] = idle.devices[o][:n-1]
		keepAfter(t, dev, o)
		return dev
	}
	dev, err := vulkan.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	keepAfter(t, dev, o)
	return dev
}

// keepAfter keeps a device for others when the test ends, unless it failed. A
// device with buffers is closed, so that the validation layer names those that the
// test forgot.
func keepAfter(t testing.TB, dev *vulkan.Device, o vulkan.Options) {
	t.Cleanup(func() {
		if held := dev.Stats(); t.Failed() || held.LocalBytes+held.HostBytes > 0 || len(dev.ValidationMessages()) > 0 {
			closeNow(t, dev)
			return
		}
		dev.Profile(false)
		idle.Lock()
		defer idle.Unlock()
		idle.devices[o] = append(idle.devices[o], dev)
	})
}

// CloseAfter closes a Vulkan device when the test ends and fails the test with
// the validation layer's messages.
func CloseAfter(t testing.TB, dev *vulkan.Device) {
	t.Cleanup(func() { closeNow(t, dev) })
}

func closeNow(t testing.TB, dev *vulkan.Device) {
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	for _, m := range dev.ValidationMessages() {
		t.Errorf("Vulkan validation: %s", m)
	}
}

// Reference returns a reference device of 8 lanes, as most software drivers have.
func Reference(t testing.TB) gpu.Device {
	dev := reference.New(8)
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// Each runs f on the Vulkan device of tests and on the reference device.
func Each(t *testing.T, f func(t *testing.T, dev gpu.Device)) {
	t.Run("vulkan", func(t *testing.T) { f(t, Open(t)) })
	t.Run("reference", func(t *testing.T) { f(t, Reference(t)) })
}
