package kvcache

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/shaders"
)

// sequenceCase is a text as one layer sees it, in windows and then in single
// tokens. Queries and keys are un-rotated.
type sequenceCase struct {
	Name, Mode string
	Hq, Hkv, D int
	NPrefill   int     `json:"n_prefill"`
	NDecode    int     `json:"n_decode"`
	W          int     // tokens of a window
	NLocal     int     `json:"n_local"`
	NInit      int     `json:"n_init"`
	B, R       int     // tokens of a block; representative ones of them
	RopeBase   float64 `json:"rope_base"`
	TopK       int
	KMin       int `json:"k_min"`
	KMax       int `json:"k_max"`
	History    int
	Q          string // (Hq, T, D)
	K, V       string // (Hkv, T, D)
	Out        string // (Hq, T, D)
	Repr       string `json:"block_repr"` // (blocks, Hq*D)
	Windows    []sequenceWindow
}

type sequenceWindow struct {
	Blocks  int      `json:"n_blocks"`
	Inits   int      `json:"n_init"`
	Rem     int      `json:"n_rem"`
	Queries int      `json:"n_q"`
	K       int      // blocks recalled
	Entropy float32  `json:"H"`
	Left    float32  // blocks left before this layer
	Gap     *float32 // score of the last block recalled minus the best left out
	IDs     []int32
	Score   []float32 // (Blocks)
	Delta   []float32 // (Queries) activation bias
}

// TestSequences passes whole texts through the cache, as a model's only layer,
// and requires every choice, score and output of the authors' code.
func TestSequences(t *testing.T) {
	ran := false
	for _, name := range fixture.Names(t, "sequence_*") {
		cases, array := fixture.Cases[sequenceCase](t, name)
		for _, c := range cases {
			if c.Mode != "spec" { // not the rules of docs/actqkv.md
				continue
			}
			ran = true
			t.Run(c.Name, func(t *testing.T) {
				gputest.Each(t, func(t *testing.T, dev gpu.Device) {
					newSequence(t, dev, &c, array, func(*Cache, int) Tiers { return Tiers{} }).check()
				})
			})
		}
	}
	if !ran {
		t.Error("no sequence has the mode spec")
	}
}

// TestSequencesOffTheDevice does the same with hardly any block on the device,
// and from the middle of the text on only.
func TestSequencesOffTheDevice(t *testing.T) {
	paged := false
	for _, name := range fixture.Names(t, "sequence_*") {
		cases, array := fixture.Cases[sequenceCase](t, name)
		for _, c := range cases {
			if c.Mode != "spec" {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				gputest.Each(t, func(t *testing.T, dev gpu.Device) {
					s := newSequence(t, dev, &c, array, func(c *Cache, tokens int) Tiers { return tight(t, c, tokens, 0) })
					s.check()
					paged = paged || s.cache.Paged()
				})
			})
		}
	}
	if !paged {
		t.Error("all blocks lie on the device")
	}
}

// sequence is a case that runs on a device.
type sequence struct {
	*testing.T
	*sequenceCase
	dev                gpu.Device
	cache              *Cache
	qkv                gpu.Buffer                  // (W, row)
	recordings         map[string][]*gpu.Recording // by name
	q, k, v, out, repr []float32                   // the case's arrays
	tokens, dim, row   int                         // in the text; of a padded head; see placeRow
}

// newSequence makes a cache that has room for a part of the text only.
func newSequence(t *testing.T, dev gpu.Device, c *sequenceCase, array func(string) []float32, tiers func(c *Cache, tokens int) Tiers) *sequence {
	settings, err := actqkv.New(actqkv.ActQKV, "paper")
	if err != nil {
		t.Fatal(err)
	}
	settings.BlockSize, settings.Init, settings.Local, settings.Window = c.B, c.NInit, c.NLocal, c.W
	settings.TopK, settings.KMin, settings.KMax, settings.History, settings.Repr = c.TopK, c.KMin, c.KMax, c.History, c.R
	heads := shaders.Heads{KV: c.Hkv, Group: c.Hq / c.Hkv, Octets: shaders.PadHead(c.D), KVType: shaders.KV32}
	s := &sequence{
		T: t, sequenceCase: c, dev: dev, recordings: map[string][]*gpu.Recording{},
		q: array(c.Q), k: array(c.K), v: array(c.V), out: array(c.Out), repr: array(c.Repr),
		tokens: c.NPrefill + c.NDecode, dim: 8 * heads.Octets,
	}
	s.row = placeRow(heads)
	shape := Shape{Layers: 1, Heads: heads, HeadDim: c.D, Pairs: c.D / 2}
	s.cache, err = New(dev, shape, settings, tiers(&Cache{
		Shape: shape, Settings: settings, ring: settings.Ring(s.tokens), recalls: true, twoLevel: twoLevelBlocks,
		layers: make([]layer, 1), most: settings.MaxBlocks(),
	}, s.tokens), s.tokens/2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cache.Close)
	s.cache.StepWatch.Bias = true
	if s.qkv, err = dev.Alloc(gpu.Align(int64(c.W*s.row)*4), gpu.Local); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.qkv.Free)
	t.Cleanup(s.release)
	return s
}

// check runs all steps. Where two scores are so near that rounding decides
// between their blocks, other blocks and what follows from them in that step
// are right as well.
func (s *sequence) check() {
	for i := range s.Windows {
		w, pos := &s.Windows[i], s.cache.Places.Pos
		what := fmt.Sprintf("step %d: ", i)
		step, out := s.next(w.Queries)
		if got, want := [3]int{step.Blocks, step.Inits, step.RemEnd - step.RemFirst}, [3]int{w.Blocks, w.Inits, w.Rem}; got != want {
			s.Fatalf("%sblocks, initial and remainder tokens %v, want %v", what, got, want)
		}
		s.checkLayer(what, &step.Layers[0], w)
		tie := w.Gap != nil && *w.Gap < fixture.Tolerance
		if tie && !slices.Equal(step.Layers[0].IDs, w.IDs) {
			s.Logf("%sblocks %v for %v", what, step.Layers[0].IDs, w.IDs)
			continue
		}
		var want []float32
		for token := pos; token < pos+w.Queries; token++ {
			for h := range s.Hq {
				want = append(want, s.out[(h*s.tokens+token)*s.D:][:s.D]...)
			}
		}
		fixture.Matches(s.T, what+"out", out, want, fixture.Tolerance)
	}
	if got := s.cache.Places.Pos; got != s.tokens {
		s.Errorf("%d tokens in all, want %d", got, s.tokens)
	}
	fixture.Matches(s.T, "representatives", s.representatives(), s.repr, fixture.Tolerance)
}

func (s *sequence) checkLayer(what string, l *trace.Layer, w *sequenceWindow) {
	s.Helper()
	tie := w.Gap != nil && *w.Gap < fixture.Tolerance
	if l.K != w.K || len(l.IDs) != w.K || !tie && !slices.Equal(l.IDs, w.IDs) {
		s.Errorf("%srecalled %d blocks %v, want %d: %v", what, l.K, l.IDs, w.K, w.IDs)
	}
	if l.Left != w.Left {
		s.Errorf("%s%v blocks left, want %v", what, l.Left, w.Left)
	}
	if w.Blocks > 1 {
		h := w.Entropy / float32(math.Log(float64(w.Blocks)))
		fixture.Matches(s.T, what+"entropy, normalised", []float32{l.Entropy, l.H}, []float32{w.Entropy, h}, fixture.Tolerance)
	}
	// These were rounded to 6 decimals or more: beside 1 the tolerance covers that.
	beside1 := func(v ...float32) []float32 { return append(v, 1) }
	if w.Gap != nil {
		fixture.Matches(s.T, what+"gap", beside1(l.Gap), beside1(*w.Gap), fixture.Tolerance)
	}
	fixture.Matches(s.T, what+"scores", beside1(l.Scores...), beside1(w.Score...), fixture.Tolerance)
	fixture.Matches(s.T, what+"bias", beside1(l.Bias...), beside1(w.Delta...), fixture.Tolerance)
}

// next submits the next n tokens and returns what they did and the attention's
// output (n, Hq, D).
func (s *sequence) next(n int) (*trace.Step, []float32) {
	s.Helper()
	c, window := s.cache, s.W
	if n == 1 {
		window = 1
	}
	if c.Places.Pos+n > c.Capacity() {
		s.release()
		if err := c.Grow(s.tokens); err != nil {
			s.Fatal(err)
		}
	}
	if err := s.dev.Write(s.qkv, 0, bytesOf(s.projections(c.Places.Pos, n))); err != nil {
		s.Fatal(err)
	}
	c.Begin(make([]int32, n), window, s.angles)
	for i, part := range s.recording(window, window > 1 || c.Seals(n)) {
		if i > 0 {
			if err := c.Fetch(0, n); err != nil {
				s.Fatal(err)
			}
		}
		if err := s.dev.Submit(context.Background(), part); err != nil {
			s.Fatal(err)
		}
	}
	step, err := c.Report(n, Watch{Scores: true, Bias: true})
	if err != nil {
		s.Fatal(err)
	}
	if err := c.End(n); err != nil {
		s.Fatal(err)
	}
	var out []float32
	for head := range slices.Chunk(s.read(c.Out(), n*s.Hq*s.dim), s.dim) {
		out = append(out, head[:s.D]...)
	}
	return step, out
}

// recording is the work of steps of up to window tokens.
func (s *sequence) recording(window int, seals bool) []*gpu.Recording {
	name := fmt.Sprintf("window of %d, seals %v", window, seals)
	if s.recordings[name] == nil {
		r, lanes := gpu.NewRecording(name), s.dev.Info().SubgroupSize
		parts := []*gpu.Recording{r}
		place(r, lanes, s.cache, identity(s.T, s.dev, s.cache.Shape.Heads), 0, s.qkv, window)
		s.cache.RecordChoice(r, lanes, 0, window)
		if s.cache.Paged() {
			r = gpu.NewRecording(name + ", attention")
			parts = append(parts, r)
		}
		s.cache.RecordAttention(r, lanes, 0, window)
		s.cache.RecordQuestion(r, lanes, 0, window)
		s.cache.RecordEnd(r, lanes, window, seals)
		s.recordings[name] = parts
	}
	return s.recordings[name]
}

func (s *sequence) release() {
	for _, parts := range s.recordings {
		for _, r := range parts {
			s.dev.Release(r)
		}
	}
	clear(s.recordings)
}

// projections of n tokens from pos on, as a model would compute them.
func (s *sequence) projections(pos, n int) []float32 {
	qkv := make([]float32, n*s.row)
	for i := range n {
		put := func(first, heads int, part []float32, order func([]float32) []float32) {
			for h := range heads {
				copy(qkv[i*s.row+(first+h)*s.dim:], order(part[(h*s.tokens+pos+i)*s.D:][:s.D]))
			}
		}
		put(0, s.Hq, s.q, fixture.Neighbours)
		put(s.Hq, s.Hkv, s.k, fixture.Neighbours)
		put(s.Hq+s.Hkv, s.Hkv, s.v, slices.Clone)
	}
	return qkv
}

func (s *sequence) angles(pos int, row []byte) {
	for i := range s.D / 2 {
		sin, cos := math.Sincos(float64(pos) * math.Pow(s.RopeBase, -2*float64(i)/float64(s.D)))
		binary.LittleEndian.PutUint32(row[8*i:], math.Float32bits(float32(cos)))
		binary.LittleEndian.PutUint32(row[8*i+4:], math.Float32bits(float32(sin)))
	}
}

// representatives of all blocks, (blocks, Hq*D), in the fixtures' order.
func (s *sequence) representatives() (out []float32) {
	octets := s.Hq * s.dim / 8
	blocks := s.cache.Places.Blocks
	all := s.read(gpu.Whole(s.cache.layers[0].repr), int(shaders.ReprBytes(s.cache.Shape.Heads, blocks))/4)
	for b := range blocks {
		var row []float32
		for o := range octets { // blocks lie interleaved (shaders.Seal)
			row = append(row, all[8*shaders.ReprOctet(b, o, octets):][:8]...)
		}
		for head := range slices.Chunk(row, s.dim) {
			out = append(out, fixture.Halves(head[:s.D])...)
		}
	}
	return out
}

func (s *sequence) read(v gpu.View, n int) []float32 {
	s.Helper()
	b := make([]byte, 4*n)
	if err := s.dev.Read(v.Buffer, v.Offset, b); err != nil {
		s.Fatal(err)
	}
	return floats(b)
}

func bytesOf(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}
