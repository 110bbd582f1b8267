package eval

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/model/trace"
)

func TestOracle(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "oracle.jsonl")
	o := OracleOptions{Samples: []Sample{tell("a", 600)}, Steps: 3, Methods: Methods(), Budgets: []int{128, 1024}}
	for range 2 { // the second time there is nothing to do
		log := openLog(t, path, o.Header)
		if err := Oracle(t.Context(), s, log, o); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := results(t, path)
	if len(r.Oracle) != 2*2*len(o.recalling()) || len(o.recalling()) != 9 {
		t.Fatalf("%d results of %d methods", len(r.Oracle), len(o.recalling()))
	}
	for _, q := range r.Oracle {
		if q.Steps < 1 || q.Steps > 3 || len(q.Overlap) != 2 {
			t.Errorf("%+v", q)
		}
		for l, v := range q.Overlap {
			if v < 0 || v > 1 || q.Weight[l] < v/10 || q.Weight[l] > 1.0001 {
				t.Errorf("layer %d: %+v", l, q)
			}
			// With this budget every block is recalled.
			if q.Budget == 1024 && (v != 1 || q.Weight[l] != 1 || q.Chance[l] != 1) {
				t.Errorf("layer %d: %+v", l, q)
			}
			if q.Budget == 128 && q.Chance[l] > 0.2 {
				t.Errorf("layer %d: %+v", l, q)
			}
		}
	}
}

// What a step of dense attention gives to all tokens is one for each of the
// four query heads.
func TestDenseWeights(t *testing.T) {
	s, text := tiny(t), tell("a", 300)
	answers, err := denseAnswers(t.Context(), s, &text, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if len(a.weights) != len(a.ids) || len(a.ids) < 1 {
			t.Fatalf("%d steps for %d tokens", len(a.weights), len(a.ids))
		}
		for step, layers := range a.weights {
			for _, w := range layers {
				sum := 0.0
				for _, v := range w {
					sum += float64(v)
				}
				near(t, "the sum of weights", sum, 4, 1e-3)
			}
			if step > 0 && len(layers[0]) != len(a.weights[step-1][0])+1 {
				t.Errorf("%d weights after %d", len(layers[0]), len(a.weights[step-1][0]))
			}
		}
	}
	long := tell("long", 1020)
	if _, err := denseAnswers(t.Context(), s, &long, 3); err == nil || !strings.Contains(err.Error(), "choose a shorter length") {
		t.Errorf("error %v", err)
	}
}

// By hand: four blocks of two tokens behind one initial token, with weights
// 0.1, 0.4, 0.3 and 0.2. Blocks 1 and 3 were recalled, 1 and 2 are the best.
func TestOverlap(t *testing.T) {
	step := &trace.Step{Blocks: 4, BlockSize: 2, Inits: 1, InitEnd: 1, RemFirst: 9, Layers: []trace.Layer{{K: 2, IDs: []int32{1, 3}}}}
	o := newOverlap(1)
	o.add(step, 0, []float32{9, 0.05, 0.05, 0.3, 0.1, 0, 0.3, 0.1, 0.1, 9})
	// Of a needle at positions 4 to 6, the first lies in block 1, the others in
	// block 2; of one at 0, no block has it.
	o.addNeedles(step, 0, []float32{9, 0.05, 0.05, 0.3, 0.1, 0, 0.3, 0.1, 0.1, 9}, []int{0, 4, 5, 6})
	var r OracleResult
	o.report(&r, 1)
	near(t, "attention on the needle", r.Needle[0], 0.4, 1e-4)
	near(t, "what is kept of it", r.Kept[0], 0.1, 1e-4)
	if r.Overlap[0] != 0.5 || r.Chance[0] != 0.5 || math.Abs(r.Weight[0]-0.6/0.7) > 1e-4 {
		t.Errorf("%+v", r)
	}
}

func TestOracleErrors(t *testing.T) {
	o := OracleOptions{Samples: []Sample{tell("a", 300)}, Methods: Methods(), Budgets: []int{100}}
	log := openLog(t, filepath.Join(t.TempDir(), "none.jsonl"), header)
	s := tiny(t)
	if err := Oracle(t.Context(), s, log, o); err == nil || !strings.Contains(err.Error(), "0 steps") {
		t.Errorf("error %v", err)
	}
	o.Steps = 1
	if err := Oracle(t.Context(), s, log, o); err == nil || !strings.Contains(err.Error(), "budget of 100") {
		t.Errorf("error %v", err)
	}
	if slices.ContainsFunc(o.recalling(), Method.Dense) {
		t.Error("dense attention recalls nothing")
	}
}
