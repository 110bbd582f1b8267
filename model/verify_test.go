package model_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/trace"
	"fovea/shaders"
)

// verifier reads the same text by steps and by batches.
type verifier struct {
	*shelf
	steps, batches *model.Session
	ids            []int32
	most           int // tokens of a batch so far
}

// batch verifies a batch whose first tokens are right, accepts those, and requires
// of both sessions the same logits and traces. It gives the tokens that were read.
func (v *verifier) batch(n, right int) {
	v.Helper()
	pos := v.steps.Pos()
	n, err := v.batches.Batch(n, 0)
	v.check(err)
	v.most = max(v.most, n)
	right = min(n, right)
	draft := slices.Clone(v.ids[pos:][:n])
	for i := right; i < n; i++ {
		draft[i] = (draft[i] + 101) % 256
	}
	var rows []model.Logits
	var told []*trace.Step
	if n == 1 {
		logits, t, err := v.batches.StepLogits(context.Background(), draft[0], 0)
		v.check(err)
		rows, told = []model.Logits{logits}, []*trace.Step{t}
	} else {
		rows, err = v.batches.Verify(context.Background(), draft, 0)
		v.check(err)
		told, err = v.batches.Accept(context.Background(), right)
		v.check(err)
	}
	for i := range right {
		logits, t, err := v.steps.Step(context.Background(), v.ids[pos+i])
		v.check(err)
		if !slices.Equal(rows[i].Values, logits) {
			v.Fatalf("the logits of token %d differ, number %d of a batch of %d", pos+i, i, n)
		}
		if !reflect.DeepEqual(told[i], t) {
			v.Fatalf("token %d, number %d of a batch of %d, did %+v, want %+v", pos+i, i, n, told[i], t)
		}
	}
	if v.batches.Pos() != v.steps.Pos() {
		v.Fatalf("at %d after %d of %d tokens, want %d", v.batches.Pos(), right, n, v.steps.Pos())
	}
}

// all verifies batches of which all, some or only the first token are right.
func (v *verifier) all() {
	v.Helper()
	for _, c := range [][2]int{{8, 8}, {8, 1}, {2, 2}, {2, 1}, {8, 4}, {3, 3}, {8, 3}, {8, 8}, {8, 8}, {5, 4}, {8, 8}} {
		v.batch(c[0], c[1])
	}
}

// TestVerify requires of batches what steps compute, to the bit: logits and traces,
// then of a mark that was made behind them, of a snapshot, and of a window.
func TestVerify(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		s := newShelf(t, dev, actqkv.ActQKV, shaders.KV16)
		for name, change := range map[string]func(*actqkv.Settings){
			"actqkv":    func(*actqkv.Settings) {},
			"fixed":     func(s *actqkv.Settings) { s.FixedK = true },
			"infllm":    func(s *actqkv.Settings) { s.Method, s.Spread, s.Candidates = actqkv.InfLLM, false, 0 },
			"streaming": func(s *actqkv.Settings) { s.Method = actqkv.Streaming },
			"full":      func(s *actqkv.Settings) { s.Method = actqkv.Full },
		} {
			t.Run(name, func(t *testing.T) {
				s := &shelf{t, s.model, s.settings, s.kv}
				s.settings.BlockSize = 8
				change(&s.settings)
				checkVerified(&verifier{shelf: s, steps: s.session(60), batches: s.session(60), ids: text(400)})
			})
		}
	})
}

func checkVerified(v *verifier) {
	both := []*model.Session{v.steps, v.batches}
	v.all() // from the start
	for _, s := range both {
		s.Watch = kvcache.Watch{Mass: true}
		v.check(s.Ask(3, 9))
		prefill(v.T, s, v.ids[s.Pos():][:50])
	}
	v.all()
	var marks []*kvcache.Mark
	for _, s := range both {
		mark, err := s.Mark(context.Background())
		v.check(err)
		defer mark.Free()
		marks = append(marks, mark)
	}
	v.all()
	for i, s := range both {
		v.check(s.Return(context.Background(), marks[i]))
	}
	v.all()
	if v.most < kvcache.BatchTokens {
		v.Errorf("a batch had %d tokens at most, want %d", v.most, kvcache.BatchTokens)
	}
	// What comes of a snapshot is what comes of the session.
	dir := filepath.Join(v.TempDir(), "kept")
	head := model.Snapshot{Origin: v.batches.Origin("tiny"), Text: model.TextID(dir, v.ids), Tokens: v.batches.Pos()}
	w, err := model.CreateSnapshot(dir, head)
	v.check(err)
	v.check(w.Checkpoint(v.batches))
	v.check(w.Close())
	restored := v.session(60)
	_, err = restored.Restore(context.Background(), "tiny", dir)
	v.check(err)
	next := v.ids[v.steps.Pos():][:20]
	for _, s := range []*model.Session{v.steps, v.batches, restored} {
		prefill(v.T, s, next)
	}
	want := steps(v.T, v.steps, next)
	for name, s := range map[string]*model.Session{"the session": v.batches, "what was restored": restored} {
		if !slices.Equal(steps(v.T, s, next), want) {
			v.Errorf("%s goes on otherwise", name)
		}
	}
}

// TestVerifyRefused: only what was verified last can be accepted, and what cannot be
// verified is read by steps.
func TestVerifyRefused(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	ses, ids := s.session(200), text(100)
	accept := func(n int) {
		t.Helper()
		if _, err := ses.Accept(context.Background(), n); err == nil || !strings.Contains(err.Error(), "cannot be accepted") {
			t.Errorf("%d tokens are accepted: %v", n, err)
		}
	}
	accept(1)
	prefill(t, ses, ids[:20])
	mark, err := ses.Mark(context.Background())
	s.check(err)
	defer mark.Free()
	verify := func() {
		t.Helper()
		n, err := ses.Batch(4, 0)
		s.check(err)
		if n < 2 {
			t.Fatalf("batches of %d", n)
		}
		_, err = ses.Verify(context.Background(), ids[20:][:n], 0)
		s.check(err)
		accept(n + 1)
		accept(0)
	}
	verify()
	s.check(ses.Return(context.Background(), mark))
	accept(1)
	verify()
	want := steps(t, ses, ids[20:30]) // as if nothing had been verified
	accept(1)
	s.check(ses.Return(context.Background(), mark))
	if !slices.Equal(steps(t, ses, ids[20:30]), want) {
		t.Error("what was verified and not accepted changes what comes")
	}
	if _, err := ses.Verify(context.Background(), []int32{1, tinymodel.Vocab}, 0); err == nil {
		t.Error("an id behind the vocabulary is verified")
	}

	single := func(what string) {
		t.Helper()
		if n, err := ses.Batch(8, 0); n != 1 || err != nil {
			t.Errorf("%s: a batch of %d tokens, %v", what, n, err)
		}
	}
	ses.Watch.Bias = true
	single("the bias is watched")
	ses.Watch.Bias = false
	byEntropy := s.settings
	byEntropy.Spread = false
	s.check(ses.Change(byEntropy))
	single("shares follow the entropies")
}
