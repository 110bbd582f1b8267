package bench

import (
	"testing"

	"fovea/model/trace"
)

func TestAgreement(t *testing.T) {
	step := func(layers ...trace.Layer) []*trace.Step { return []*trace.Step{{Layers: layers}} }
	exact := step(trace.Layer{IDs: []int32{1, 4, 6, 9}, Mass: []float32{1, 2, 3, 4}}, trace.Layer{IDs: []int32{2, 3}, Mass: []float32{5, 5}})
	if a := compare(exact, exact); *a != (Agreement{1, 1, 1}) {
		t.Errorf("with itself: %+v", *a)
	}
	other := step(trace.Layer{IDs: []int32{2, 4, 9}}, trace.Layer{IDs: []int32{3, 2}})
	if a := compare(exact, other); *a != (Agreement{Blocks: 4.0 / 6, Least: 0.5, Mass: 16.0 / 20}) {
		t.Errorf("with another: %+v", *a)
	}
}
