package model_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// headTokens is how many tokens stand before the texts that are joined.
const headTokens = 6

// behind reads what must be read before a text joins.
func (s *shelf) behind(ses *model.Session, ids []int32) {
	s.Helper()
	pad := ses.JoinPad(headTokens)
	prefill(s.T, ses, slices.Repeat([]int32{10}, pad))
	prefill(s.T, ses, ids[headTokens:ses.JoinStart(headTokens)])
}

// join reads as many tokens as before has, and has a text join, whose snapshot is
// in the last folder.
func (s *shelf) join(ses *model.Session, before, ids []int32, dirs ...string) {
	s.Helper()
	prefill(s.T, ses, before)
	s.behind(ses, ids)
	from := ses.Pos()
	head, err := ses.Join(s.Context(), "tiny", headTokens, dirs...)
	s.check(err)
	if want := from + len(ids) - ses.JoinStart(headTokens); ses.Pos() != want || head.Pos() != len(ids) {
		s.Fatalf("behind %d tokens, the session is at %d, want %d; the text has %d, the snapshot %d", from, ses.Pos(), want, len(ids), head.Pos())
	}
}

func (s *shelf) finite(logits []float32) {
	s.Helper()
	for _, x := range logits {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			s.Fatalf("a logit is %v", x)
		}
	}
}

// other is n token ids that are not those of text.
func other(n int) []int32 {
	ids := text(n + 50)
	slices.Reverse(ids)
	return ids[:n]
}

// Behind a text that joined, a session reads on, as often as it does to the bit in
// the same way: also from a mark, where what is behind that was set aside, from a
// snapshot of all, and if it must grow for it.
func TestJoin(t *testing.T) {
	ids, before, more := other(390), text(170), text(300)[240:]
	for _, method := range []actqkv.Method{actqkv.ActQKV, actqkv.InfLLM} {
		for _, kv := range []shaders.KV{shaders.KV16, shaders.KV32} {
			t.Run(fmt.Sprint(method, "/", kv), func(t *testing.T) {
				s := newShelf(t, gputest.Open(t), method, kv)
				ctx, alone, dirA, dirB := context.Background(), filepath.Join(t.TempDir(), "alone"), filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
				s.write(alone, s.session(400), ids, nil)
				goesOn := func(ses *model.Session) []float32 {
					prefill(t, ses, more[:40])
					got := steps(t, ses, more[40:])
					s.finite(got)
					return got
				}
				first := s.session(700)
				for part := range slices.Chunk(before, 37) { // as write reads
					prefill(t, first, part)
				}
				s.join(first, nil, ids, alone)
				want := goesOn(first)

				ses := s.session(60)
				head := s.write(dirA, ses, before, nil)
				mark, err := ses.Mark(ctx)
				s.check(err)
				defer mark.Free()
				s.join(ses, nil, ids, alone)
				end, err := ses.Mark(ctx)
				s.check(err)
				defer end.Free()
				w, err := model.CreateSnapshot(dirB, model.Snapshot{Origin: ses.Origin("tiny"), Text: "joined", Tokens: ses.Pos(), Base: head.AsBase("a")})
				s.check(err)
				s.check(errors.Join(w.Checkpoint(ses), w.Close()))
				same := func(what string, ses *model.Session) {
					t.Helper()
					if got := goesOn(ses); !slices.Equal(got, want) {
						t.Errorf("%s, it goes on otherwise", what)
					}
				}
				same("joined by a session that grows", ses)
				s.check(ses.Return(ctx, end))
				same("back at its end", ses)
				s.check(ses.Return(ctx, end))
				branch := setAside(t, ses, mark)
				same("joined", s.joined(ses, ids, alone))
				s.check(ses.Return(ctx, mark))
				prefill(t, ses, more)
				s.check(ses.TakeUp(ctx, branch))
				same("taken up", ses)
				again := s.session(60)
				_, err = again.Restore(ctx, "tiny", dirA, dirB)
				s.check(err)
				same("restored", again)
			})
		}
	}
}

// joined is the session with the text behind what it has read.
func (s *shelf) joined(ses *model.Session, ids []int32, dir string) *model.Session {
	s.Helper()
	s.join(ses, nil, ids, dir)
	return ses
}

// Several texts join, one behind the other, and one whose snapshot goes on behind
// another one.
func TestJoinSeveral(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	ids, whole, first, second := other(300), filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	ses := s.session(400)
	base := s.write(first, ses, ids[:111], nil)
	s.write(second, ses, ids[111:], base.AsBase("first"))
	s.write(whole, s.session(400), ids, nil) // in the same windows
	var got [2][]float32
	for i, dirs := range [][]string{{whole}, {first, second}} {
		ses := s.session(100)
		s.join(ses, text(50), ids, dirs...)
		s.joined(ses, ids, whole)
		got[i] = steps(t, ses, text(30))
	}
	s.finite(got[0])
	if !slices.Equal(got[0], got[1]) {
		t.Error("a text joins otherwise from two snapshots than from one")
	}
}

// Blocks lie where there is room for them.
func TestJoinOffTheDevice(t *testing.T) {
	const all = 1120
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		if !dev.Info().Unified {
			return // memory of its own is limited when the device is opened
		}
		s := newShelf(t, dev, actqkv.ActQKV, shaders.KV16)
		ids, alone := other(700), filepath.Join(t.TempDir(), "alone")
		s.write(alone, s.session(700), ids, nil)
		onDevice := s.session(all)
		s.join(onDevice, text(300), ids, alone)
		need := onDevice.Memory().Store
		s.model.Limits.Dir, s.model.Limits.Host = t.TempDir(), model.ProgramBytes+dev.Stats().LocalBytes+need*3/4
		ses := s.session(60)
		s.join(ses, text(300), ids, alone)
		if ses.Memory().Disk == 0 || ses.Memory().Lent == 0 {
			t.Errorf("%+v: all lies on the device, or the snapshot was copied", ses.Memory())
		}
		s.check(os.RemoveAll(alone))
		if !slices.Equal(steps(t, ses, text(30)), steps(t, onDevice, text(30))) {
			t.Error("behind a text that joined, blocks off the device are other ones")
		}
	})
}

// What is wrong with a snapshot is told before anything is changed.
func TestJoinRefused(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	ids, before, folder := other(200), text(90), t.TempDir()
	dir := func(name string) string { return filepath.Join(folder, name) }
	s.write(dir("sound"), s.session(300), ids, nil)
	s.write(dir("short"), s.session(300), ids[:22], nil)
	part, begun := s.session(300), ids[:150]
	w, err := model.CreateSnapshot(dir("begun"), model.Snapshot{Origin: part.Origin("tiny"), Text: "begun", Tokens: len(ids)})
	s.check(err)
	prefill(t, part, begun)
	s.check(errors.Join(w.Checkpoint(part), w.Close()))
	usual := s.settings
	s.settings.SetTopK(5)
	s.write(dir("other"), s.session(300), ids, nil)
	s.settings = usual

	ses, untouched := s.session(400), s.session(400)
	for _, x := range []*model.Session{ses, untouched} {
		prefill(t, x, before)
		s.behind(x, ids)
	}
	refused := func(want error, file string, skip int, dirs ...string) {
		t.Helper()
		if _, err := ses.Join(t.Context(), file, skip, dirs...); !errors.Is(err, want) {
			t.Errorf("%v: error %v, want %v", dirs, err, want)
		}
	}
	refused(model.ErrNothingToJoin, "tiny", headTokens, dir("short"))
	refused(model.ErrNothingToJoin, "tiny", len(ids), dir("sound"))
	refused(model.ErrSnapshotIncomplete, "tiny", headTokens, dir("begun"))
	refused(model.ErrSnapshotSettings, "tiny", headTokens, dir("other"))
	refused(model.ErrSnapshotModel, "another file", headTokens, dir("sound"))
	refused(model.ErrSnapshotDamaged, "tiny", headTokens, dir("sound"), dir("sound"))
	refused(fs.ErrNotExist, "tiny", headTokens, dir("none"))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := ses.Join(stopped, "tiny", headTokens, dir("sound")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v where it was stopped", err)
	}
	r := rand.New(rand.NewPCG(7, 5))
	for i := range 60 {
		name := []string{"rows", "state"}[i%2]
		path := filepath.Join(dir("sound"), name)
		whole, err := os.ReadFile(path)
		s.check(err)
		at := r.IntN(len(whole))
		damaged := slices.Clone(whole)
		damaged[at] ^= 1 << r.IntN(8)
		if i%3 == 0 {
			damaged = damaged[:at]
		}
		s.check(os.WriteFile(path, damaged, 0o600))
		refused(model.ErrSnapshotDamaged, "tiny", headTokens, dir("sound"))
		s.check(os.WriteFile(path, whole, 0o600))
	}
	prefill(t, ses, text(9))
	prefill(t, untouched, text(9))
	if !slices.Equal(steps(t, ses, text(20)), steps(t, untouched, text(20))) {
		t.Error("the session goes on otherwise than one that was never asked")
	}
	next(t, s.joined(ses, ids, dir("sound")), 3) // what is sound still joins
}

// Methods without blocks that could be recalled have nothing that joins.
func TestJoinMethods(t *testing.T) {
	for _, method := range []actqkv.Method{actqkv.Full, actqkv.Streaming} {
		s := newShelf(t, gputest.Open(t), method, shaders.KV16)
		dir, ids := filepath.Join(t.TempDir(), "alone"), other(200)
		s.write(dir, s.session(300), ids, nil)
		ses := s.session(300)
		prefill(t, ses, text(50))
		s.behind(ses, ids)
		if _, err := ses.Join(t.Context(), "tiny", headTokens, dir); !errors.Is(err, model.ErrNothingToJoin) {
			t.Errorf("%s: error %v", method, err)
		}
		next(t, ses, 3)
	}
}
