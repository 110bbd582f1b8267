package kvcache

import (
	"bytes"
	"context"
	"math"
	"slices"
	"testing"

	"fovea/internal/gputest"
	"fovea/model/actqkv"
)

// all is every key and value that a cache has read, and what it decides and
// computes in the next steps, of tokens that a seed gives.
func (r *reader) all(seed uint64) (rows, next [][]byte) {
	r.Helper()
	for i := range r.cache.layers {
		for h := range numHalves {
			rows = append(rows, r.rows(i, h))
		}
	}
	r.seed(seed)
	for range 5 {
		r.read(9)
		next = append(next, r.result(9)...)
	}
	return rows, next
}

// What a cache has behind a mark comes back to the bit, wherever its blocks lie:
// after a branch that sealed fewer blocks, or more, or none; also where blocks
// left the device meanwhile, and where there are compact representatives.
func TestBranch(t *testing.T) {
	const tokens, document = 1500, 500
	for name, c := range map[string]struct {
		tiers    func(*testing.T, *Cache) Tiers
		capacity int
		twoLevel int
	}{
		"device":  {func(*testing.T, *Cache) Tiers { return Tiers{} }, tokens, twoLevelBlocks},
		"compact": {func(*testing.T, *Cache) Tiers { return Tiers{} }, tokens, 64},
		"disk":    {func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 0) }, tokens, twoLevelBlocks},
		"both":    {func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 20*c.blockBytes()) }, tokens, twoLevelBlocks},
		"packed": {func(t *testing.T, c *Cache) Tiers {
			tiers := tight(t, c, tokens, 1<<30)
			tiers.Bits = 4
			return tiers
		}, tokens, twoLevelBlocks},
		"later": {func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 0) }, document + 100, twoLevelBlocks},
	} {
		for _, init := range []int{3, document + 20} {
			t.Run(name, func(t *testing.T) {
				r := newTieredReader(t, gputest.Reference(t), func(s *actqkv.Settings) {
					s.Init, s.Local, s.Candidates = init, 30, 32
				}, func(x *Cache) Tiers { return c.tiers(t, x) }, 2, 60)
				r.cache.twoLevel = c.twoLevel // from the next time that it grows on
				r.branches(document, c.capacity)
			})
		}
	}
}

// branches reads a few of them behind a document, by a cache that has room for so
// many tokens first, and takes them up in another order.
func (r *reader) branches(document, capacity int) {
	r.Helper()
	must := func(err error) {
		r.Helper()
		if err != nil {
			r.Fatal(err)
		}
	}
	read := func(tokens int) {
		for end := r.cache.Places.Pos + tokens; r.cache.Places.Pos < end; {
			n := min(9, end-r.cache.Places.Pos)
			if r.cache.Places.Pos+6*9 > r.cache.Capacity() {
				must(r.cache.Grow(1500))
			}
			r.read(n)
		}
	}
	must(r.cache.Grow(capacity))
	r.seed(1)
	read(document)
	mark, err := r.cache.Mark(context.Background())
	must(err)
	defer mark.Free()
	type branch struct {
		*Branch
		rows, next [][]byte
	}
	var all []branch
	for i, tokens := range []int{1, 17, 300, 600} {
		r.seed(uint64(10 + i))
		read(tokens)
		b, err := r.cache.SetAside(mark, math.MaxInt64)
		must(err)
		rows, next := r.all(uint64(i))
		all = append(all, branch{b, rows, next})
		must(r.cache.Return(context.Background(), mark))
	}
	for _, i := range []int{0, 3, 1, 2, 3, 2, 3, 2, 0, 2, 3} {
		must(r.cache.TakeUp(context.Background(), all[i].Branch))
		if r.cache.compacts(r.cache.Capacity()) {
			r.checkCompact()
		}
		if rows, next := r.all(uint64(i)); !slices.EqualFunc(rows, all[i].rows, bytes.Equal) || !slices.EqualFunc(next, all[i].next, bytes.Equal) {
			r.Errorf("branch %d has come back as another one", i)
		}
	}
}
