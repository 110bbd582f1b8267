package model_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// setAside sets aside what a session has read behind a mark, and returns to that.
func setAside(t *testing.T, s *model.Session, m *kvcache.Mark) *kvcache.Branch {
	t.Helper()
	b, err := s.SetAside(m, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	if b.Pos() != s.Pos() || b.Bytes() == 0 {
		t.Errorf("a branch of %d bytes at token %d, the session is at %d", b.Bytes(), b.Pos(), s.Pos())
	}
	if err := s.Return(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return b
}

// branches reads a few branches behind a text, in turn, and requires that each
// goes on, to the bit, as if it had been alone; one of them is never set aside
// but read again.
func branches(t *testing.T, ses, alone *model.Session, document int) {
	t.Helper()
	ids := text(document + 400)
	shelf := func(s *model.Session) *kvcache.Mark {
		for part := range slices.Chunk(ids[:document], 37) {
			prefill(t, s, part)
		}
		m, err := s.Mark(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Free)
		return m
	}
	mark, start := shelf(ses), shelf(alone)
	take := func(b *kvcache.Branch) {
		t.Helper()
		if err := ses.TakeUp(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		if ses.Pos() != b.Pos() {
			t.Fatalf("at token %d, want %d", ses.Pos(), b.Pos())
		}
	}
	type talk struct {
		ids    []int32
		branch *kvcache.Branch
		got    []float32
	}
	// One that seals no block, one of a few blocks, one of many.
	talks := []talk{{ids: ids[document : document+5]}, {ids: ids[document+50 : document+90]}, {ids: ids[document+100 : document+400]}}
	for part := range 3 {
		for i := range talks {
			w := &talks[i]
			if part > 0 {
				take(w.branch)
			}
			n := len(w.ids) / 3
			now := w.ids[part*n : (part+1)*n]
			prefill(t, ses, now[:len(now)/2])
			w.got = append(w.got, steps(t, ses, now[len(now)/2:])...)
			w.branch = setAside(t, ses, mark)
		}
	}
	for i := range talks {
		w := &talks[i]
		if err := alone.Return(context.Background(), start); err != nil {
			t.Fatal(err)
		}
		var want []float32
		for part := range 3 {
			n := len(w.ids) / 3
			now := w.ids[part*n : (part+1)*n]
			prefill(t, alone, now[:len(now)/2])
			want = append(want, steps(t, alone, now[len(now)/2:])...)
		}
		if !slices.Equal(w.got, want) {
			t.Errorf("the logits of branch %d differ from those of a session alone", i)
		}
		take(w.branch) // at its end, it goes on once more
		if got := steps(t, ses, ids[:20]); !slices.Equal(got, steps(t, alone, ids[:20])) {
			t.Errorf("branch %d goes on otherwise than a session alone", i)
		}
	}
	if err := ses.Return(context.Background(), mark); err != nil {
		t.Fatal(err)
	}
	if err := alone.Return(context.Background(), start); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(steps(t, ses, ids[:20]), steps(t, alone, ids[:20])) {
		t.Error("what is before the mark has changed")
	}
}

// Texts that share a beginning share a session, whatever the method: each goes on
// to the bit as if it had never been set aside.
func TestBranches(t *testing.T) {
	dev := gputest.Open(t)
	for _, method := range actqkv.Methods() {
		for _, document := range []int{2, 50, 170} { // within the initial tokens, with few blocks, with groups of them
			t.Run(fmt.Sprint(method, "/", document), func(t *testing.T) {
				s := newShelf(t, dev, actqkv.Method(method), shaders.KV16)
				s.settings.Init = 5
				s.branches(document)
			})
		}
	}
}

func (s *shelf) branches(document int) {
	s.Helper()
	capacity := 60
	if s.settings.Method == actqkv.Full {
		capacity = 512
		document = min(document, 100) // what the model's window has room for
	}
	branches(s.T, s.session(capacity), s.session(capacity), document)
}

// So it is where blocks lie off the device, also packed, and where they leave it
// when some branches were set aside and others were not.
func TestBranchesOffTheDevice(t *testing.T) {
	const document, all = 700, 1120
	for name, c := range map[string]struct{ bits, capacity int }{
		"early": {0, 60}, "always": {0, all}, "in a branch": {0, document + 45}, "packed": {8, all},
	} {
		t.Run(name, func(t *testing.T) {
			gputest.Each(t, func(t *testing.T, dev gpu.Device) {
				if !dev.Info().Unified {
					return // memory of its own is limited when the device is opened
				}
				s := newShelf(t, dev, actqkv.ActQKV, shaders.KV16)
				s.model.Limits.Bits = c.bits
				whole := s.session(all)
				need := whole.Memory().Store
				s.model.Limits.Dir = t.TempDir()
				limited := func() *model.Session {
					s.model.Limits.Host = model.ProgramBytes + dev.Stats().LocalBytes + need*73/100
					return s.session(c.capacity)
				}
				ses := limited()
				if off := ses.Memory().Store < need*6/10; off != (name == "always" || name == "packed" || name == "early") {
					t.Errorf("at the beginning %+v, with all on the device %d bytes", ses.Memory(), need)
				}
				branches(t, ses, limited(), document)
				if ses.Memory().Disk == 0 {
					t.Errorf("%+v: all lies on the device", ses.Memory())
				}
			})
		})
	}
}

// A branch is of its session only, and only while the text before it is what it
// was; what is wrong is an error, and the session goes on.
func TestBranchRefused(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	ctx, ids, ses, other := context.Background(), text(300), s.session(100), s.session(100)
	first, err := ses.Mark(ctx)
	s.check(err)
	defer first.Free()
	prefill(t, ses, ids[:100])
	mark, err := ses.Mark(ctx)
	s.check(err)
	defer mark.Free()
	prefill(t, ses, ids[100:150])
	if _, err := ses.SetAside(mark, 1000); !errors.Is(err, kvcache.ErrBranchTooLarge) {
		t.Errorf("error %v without room", err)
	}
	if _, err := other.SetAside(mark, math.MaxInt64); !errors.Is(err, kvcache.ErrMarkGone) {
		t.Errorf("error %v by the mark of another session", err)
	}
	branch := setAside(t, ses, mark)
	if err := other.TakeUp(ctx, branch); !errors.Is(err, kvcache.ErrMarkGone) {
		t.Errorf("error %v by another session", err)
	}
	s.check(ses.Return(ctx, first))
	if _, err := ses.SetAside(mark, math.MaxInt64); err == nil {
		t.Error("something was set aside before a mark")
	}
	s.check(ses.TakeUp(ctx, branch)) // nothing was read since
	s.check(ses.Return(ctx, first))
	prefill(t, ses, ids[:1])
	for what, err := range map[string]error{"take up": ses.TakeUp(ctx, branch), "return": ses.Return(ctx, mark)} {
		if !errors.Is(err, kvcache.ErrMarkGone) {
			t.Errorf("error %v to %s where the text before is another one", err, what)
		}
	}
	prefill(t, ses, ids[1:100])
	again, err := ses.Mark(ctx)
	s.check(err)
	branch = setAside(t, ses, again)
	again.Free()
	if err := ses.TakeUp(ctx, branch); !errors.Is(err, kvcache.ErrMarkGone) {
		t.Errorf("error %v behind a mark that was freed", err)
	}
	steps(t, ses, ids[100:103])
	steps(t, other, ids[:3])
}

// A branch that was written with other settings goes on as one whose settings
// changed where it was set aside.
func TestBranchChange(t *testing.T) {
	s, ids := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16), text(300)
	var got [2][]float32
	for i := range got {
		ses := s.session(400)
		prefill(t, ses, ids[:100])
		mark, err := ses.Mark(context.Background())
		s.check(err)
		defer mark.Free()
		steps(t, ses, ids[100:140])
		more := s.settings
		more.SetTopK(9)
		if i == 0 {
			s.check(ses.Change(more))
			got[i] = steps(t, ses, ids[140:160])
			continue
		}
		branch := setAside(t, ses, mark)
		streaming := s.settings
		streaming.Method = actqkv.Streaming
		s.check(ses.Change(streaming))
		prefill(t, ses, ids[200:270])
		s.check(ses.Change(more))
		s.check(ses.TakeUp(context.Background(), branch))
		got[i] = steps(t, ses, ids[140:160])
	}
	if !slices.Equal(got[0], got[1]) {
		t.Error("the logits differ from those of a session alone whose settings changed")
	}
}
