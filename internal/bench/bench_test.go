package bench

import (
	"reflect"
	"testing"

	"fovea/model"
	"fovea/model/trace"
)

func TestRatios(t *testing.T) {
	points := []Point{{Depth: 512, Prefill: 1, Decode: 1}, {Depth: 4096, Prefill: 100, Decode: 50}, {Depth: 30000, Prefill: 90, Decode: 60}}
	if r := Compare(points); r == nil || *r != (Ratios{Of: 30000, To: 4096, Prefill: 0.9, Decode: 1.2}) {
		t.Errorf("%+v", r)
	}
	for _, none := range [][]Point{nil, points[:1], points[:2], {points[0], points[2]}} {
		if r := Compare(none); r != nil {
			t.Errorf("%+v of %+v", r, none)
		}
	}
}

// Speeds are the medians of all turns, the rest is of the last one.
func TestMedians(t *testing.T) {
	turn := func(prefill, decode, attended float64) []Point {
		return []Point{{Depth: 1, Decode: 7}, {Depth: 2, Prefill: prefill, Decode: decode, Attended: int(attended)}}
	}
	got := medians([][]Point{turn(30, 5, 1), turn(10, 9, 2), turn(20, 6, 3)})
	if want := turn(20, 6, 3); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What kernels read and compute is counted by kind; one that did not run has none.
func TestWork(t *testing.T) {
	c := model.Config{Layers: 2, Dim: 64, FFN: 128, Heads: 4, KVHeads: 2, HeadDim: 16, Vocab: 1000}
	step := &trace.Step{Pos: 99, Queries: 1, RemFirst: 0, Blocks: 7} // dense: 100 tokens are attended
	b := model.StepBytes{Weights: 5000, Attention: 400, Weighing: 200, Repr: 30}
	got := work(c, Profile{
		"matmul_q4_t1": {Calls: 6, Microseconds: 2}, "matvec_project_q4_kv16": {Calls: 2, Microseconds: 1}, "matmul_q8_t1": {Calls: 1, Microseconds: 2}, "attend_kv16_t3": {Calls: 2, Microseconds: 4},
		"stats": {Calls: 2, Microseconds: 1},
	}, b, step)
	// A layer has 64x64 weights of queries, 2x 32x64 of keys and values, 64x64 of
	// the output, and 3x 64x128; the vocabulary 1000x64.
	weights := int64(2*(64*64+2*32*64+64*64+3*64*128) + 1000*64)
	if len(got) != 2 || got["matmul"] != (Work{Microseconds: 5, Bytes: 5000, Flops: 2 * weights}) ||
		got["attend"] != (Work{Microseconds: 4, Bytes: 400, Flops: 4 * 100 * 64 * 2}) {
		t.Errorf("%+v, of %d weights", got, weights)
	}
	if r := got["matmul"].BytesPerSecond(); r != 1e9 {
		t.Errorf("5,000 bytes in 5 microseconds are %v bytes/s", r)
	}
	p := Point{Bytes: b, Roofline: Roofline(b)}
	if p.Roofline != 5430 || p.OverRoofline() != 5630.0/5430 {
		t.Errorf("%+v, %v", p, p.OverRoofline())
	}
}
