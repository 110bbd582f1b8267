package trace

import (
	"bytes"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// synthetic is a trace as models make them: k differs by layer, four fifths of
// the blocks are recalled again by the next token, masses are log-normal and
// change slowly.
type synthetic struct {
	rand           *rand.Rand
	layers, blocks int
	k              int // blocks per layer, on average
	masses         []map[int32]float64
	pos            int
}

func newSynthetic(layers, blocks, k int) *synthetic {
	s := &synthetic{rand: rand.New(rand.NewPCG(1, 2)), layers: layers, blocks: blocks, k: k}
	s.masses = make([]map[int32]float64, layers)
	for i := range s.masses {
		s.masses[i] = map[int32]float64{}
	}
	s.pos = blocks*32 + 64 + 512
	return s
}

func (s *synthetic) fresh() float64 { return -5 + 1.6*s.rand.NormFloat64() }

func (s *synthetic) step(queries int, mass bool) *Step {
	step := &Step{
		Pos: s.pos, Queries: queries, Inits: 64, Blocks: s.blocks, RemFirst: 64 + 32*s.blocks, RemEnd: s.pos + queries - 512,
		BlockSize: 32, InitEnd: 64, Layers: make([]Layer, s.layers),
	}
	s.pos += queries
	for i := range step.Layers {
		held := s.masses[i]
		k := max(1, s.k+i%7-3)
		for _, id := range slices.Sorted(maps.Keys(held)) {
			if s.rand.Float64() < 0.2 || len(held) > k {
				delete(held, id)
			} else {
				held[id] += 0.4 * s.rand.NormFloat64()
			}
		}
		for len(held) < k {
			held[int32(s.rand.IntN(s.blocks))] = s.fresh()
		}
		h := 0.7 + 0.2*s.rand.Float32()
		l := Layer{K: k, Entropy: h * 6, H: h, Left: float32(s.k*(s.layers-i)) + s.rand.Float32(), Top: s.rand.Float32(), Low: -s.rand.Float32(), Gap: 0.01 * s.rand.Float32()}
		l.IDs = slices.Sorted(maps.Keys(held))
		if mass {
			for _, id := range l.IDs {
				l.Mass = append(l.Mass, float32(math.Exp(held[id])))
			}
		} else {
			for range queries {
				l.Bias = append(l.Bias, float32(math.Exp(0.4*s.rand.NormFloat64())))
			}
		}
		step.Layers[i] = l
	}
	return step
}

func encode(t testing.TB, l *Log) []byte {
	t.Helper()
	e := NewEncoder(l.Settings)
	if err := e.Extend(l.Map); err != nil {
		t.Fatal(err)
	}
	for _, entry := range l.Entries {
		if err := e.Add(entry); err != nil {
			t.Fatal(err)
		}
	}
	return e.Bytes()
}

// sample is a small log with everything that a log can have.
func sample() *Log {
	s := newSynthetic(3, 40, 9)
	l := &Log{
		Settings: []byte(`{"method":"actqkv"}`),
		Map: Map{
			Documents: []Document{{ID: 7, Title: "Manual", Pages: 2, Bytes: 5000}, {ID: -1 << 60, Title: "漢字", Pages: 1}},
			Spans:     []Span{{Pos: 0, Doc: 0, Page: 1}, {Pos: 32, Doc: 0, Page: 1, Offset: 130}, {Pos: 60, Doc: 1, Page: 1}, {Pos: 90, Doc: -1}},
		},
		Entries: []Entry{
			{Step: s.step(16, false)},
			{Step: s.step(1, true), Text: " The"},
			{Step: s.step(1, true), Text: "\n"},
			{Step: &Step{Pos: 5, Queries: 1, BlockSize: 32}, Text: "dense"},
			{Step: s.step(1, true)},
		},
	}
	odd := &l.Entries[2].Step.Layers[1]
	odd.Mass[0], odd.Mass[1] = 0, math.MaxFloat32
	odd.IDs, odd.Mass = odd.IDs[:4], odd.Mass[:4]
	odd.Gap, odd.Low, odd.Top = 0, -math.MaxFloat32, math.SmallestNonzeroFloat32
	l.Entries[0].Step.Layers[2].Bias[3] = -2
	return l
}

// near compares two logs to the errors that Encoder promises.
func near(t *testing.T, got, want *Log) {
	t.Helper()
	if !bytes.Equal(got.Settings, want.Settings) || !reflect.DeepEqual(got.Map, want.Map) || len(got.Entries) != len(want.Entries) {
		t.Fatalf("got settings %s, map %v, %d entries; want %s, %v, %d", got.Settings, got.Map, len(got.Entries), want.Settings, want.Map, len(want.Entries))
	}
	for i := range want.Entries {
		g, w := *got.Entries[i].Step, *want.Entries[i].Step
		if got.Entries[i].Text != want.Entries[i].Text || len(g.Layers) != len(w.Layers) {
			t.Fatalf("entry %d: got %q, %d layers; want %q, %d", i, got.Entries[i].Text, len(g.Layers), want.Entries[i].Text, len(w.Layers))
		}
		for j := range w.Layers {
			nearLayer(t, &g.Layers[j], &w.Layers[j])
		}
		g.Layers, w.Layers = nil, nil
		if !reflect.DeepEqual(g, w) {
			t.Fatalf("entry %d: got %+v, want %+v", i, g, w)
		}
	}
}

func nearLayer(t *testing.T, g, w *Layer) {
	t.Helper()
	if g.K != w.K || !slices.Equal(g.IDs, w.IDs) {
		t.Fatalf("got %d blocks %v, want %d %v", g.K, g.IDs, w.K, w.IDs)
	}
	for i, f := range g.fractions() {
		within(t, *f, *w.fractions()[i], 2e-5)
	}
	for name, pair := range map[string][2][]float32{"mass": {g.Mass, w.Mass}, "bias": {g.Bias, w.Bias}} {
		if len(pair[0]) != len(pair[1]) {
			t.Fatalf("got %d values of %s, want %d", len(pair[0]), name, len(pair[1]))
		}
		for i := range pair[0] {
			within(t, pair[0][i], pair[1][i], 0.01)
		}
	}
}

// within compares to a relative error; the smallest floats have too few bits
// for any, and the largest may round up to infinity.
func within(t *testing.T, got, want float32, relative float64) {
	t.Helper()
	g, w := float64(got), float64(want)
	if math.Abs(w) < 1e-40 && math.Abs(g) < 1e-40 || math.Abs(w) > 3.3e38 && g/w > 0.98 {
		return
	}
	if math.Abs(g-w) > relative*math.Abs(w) {
		t.Fatalf("got %g, want %g to %g", got, want, relative)
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Decode(encode(t, want))
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, want)
}

// TestBytesWhileWriting takes the bytes after every call, as a program does
// that saves a log while an answer is written.
func TestBytesWhileWriting(t *testing.T) {
	want := sample()
	e := NewEncoder(want.Settings)
	whole := want.Map
	for n := 1; n <= len(whole.Spans); n++ {
		documents := 1
		if n > 2 { // the third span is the second document's
			documents = 2
		}
		want.Map = Map{Documents: whole.Documents[:documents], Spans: whole.Spans[:n]}
		if err := e.Extend(want.Map); err != nil {
			t.Fatal(err)
		}
		if err := e.Extend(want.Map); err != nil { // no more than before
			t.Fatal(err)
		}
	}
	var saved [][]byte
	for _, entry := range want.Entries {
		if err := e.Add(entry); err != nil {
			t.Fatal(err)
		}
		saved = append(saved, e.Bytes())
	}
	all := want.Entries
	for i, b := range saved {
		got, err := Decode(b)
		if err != nil {
			t.Fatalf("after entry %d: %v", i, err)
		}
		want.Entries = all[:i+1]
		near(t, got, want)
	}
}

func TestEncoderRefuses(t *testing.T) {
	layer := func(l Layer) func(*Encoder) error {
		return func(e *Encoder) error { return e.Add(Entry{Step: &Step{Layers: []Layer{l}}}) }
	}
	for want, call := range map[string]func(*Encoder) error{
		"block 3 comes after block 3": layer(Layer{K: 2, IDs: []int32{3, 3}}),
		"block -1 comes after":        layer(Layer{K: 1, IDs: []int32{-1}}),
		"1 masses for 2 blocks":       layer(Layer{K: 2, IDs: []int32{1, 2}, Mass: []float32{1}}),
		"-1 recalled blocks":          layer(Layer{K: -1}),
		"is -5, must be":              func(e *Encoder) error { return e.Add(Entry{Step: &Step{Pos: -5}}) },
		"pass the whole map":          func(e *Encoder) error { return e.Extend(Map{}) },
		"there are 1 documents": func(e *Encoder) error {
			return e.Extend(Map{Documents: make([]Document, 1), Spans: []Span{{Pos: 4}, {Pos: 9, Doc: 1}}})
		},
		"begins at position 4": func(e *Encoder) error {
			return e.Extend(Map{Documents: make([]Document, 1), Spans: []Span{{Pos: 4}, {Pos: 3}}})
		},
		"has -1 pages": func(e *Encoder) error {
			return e.Extend(Map{Documents: []Document{{}, {Pages: -1}}, Spans: []Span{{Pos: 4}}})
		},
	} {
		e := NewEncoder(nil)
		log := &Log{Map: Map{Documents: make([]Document, 1), Spans: []Span{{Pos: 4}}}}
		if err := e.Extend(log.Map); err != nil {
			t.Fatal(err)
		}
		if err := call(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
		got, err := Decode(e.Bytes())
		if err != nil {
			t.Fatalf("%s: nothing must be written: %v", want, err)
		}
		near(t, got, log)
	}
}

// TestDamaged cuts a log at every byte and changes every byte: what is cut is
// an error, what is changed is an error or another log.
func TestDamaged(t *testing.T) {
	b := encode(t, sample())
	for n := range b {
		if _, err := Decode(b[:n]); err == nil {
			t.Fatalf("%d of %d bytes are no log", n, len(b))
		}
		c := bytes.Clone(b)
		c[n] ^= 0x55
		if l, err := Decode(c); err == nil {
			encode(t, l)
		}
	}
	if _, err := Decode(append(b, 0)); err == nil || !strings.Contains(err.Error(), "1 bytes follow") {
		t.Fatalf("got error %v for a log with a byte too much", err)
	}
	if _, err := Decode([]byte("PK\x03\x04")); err == nil || !strings.Contains(err.Error(), "not a log") {
		t.Fatalf("got error %v for a file of another kind", err)
	}
}

// TestHuge makes a log of a few bytes that claims more than may be.
func TestHuge(t *testing.T) {
	e := NewEncoder(nil)
	e.raw = appendInts([]byte{recordEntry}, 1, 1, 1, 1, 1, 1, 1, 1)
	e.raw = append(e.raw, 0xff, 0xff, 0xff, 0xff, 0x07) // a text of 2 GiB
	e.write()
	if _, err := Decode(e.Bytes()); err == nil || !strings.Contains(err.Error(), "damaged after entry 0") {
		t.Fatalf("got error %v", err)
	}
	e = NewEncoder(nil)
	e.raw = append(e.raw[:0], recordMap, 0, 0xff, 0xff, 0xff, 0xff, 0x07) // 2^31 spans
	e.write()
	if _, err := Decode(e.Bytes()); err == nil || !strings.Contains(err.Error(), "over 2048 MiB") {
		t.Fatalf("got error %v", err)
	}
}

// TestSize holds a token to the bytes that storing old answers may take.
func TestSize(t *testing.T) {
	for _, c := range []struct{ layers, blocks, k, bytes int }{
		{30, 400, 46, 3 << 10},
		{80, 31250, 64, 10_000},
	} {
		s := newSynthetic(c.layers, c.blocks, c.k)
		e := NewEncoder(nil)
		const tokens = 60
		for range tokens {
			if err := e.Add(Entry{Step: s.step(1, true), Text: " word"}); err != nil {
				t.Fatal(err)
			}
			if s.pos%30 == 0 {
				e.Bytes()
			}
		}
		got := len(e.Bytes()) / tokens
		t.Logf("%d layers of %d blocks: %d bytes a token", c.layers, c.k, got)
		if got > c.bytes {
			t.Errorf("%d layers of %d blocks take %d bytes a token, want at most %d", c.layers, c.k, got, c.bytes)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(encode(f, &Log{}))
	f.Add([]byte(head))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(encode(t, l))
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Entries) != len(l.Entries) || !reflect.DeepEqual(again.Map, l.Map) {
			t.Fatalf("got %d entries, map %v; want %d, %v", len(again.Entries), again.Map, len(l.Entries), l.Map)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	s := newSynthetic(30, 400, 46)
	steps := make([]*Step, 64)
	for i := range steps {
		steps[i] = s.step(1, true)
	}
	e := NewEncoder(nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := e.Add(Entry{Step: steps[i%64], Text: " word"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBytes takes the bytes of an answer of 1000 tokens.
func BenchmarkBytes(b *testing.B) {
	s := newSynthetic(30, 400, 46)
	e := NewEncoder(nil)
	for range 1000 {
		if err := e.Add(Entry{Step: s.step(1, true), Text: " word"}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		e.Bytes()
	}
}

func BenchmarkDecode(b *testing.B) {
	s := newSynthetic(30, 400, 46)
	log := &Log{}
	for range 1000 {
		log.Entries = append(log.Entries, Entry{Step: s.step(1, true), Text: " word"})
	}
	packed := encode(b, log)
	for b.Loop() {
		if _, err := Decode(packed); err != nil {
			b.Fatal(err)
		}
	}
}
