package model_test

import (
	"context"
	"errors"
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

// With a fraction of the memory, a session computes to the bit what it computes
// with all of it: from the start, after a return, while it is kept in a snapshot,
// and restored from one.
func TestLimits(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		if !dev.Info().Unified {
			return // memory of its own is limited when the device is opened
		}
		s, ids, dir := newShelf(t, dev, actqkv.ActQKV, shaders.KV16), text(830), filepath.Join(t.TempDir(), "book")
		ses := s.session(60)
		s.write(dir, ses, ids[:800], nil)
		mark, err := ses.Mark(context.Background())
		s.check(err)
		defer mark.Free()
		want, most := steps(t, ses, ids[800:]), ses.Memory()
		if most.Host+most.Disk != 0 {
			t.Fatalf("%+v with all the memory there is", most)
		}

		// What a session takes at least is what does not grow and about a third of
		// the rest.
		limit := func() { s.model.Limits.Host = model.ProgramBytes + dev.Stats().LocalBytes + most.Store*2/3 }
		s.model.Limits.Dir = t.TempDir()
		limit()
		few := s.session(60)
		for part := range slices.Chunk(ids[:800], 37) { // as the checkpoints parted them
			prefill(t, few, part)
		}
		behind, err := few.Mark(context.Background())
		s.check(err)
		defer behind.Free()
		for range 2 {
			if got := steps(t, few, ids[800:]); !slices.Equal(got, want) {
				t.Error("the logits differ")
			}
			s.check(few.Return(context.Background(), behind))
		}
		if m := few.Memory(); m.Store > most.Store*2/3 || m.Disk == 0 {
			t.Errorf("%+v with a limit of %d bytes", m, most.Store*2/3)
		}
		// What a snapshot has is not on the disk twice, neither while it is written
		// nor when it is restored; and it stays when the snapshot is deleted.
		limit()
		keeping, kept := s.session(900), filepath.Join(t.TempDir(), "kept")
		s.write(kept, keeping, ids[:800], nil)
		limit()
		again := s.session(60)
		_, err = again.Restore(context.Background(), "tiny", dir)
		s.check(errors.Join(err, os.RemoveAll(kept), os.RemoveAll(dir)))
		for what, ses := range map[string]*model.Session{"kept in": keeping, "restored from": again} {
			if got := steps(t, ses, ids[800:]); !slices.Equal(got, want) {
				t.Errorf("%s a snapshot, the logits differ", what)
			}
			if m := ses.Memory(); m.Lent == 0 || m.Disk > few.Memory().Disk/2 {
				t.Errorf("%s a snapshot: %+v, without %+v", what, m, few.Memory())
			}
		}
		if left, err := os.ReadDir(s.model.Limits.Dir); err != nil || len(left) > 0 {
			t.Errorf("%d files are to be seen (%v)", len(left), err)
		}
	})
}
