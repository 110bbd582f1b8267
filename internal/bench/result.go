package bench

import (
	"slices"

	"fovea/internal/bench/peak"
	"fovea/model"
	"fovea/model/actqkv"
)

// Report is a result with what it was measured on.
type Report struct {
	Model    string          `json:"model"`
	Layers   int             `json:"layers"`
	Device   string          `json:"device"`
	Driver   string          `json:"driver"`
	Settings actqkv.Settings `json:"settings"`
	KV       string          `json:"kv"` // number format of keys and values
	// Matrices says that windows are read with cooperative matrices; MatricesWrong
	// what is wrong with those of the device where they are not used for that.
	Matrices      bool   `json:"cooperative_matrices"`
	MatricesWrong string `json:"cooperative_matrices_wrong,omitempty"`
	// Integers says that windows have products of integers, where weights have 4 bits.
	Integers bool `json:"integer_products"`
	*Result
	// Ratios compare the greatest depth with the one at 4,096 tokens.
	Ratios *Ratios `json:"ratios,omitempty"`
}

// Ratios are speeds at depth Of over those at depth To, both in tokens.
type Ratios struct {
	Of, To  int
	Prefill float64 `json:"prefill"`
	Decode  float64 `json:"decode"`
}

// Result is what was measured.
type Result struct {
	Points []Point `json:"points"`
	// FirstToken is the time from a prompt of 32 tokens in a new session to the
	// first logits, in seconds.
	FirstToken float64 `json:"first_token_seconds"`
	Memory     Memory  `json:"memory"`
	Prefill    Profile `json:"prefill_profile,omitempty"`
	Decode     Profile `json:"decode_profile,omitempty"`
	// Work is what the kernels of a decode step read and compute, by the part
	// of their names before the first underscore.
	Work map[string]Work `json:"decode_work,omitempty"`
	// Peaks are what the device can do at most; measured with the profile.
	Peaks *peak.Peaks `json:"peaks,omitempty"`
}

// Point is the speed at one depth.
type Point struct {
	Depth     int  `json:"depth"`               // tokens in the cache
	Synthetic bool `json:"synthetic,omitempty"` // most of them copies of others, not read
	// Prefill is the speed of the tokens right before the depth.
	Prefill float64 `json:"prefill_tokens_per_second"`
	// Mean is the speed of prefill over all tokens from an empty cache to the
	// depth; 0 where they were not all read.
	Mean        float64 `json:"mean_prefill_tokens_per_second,omitempty"`
	Decode      float64 `json:"decode_tokens_per_second"`
	Attended    int     `json:"attended_tokens"` // by a layer in a decode step, on average
	Store       int64   `json:"kv_store_bytes"`  // on the device
	OnHost      int64   `json:"kv_host_bytes"`   // keys and values that the device has no room for, in host memory
	OnDisk      int64   `json:"kv_disk_bytes"`   // and in a file
	Dispatches  float64 `json:"dispatches_per_token"`
	Submissions float64 `json:"submissions_per_token"`
	// Shares of the time in which the device waited for the host, between the end
	// of a submission and the beginning of the next.
	PrefillIdle float64 `json:"prefill_idle_share"`
	DecodeIdle  float64 `json:"decode_idle_share"`
	// Bytes that a decode step reads on the device, from the sizes of what its
	// kernels read, and what it cannot do without: see Roofline.
	Bytes    model.StepBytes `json:"bytes_per_token"`
	Roofline int64           `json:"roofline_bytes_per_token"`

	Agreement []Agreement `json:"agreement,omitempty"`
	Lookup    *Lookup     `json:"lookup,omitempty"`
}

// Memory is what the benchmark held, in bytes.
type Memory struct {
	Weights int64 `json:"weights_bytes"`   // on the device
	Working int64 `json:"working_bytes"`   // on the device: all of a session but the KV store
	Device  int64 `json:"device_bytes"`    // all that was allocated on the device
	Host    int64 `json:"host_peak_bytes"` // of the process; on unified memory with the device's; 0: not known
}

// Roofline is what a decode step must read at least, in bytes: every weight
// once, the keys and values that are attended once, and the representatives of
// all blocks once. A step that reads no more is as fast as the memory allows.
func Roofline(b model.StepBytes) int64 { return b.Weights + b.Attention + b.Repr }

// OverRoofline is what the kernels of a decode step read over Roofline.
func (p *Point) OverRoofline() float64 { return float64(p.Bytes.Total()) / float64(max(1, p.Roofline)) }

// baseDepth is the depth that greater ones are compared with, in tokens.
const baseDepth = 4096

// Compare compares the last point with the one at 4,096 tokens; nil if one of
// them is not there.
func Compare(points []Point) *Ratios {
	if len(points) == 0 {
		return nil
	}
	last := points[len(points)-1]
	i := slices.IndexFunc(points, func(p Point) bool { return p.Depth == baseDepth })
	if i < 0 || last.Depth <= baseDepth {
		return nil
	}
	return &Ratios{Of: last.Depth, To: baseDepth, Prefill: last.Prefill / points[i].Prefill, Decode: last.Decode / points[i].Decode}
}
