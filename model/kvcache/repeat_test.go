package kvcache

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// turn fills a row of angles as models do.
func turn(pos int, row []byte) {
	pairs := len(row) / 8
	for i := range pairs {
		sin, cos := math.Sincos(float64(pos) * math.Pow(100, -float64(i)/float64(pairs)))
		binary.LittleEndian.PutUint32(row[8*i:], math.Float32bits(float32(cos)))
		binary.LittleEndian.PutUint32(row[8*i+4:], math.Float32bits(float32(sin)))
	}
}

// reader is a cache of random texts.
type reader struct {
	*testing.T
	dev   gpu.Device
	cache *Cache
	*rand.Rand
	before func() // called before a step is over

	identity shaders.Weights
}

// seed makes what is read next depend on a number only.
func (r *reader) seed(n uint64) { r.Rand = rand.New(rand.NewPCG(n, n)) }

func newReader(t *testing.T, dev gpu.Device, change func(*actqkv.Settings), layers, capacity int) *reader {
	return newTieredReader(t, dev, change, func(*Cache) Tiers { return Tiers{} }, layers, capacity)
}

// newTieredReader makes one with the tiers that a function chooses for a cache
// that has no memory yet.
func newTieredReader(t *testing.T, dev gpu.Device, change func(*actqkv.Settings), choose func(*Cache) Tiers, layers, capacity int) *reader {
	settings, err := actqkv.New(actqkv.ActQKV, "fovea")
	if err != nil {
		t.Fatal(err)
	}
	settings.BlockSize, settings.Init, settings.Local, settings.Window = 4, 3, 10, 9
	settings.TopK, settings.KMin, settings.KMax, settings.AskTopK, settings.History, settings.Repr = 6, 2, 9, 12, 7, 2
	change(&settings)
	heads := shaders.Heads{KV: 2, Group: 2, Octets: 2, KVType: shaders.KV32}
	shape := Shape{Layers: layers, Heads: heads, HeadDim: 16, Pairs: 8}
	c, err := New(dev, shape, settings, choose(&Cache{
		Shape: shape, Settings: settings, ring: settings.Ring(capacity), recalls: true, twoLevel: twoLevelBlocks,
		layers: make([]layer, layers), most: settings.MaxBlocks(),
	}), capacity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &reader{t, dev, c, rand.New(rand.NewPCG(7, 8)), func() {}, identity(t, dev, heads)}
}

// read reads n tokens in one step and tells what it did.
func (r *reader) read(n int) {
	r.Helper()
	c, window := r.cache, r.cache.Settings.Window
	if n == 1 {
		window = 1
	}
	c.StepTurn = c.Turn()
	parts, free := r.record(window, func(_ int, qkv []float32) {
		for i := range qkv {
			qkv[i] = float32(r.NormFloat64())
		}
	})
	defer free()
	c.Begin(make([]int32, n), window, turn)
	for i, part := range parts {
		if err := r.dev.Submit(context.Background(), part); err != nil {
			r.Fatal(err)
		}
		if i < len(parts)-1 {
			if err := c.Fetch(i, n); err != nil {
				r.Fatal(err)
			}
		}
	}
	r.before()
	if err := c.End(n); err != nil {
		r.Fatal(err)
	}
}

// record records a program over projections (window, row) of a layer that fill
// gives, and says how to free it.
func (r *reader) record(window int, fill func(layer int, qkv []float32)) (parts []*gpu.Recording, free func()) {
	r.Helper()
	c, h := r.cache, r.cache.Shape.Heads
	lanes, rec := r.dev.Info().SubgroupSize, gpu.NewRecording("read")
	parts = []*gpu.Recording{rec}
	var buffers []gpu.Buffer
	c.RecordBegin(rec)
	for i := range c.Shape.Layers {
		qkv := make([]float32, window*placeRow(h))
		fill(i, qkv)
		b, err := r.dev.Alloc(gpu.Align(int64(len(qkv))*4), gpu.Local)
		if err != nil {
			r.Fatal(err)
		}
		buffers = append(buffers, b)
		if err := r.dev.Write(b, 0, bytesOf(qkv)); err != nil {
			r.Fatal(err)
		}
		place(rec, lanes, c, r.identity, i, b, window)
		c.RecordChoice(rec, lanes, i, window)
		if c.Paged() {
			rec = gpu.NewRecording("read on")
			parts = append(parts, rec)
		}
		c.RecordAttention(rec, lanes, i, window)
		c.RecordQuestion(rec, lanes, i, window)
	}
	c.RecordEnd(rec, lanes, window, true)
	return parts, func() {
		for _, part := range parts {
			r.dev.Release(part)
		}
		for _, b := range buffers {
			b.Free()
		}
	}
}

// rows reads the keys or values of all positions in a layer.
func (r *reader) rows(index int, h half) []byte {
	r.Helper()
	b := make([]byte, int64(r.cache.Places.Pos)*r.cache.Shape.Heads.RowBytes())
	if err := r.cache.readRows(index, h, 0, b); err != nil {
		r.Fatal(err)
	}
	return b
}

func (r *reader) bytes(b gpu.Buffer) []byte {
	r.Helper()
	all, err := r.cache.read(b, true)
	if err != nil {
		r.Fatal(err)
	}
	return all
}

// TestRepeat makes a text of 52 blocks longer and looks where everything is, with
// all of it on the device and with hardly any.
func TestRepeat(t *testing.T) {
	t.Run("device", func(t *testing.T) { testRepeat(t, func(*Cache) Tiers { return Tiers{} }) })
	t.Run("disk", func(t *testing.T) { testRepeat(t, func(c *Cache) Tiers { return tight(t, c, 1200, 0) }) })
}

func testRepeat(t *testing.T, tiers func(*Cache) Tiers) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		const blocks, added = 52, 5 * 128
		r := newTieredReader(t, dev, func(*actqkv.Settings) {}, tiers, 2, 1200)
		c := r.cache
		for c.Places.Blocks < blocks {
			r.read(9)
		}
		for range 3 {
			r.read(1)
		}
		before, received := c.Places, [][]float64{}
		for i := range c.layers {
			_, w, err := c.Received(i)
			if err != nil {
				t.Fatal(err)
			}
			received = append(received, w)
		}
		var ks, vs [][]byte
		for i := range c.layers {
			ks, vs = append(ks, r.rows(i, keys)), append(vs, r.rows(i, values))
		}
		if err := c.Repeat(context.Background(), added, turn); err != nil {
			t.Fatal(err)
		}
		want := before
		want.Pos, want.RemFirst, want.Blocks, want.Windows = before.Pos+added, before.RemFirst+added, before.Blocks+added/4, before.Windows+added/9
		if c.Places != want {
			t.Errorf("places %+v, want %+v", c.Places, want)
		}
		first, row := 3+32*4, int(c.Shape.Heads.RowBytes()) // what is repeated ends at first
		from := func(p int) int {
			switch {
			case p < first:
				return p
			case p >= first+added:
				return p - added
			}
			return 3 + (p-first)%(32*4)
		}
		for i := range c.layers {
			l := &c.layers[i]
			k, v := r.rows(i, keys), r.rows(i, values)
			for p := range c.Places.Pos {
				if !bytes.Equal(k[p*row:][:row], ks[i][from(p)*row:][:row]) || !bytes.Equal(v[p*row:][:row], vs[i][from(p)*row:][:row]) {
					t.Fatalf("layer %d: the key or the value at position %d is not that of %d", i, p, from(p))
				}
			}
			r.checkLocal(i, c.Places.Pos-c.ring, received[i], k, r.bytes(l.k))
			r.checkBlocks(l, before.Blocks, added/4)
		}
		r.checkHistories()
		for range 20 { // and it goes on, in windows and tokens
			r.read(9)
			r.read(1)
		}
		step, err := c.Report(1, Watch{})
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range step.Layers {
			if l.K < c.Settings.KMin || !(l.H > 0 && l.H <= 1) || !slices.IsSorted(l.IDs) {
				t.Errorf("layer %d: %+v", i, l)
			}
		}
	})
}

// checkLocal requires rotated keys from position first on, and received weights
// of the local window.
func (r *reader) checkLocal(layer, first int, received []float64, keys, ring []byte) {
	c, h := r.cache, r.cache.Shape.Heads
	_, now, err := c.Received(layer)
	if err != nil || !slices.Equal(now, received) {
		r.Errorf("layer %d: received weights %v, want %v (%v)", layer, now, received, err)
	}
	row, angles := int(h.RowBytes()), make([]byte, 4*shaders.RopeRow(c.Shape.Pairs))
	for p := first; p < c.Places.Pos; p++ {
		turn(p, angles)
		x := floats(keys[p*row:][:row])
		for head := 0; head < len(x); head += 16 {
			for j := range 8 {
				a, b := x[head+2*j], x[head+2*j+1]
				x[head+2*j], x[head+2*j+1] = a*float(angles, 2*j)-b*float(angles, 2*j+1), a*float(angles, 2*j+1)+b*float(angles, 2*j)
			}
		}
		fixture.Matches(r.T, "the ring", floats(ring[p%c.ring*row:][:row]), x, 1e-5)
	}
}

// checkBlocks requires representatives and norms of blocks of which so many
// were added behind the first 32.
func (r *reader) checkBlocks(l *layer, had, added int) {
	octets := r.cache.Shape.Heads.Features() / 8
	repr, norms := r.bytes(l.repr), r.bytes(l.norms)
	octet := func(b, o int) []byte { return repr[shaders.ReprOctet(b, o, octets)*32:][:32] }
	for b := range had + added {
		from, tol := b, 0.0
		if b >= 32 && b < 32+added {
			from, tol = b%32, 0.06
		}
		squares := 0.0
		for o := range octets {
			if b < 32+added && !bytes.Equal(octet(b, o), octet(from, o)) {
				r.Fatalf("block %d: octet %d is not that of block %d", b, o, from)
			}
			for _, x := range floats(octet(b, o)) {
				squares += float64(x) * float64(x)
			}
		}
		if n := float64(float(norms, b)) * math.Sqrt(squares); math.Abs(n-1) > tol+1e-4 {
			r.Errorf("block %d: norm times inverse norm is %v", b, n)
		}
	}
}

// checkHistories requires full histories of samples that were read.
func (r *reader) checkHistories() {
	c := r.cache
	state, layers, history := floats(r.bytes(c.state)), c.Shape.Layers, c.Settings.History
	for i := range layers {
		sum := float32(0)
		for _, h := range state[1+2*layers+i*history:][:history] {
			if !(h > 0 && h <= 1) {
				r.Errorf("layer %d: a sample of %v", i, h)
			}
			sum += h
		}
		if mean, count := state[1+i], state[1+layers+i]; math.Abs(float64(mean-sum/float32(history))) > 1e-5 || count < float32(history) {
			r.Errorf("layer %d: mean %v of %v samples, sum %v", i, mean, count, sum)
		}
	}
}

// TestRepeatRefuses what it cannot do.
func TestRepeatRefuses(t *testing.T) {
	dev := gputest.Reference(t)
	r := newReader(t, dev, func(*actqkv.Settings) {}, 1, 400)
	try := func(n int) bool { return r.cache.Repeat(context.Background(), n, turn) != nil }
	if !try(128) {
		t.Error("an empty cache can be repeated")
	}
	for r.cache.Places.Blocks < 32 {
		r.read(9)
	}
	for _, n := range []int{0, -128, 100, 384} {
		if !try(n) {
			t.Errorf("%d tokens can be added to %d of at most 400", n, r.cache.Places.Pos)
		}
	}
	if try(128) {
		t.Error("128 tokens cannot be added")
	}
	streaming := newReader(t, dev, func(s *actqkv.Settings) { s.Method = actqkv.Streaming }, 1, 400)
	if streaming.cache.Repeat(context.Background(), 128, turn) == nil {
		t.Error("blocks that have no representatives are repeated")
	}
}
