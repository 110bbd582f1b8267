package kvcache

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
)

const lentGap = 4

// lender is a file that has a text's rows, as a snapshot has them.
type lender struct {
	t      *testing.T
	path   string
	file   *os.File
	size   int64
	pieces [][]byte
	rows   []Stretch
	state  [][]byte
	places actqkv.Places
}

func newLender(t *testing.T) *lender {
	path := filepath.Join(t.TempDir(), "rows")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &lender{t: t, path: path, file: f}
}

// keep writes what a cache has read since the last time.
func (l *lender) keep(c *Cache) {
	l.t.Helper()
	s := Stretch{To: c.Extent(), At: l.size}
	if n := len(l.rows); n > 0 {
		s.From = l.rows[n-1].To
	}
	err := c.SaveRows(s.From, s.To, func(b []byte) error {
		l.pieces = append(l.pieces, slices.Clone(b))
		n, err := l.file.Write(append(slices.Clone(b), 0xee, 0xee, 0xee, 0xee))
		l.size += int64(n)
		return err
	})
	l.state, l.places = nil, c.Places
	if err == nil {
		err = c.SaveState(func(b []byte) error {
			l.state = append(l.state, slices.Clone(b))
			return nil
		})
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.rows = append(l.rows, s)
}

// lend lends rows to a cache.
func (l *lender) lend(c *Cache, rows []Stretch) {
	l.t.Helper()
	f, err := os.Open(l.path)
	if err != nil {
		l.t.Fatal(err)
	}
	c.Lend(f, lentGap, rows)
}

// load takes a cache to where the last keep was, with the rows lent.
func (l *lender) load(c *Cache) {
	l.t.Helper()
	l.lend(c, l.rows)
	all := append(slices.Clone(l.pieces), l.state...)
	get := func(b []byte) error {
		copy(b, all[0])
		all = all[1:]
		return nil
	}
	for _, s := range l.rows {
		if err := c.LoadRows(s.From, s.To, get); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := c.LoadState(l.places, [2]int{}, get); err != nil {
		l.t.Fatal(err)
	}
}

// Blocks that are lent are those that the cache would have kept, wherever else
// there is room for some: while the text is being kept, when it is loaded, behind
// a return, and when another text comes in the place of what is lent.
func TestLend(t *testing.T) {
	const tokens = 700
	hosts := map[string]func(*Cache) int64{
		"disk": func(*Cache) int64 { return 0 },
		"both": func(c *Cache) int64 { return 20 * c.blockBytes() },
		"host": func(*Cache) int64 { return 1 << 30 },
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) {
			gputest.Each(t, func(t *testing.T, dev gpu.Device) {
				open := func() *reader {
					return newTieredReader(t, dev, func(*actqkv.Settings) {}, func(c *Cache) Tiers { return tight(t, c, tokens, host(c)) }, 2, tokens)
				}
				own, keeping, restored, l := open(), open(), open(), newLender(t)
				var marks []*Mark
				for _, r := range []*reader{own, keeping} {
					r.seed(1)
					for _, pos := range []int{121, 243, 400} { // in the middle of blocks
						r.to(pos)
						if r == keeping {
							l.keep(r.cache)
							l.lend(r.cache, l.rows[len(l.rows)-1:])
						}
						if pos == 243 {
							m, err := r.cache.Mark(context.Background())
							r.must(err)
							t.Cleanup(m.Free)
							marks = append(marks, m)
						}
					}
				}
				l.load(restored.cache)
				if name == "disk" {
					a, b, c := own.cache.Memory(), keeping.cache.Memory(), restored.cache.Memory()
					// Some blocks lie in two stretches.
					if most := 4 * own.cache.blockBytes() * int64(len(own.cache.layers)*int(numHalves)); a.Lent != 0 || c.Disk > most || c.Disk+c.Lent < a.Disk || b.Disk > a.Disk/2 {
						t.Errorf("%+v of its own, %+v while it is kept, %+v restored", a, b, c)
					}
				}
				same := func(what string, seed uint64, all ...*reader) {
					t.Helper()
					for range 12 {
						seed++
						for i, r := range all {
							r.seed(seed)
							r.read(9)
							if i > 0 && !slices.EqualFunc(r.result(9), all[0].result(9), bytes.Equal) {
								t.Fatalf("%s: reader %d goes on in another way at token %d", what, i, r.cache.Places.Pos)
							}
						}
					}
				}
				same("behind what is lent", 10, own, keeping, restored)
				for i, r := range []*reader{own, keeping} {
					r.must(r.cache.Return(context.Background(), marks[i]))
				}
				same("another text", 100, own, keeping)
				for i, r := range []*reader{own, keeping} {
					if !bytes.Equal(r.rows(1, values), own.rows(1, values)) {
						t.Errorf("reader %d has other rows", i)
					}
				}
			})
		})
	}
}

// A block is read over the end of a piece, from where its region lies.
func TestLentPieces(t *testing.T) {
	region := make([]byte, 2*MaxPiece+500)
	r := rand.NewChaCha8([32]byte{3})
	r.Read(region)
	file := []byte("head")
	for part := range slices.Chunk(region, MaxPiece) {
		file = append(append(file, part...), 1, 2, 3, 4)
	}
	path := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size, lead = 3000, 700
	b := lentBlocks{file: f, gap: lentGap, first: 5, end: 5 + (len(region)-lead)/size, lead: lead, regions: []int64{0, 4}}
	for block := b.first; block < b.end; block++ {
		got := make([]byte, size)
		if err := b.read(block, 1, got); err != nil {
			t.Fatal(err)
		}
		if at := lead + (block-b.first)*size; !bytes.Equal(got, region[at:at+size]) {
			t.Fatalf("block %d is not what lies %d bytes on", block, at)
		}
	}
}

// A file that somebody cuts off while it is lent is named.
func TestLentCutOff(t *testing.T) {
	const tokens = 400
	r := newTieredReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, func(c *Cache) Tiers { return tight(t, c, tokens, 0) }, 2, tokens)
	l := newLender(t)
	r.to(200)
	l.keep(r.cache)
	l.lend(r.cache, l.rows)
	if err := os.Truncate(l.path, 100); err != nil {
		t.Fatal(err)
	}
	err := r.cache.readRows(0, keys, r.cache.blockStart(20), make([]byte, r.cache.blockBytes()))
	if err == nil || !strings.Contains(err.Error(), l.path) || !strings.Contains(err.Error(), "read again") {
		t.Errorf("error %v", err)
	}
}
