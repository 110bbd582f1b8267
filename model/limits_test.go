package model_test

import (
	"context"
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
// with all of it: from the start, after a return, and restored from a snapshot.
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
		limit()
		again := s.session(60)
		_, err = again.Restore(context.Background(), "tiny", dir)
		s.check(err)
		if got := steps(t, again, ids[800:]); !slices.Equal(got, want) {
			t.Error("restored from a snapshot, the logits differ")
		}
		if m := again.Memory(); m.Disk == 0 {
			t.Errorf("%+v after a restoration", m)
		}
		if left, err := os.ReadDir(s.model.Limits.Dir); err != nil || len(left) > 0 {
			t.Errorf("%d files are to be seen (%v)", len(left), err)
		}
	})
}
