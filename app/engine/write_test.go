package engine

import (
	"context"
	"reflect"
	"testing"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/model/sample"
	"fovea/model/trace"
)

// told is what an answer tells, in order: traces of steps and pieces of text.
func told(t *testing.T, c *Conversation, question string) (events []any, a *Answer) {
	t.Helper()
	a, err := c.Ask(context.Background(), question, Listener{
		Text: func(piece string) { events = append(events, piece) },
		Step: func(t *trace.Step) { events = append(events, t) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, a
}

// alike asks two conversations and requires the same answer, with all that is told of
// it, but for how long it took and what was drafted.
func alike(t *testing.T, c, other *Conversation, question string) (want, got Answer) {
	t.Helper()
	wantTold, plain := told(t, c, question)
	gotTold, a := told(t, other, question)
	want, got = *plain, *a
	for _, x := range []*Answer{plain, a} {
		x.FirstToken, x.Rate, x.Drafted, x.Accepted = 0, 0, 0, 0
	}
	if !reflect.DeepEqual(a, plain) {
		t.Errorf("the answer is %+v, want %+v", a, plain)
	}
	if !reflect.DeepEqual(gotTold, wantTold) {
		t.Errorf("%d things are told of it, want %d, or others", len(gotTold), len(wantTold))
	}
	if !reflect.DeepEqual(other.ids, c.ids) || !reflect.DeepEqual(other.pending, c.pending) {
		t.Error("the conversations are at different places")
	}
	return want, got
}

// An answer that is looked up is the one that is not, token for token, with all that
// is told of it, whatever draws the tokens and why it ends; and so is the next one.
func TestLookup(t *testing.T) {
	e := tiny(t, nil)
	drafted, accepted := 0, 0
	for name, c := range map[string]struct {
		method   actqkv.Method
		sampling sample.Options
		tokens   int
	}{
		"greedy":    {actqkv.ActQKV, sample.Options{}, 80},
		"few":       {actqkv.ActQKV, sample.Options{}, 5},
		"drawn":     {actqkv.ActQKV, sample.Options{Temperature: 0.3, Seed: 3}, 150},
		"wild":      {actqkv.ActQKV, sample.Options{Temperature: 5, Seed: 4}, 80},
		"penalties": {actqkv.ActQKV, sample.Options{Temperature: 0.3, RepetitionPenalty: 1.05, FrequencyPenalty: 0.01, Seed: 5}, 150},
		"dense":     {actqkv.Full, sample.Options{Temperature: 0.3, Seed: 6}, 500}, // to the end of the window
		"streaming": {actqkv.Streaming, sample.Options{Temperature: 0.3, Seed: 7}, 80},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, c.method)
			o.MaxTokens, o.Sampling = c.tokens, c.sampling
			var both [2]*Conversation
			for i, lookup := range []Lookup{LookupOff, LookupOn} {
				o.Lookup = lookup
				both[i] = conversation(t, e, o, book(t, "one", 3))
			}
			for _, question := range []string{"What is thing number 1?", "And thing number 4?"} {
				if both[0].session != nil && both[0].full() {
					break
				}
				plain, a := alike(t, both[0], both[1], question)
				if plain.Drafted != 0 {
					t.Error("drafts are made without being asked for")
				}
				drafted, accepted = drafted+a.Drafted, accepted+a.Accepted
			}
		})
	}
	if accepted == 0 || accepted == drafted {
		t.Errorf("%d of %d drafted tokens were accepted; some should be", accepted, drafted)
	}
	t.Logf("%d of %d drafted tokens were accepted", accepted, drafted)
}

// By itself an answer is looked up on graphics cards only.
func TestLooksUp(t *testing.T) {
	for _, c := range []struct {
		choice Lookup
		kind   gpu.Kind
		want   bool
	}{
		{LookupAuto, gpu.Discrete, true},
		{LookupAuto, gpu.Integrated, true},
		{LookupAuto, gpu.CPU, false},
		{LookupAuto, gpu.Reference, false},
		{LookupOn, gpu.CPU, true},
		{LookupOff, gpu.Discrete, false},
	} {
		conversation := Conversation{engine: &Engine{Info: gpu.Info{Kind: c.kind}}, options: ConversationOptions{Lookup: c.choice}}
		if got := conversation.looksUp(); got != c.want {
			t.Errorf("choice %d on a %v: %v", c.choice, c.kind, got)
		}
	}
}
