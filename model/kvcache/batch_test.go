package kvcache

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/model/trace"
)

// fillAt gives the projections of tokens from a position on, of a text that a
// number names.
func (r *reader) fillAt(pos, n int, text uint64) func(layer int, qkv []float32) {
	row := placeRow(r.cache.Shape.Heads)
	return func(layer int, qkv []float32) {
		for i := range n {
			at := rand.New(rand.NewPCG(uint64(pos+i)+text<<32, uint64(layer)))
			for j := range row {
				qkv[i*row+j] = float32(at.NormFloat64())
			}
		}
	}
}

// submit runs a program and frees it.
func (r *reader) submit(parts []*gpu.Recording, free func()) {
	r.Helper()
	defer free()
	for _, part := range parts {
		r.must(r.dev.Submit(r.Context(), part))
	}
}

// step reads a token of the text in a step of its own and returns what it did, and
// the attention's output of the last layer.
func (r *reader) step(watch Watch) (*trace.Step, []byte) {
	r.Helper()
	c := r.cache
	parts, free := r.record(1, r.fillAt(c.Places.Pos, 1, 0))
	c.Begin(make([]int32, 1), 1, turn)
	r.submit(parts, free)
	t, err := c.Report(1, watch)
	r.must(err)
	r.must(c.End(1))
	return t, r.bytes(c.out)[:c.Shape.Heads.Features()*4]
}

// verify reads a batch of which the first tokens are the text's, accepts those, and
// returns what step does of each.
func (r *reader) verify(n, accepted int, watch Watch) (all []*trace.Step, outs [][]byte) {
	r.Helper()
	c, pos := r.cache, r.cache.Places.Pos
	c.Batching = true
	parts, free := r.record(BatchTokens, func(layer int, qkv []float32) {
		row := len(qkv) / BatchTokens
		r.fillAt(pos, accepted, 0)(layer, qkv)
		r.fillAt(pos+accepted, n-accepted, 1)(layer, qkv[accepted*row:])
	})
	c.Batching = false
	c.BeginBatch(make([]int32, n), turn)
	r.submit(parts, free)
	size := c.Shape.Heads.Features() * 4
	for i := range accepted {
		outs = append(outs, bytes.Clone(r.bytes(c.out)[i*size:][:size]))
	}
	seals, err := c.BeginAccept(accepted)
	r.must(err)
	rec := gpu.NewRecording("accept")
	c.RecordAccept(rec, r.dev.Info().SubgroupSize, seals)
	r.submit([]*gpu.Recording{rec}, func() { r.dev.Release(rec) })
	all, err = c.EndAccept(accepted, watch)
	r.must(err)
	return all, outs
}

// left is what steps left, all that later ones depend on: nothing of tokens that
// were not accepted.
func (r *reader) left() (all [][]byte) {
	c := r.cache
	all = append(all, r.bytes(c.state))
	for i := range c.layers {
		l := &c.layers[i]
		for h := range numHalves {
			all = append(all, r.rows(i, h))
		}
		if c.recalls {
			blocks := c.Places.Blocks
			all = append(all, r.bytes(l.stats), r.bytes(l.norms)[:4*blocks], r.bytes(l.repr)[:blocks/4*4*c.Shape.Heads.Features()*4])
		}
	}
	if c.recalls {
		all = append(all, r.bytes(c.acc))
	}
	return all
}

// TestBatch requires of batches of which all, some or one of the tokens are accepted
// to do, to the bit, what steps do, and to leave what they leave.
func TestBatch(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		for name, c := range map[string]struct {
			change   func(*actqkv.Settings)
			read     int // tokens before, in windows
			twoLevel int // blocks from which there are two; -1: more blocks than one workgroup chooses among
		}{
			"from the start": {func(*actqkv.Settings) {}, 0, twoLevelBlocks},
			"behind windows": {func(*actqkv.Settings) {}, 180, twoLevelBlocks},
			"few samples":    {func(s *actqkv.Settings) { s.History = 100 }, 90, twoLevelBlocks},
			"two levels":     {func(s *actqkv.Settings) { s.Candidates = 20 }, 300, 64},
			"two dispatches": {func(*actqkv.Settings) {}, 150, -1},
			"fixed":          {func(s *actqkv.Settings) { s.FixedK = true }, 120, twoLevelBlocks},
			"infllm":         {func(s *actqkv.Settings) { s.Method = actqkv.InfLLM }, 120, twoLevelBlocks},
			"streaming":      {func(s *actqkv.Settings) { s.Method = actqkv.Streaming }, 120, twoLevelBlocks},
			"dense":          {func(s *actqkv.Settings) { s.Method = actqkv.Full }, 50, twoLevelBlocks},
		} {
			t.Run(name, func(t *testing.T) {
				var both [2]*reader
				for i := range both {
					capacity := 400
					if c.twoLevel < 0 {
						capacity = 5000
					}
					r := newReader(t, dev, c.change, 2, capacity)
					if c.twoLevel == 64 { // from the next time that it grows on
						r.cache.twoLevel = c.twoLevel
						r.must(r.cache.Grow(500))
					}
					r.cache.StepWatch.Mass = true
					if c.read > 0 {
						r.must(r.cache.Ask(c.read-9, c.read-2))
					}
					for r.cache.Places.Pos < c.read {
						r.read(9)
					}
					both[i] = r
				}
				checkBatches(t, both[0], both[1])
				if two := both[1].cache.supers() > 0; two != (c.twoLevel == 64) {
					t.Errorf("two levels: %v", two)
				}
			})
		}
	})
}

func checkBatches(t *testing.T, steps, batches *reader) {
	watch, sealed := Watch{Mass: true}, 0
	for i, c := range [][2]int{{8, 8}, {8, 1}, {2, 2}, {3, 2}, {8, 5}, {8, 8}, {8, 3}, {4, 4}, {8, 7}, {8, 8}, {8, 8}, {8, 2}, {8, 8}} {
		n := batches.cache.Batch(c[0], watch)
		if batches.cache.recalls && steps.cache.Places.Pos > 20 && n > steps.cache.Settings.BlockSize {
			t.Fatalf("a batch of %d tokens passes the end of a block", n)
		}
		if n < 2 {
			steps.step(watch)
			batches.step(watch)
			continue
		}
		accepted, blocks := min(n, c[1]), batches.cache.Places.Blocks
		told, outs := batches.verify(n, accepted, watch)
		for j := range accepted {
			want, out := steps.step(watch)
			if !reflect.DeepEqual(told[j], want) {
				t.Fatalf("batch %d, token %d of %d: %+v, want %+v", i, j, n, told[j], want)
			}
			if !bytes.Equal(outs[j], out) {
				t.Fatalf("batch %d, token %d of %d: another output", i, j, n)
			}
		}
		sealed += batches.cache.Places.Blocks - blocks
		if batches.cache.Places != steps.cache.Places {
			t.Fatalf("batch %d: places %+v, want %+v", i, batches.cache.Places, steps.cache.Places)
		}
		if got, want := batches.left(), steps.left(); !reflect.DeepEqual(got, want) {
			for k := range got {
				if !bytes.Equal(got[k], want[k]) {
					t.Errorf("batch %d, %d of %d tokens accepted: memory %d differs", i, accepted, n, k)
				}
			}
			t.FailNow()
		}
	}
	if !batches.cache.dense() && sealed == 0 {
		t.Error("no batch filled a block")
	}
}
