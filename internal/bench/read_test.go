package bench

import (
	"context"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/gguf"
)

// Where answers are drawn from the highest logits, the steps and batches that are
// measured find them: one more dispatch for so small a vocabulary.
func TestHighest(t *testing.T) {
	dev := gputest.Open(t)
	f, err := gguf.Open(tinymodel.Write(t, tinymodel.Default()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := model.Load(context.Background(), dev, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	settings, err := actqkv.New(actqkv.ActQKV, "fovea")
	if err != nil {
		t.Fatal(err)
	}
	var points [2]Point
	var calls [2]int
	for i, highest := range []bool{false, true} {
		dev.Profile(true)
		r, err := Run(context.Background(), m, dev, []int32{5, 6, 7, 8, 9, 10, 11}, Options{
			Depths: []int{64}, Prefill: 32, Decode: 12, Lookup: true, Session: model.SessionOptions{Settings: settings, Highest: highest},
		})
		if err != nil {
			t.Fatal(err)
		}
		points[i], calls[i] = r.Points[0], dev.Profile(false)["highest"].Calls
	}
	if all, few := points[0].Dispatches, points[1].Dispatches; few != all+1 {
		t.Errorf("%v dispatches a token where the highest logits are found, %v else", few, all)
	}
	// The first token, two steps that are not measured, those that are; then the
	// quotation four times: by steps, in batches of 2, 4 and 8, and by look-up.
	if least := 3 + 12 + lookupRounds*(12+6+3+2+2); calls[0] != 0 || calls[1] < least {
		t.Errorf("the highest logits were found %d and %d times, want 0 and at least %d", calls[0], calls[1], least)
	}
}
