package kvcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// tight is so little device memory that a cache for tokens tokens has hardly
// more slots than a step recalls blocks, and so much host memory.
func tight(t *testing.T, c *Cache, tokens int, host int64) Tiers {
	slot := 2 * c.blockBytes() * int64(len(c.layers))
	return Tiers{Device: c.storeBytes(tokens, c.ring) + (int64(c.most)+2)*slot*4/3, Host: host, Dir: t.TempDir()}
}

// result is what a step left: the attention's output, what was recalled, what
// the keys received.
func (r *reader) result(n int) [][]byte {
	r.Helper()
	c := r.cache
	all := [][]byte{r.bytes(c.state), r.bytes(c.acc), r.bytes(c.out)[:n*c.Shape.Heads.Features()*4]}
	reports := r.bytes(c.reports)
	for i := range c.layers {
		report := reports[int64(i)*c.reportRow:]
		all = append(all, report[:4*(shaders.ReportWords+int(word(report, 0)))])
	}
	return all
}

// Wherever blocks lie, steps are the same to the bit: with all on the device,
// with the host's memory, with the disk only, with both; and when they leave the
// device in the middle of a text. Packed blocks are the same wherever they lie,
// and also after a return.
func TestTiersAreEqual(t *testing.T) {
	const tokens = 700
	few := map[string]func(*testing.T, *Cache) Tiers{
		"host": func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 1<<30) },
		"disk": func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 0) },
		"both": func(t *testing.T, c *Cache) Tiers { return tight(t, c, tokens, 20*c.blockBytes()) },
	}
	for _, bits := range []int{0, 8, 4} {
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			run := func(t *testing.T, dev gpu.Device) {
				all := map[string]*reader{}
				for name, tiers := range few {
					all[name] = newTieredReader(t, dev, func(*actqkv.Settings) {}, func(c *Cache) Tiers {
						tiers := tiers(t, c)
						tiers.Bits = bits
						return tiers
					}, 2, tokens)
				}
				if bits == 0 {
					all["device"] = newTieredReader(t, dev, func(*actqkv.Settings) {}, func(*Cache) Tiers { return Tiers{} }, 2, tokens)
					// This one begins with room enough on the device.
					all["later"] = newTieredReader(t, dev, func(*actqkv.Settings) {}, func(c *Cache) Tiers { return few["disk"](t, c) }, 2, 60)
				}
				compareTiers(t, all, tokens)
				for name, r := range all {
					m, has := r.cache.Memory(), map[string]string{"host": "host", "disk": "disk", "both": "host disk", "later": "disk"}[name]
					if r.cache.Paged() != (name != "device") || (m.Host > 0) != strings.Contains(has, "host") || (m.Disk > 0) != strings.Contains(has, "disk") {
						t.Errorf("%s: %+v", name, m)
					}
				}
			}
			gputest.Each(t, run)
			t.Run("staged", func(t *testing.T) { run(t, gputest.Staged(t)) })
		})
	}
}

// compareTiers reads the same with all caches, and requires that they do the same.
func compareTiers(t *testing.T, all map[string]*reader, tokens int) {
	t.Helper()
	names := slices.Sorted(maps.Keys(all))
	seed := uint64(0)
	step := func(n int) (want [][]byte) {
		t.Helper()
		seed++
		for _, name := range names {
			r := all[name]
			if c := r.cache; c.Places.Pos+n > c.Capacity() {
				if err := c.Grow(tokens); err != nil {
					t.Fatal(err)
				}
			}
			r.seed(seed)
			r.read(n)
			if got := r.result(n); want == nil {
				want = got
			} else if !slices.EqualFunc(got, want, bytes.Equal) {
				t.Fatalf("%s: the step at position %d is another one than of %s", name, r.cache.Places.Pos-n, names[0])
			}
		}
		return want
	}
	for range 4 {
		step(9)
	}
	var marks []*Mark
	for _, name := range names {
		m, err := all[name].cache.Mark(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Free)
		marks = append(marks, m)
	}
	var first [][]byte
	for range 2 {
		seed = 100
		for range 30 {
			step(9)
		}
		var last [][]byte
		for range 25 {
			last = step(1)
		}
		if first == nil {
			first = last
		} else if !slices.EqualFunc(first, last, bytes.Equal) {
			t.Error("after a return, the same text comes to something else")
		}
		for i, name := range names { // one of them had all on the device
			if err := all[name].cache.Return(context.Background(), marks[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 60 {
		step(9)
	}
	for _, name := range names {
		for i := range all[name].cache.layers {
			for h := range numHalves {
				if !bytes.Equal(all[name].rows(i, h), all[names[0]].rows(i, h)) {
					t.Errorf("%s: layer %d has other rows than of %s", name, i, names[0])
				}
			}
		}
	}
}

// Blocks leave the device, if they must, before there is any, and before there
// are all initial tokens.
func TestTiersEarly(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		var all []*reader
		var marks []*Mark
		for _, tiers := range []func(*Cache) Tiers{
			func(*Cache) Tiers { return Tiers{} }, func(c *Cache) Tiers { return tight(t, c, 700, 0) },
		} {
			r := newTieredReader(t, dev, func(s *actqkv.Settings) { s.Init = 30 }, tiers, 2, 40)
			r.seed(1)
			r.read(9)
			m, err := r.cache.Mark(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(m.Free)
			if r.cache.Paged() {
				t.Fatal("40 tokens do not fit the device")
			}
			if err := r.cache.Grow(700); err != nil {
				t.Fatal(err)
			}
			all, marks = append(all, r), append(marks, m)
		}
		for range 2 {
			for range 70 {
				for _, r := range all {
					r.seed(uint64(r.cache.Places.Pos))
					r.read(9)
				}
				if !slices.EqualFunc(all[0].result(9), all[1].result(9), bytes.Equal) {
					t.Fatalf("the step before position %d is another one", all[0].cache.Places.Pos)
				}
			}
			for i, r := range all {
				if err := r.cache.Return(context.Background(), marks[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// What a cache saved, with blocks on the device or not, another one loads, with
// blocks on the device or not.
func TestTiersSaveAndLoad(t *testing.T) {
	const tokens = 400
	none := func(*actqkv.Settings) {}
	makers := []func(*Cache) Tiers{
		func(*Cache) Tiers { return Tiers{} },
		func(c *Cache) Tiers { return tight(t, c, tokens, 10*c.blockBytes()) },
	}
	for i, from := range makers {
		for j, to := range makers {
			a := newTieredReader(t, gputest.Reference(t), none, from, 2, tokens)
			b := newTieredReader(t, gputest.Reference(t), none, to, 2, tokens)
			var pieces [][]byte
			put := func(p []byte) error {
				pieces = append(pieces, slices.Clone(p))
				return nil
			}
			get := func(p []byte) error {
				copy(p, pieces[0])
				pieces = pieces[1:]
				return nil
			}
			var ends []Extent
			for at := (Extent{}); len(ends) < 3; { // checkpoints in the middle of blocks
				for range 13 {
					a.read(9)
				}
				ends = append(ends, a.cache.Extent())
				if err := a.cache.SaveRows(at, ends[len(ends)-1], put); err != nil {
					t.Fatal(err)
				}
				at = ends[len(ends)-1]
			}
			if err := a.cache.SaveState(put); err != nil {
				t.Fatal(err)
			}
			at := Extent{}
			for _, end := range ends {
				if err := b.cache.LoadRows(at, end, get); err != nil {
					t.Fatal(err)
				}
				at = end
			}
			if err := b.cache.LoadState(a.cache.Places, [2]int{}, get); err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(5) {
				for _, r := range []*reader{a, b} {
					r.seed(seed)
					r.read(9)
				}
				if !slices.EqualFunc(a.result(9), b.result(9), bytes.Equal) {
					t.Fatalf("loaded by cache %d from cache %d, the text goes on in another way", j, i)
				}
			}
		}
	}
}

// A text that fits neither the device nor the disk is refused, and what was read
// before goes on.
func TestTiersDiskFull(t *testing.T) {
	r := newTieredReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, func(c *Cache) Tiers { return tight(t, c, 100, 0) }, 2, 50)
	for range 5 {
		r.read(9)
	}
	err := r.cache.Grow(1 << 34)
	if !errors.Is(err, ErrDiskFull) && !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Fatalf("room for %d tokens: %v", 1<<34, err)
	}
	if r.cache.Torn() {
		t.Fatal("the cache is of no use now")
	}
	r.read(1)
}
