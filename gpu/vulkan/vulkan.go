// Package vulkan is the gpu.Device that the product runs on: compute queues of
// Vulkan 1.1 devices, from graphics cards to the software drivers lavapipe and
// SwiftShader.
//
// It is the only package that knows Vulkan. Every workgroup is one full subgroup
// or, on graphics cards, several. Memory comes from slabs of at most
// gpu.SafeBuffer bytes unless a buffer is larger. A recording becomes command
// buffers that Submit replays: one, or several that each keep a graphics card
// busy for a moment only.
package vulkan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fovea/gpu"
)

// Options choose and adjust a device.
type Options struct {
	// Device is an index of Devices or a part of a device's name, in any case;
	// empty chooses the best usable one.
	Device string
	// CacheDir is where compiled pipelines are kept; empty keeps none.
	CacheDir string
	// Validation loads Khronos' validation layer, whose findings
	// Device.ValidationMessages returns. It slows recording down.
	Validation bool
	// Team is gpu.Info.Team; 0 is what suits the device.
	Team int
	// MostSubmission is how long one submission should take at most; a recording
	// becomes as many as are needed, as far as single operations allow it. 0 is
	// what suits the device: 50 ms of a graphics card, no limit of a processor; below
	// 0 there is none.
	MostSubmission time.Duration
	// NoMatrices leaves cooperative matrices unused.
	NoMatrices bool
	// Staged treats the device's memory as out of the host's reach, as on a graphics
	// card.
	Staged bool
	// Crew is the most Vulkan devices of Mesa's software driver that share the work of
	// brief recordings, each in one thread, in place of the driver's own threads; below
	// 2 all is left to those. It is served after PrepareSoftware only.
	Crew int
	// MemoryLimit in bytes makes the device's memory smaller; 0 does not.
	MemoryLimit int64
}

// Listing is one device of the machine.
type Listing struct {
	Index    int
	Info     gpu.Info
	Unusable string // why the device cannot serve; empty if it can
}

func (l Listing) String() string {
	s := fmt.Sprintf("%d: %s (%s, %s)", l.Index, l.Info.Name, l.Info.Kind, l.Info.Driver)
	if l.Unusable != "" {
		s += ", not usable: " + l.Unusable
	}
	return s
}

// Devices lists the machine's Vulkan devices, usable or not. Without a Vulkan
// loader or driver it fails with an error that says what to install.
func Devices() ([]Listing, error) {
	in, err := newInstance(false)
	if err != nil {
		return nil, err
	}
	defer in.close()
	adapters, err := in.adapters()
	if err != nil {
		return nil, err
	}
	return listings(adapters), nil
}

func listings(adapters []*adapter) []Listing {
	list := make([]Listing, len(adapters))
	for i, a := range adapters {
		list[i] = Listing{Index: i, Info: a.info, Unusable: a.unusable}
	}
	return list
}

// Open opens a device. The caller closes it after everything it made.
func Open(o Options) (*Device, error) {
	in, err := newInstance(o.Validation)
	if err != nil {
		return nil, err
	}
	adapters, err := in.adapters()
	if err != nil {
		in.close()
		return nil, err
	}
	i, err := choose(listings(adapters), o.Device)
	if err != nil {
		in.close()
		return nil, err
	}
	if o.Staged {
		adapters[i].info.Unified = false
	}
	d, err := newDevice(in, adapters[i], o)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// choose returns the index of the device that want names.
func choose(list []Listing, want string) (int, error) {
	matches := slices.Clone(list)
	if want != "" {
		index, err := strconv.Atoi(want)
		matches = slices.DeleteFunc(matches, func(l Listing) bool {
			if err == nil {
				return l.Index != index
			}
			return !strings.Contains(strings.ToLower(l.Info.Name), strings.ToLower(want))
		})
		if len(matches) == 0 {
			return 0, fmt.Errorf("vulkan: no device %q; there are:\n%s", want, lines(list))
		}
	}
	usable := slices.DeleteFunc(slices.Clone(matches), func(l Listing) bool { return l.Unusable != "" })
	if len(usable) == 0 {
		return 0, fmt.Errorf("vulkan: no usable device:\n%s\n%s", lines(matches), softwareHint)
	}
	best := slices.MinFunc(usable, func(a, b Listing) int { return cmp.Compare(a.Info.Kind, b.Info.Kind) })
	return best.Index, nil
}

func lines(list []Listing) string {
	s := make([]string, len(list))
	for i, l := range list {
		s[i] = "  " + l.String()
	}
	return strings.Join(s, "\n")
}
