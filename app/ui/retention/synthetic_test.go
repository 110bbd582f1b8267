package retention

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"fovea/model/trace"
)

// synthetic makes logs as models write them: two documents are read in windows,
// a question follows, then tokens are decoded. Successive tokens recall four
// fifths of their blocks again, most of them near a few places of the text.
type synthetic struct {
	rand        *rand.Rand
	layers      int
	k           int
	recalled    []map[int32]float64
	inits       int
	local, size int
	pos         int
}

func newSynthetic(layers, k int) *synthetic {
	s := &synthetic{rand: rand.New(rand.NewPCG(3, 4)), layers: layers, k: k, inits: 64, local: 512, size: 32}
	s.recalled = make([]map[int32]float64, layers)
	for i := range s.recalled {
		s.recalled[i] = map[int32]float64{}
	}
	return s
}

// step makes one of n tokens; topics are the places of the text, 0 to 1, that
// it is about.
func (s *synthetic) step(n int, topics ...float64) *trace.Step {
	out := max(s.pos-s.local-s.inits, 0)
	blocks := out / s.size
	t := &trace.Step{
		Pos: s.pos, Queries: n, Inits: min(s.inits, max(s.pos-s.local, 0)), Blocks: blocks,
		BlockSize: s.size, InitEnd: s.inits, Layers: make([]trace.Layer, s.layers),
	}
	t.RemFirst = min(s.inits+blocks*s.size, s.pos)
	if blocks == 0 {
		t.RemFirst = t.Inits
	}
	t.RemEnd = max(t.RemFirst, s.pos+n-s.local)
	s.pos += n
	left := float64(s.k * s.layers)
	for i := range t.Layers {
		l := &t.Layers[i]
		l.Left = float32(left)
		h := 0.75 + 0.18*math.Sin(float64(i)/4) + 0.04*s.rand.NormFloat64()
		l.H, l.Entropy = float32(h), float32(h*math.Log(float64(max(blocks, 2))))
		l.Top, l.Low, l.Gap = 0.6, -0.1, 0.01
		s.recall(s.recalled[i], min(blocks, int(float64(s.k)*h/0.75)), blocks, topics)
		l.IDs = slices.Sorted(maps.Keys(s.recalled[i]))
		l.K = len(l.IDs)
		left -= float64(l.K)
		if n == 1 {
			for _, id := range l.IDs {
				l.Mass = append(l.Mass, float32(math.Exp(s.recalled[i][id])))
			}
			continue
		}
		for j := range n {
			bias := 1 + 0.25*s.rand.NormFloat64()
			if j%29 == 7 {
				bias *= 2.2
			}
			l.Bias = append(l.Bias, float32(max(bias, 0.05)))
		}
	}
	return t
}

func (s *synthetic) recall(held map[int32]float64, k, blocks int, topics []float64) {
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if s.rand.Float64() < 0.2 {
			delete(held, id)
		} else {
			held[id] += 0.3 * s.rand.NormFloat64()
		}
	}
	for len(held) < k {
		at, mass := s.rand.Float64(), -5+s.rand.NormFloat64()
		if len(topics) > 0 && s.rand.Float64() < 0.6 {
			at = topics[s.rand.IntN(len(topics))] + 0.03*s.rand.NormFloat64()
			mass += 2
		}
		if id := int32(at * float64(blocks)); id >= 0 && int(id) < blocks {
			held[id] = mass
		}
	}
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if len(held) > k {
			delete(held, id)
		}
	}
}

// spans cuts pages of so many tokens into spans, after what m has.
func spans(m *trace.Map, from, doc, pages, tokens int) {
	for p := range pages {
		for t := 0; t < tokens; t += 32 {
			m.Spans = append(m.Spans, trace.Span{Pos: from + p*tokens + t, Doc: doc, Page: p + 1, Offset: 4 * (p*tokens + t)})
		}
	}
}

// book is a map of two documents of about 13,000 tokens, and the question.
func book() trace.Map {
	m := trace.Map{Documents: []trace.Document{
		{ID: 11, Title: "The Anatomy of the Eye: a Handbook for Students", Pages: 24, Bytes: 38400},
		{ID: 12, Title: "Notes on Vision", Pages: 9, Bytes: 14000},
	}}
	m.Spans = append(m.Spans, trace.Span{Pos: 0, Doc: -1})
	spans(&m, 30, 0, 24, 400)
	spans(&m, 9630, 1, 9, 384)
	m.Spans = append(m.Spans, trace.Span{Pos: 13086, Doc: -1})
	return m
}

const answerText = "The fovea is a small pit in the centre of the retina, where cones are packed most densely. It gives the sharpest sight, and the eye turns so that what we look at falls on it.\nAround it, acuity falls off quickly, which is why we read with many small movements, one word after another, page after page."

// answerWords cuts the text into tokens with a leading space.
func answerWords() []string {
	var all []string
	word := ""
	for _, r := range answerText {
		if (r == ' ' || r == '\n') && word != "" {
			all = append(all, word)
			word = ""
		}
		word += string(r)
	}
	return append(all, word)
}

// sampleLog is an answer of tokens about book.
func sampleLog(layers, tokens int) *trace.Log {
	s := newSynthetic(layers, 46)
	l := &trace.Log{Settings: []byte(`{"method":"actqkv"}`), Map: book()}
	for s.pos < 13100 {
		l.Entries = append(l.Entries, trace.Entry{Step: s.step(256)})
	}
	words := answerWords()
	for i := range tokens {
		topic := 0.2 + 0.5*float64(i)/float64(tokens)
		l.Entries = append(l.Entries, trace.Entry{Step: s.step(1, topic, 0.82), Text: words[i%len(words)]})
	}
	return l
}

// huge is a log of the largest sizes: 80 layers, 1,000,000 tokens.
func huge(tokens int) *trace.Log {
	s := newSynthetic(80, 64)
	s.pos = 1_000_000
	l := &trace.Log{Map: trace.Map{Documents: []trace.Document{{ID: 1, Title: "Library", Pages: 2000, Bytes: 4_000_000}}}}
	spans(&l.Map, 0, 0, 2000, 500)
	for i := range tokens {
		l.Entries = append(l.Entries, trace.Entry{Step: s.step(1, 0.3, 0.7), Text: fmt.Sprintf(" w%d", i)})
	}
	return l
}
