package model

import (
	"fovea/internal/hostmem"
	"fovea/model/kvcache"
)

// Limits says how much memory sessions may take.
type Limits struct {
	// Host is the most bytes of the computer's memory that the program should
	// hold while a session reads; 0: half of what there is on a device with
	// memory of its own, else what is free.
	Host int64
	// Dir is the folder for what fits neither the device nor the host; "": a
	// session must fit the device.
	Dir string
	// Bits of a number of what lies there: 8 or 4; 0: as on the device, so that
	// nothing is lost.
	Bits int
}

// programBytes is what a program holds beside weights and sessions: itself, its
// libraries, compiled kernels.
const programBytes = 256 << 20

// tiers is where a session of this model may keep sealed blocks. Where the
// device's memory is the host's, there is one limit for both, and no second
// place in the same memory.
func (m *Model) tiers() kvcache.Tiers {
	t, info := kvcache.Tiers{Dir: m.Limits.Dir, Bits: m.Limits.Bits}, m.dev.Info()
	switch {
	case m.Limits.Dir == "":
	case info.Unified && m.Limits.Host > 0:
		t.Device = max(1, m.Limits.Host-programBytes-m.dev.Stats().LocalBytes)
	case info.Unified:
	case m.Limits.Host > 0:
		t.Host = max(0, m.Limits.Host-programBytes)
	default:
		t.Host = hostmem.Total() / 2
	}
	return t
}
