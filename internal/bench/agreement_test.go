package bench

import (
	"testing"

	"fovea/model/trace"
)

func TestAgreement(t *testing.T) {
	step := func(layers ...trace.Layer) []*trace.Step { return []*trace.Step{{Layers: layers}} }
	exact := step(trace.Layer{IDs: []int32{1, 4, 6, 9}, Mass: []float32{1, 2, 3, 4}}, trace.Layer{IDs: []int32{2, 3}, Mass: []float32{5, 5}})
	if a := compare(exact, exact); a != (Agreement{Blocks: 1, Least: 1, Mass: 1}) {
		t.Errorf("with itself: %+v", a)
	}
	other := step(trace.Layer{IDs: []int32{2, 4, 9}, H: 0.5}, trace.Layer{IDs: []int32{3, 2}, H: -0.25})
	if a := compare(exact, other); a != (Agreement{Blocks: 4.0 / 6, Least: 0.5, Mass: 16.0 / 20, Entropy: 0.75 / 2}) {
		t.Errorf("with another: %+v", a)
	}
}
