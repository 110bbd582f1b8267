package engine

import (
	"context"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/sample"
)

// An answer that is drawn from the highest logits, which the device finds, is the one
// that is drawn from all, token for token, with look-up and without.
func TestHighest(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		e, err := OpenOn(context.Background(), dev, tinymodel.Write(t, tinymodel.Default()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Model.Close)
		drafted, accepted := 0, 0
		for name, c := range map[string]struct {
			sampling sample.Options
			finds    bool // the highest logits suffice
		}{
			"greedy":    {sample.Options{}, true},
			"top-k":     {sample.Options{Temperature: 0.6, TopK: 40, Seed: 3}, true},
			"all":       {sample.Options{Temperature: 0.5, TopK: 40, TopP: 0.95, MinP: 0.02, Seed: 5}, true},
			"most":      {sample.Options{Temperature: 0.3, TopK: 128, TopP: 0.9, Seed: 6}, true},
			"more":      {sample.Options{Temperature: 0.3, TopK: 129, Seed: 7}, false},
			"penalties": {sample.Options{Temperature: 0.3, TopK: 40, RepetitionPenalty: 1.05, Seed: 8}, false},
		} {
			t.Run(name, func(t *testing.T) {
				o := options(t, actqkv.ActQKV)
				o.MaxTokens, o.Sampling = 80, c.sampling
				for _, o.Lookup = range []Lookup{LookupOff, LookupOn} {
					var both [2]*Conversation
					for i, highest := range []Highest{HighestOff, HighestOn} {
						o.Highest = highest
						both[i] = conversation(t, e, o, book(t, "one", 3))
					}
					dev.Profile(true)
					want, got := alike(t, both[0], both[1], "What is thing number 1?")
					if calls := dev.Profile(false)["highest"].Calls; c.finds != (calls > 0) {
						t.Errorf("the device found the highest logits %d times", calls)
					}
					if got.Drafted != want.Drafted || got.Accepted != want.Accepted {
						t.Errorf("%d of %d drafted tokens are right, want %d of %d", got.Accepted, got.Drafted, want.Accepted, want.Drafted)
					}
					if c.finds {
						drafted, accepted = drafted+got.Drafted, accepted+got.Accepted
					}
				}
			})
		}
		if accepted == 0 || accepted == drafted {
			t.Errorf("%d of %d drafted tokens were accepted; some should be", accepted, drafted)
		}
	})
}

// By itself the device finds the highest logits on graphics cards only, and only
// where they suffice.
func TestListed(t *testing.T) {
	greedy, all := sample.Options{}, sample.Options{Temperature: 1}
	for _, c := range []struct {
		choice   Highest
		kind     gpu.Kind
		sampling sample.Options
		want     int
	}{
		{HighestAuto, gpu.Discrete, greedy, 1},
		{HighestAuto, gpu.Virtual, sample.Options{Temperature: 1, TopK: 40}, 40},
		{HighestAuto, gpu.Integrated, all, 0},
		{HighestAuto, gpu.CPU, greedy, 0},
		{HighestAuto, gpu.Reference, greedy, 0},
		{HighestOn, gpu.CPU, greedy, 1},
		{HighestOn, gpu.CPU, sample.Options{Temperature: 1, TopK: 128}, 128},
		{HighestOn, gpu.CPU, sample.Options{Temperature: 1, TopK: 129}, 0},
		{HighestOff, gpu.Discrete, greedy, 0},
	} {
		e := tinyKind(t, c.kind)
		sampler, err := sample.New(c.sampling)
		if err != nil {
			t.Fatal(err)
		}
		g := generation{c: &Conversation{engine: e, options: ConversationOptions{Highest: c.choice}}, sampler: sampler}
		if got := g.listed(); got != c.want {
			t.Errorf("choice %d on a %v with %+v: %d, want %d", c.choice, c.kind, c.sampling, got, c.want)
		}
	}
}

// tinyKind is an engine of which all that is known is the device's kind and the size
// of the vocabulary.
func tinyKind(t *testing.T, kind gpu.Kind) *Engine {
	t.Helper()
	e := &Engine{Info: gpu.Info{Kind: kind}, Model: &model.Model{}}
	e.Model.Config.Vocab = tinymodel.Vocab
	return e
}
