package kvcache

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// kept is what a text that was read alone leaves to those that it joins.
type kept struct {
	places actqkv.Places
	ends   []Extent // of its checkpoints
	pieces [][]byte
}

// keep reads so many tokens alone, with two checkpoints, and keeps them.
func (r *reader) keep(tokens int) *kept {
	r.Helper()
	k := new(kept)
	put := func(b []byte) error {
		k.pieces = append(k.pieces, slices.Clone(b))
		return nil
	}
	at := Extent{}
	for _, end := range []int{tokens / 3, tokens} {
		r.to(end)
		k.ends = append(k.ends, r.cache.Extent())
		r.must(r.cache.SaveRows(at, r.cache.Extent(), put))
		at = r.cache.Extent()
	}
	r.must(r.cache.SaveState(put))
	k.places = r.cache.Places
	return k
}

func (r *reader) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// to reads up to a position.
func (r *reader) to(pos int) {
	r.Helper()
	for r.cache.Places.Pos < pos {
		r.read(min(9, pos-r.cache.Places.Pos))
	}
}

// give calls f with a function that gives the pieces in order, and requires that
// it takes all.
func (k *kept) give(t *testing.T, rows func(from, to Extent, get func([]byte) error) error, state func(get func([]byte) error) error) {
	t.Helper()
	left := k.pieces
	get := func(b []byte) error {
		if len(left) == 0 || len(b) != len(left[0]) {
			return fmt.Errorf("a piece of %d bytes was asked for, %d pieces are left", len(b), len(left))
		}
		copy(b, left[0])
		left = left[1:]
		return nil
	}
	from := Extent{}
	for _, to := range k.ends {
		if err := rows(from, to, get); err != nil {
			t.Fatal(err)
		}
		from = to
	}
	if err := state(get); err != nil || len(left) > 0 {
		t.Fatalf("error %v, %d pieces are left", err, len(left))
	}
}

// join reads what must be read before a text that was kept, and joins that but
// for its first tokens.
func (r *reader) join(k *kept, skip int) {
	r.Helper()
	c := r.cache
	pad := c.JoinPad(skip)
	if pad < 0 || pad >= c.Settings.BlockSize {
		r.Fatalf("%d tokens to pad with", pad)
	}
	r.to(c.Places.Pos + pad + c.JoinStart(skip) - skip)
	r.joinHere(k, skip)
}

// joinHere joins where all that must be read before was read.
func (r *reader) joinHere(k *kept, skip int) {
	r.Helper()
	c := r.cache
	j, err := c.Joint(k.places, skip)
	r.must(err)
	before := c.Places
	k.give(r.T, j.CheckRows, j.CheckState)
	if c.Places != before || j.Tokens() != k.places.Pos-c.JoinStart(skip) {
		r.Fatalf("checking takes the cache from %+v to %+v; %d tokens are to come", before, c.Places, j.Tokens())
	}
	r.must(j.Begin(r.Context()))
	k.give(r.T, j.Rows, func(get func([]byte) error) error { return j.End(get, turn) })
}

// octet is eight numbers of a block's representative.
func (r *reader) octet(repr []byte, block, o int) []byte {
	h := r.cache.Shape.Heads
	size, octets := int(h.KVType.OctetBytes()), h.Features()/8
	return repr[shaders.ReprOctet(block, o, octets)*size:][:size]
}

// What is taken over is to the bit what it was alone, at places that are shifted;
// the local window is rotated by these. It is so wherever the text falls in groups
// of blocks, and however long what precedes it is.
func TestJoin(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		for _, c := range []struct{ before, skip, tokens int }{
			{5, 2, 300}, {8, 0, 40}, {131, 2, 300}, {200, 3, 137}, {210, 13, 600}, {301, 140, 500},
		} {
			t.Run(fmt.Sprint(c), func(t *testing.T) {
				alone := newReader(t, dev, func(*actqkv.Settings) {}, 2, 700)
				k := alone.keep(c.tokens)
				r := newReader(t, dev, func(*actqkv.Settings) {}, 2, 1200)
				r.seed(3)
				r.to(c.before)
				r.to(r.cache.Places.Pos + r.cache.JoinPad(c.skip) + r.cache.JoinStart(c.skip) - c.skip)
				sealed := r.untilSealed()
				r.joinHere(k, c.skip)
				sealed()
				r.checkJoined(alone, c.skip)
				for range 15 { // and it goes on, in windows and tokens
					r.read(9)
					r.read(1)
				}
			})
		}
	})
}

// checkJoined requires of a cache all that it took over from one that read alone.
func (r *reader) checkJoined(alone *reader, skip int) {
	r.Helper()
	c, from := r.cache, alone.cache.Places
	start, row := c.JoinStart(skip), int(c.Shape.Heads.RowBytes())
	by := c.Places.Pos - from.Pos
	want := from
	want.Pos, want.RemFirst, want.Blocks = from.Pos+by, from.RemFirst+by, from.Blocks+by/4
	if c.Places != want || by%4 != 0 {
		r.Errorf("places %+v, want %+v", c.Places, want)
	}
	first := (start - c.Settings.Init) / 4 // block
	for i := range c.layers {
		for h := range numHalves {
			if !bytes.Equal(r.rows(i, h)[(start+by)*row:], alone.rows(i, h)[start*row:]) {
				r.Errorf("layer %d has other rows than the text alone", i)
			}
		}
		l, a := &c.layers[i], &alone.cache.layers[i]
		repr, there, norms := r.bytes(l.repr), alone.bytes(a.repr), r.bytes(l.norms)
		for b := first; b < from.Blocks; b++ {
			for o := range c.Shape.Heads.Features() / 8 {
				if !bytes.Equal(r.octet(repr, b+by/4, o), alone.octet(there, b, o)) {
					r.Fatalf("layer %d: octet %d of block %d is not that of block %d alone", i, o, b+by/4, b)
				}
			}
		}
		if !bytes.Equal(norms[4*(first+by/4):4*c.Places.Blocks], alone.bytes(a.norms)[4*first:4*from.Blocks]) {
			r.Errorf("layer %d has other norms than the text alone", i)
		}
		_, received, err := alone.cache.Received(i)
		r.must(err)
		r.checkLocal(i, c.Places.RemFirst, received, r.rows(i, keys), r.bytes(l.k))
		if !bytes.Equal(r.bytes(l.stats), alone.bytes(a.stats)) {
			r.Errorf("layer %d has other statistics than the text alone", i)
		}
	}
	if !bytes.Equal(r.bytes(c.state), alone.bytes(alone.cache.state)) {
		r.Error("the histories are not those of the text alone")
	}
}

// untilSealed takes note of what a cache has; what it returns requires that this
// is sealed then, by the weights that it has now: the representative is the mean
// of the keys that received most.
func (r *reader) untilSealed() func() {
	r.Helper()
	c, h := r.cache, r.cache.Shape.Heads
	first, end, row := c.Places.Blocks, (c.Places.Pos-c.Settings.Init)/4, int(h.RowBytes())
	var rows, acc [][]byte
	for i := range c.layers {
		b, err := c.readView(c.accOf(i))
		r.must(err)
		rows, acc = append(rows, r.rows(i, keys)), append(acc, b)
	}
	return func() {
		r.Helper()
		for i := range c.layers {
			repr, norms := r.bytes(c.layers[i].repr), floats(r.bytes(c.layers[i].norms))
			for b := first; b < end; b++ {
				var got, want []float32
				at, squares := c.Settings.Init+4*b, 0.0
				for head := range h.Width() {
					heaviest := []int{0, 1, 2, 3}
					slices.SortStableFunc(heaviest, func(x, y int) int {
						weight := func(n int) float32 { return float(acc[i], head*c.ring+(at+n)%c.ring) }
						return cmp.Compare(weight(y), weight(x))
					})
					one, two := floats(rows[i][(at+heaviest[0])*row:][:row]), floats(rows[i][(at+heaviest[1])*row:][:row])
					for d := range 8 * h.Octets {
						x := (one[head/h.Group*8*h.Octets+d] + two[head/h.Group*8*h.Octets+d]) / 2
						want, squares = append(want, x), squares+float64(x*x)
					}
					for o := range h.Octets {
						got = append(got, floats(r.octet(repr, b, head*h.Octets+o))...)
					}
				}
				fixture.Matches(r.T, fmt.Sprint("the representative of block ", b), append(got, norms[b]), append(want, float32(1/math.Sqrt(squares))), 1e-4)
			}
		}
	}
}

// Wherever blocks lie, a cache goes on to the bit in the same way behind a text
// that joined it, one that left the device before or does when it needs the room;
// also after a return, and when what was behind a mark was set aside.
func TestJoinOffTheDevice(t *testing.T) {
	const tokens = 900
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		alone := newReader(t, dev, func(*actqkv.Settings) {}, 2, 500)
		k := alone.keep(450)
		var want [][]byte
		for _, c := range []struct {
			name     string
			capacity int
			tiers    func(*Cache) Tiers
		}{
			{"device", tokens, func(*Cache) Tiers { return Tiers{} }},
			{"host", tokens, func(c *Cache) Tiers { return tight(t, c, tokens, 1<<30) }},
			{"disk", tokens, func(c *Cache) Tiers { return tight(t, c, tokens, 0) }},
			{"later", 300, func(c *Cache) Tiers { return tight(t, c, tokens, 20*c.blockBytes()) }},
		} {
			r := newTieredReader(t, dev, func(*actqkv.Settings) {}, c.tiers, 2, c.capacity)
			r.seed(5)
			r.to(170)
			mark, err := r.cache.Mark(context.Background())
			r.must(err)
			t.Cleanup(mark.Free)
			r.must(r.cache.Grow(tokens))
			if r.cache.Paged() != (c.name != "device") {
				t.Fatalf("%s: %+v", c.name, r.cache.Memory())
			}
			join := func() (got [][]byte) {
				r.seed(6)
				r.join(k, 2)
				rows, next := r.all(7)
				return append(rows, next...)
			}
			got := join()
			if want == nil {
				want = got
			}
			same := func(what string, got [][]byte) {
				t.Helper()
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Errorf("%s, %s: other rows or other steps", c.name, what)
				}
			}
			same("joined", got)
			r.must(r.cache.Return(context.Background(), mark))
			same("joined again", join())

			r.must(r.cache.Return(context.Background(), mark))
			r.seed(6)
			r.join(k, 2)
			branch, err := r.cache.SetAside(mark, math.MaxInt64)
			r.must(err)
			r.must(r.cache.Return(context.Background(), mark))
			r.seed(8)
			r.to(400)
			r.must(r.cache.TakeUp(context.Background(), branch))
			rows, next := r.all(7)
			same("taken up", append(rows, next...))
		}
	})
}

// Blocks that are packed off the device are, when a text joins, what they are
// when its snapshot is loaded.
func TestJoinPacked(t *testing.T) {
	const tokens = 900
	packed := func(c *Cache) Tiers {
		tiers := tight(t, c, tokens, 0)
		tiers.Bits = 8
		return tiers
	}
	make := func() *reader {
		return newTieredReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, packed, 2, tokens)
	}
	k := make().keep(450)
	alone := make()
	k.give(t, alone.cache.LoadRows, func(get func([]byte) error) error { return alone.cache.LoadState(k.places, [2]int{}, get) })
	r := make()
	r.to(170)
	r.join(k, 2)
	r.checkJoined(alone, 2)
	r.read(9)
}

// Compact representatives are those that all representatives give, of what was
// sealed when a text joined and of its blocks.
func TestJoinCompact(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		for _, before := range []int{30, 170, 300} {
			compact := func() *reader {
				r := newReader(t, dev, func(s *actqkv.Settings) { s.Candidates = 32 }, 2, 200)
				r.cache.twoLevel = 64
				r.must(r.cache.Grow(1500))
				return r
			}
			k := compact().keep(500)
			r := compact()
			r.to(before)
			r.join(k, 2)
			r.checkCompact()
			for range 20 {
				r.read(9)
				r.read(1)
			}
			r.checkCompact()
		}
	})
}

// The question of a user stays what it was, and a mark behind the place where a
// text joins does not hold afterwards.
func TestJoinKeeps(t *testing.T) {
	k := newReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, 2, 300).keep(200)
	r := newReader(t, gputest.Reference(t), func(s *actqkv.Settings) { s.QuestionWeight = 4 }, 2, 600)
	r.to(50)
	r.must(r.cache.Ask(50, 54))
	r.read(4)
	question, asked := r.bytes(r.cache.question), r.cache.Asked
	r.to(100)
	mark, err := r.cache.Mark(context.Background())
	r.must(err)
	defer mark.Free()
	r.to(130)
	late, err := r.cache.Mark(context.Background())
	r.must(err)
	defer late.Free()
	r.must(r.cache.Return(context.Background(), mark))
	r.join(k, 2)
	if !bytes.Equal(r.bytes(r.cache.question), question) || bytes.Equal(question, make([]byte, len(question))) || r.cache.Asked != asked {
		t.Error("the user's question is another one")
	}
	if err := r.cache.Return(context.Background(), late); !errors.Is(err, ErrMarkGone) {
		t.Errorf("%v: a mark holds in the place of what joined", err)
	}
}

// What cannot be taken over is refused.
func TestJoinRefused(t *testing.T) {
	r := newReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, 2, 600)
	c := r.cache
	if a, b := c.JoinStart(0), c.JoinStart(12); a != 3 || b != 15 {
		t.Errorf("rows are taken over from positions %d and %d on, want 3 and 15", a, b)
	}
	places := func(tokens int) actqkv.Places {
		alone := newReader(t, gputest.Reference(t), func(*actqkv.Settings) {}, 2, 300)
		alone.to(tokens)
		return alone.cache.Places
	}
	r.to(50)
	r.to(50 + c.JoinPad(2) + 1)
	for tokens, want := range map[int]error{2: ErrNothingToJoin, 16: ErrNothingToJoin, 30: nil} {
		if _, err := c.Joint(places(tokens), 2); !errors.Is(err, want) {
			t.Errorf("a text of %d tokens: error %v, want %v", tokens, err, want)
		}
	}
	wrong := places(200)
	wrong.RemFirst++
	if _, err := c.Joint(wrong, 2); err == nil || errors.Is(err, ErrNothingToJoin) {
		t.Errorf("error %v for places that no text comes to", err)
	}
	r.read(1)
	if _, err := c.Joint(places(200), 2); err == nil || errors.Is(err, ErrNothingToJoin) {
		t.Errorf("error %v where the places of blocks differ", err)
	}
	early := newReader(t, gputest.Reference(t), func(s *actqkv.Settings) { s.Init = 12 }, 2, 600)
	early.to(8)
	if _, err := early.cache.Joint(actqkv.Places{Pos: 300, Inits: 12, Blocks: 60, RemFirst: 252}, 12); err == nil {
		t.Error("blocks in the place of initial tokens")
	}
	s := c.Settings
	s.Method = actqkv.Streaming
	r.must(c.Change(s))
	if _, err := c.Joint(places(200), 2); !errors.Is(err, ErrNothingToJoin) {
		t.Errorf("error %v by a method without blocks", err)
	}
}
