package model_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// shelf makes sessions and snapshots of a model with random weights.
type shelf struct {
	*testing.T
	model    *model.Model
	settings actqkv.Settings
	kv       shaders.KV
}

func newShelf(t *testing.T, dev gpu.Device, method actqkv.Method, kv shaders.KV) *shelf {
	return &shelf{t, load(t, dev, tinymodel.Write(t, tinymodel.Default())), small(t, method), kv}
}

func (s *shelf) session(capacity int) *model.Session {
	s.Helper()
	if s.settings.Method == actqkv.Full {
		capacity = 500
	}
	ses, err := s.model.NewSession(model.SessionOptions{Settings: s.settings, KV: s.kv, Capacity: capacity})
	s.check(err)
	s.Cleanup(ses.Close)
	return ses
}

func (s *shelf) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// write reads ids with a checkpoint each few tokens, and returns the snapshot.
func (s *shelf) write(dir string, ses *model.Session, ids []int32, base *model.Base) *model.Snapshot {
	s.Helper()
	w, err := model.CreateSnapshot(dir, model.Snapshot{Origin: ses.Origin("tiny"), Text: model.TextID(dir, ids), Tokens: ses.Pos() + len(ids), Base: base})
	s.check(err)
	for part := range slices.Chunk(ids, 37) {
		prefill(s.T, ses, part)
		s.check(w.Checkpoint(ses))
	}
	s.check(w.Close())
	head, err := model.ReadSnapshot(dir)
	s.check(err)
	if !head.Complete() || head.Pos() != ses.Pos() {
		s.Errorf("the snapshot is at token %d of %d, the session at %d", head.Pos(), head.Tokens, ses.Pos())
	}
	return head
}

// A session that is restored from a snapshot computes to the bit what the one
// computes that read on: at each of its parts, behind another snapshot, and if
// it must grow for it.
func TestSnapshot(t *testing.T) {
	ids := text(420)
	for _, method := range actqkv.Methods() {
		for _, kv := range []shaders.KV{shaders.KV16, shaders.KV32} {
			t.Run(fmt.Sprint(method, "/", kv), func(t *testing.T) {
				s := newShelf(t, gputest.Open(t), actqkv.Method(method), kv)
				first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
				ses := s.session(200)
				head := s.write(first, ses, ids[:170], nil)
				mark, err := ses.Mark(context.Background())
				s.check(err)
				defer mark.Free()
				wantFirst := steps(t, ses, ids[300:330])
				s.check(ses.Return(context.Background(), mark))
				s.write(second, ses, ids[170:380], head.AsBase("first"))
				wantSecond := steps(t, ses, ids[380:])

				for _, c := range []struct {
					dirs []string
					pos  int
					next []int32
					want []float32
				}{{[]string{first}, 170, ids[300:330], wantFirst}, {[]string{first, second}, 380, ids[380:], wantSecond}} {
					again := s.session(60)
					head, err := again.Restore(context.Background(), "tiny", c.dirs...)
					s.check(err)
					if again.Pos() != c.pos || head.Pos() != c.pos {
						t.Fatalf("restored to token %d, want %d", again.Pos(), c.pos)
					}
					if got := steps(t, again, c.next); !slices.Equal(got, c.want) {
						t.Errorf("the logits behind token %d differ after a restoration", c.pos)
					}
				}
			})
		}
	}
}

// A reading that was interrupted goes on from its last checkpoint as if it had
// not been, and what a checkpoint left that did not come to its end is no
// matter.
func TestSnapshotContinued(t *testing.T) {
	s := newShelf(t, gputest.Open(t), actqkv.ActQKV, shaders.KV16)
	ids, dir := text(300), filepath.Join(t.TempDir(), "book")
	whole := s.session(300)
	prefill(t, whole, ids[:290])
	want := steps(t, whole, ids[290:])

	ses := s.session(100)
	w, err := model.CreateSnapshot(dir, model.Snapshot{Origin: ses.Origin("tiny"), Text: model.TextID("", ids), Tokens: 290})
	s.check(err)
	if _, err := model.ReadSnapshot(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v before the first checkpoint", err)
	}
	for pos := 0; pos < 290; {
		n := min(48, 290-pos) // whole windows, as an interruption leaves them
		prefill(t, ses, ids[pos:pos+n])
		pos += n
		s.check(w.Checkpoint(ses))
		s.check(w.Close())
		rows, err := os.OpenFile(filepath.Join(dir, "rows"), os.O_APPEND|os.O_WRONLY, 0)
		s.check(err)
		_, err = rows.WriteString("half a checkpoint")
		s.check(errors.Join(err, rows.Close(), os.WriteFile(filepath.Join(dir, "state.new"), []byte("half a state"), 0o600)))

		ses = s.session(60)
		head, err := ses.Restore(context.Background(), "tiny", dir)
		s.check(err)
		if head.Pos() != pos || head.Complete() != (pos == 290) {
			t.Fatalf("restored to token %d of %d, want %d", head.Pos(), head.Tokens, pos)
		}
		w, err = model.ContinueSnapshot(dir, head)
		s.check(err)
	}
	s.check(w.Close())
	if got := steps(t, ses, ids[290:]); !slices.Equal(got, want) {
		t.Error("the logits differ from those of a session that was not interrupted")
	}
}

// Every damage is found, and said to be one.
func TestSnapshotDamage(t *testing.T) {
	s := newShelf(t, gputest.Reference(t), actqkv.ActQKV, shaders.KV16)
	dir := filepath.Join(t.TempDir(), "book")
	s.write(dir, s.session(200), text(170), nil)
	files := map[string][]byte{}
	for _, name := range []string{"rows", "state"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		s.check(err)
		files[name] = b
	}
	restore := func() error {
		ses, err := s.model.NewSession(model.SessionOptions{Settings: s.settings, KV: s.kv, Capacity: 200})
		s.check(err)
		defer ses.Close()
		_, err = ses.Restore(context.Background(), "tiny", dir)
		return err
	}
	s.check(restore())
	r := rand.New(rand.NewPCG(3, 5))
	for i := range 1000 {
		name := "rows"
		if i%2 == 0 {
			name = "state"
		}
		whole := files[name]
		b, at, what := slices.Clone(whole), r.IntN(len(whole)), "a flipped bit"
		if i%8 == 3 { // the beginning, where the head is, more often
			at = r.IntN(min(len(whole), 2000))
		}
		if i%5 == 0 {
			b, what = b[:at], "a truncation"
		} else {
			b[at] ^= 1 << r.IntN(8)
		}
		path := filepath.Join(dir, name)
		s.check(os.WriteFile(path, b, 0o600))
		if err := restore(); !errors.Is(err, model.ErrSnapshotDamaged) {
			t.Errorf("%s of %s at byte %d of %d: error %v", what, name, at, len(whole), err)
		}
		s.check(os.WriteFile(path, whole, 0o600))
	}
	s.check(restore())
	s.check(os.Remove(filepath.Join(dir, "rows")))
	if err := restore(); !errors.Is(err, model.ErrSnapshotDamaged) {
		t.Errorf("error %v without rows", err)
	}
}

// Another model file and other settings are told apart from damage.
func TestSnapshotOrigin(t *testing.T) {
	s := newShelf(t, gputest.Reference(t), actqkv.ActQKV, shaders.KV16)
	dir := filepath.Join(t.TempDir(), "book")
	s.write(dir, s.session(200), text(80), nil)
	if _, err := s.session(100).Restore(context.Background(), "another", dir); !errors.Is(err, model.ErrSnapshotModel) {
		t.Errorf("error %v for another model", err)
	}
	s.kv = shaders.KV32
	if _, err := s.session(100).Restore(context.Background(), "tiny", dir); !errors.Is(err, model.ErrSnapshotSettings) {
		t.Errorf("error %v for another format of keys", err)
	}
	s.kv = shaders.KV16
	s.settings.SetTopK(5)
	if _, err := s.session(100).Restore(context.Background(), "tiny", dir); !errors.Is(err, model.ErrSnapshotSettings) {
		t.Errorf("error %v for another budget", err)
	}
	if _, err := model.ReadSnapshot(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for an empty folder", err)
	}
}
